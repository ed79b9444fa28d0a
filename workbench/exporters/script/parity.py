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
from workbench.exporters.script.describe import saved
from workbench.exporters.target import Events, Request
from workbench.util.optional import installed

Arrays = dict[str, np.ndarray]

SAME_TIME = 1e-9
"""By how much times may differ, in windows: sums of floats come in another order."""


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
    network, code = request.network, request.network.spike_code
    # What takes turns has a length of its own.
    steps = None if code.in_turns else options.parity_steps
    x = request.probe(options.parity_samples)
    spikes = run(script, runner, x, steps, options.parity_timeout_s)
    if isinstance(spikes, Parity):
        return spikes
    expected = request.simulate(network, x, options.parity_steps)
    parts = saved(network)
    ends = {name: window + 1 for name, window in network.send_windows.items()}
    if code.is_continuous:
        expected = {name: _sent(events, ends[name]) for name, events in expected.items()}
    total = 0
    for name, wanted in expected.items():
        found = tuple(spikes[f"{name}_{what}"] for what in parts[: len(wanted)])
        found = _sent(found, ends[name]) if code.is_continuous else found
        total += _check_layer(runner, name, wanted, found, code.is_continuous)
    which = "given samples" if request.samples is not None else "random inputs"
    when = f"times, to {SAME_TIME:g} windows" if code.is_continuous else "steps"
    length = f"{network.windows} windows" if code.in_turns else f"{steps} steps"
    return Parity(
        "exact",
        f"the script gave the simulator's {total:,} spikes, all at the same {when} "
        f"({len(x)} {which}, {length}, {len(expected)} layers)",
    )


def run(
    script: Path, runner: Runner, x: np.ndarray, steps: int | None, timeout_s: float
) -> Arrays | Parity:
    """Return the arrays that a script saves: its spikes and predictions.

    Without steps, the script is not asked for any: those of its network are its own.

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
        arguments = ["--samples", len(x), "--input", given, "--output", output]
        arguments += [] if steps is None else ["--steps", steps]
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


def _check_layer(
    runner: Runner, name: str, expected: Events, found: Events, is_continuous: bool
) -> int:
    """Return how many spikes a layer has, if the script's are the simulator's."""
    compare = _same_times if is_continuous else _same_steps
    if compare(expected, found):
        return len(expected[0])
    raise ExportError(
        f"The {runner.title} script's spikes differ from the simulator's in layer '{name}' "
        f"({len(found[0]):,} against {len(expected[0]):,}), so nothing was exported. "
        "Please report this network."
    )


def _sent(events: Events, end: int) -> Events:
    """Leave out spikes so late that they send nothing, at the end of the layer's window.

    Where a drive cancels to zero, the order of its sum decides whether there is such a spike.
    """
    sends = end - events[3] > SAME_TIME
    return tuple(part[sends] for part in events)


def _same_steps(expected: Events, found: Events) -> bool:
    wanted, got = (_ordered(each, (0, 1, 2)) for each in (expected, found))
    return all(np.array_equal(a, b) for a, b in zip(wanted, got, strict=True))


def _same_times(expected: Events, found: Events) -> bool:
    """Compare spikes of units that have one at most, each with its time."""
    (sample, _, unit, time), other = (_ordered(each, (0, 2)) for each in (expected, found))
    same = np.array_equal(sample, other[0]) and np.array_equal(unit, other[2])
    return same and bool((np.abs(time - other[3]) <= SAME_TIME).all())


def _ordered(events: Events, by: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    order = np.lexsort([events[number] for number in reversed(by)])
    return tuple(np.asarray(part)[order] for part in events)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "(no message)"
