"""Model files: whether there is one, and what the library that reads it says about a failure."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.errors import ModelFileError
from workbench.ingest.foreign_files import folder_refusal
from workbench.util.memory_budget import special_file


def check_file(path: Path) -> None:
    """Refuse the path of what is no file, or of a file that stands in place of a model's."""
    if path.is_dir():
        raise folder_refusal(path)
    if problem := special_file(path):
        raise ModelFileError(problem)
    if not path.is_file():
        raise ModelFileError(f"{path} does not exist. Check the path.")
    with path.open("rb") as file:
        head = file.read(200).lstrip().lower()
    if head.startswith(b"version https://git-lfs"):
        raise ModelFileError(
            f"{path} is a Git LFS pointer, not the file itself. Fetch the file with: git lfs pull."
        )
    if head.startswith((b"<!doctype html", b"<html")):
        raise ModelFileError(
            f"{path} is a web page, not a model. Download the file itself (on GitHub: the raw "
            "file)."
        )


def shortened(error: Exception) -> str:
    """Return what another library says about a failure, in one line."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # Keras writes in bold.
    reason = " ".join((plain.strip() or type(error).__name__).split())
    return reason if len(reason) <= 200 else reason[:200].rsplit(" ", 1)[0] + " …"
