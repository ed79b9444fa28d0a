"""Model files: whether there is one, and what the library that reads it says about a failure."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.errors import ModelFileError


def check_file(path: Path) -> None:
    """Refuse the path of what is no file."""
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder; accepted: a file. Save the model as one.")
    if not path.is_file():
        raise ModelFileError(f"{path} does not exist. Check the path.")


def shortened(error: Exception) -> str:
    """Return what another library says about a failure, in one line."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # Keras writes in bold.
    reason = " ".join((plain.strip() or type(error).__name__).split())
    return reason if len(reason) <= 200 else reason[:200].rsplit(" ", 1)[0] + " …"
