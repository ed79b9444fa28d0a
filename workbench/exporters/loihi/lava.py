"""The written file in Lava itself: its unmodified loader must give the same spikes."""

from __future__ import annotations

import subprocess
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

from workbench.errors import ExportError
from workbench.exporters.loihi.netx import read
from workbench.exporters.loihi.simulator import simulate_spikes

STEPS = 50
RATE = 0.3
ACCEPTED = "accepted: the path of a Python 3.10 with lava-nc 0.10 and lava-dl 0.6."


def check_in_lava(file: Path, python: str, timeout_s: float) -> str:
    """Run a netx file in Lava and compare every spike with the integer simulator's.

    Parameters
    ----------
    file : Path
    python : str
        A Python 3.10 with lava-nc and lava-dl.
    timeout_s : float
        An error inside Lava may hang it; it is stopped then.

    Returns
    -------
    str
        What was compared, in words.

    Raises
    ------
    ExportError
        If Lava cannot be run or load the file, takes too long, or a spike differs.
    """
    shape, _ = read(file)
    spikes = np.random.default_rng(0).random((STEPS, *shape)) < RATE
    expected = [train[:, 0] for train in simulate_spikes(file, spikes[:, None], "hard")]
    script = resources.files(__package__).joinpath("lava.py.txt").read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="snn-workbench-") as folder:
        program, given, result = (Path(folder) / n for n in ("run.py", "in.npy", "out.npz"))
        program.write_text(script, encoding="utf-8")
        np.save(given, spikes)
        _run([python, str(program), str(file.resolve()), str(given), str(result)], timeout_s)
        if not result.exists():
            raise ExportError(
                f"lava_python is {python!r}, which ran the file and gave no spikes; {ACCEPTED}"
            )
        with np.load(result) as found:
            for number, train in enumerate(expected):
                if not np.array_equal(found[f"layer{number}"], train):
                    raise ExportError(
                        f"Lava's spikes differ from the integer simulator's in layer {number + 1} "
                        "of the file, so nothing was exported. Please report this network."
                    )
    total = sum(int(train.sum()) for train in expected)
    return f"Lava, unmodified, gave the integer simulator's {total:,} spikes ({STEPS} steps)"


def _run(command: list[str], timeout_s: float) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(
            f"Lava took longer than {timeout_s:g} s. Set lava_timeout_s to wait longer."
        ) from error
    except OSError as error:
        raise ExportError(
            f"lava_python is {command[0]!r}, which cannot be run ({error.strerror}); {ACCEPTED}"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["(no message)"]
        raise ExportError(
            f"Lava could not run the file: {lines[-1]}. lava_python is {command[0]!r}; {ACCEPTED}"
        )
