"""Reading a model that a viewer uploaded: in a process of its own, which hands back the network."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from workbench import errors, workflow
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.ui.session.read_child import HOME, MEMORY_BYTES, TIME_S
from workbench.ui.session.surprises import logged

NATIVE = ".snn"
"""Our own format, whose reader believes nothing before it has checked it."""


def read_apart(path: Path, timeout_s: float = TIME_S) -> Network | SpikingNetwork:
    """Read a model file in a process with limits on memory and time.

    Parameters
    ----------
    path : Path
    timeout_s : float
        Longest time, in seconds.

    Raises
    ------
    WorkbenchError
        As `wb.load` does; a `ModelFileError`, too, if reading takes more than the limits.
    """
    with tempfile.TemporaryDirectory(prefix="snn-workbench-read-") as folder:
        result = Path(folder) / f"network{NATIVE}"
        command = [sys.executable, "-P", "-m", "workbench.ui.session.read_child"]
        process = subprocess.Popen(
            [*command, str(path.absolute()), str(result)],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            told, complaints = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise _beyond(path) from error
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        if process.returncode:
            logged(RuntimeError(f"code {process.returncode}: {_end(complaints)}"))
            raise _beyond(path)
        if not result.exists():
            raise _refusal(told, path)
        return workflow.load(result)


def _environment(folder: str) -> dict[str, str]:
    """The variables of this process, by which the other finds the same package."""
    places = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(places),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Whatever is written is written there.
        **dict.fromkeys(("TMPDIR", "KERAS_HOME", "NUMBA_CACHE_DIR"), folder),
    }


def _refusal(told: bytes, path: Path) -> errors.WorkbenchError:
    refusal: Any = None
    with contextlib.suppress(ValueError, IndexError):
        refusal = json.loads(told.splitlines()[-1])
    if not isinstance(refusal, dict):
        return _beyond(path)
    name, text = str(refusal.get("kind")), str(refusal.get("text"))
    if name == errors.UnsupportedLayerError.__name__:
        return errors.UnsupportedLayerError(map(str, refusal.get("problems", ())))
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, errors.WorkbenchError):
        return kind(text)
    return errors.ModelFileError(text)


def _beyond(path: Path) -> errors.ModelFileError:
    return errors.ModelFileError(
        f"{path.name} cannot be read here: it is damaged, or takes more than {TIME_S} s or "
        f"{MEMORY_BYTES / 1e9:g} GB. Open it in JupyterLab, save it with wb.save, and upload that "
        f"{NATIVE} file."
    )


def _end(complaints: bytes) -> str:
    return complaints.decode("utf-8", "replace").strip()[-2000:]
