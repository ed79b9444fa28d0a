"""What the extension of JupyterLab repeats of the package, in a language that cannot import it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import workbench as wb
from workbench.methods.presets import PRESETS

ROOT = Path(__file__).parents[1]
EXTENSION = ROOT / "extensions" / "jupyterlab"


def test_the_side_bar_lists_the_bundled_networks() -> None:
    listed = json.loads((EXTENSION / "src" / "bundled.json").read_text())
    assert [each["name"] for each in listed] == list(wb.datasets.model_names())


def test_the_settings_page_offers_the_presets() -> None:
    schema = json.loads((EXTENSION / "schema" / "plugin.json").read_text())
    offered = {each["const"]: each["title"] for each in schema["properties"]["preset"]["oneOf"]}
    assert offered == {name: each.label for name, each in PRESETS.items()}


def test_the_extension_has_the_version_of_the_package_and_is_in_its_wheel() -> None:
    described = json.loads((EXTENSION / "labextension" / "package.json").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert described["version"] == project["project"]["version"]
    assert (EXTENSION / "labextension" / described["jupyterlab"]["_build"]["load"]).is_file()
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared["extensions/jupyterlab/labextension"] == (
        "share/jupyter/labextensions/snn-workbench"
    )
