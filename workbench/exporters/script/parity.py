"""Run an exported script in a process of its own and compare every spike."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import ExportError
from workbench.exporters.export_report import Parity
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.target import Events, Request
from workbench.util.optional import installed

Arrays = dict[str, np.ndarray]

PARTS = ("sample", "step", "unit", "sign")
"""What a script saves of each layer's spikes; the last of signed layers alone."""


@dataclass(frozen=True)
class Runner:
    """What runs the scripts of a target.

    Parameters
    ----------
    package : str
        As it is imported.
    title : str
    install : str
        As pip installs it.
    """

    package: str
    title: str
    install: str = ""

    @property
    def absence(self) -> str:
        """Why nothing can be run, or nothing if it can."""
        if installed(self.package):
            return ""
        return f"{self.title} is not installed (pip install {self.install or self.package})"


def compare(request: Request, script: Path, runner: Runner, options: ParityOptions) -> Parity:
    """Compare the script's spikes with the simulator's, layer by layer, with ``==``.

    Raises
    ------
    ExportError
        If a spike differs, or the script fails.
    """
    if request.simulate is None:
        return Parity("not run", "no simulator was given to compare with")
    steps = options.parity_steps
    x = request.probe(options.parity_samples)
    spikes = run(script, runner, x, steps, options.parity_timeout_s)
    if isinstance(spikes, Parity):
        return spikes
    expected = request.simulate(request.network, x, steps)
    total = sum(_check_layer(runner, name, expected[name], spikes) for name in expected)
    which = "given samples" if request.samples is not None else "random inputs"
    return Parity(
        "exact",
        f"the script gave the simulator's {total:,} spikes, all at the same steps "
        f"({len(x)} {which}, {steps} steps, {len(expected)} layers)",
    )


def run(
    script: Path, runner: Runner, x: np.ndarray, steps: int, timeout_s: float
) -> Arrays | Parity:
    """Return the arrays that a script saves: its spikes and predictions.

    Returns
    -------
    dict of str to ndarray, or Parity
        Why it was not run.

    Raises
    ------
    ExportError
        If the script fails.
    """
    if runner.absence:
        return Parity("not run", runner.absence)
    with tempfile.TemporaryDirectory(prefix="snn-workbench-") as folder:
        given, output = Path(folder) / "samples.npz", Path(folder) / "spikes.npz"
        np.savez(given, x=x)
        arguments = ["--samples", len(x), "--steps", steps, "--input", given, "--output", output]
        command = [sys.executable, str(script.resolve()), *map(str, arguments)]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            return Parity(
                "not run",
                f"the script took longer than {timeout_s:g} s for {len(x)} samples. "
                "Set parity_timeout_s to wait longer",
            )
        if done.returncode:
            raise ExportError(
                f"The script {script.name} stopped with an error, so nothing was exported: "
                f"{_last_line(done.stderr)}"
            )
        with np.load(output) as spikes:
            return dict(spikes)


def _check_layer(runner: Runner, name: str, expected: Events, spikes: Arrays) -> int:
    found = tuple(spikes[f"{name}_{what}"] for what in PARTS[: len(expected)])
    wanted, got = _ordered(expected), _ordered(found)
    if wanted.shape == got.shape and (wanted == got).all():
        return wanted.shape[1]
    raise ExportError(
        f"The {runner.title} script's spikes differ from the simulator's in layer '{name}' "
        f"({got.shape[1]:,} against {wanted.shape[1]:,}), so nothing was exported. "
        "Please report this network."
    )


def _ordered(events: Events) -> np.ndarray:
    parts = np.stack([np.asarray(part, np.int64) for part in events])
    sample, step, unit = parts[:3]
    return parts[:, np.lexsort((unit, step, sample))]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "(no message)"
