"""The other Python that has Lava, which runs on Python 3.10 only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

VARIABLE = "LAVA_PYTHON"
"""Environment variable that names it."""

HAS_LAVA = "import importlib.util as u, sys; sys.exit(u.find_spec('lava') is None)"


def found_lava() -> str:
    """Return a Python that has Lava, or "" where there is none.

    The one that the environment variable LAVA_PYTHON names, or else python3.10 of the search path.
    """
    named = os.environ.get(VARIABLE, "")
    python = named or shutil.which("python3.10")
    if named or not python:
        return named
    return "" if lava_problem(python) else python


def lava_problem(python: str, timeout_s: float = 30) -> str:
    """Say why Lava cannot be run by a Python; "" where it can.

    Parameters
    ----------
    python : str
    timeout_s : float
        Longest time that it may take to answer.
    """
    try:
        # A program given by -c imports what lies where it runs.
        with tempfile.TemporaryDirectory(prefix="snn-workbench-") as empty:
            asked = subprocess.run(
                [python, "-c", HAS_LAVA], cwd=empty, capture_output=True, timeout=timeout_s
            )
    except subprocess.TimeoutExpired:
        return f"{python} does not answer within {timeout_s:g} s"
    except OSError as error:
        return f"{python} cannot be run ({error.strerror or error})"
    return f"{python} has no Lava" if asked.returncode else ""
