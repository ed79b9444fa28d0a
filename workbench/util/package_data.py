"""Where the files that come with the package lie: bundled data, networks and notebooks."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import WorkbenchError

_PACKAGE = Path(__file__).resolve().parents[1]


def _folder(name: str) -> Path:
    """Return a shipped folder: inside an installed package, beside it in a source checkout."""
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise WorkbenchError(
        f"The folder '{name}' that comes with snn-workbench is missing from {_PACKAGE}. "
        "Reinstall the package."
    )


def data_folder() -> Path:
    """Return the folder of bundled samples and trained networks."""
    return _folder("data")


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that `snn-workbench lab` brings along."""
    return _folder("notebooks")
