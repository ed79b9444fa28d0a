"""Where the files that come with the package lie: bundled data, networks, notebooks, docs."""

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


def documentation() -> Path:
    """Return the first page of the built documentation.

    Raises
    ------
    WorkbenchError
        If it was not built, or did not come with this installation; the message tells how to
        build it.
    """
    sources = _PACKAGE.parent / "docs"
    for folder in (_PACKAGE / "_shipped" / "docs", sources / "_build" / "html"):
        if (folder / "index.html").is_file():
            return folder / "index.html"
    build = "python -m pip install '.[docs]' && python -m sphinx -b html docs docs/_build/html"
    if (sources / "conf.py").is_file():
        raise WorkbenchError(
            f"The documentation in {sources} is not built yet. "
            f"Build it in {sources.parent}: {build}"
        )
    raise WorkbenchError(
        "This installation came without the built documentation. Its sources are the folder 'docs' "
        f"of the source distribution of snn-workbench; build it there: {build}"
    )
