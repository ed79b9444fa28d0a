"""The dashboards that come with the package: notebooks whose metadata says what they show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.util.package_data import notebooks_folder


@dataclass(frozen=True)
class ShippedDashboard:
    """A notebook to be served.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    title, about : str
        What it is called; what visitors do and see, in a sentence.
    path : Path
    """

    name: str
    title: str
    about: str
    path: Path


def shipped_dashboards() -> tuple[ShippedDashboard, ...]:
    """Return the dashboards that come with the package, by name."""
    found = []
    for path in sorted(notebooks_folder().glob("*.ipynb")):
        metadata = json.loads(path.read_text("utf-8"))["metadata"]
        declared = metadata.get("snn_workbench", {}).get("dashboard")
        if declared is not None:
            found.append(ShippedDashboard(path.stem, declared["title"], declared["about"], path))
    return tuple(found)


def find_dashboard(name: Path) -> Path:
    """Return the notebook of a name: a file of one's own, or a shipped one without its ending.

    Raises
    ------
    WorkbenchError
        If there is none.
    """
    try:
        own = name.expanduser()
    except RuntimeError:  # there is no such person, as in ~nobody/mine.ipynb
        own = name
    if own.is_file():
        return own.resolve()
    shipped = notebooks_folder() / name.name if name.name == str(name) else None
    for path in () if shipped is None else (shipped, shipped.with_name(f"{name}.ipynb")):
        if path.is_file():
            return path
    names = ", ".join(each.name for each in shipped_dashboards())
    raise WorkbenchError(
        f"There is no notebook '{name}' here, nor a dashboard of that name in snn-workbench; there "
        f"are {names}."
    )
