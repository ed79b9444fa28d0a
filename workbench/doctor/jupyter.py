"""Whether the Jupyter server that would be started has our extension and the halves of widgets.

A widget's JavaScript half is a folder that the server finds on its own path, apart from Python's:
a package that is installed for another Python, or an older copy in a folder that comes first,
shows as an empty cell.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_core import paths

import workbench
from workbench.doctor.finding import Finding
from workbench.doctor.packages import pip_install

GROUP = "Jupyter"
EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab-widgets",
    "anywidget": "anywidget",
}
"""Front ends, and the packages that install them."""

OWN = "snn-workbench"
"""The package, its extension of JupyterLab, and its template of Voila."""


def examine_jupyter() -> Iterator[Finding]:
    """Look for front ends of widgets, our extension, and the template of dashboards."""
    disabled = _disabled()
    for extension, package in EXTENSIONS.items():
        yield _front_end(f"front end of {package}", extension, package, disabled)
    yield _own_extension(disabled)
    yield _template()


def _own_extension(disabled: set[str]) -> Finding:
    """Look for what opens networks by a click; without it all else works."""
    name = "extension of JupyterLab"
    found = _front_end(name, OWN, OWN, disabled)
    if found.status != "problem":
        return found
    value, remedy = found.value, found.remedy
    source = _checkout() / "jupyterlab" / "labextension"
    hidden = any(
        (Path(folder) / OWN / "package.json").is_file()
        for folder in paths.jupyter_path("labextensions")
    )
    if source.is_dir() and not hidden:
        value = f"in this checkout ({source})"
        remedy = (
            "'snn-workbench lab' shows it. For a JupyterLab that you start in another way: "
            f"{sys.executable} -m jupyter labextension develop --overwrite {source.parent}"
        )
    return Finding(GROUP, name, "note", value, remedy)


def _checkout() -> Path:
    """Where the sources of the front ends are when the package is not installed."""
    return Path(workbench.__file__).resolve().parents[1] / "extensions"


def _front_end(name: str, extension: str, package: str, disabled: set[str]) -> Finding:
    command = f"{pip_install(package)} --force-reinstall --no-deps"
    places = [Path(folder) / extension for folder in paths.jupyter_path("labextensions")]
    found = [place for place in places if (place / "package.json").is_file()]
    if not found:
        looked = ", ".join(str(place.parent) for place in places)
        remedy = f"JupyterLab looks in {looked}. Install it for this Python: {command}"
        return Finding(GROUP, name, "problem", "not visible to the server", remedy)
    first, version = found[0], _read(found[0] / "package.json").get("version", "?")
    own = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / extension
    installed = _read(own / "package.json").get("version", version)
    value = f"{version} ({first})"
    if version != installed:
        remedy = f"It hides {installed}, which belongs to this Python. Remove {first}"
        return Finding(GROUP, name, "problem", value, remedy)
    if extension in disabled or any(other.startswith(f"{extension}:") for other in disabled):
        remedy = f"Enable it: {sys.executable} -m jupyter labextension enable {extension}"
        return Finding(GROUP, name, "problem", f"{value}, disabled", remedy)
    return Finding(GROUP, name, "ok", value)


def _disabled() -> set[str]:
    """Return the extensions, or parts of them, that JupyterLab's settings switch off."""
    settings = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "page_config.json"
    pages = [
        Path(folder) / "labconfig" / "page_config.json" for folder in paths.jupyter_config_path()
    ]
    switches: dict[str, bool] = {}
    for page in reversed([*pages, settings]):  # what comes first on the path counts last
        listed = _read(page).get("disabledExtensions", {})
        if isinstance(listed, list):
            listed = dict.fromkeys(map(str, listed), True)
        if isinstance(listed, dict):
            switches |= listed
    return {name for name, off in switches.items() if off}


def _template() -> Finding:
    name = "template of dashboards"
    # A checkout is not installed under a prefix; its template is handed to the server.
    for folder in (*map(Path, paths.jupyter_path("voila", "templates")), _checkout() / "voila"):
        if (folder / OWN / "conf.json").is_file():
            return Finding(GROUP, name, "ok", str(folder / OWN))
    remedy = f"Install the workbench again: {pip_install(OWN)} --force-reinstall"
    return Finding(GROUP, name, "problem", "not visible to the server", f"{remedy} --no-deps")


def _read(file: Path) -> dict[str, Any]:
    """Return a JSON file's object; an empty one where there is none."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
