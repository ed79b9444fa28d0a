"""Copies of the shipped notebooks in a person's folder: brought up to date, never overwritten.

A small manifest beside the copies says what was shipped. A copy that still has that content
belongs to the package and follows its releases; any other belongs to the person.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.launch.dashboards import PICTURES_FOLDER
from workbench.util.atomic_files import replacing

MANIFEST = ".snn-workbench.json"
_NOT_SHIPPED = frozenset({".ipynb_checkpoints", "__pycache__", PICTURES_FOLDER, MANIFEST})


@dataclass(frozen=True)
class Copies:
    """What became of the shipped files, as paths relative to the folder.

    Attributes
    ----------
    added, updated, current : tuple of str
        New in the folder; replaced, being old and unchanged; already there as shipped.
    kept : tuple of str
        Left alone, as a person changed them.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        """One line about what was left alone; empty when nothing was."""
        if not self.kept:
            return ""
        return (
            f"Kept your changed {', '.join(self.kept)}; "
            "rename a file to get the version of this release beside it."
        )


def content_hash(path: Path) -> str:
    """Return a hash of what a person writes into a file.

    Of a notebook that is the cells' kinds and sources: running and saving it changes outputs,
    counters and metadata, and does not make it the person's own.
    """
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(content)["cells"]
            sources = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
            content = json.dumps(sources).encode()
        except (ValueError, KeyError, TypeError):
            pass  # not a notebook after all: every byte counts
    return hashlib.sha256(content).hexdigest()


def copy_notebooks(shipped: Path, folder: Path, *, without: Collection[str] = ()) -> Copies:
    """Bring the shipped files into a folder.

    Parameters
    ----------
    shipped : Path
        The package's folder of notebooks, with subfolders.
    folder : Path
        Where a person works; made when missing.
    without : collection of str
        Names of files and subfolders that are left out.

    Returns
    -------
    Copies
        What was added, updated and kept.

    Raises
    ------
    WorkbenchError
        When the folder cannot be written to.
    """
    try:
        return _copy(shipped, folder, _NOT_SHIPPED | set(without))
    except OSError as error:
        raise WorkbenchError(
            f"The notebooks cannot be copied to '{folder}': {error.strerror or error}. "
            "Choose a folder you may write to."
        ) from error


def _copy(shipped: Path, folder: Path, left_out: frozenset[str]) -> Copies:
    known = _read_manifest(folder / MANIFEST)
    fates: dict[str, list[str]] = {"added": [], "updated": [], "current": [], "kept": []}
    hashes = dict(known)
    for source in sorted(shipped.rglob("*")):
        path = source.relative_to(shipped)
        if not source.is_file() or left_out & set(path.parts):
            continue
        name = path.as_posix()
        new = content_hash(source)
        fate = _fate(folder / path, new=new, shipped_before=known.get(name))
        fates[fate].append(name)
        if fate == "kept":
            continue
        hashes[name] = new
        if fate != "current":
            _replace(source, folder / path)
    if hashes != known:
        text = json.dumps({"shipped": dict(sorted(hashes.items()))}, indent=1)
        with replacing(folder / MANIFEST) as file:
            file.write(f"{text}\n".encode())
    return Copies(**{fate: tuple(names) for fate, names in fates.items()})


def _fate(target: Path, *, new: str, shipped_before: str | None) -> str:
    if not target.exists():
        return "added"
    if not target.is_file():  # a folder of that name is the person's
        return "kept"
    present = content_hash(target)
    if present == new:
        return "current"
    return "updated" if present == shipped_before else "kept"


def _replace(source: Path, target: Path) -> None:
    # By way of a second file: an interrupted copy would look like a changed notebook ever after.
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as content, replacing(target) as file:
        shutil.copyfileobj(content, file)


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["shipped"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # without it nothing counts as unchanged, so nothing can be lost
