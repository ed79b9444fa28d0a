"""What the extension of JupyterLab repeats of the package, in a language that cannot import it."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_cases import CONVERTED, converted, stored

import workbench as wb
from workbench.methods.presets import PRESETS
from workbench.network.projection import Projection
from workbench.network.serialize import encode

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


def encoded(part: Any) -> tuple[Any, list[list[int]]]:
    """What a file holds of layers, and the shapes of their arrays."""
    arrays: list[np.ndarray] = []
    body = encode(part, arrays)
    return body, [list(array.shape) for array in arrays]


def meets(projection: Projection) -> bool:
    """Whether units reach others along several ways, which the viewer does not follow."""
    return any(layer.fan_out().max() > 1 for layer in projection.maps[:-1])


def counted_layers() -> list[dict[str, Any]]:
    """A layer of each kind and geometry in the table of cases, with its synapses."""
    found = {}
    for name in CONVERTED:
        for node in stored(name).nodes:
            body, shapes = encoded(node.layer)
            key = json.dumps({**body, "bias": None, "shapes": shapes[:1]})
            found.setdefault(
                key, {"layer": body, "shapes": shapes, "synapses": node.layer.synapse_count}
            )
    return list(found.values())


PATHS = ("average_pool_twice", "batch_norm_after_average_pool", "channels_first",
         "channels_first_branches", "channels_first_flattened_by_keras", "concatenate_rows",
         "concatenate_then_conv", "cropping", "global_average", "max_pool_of_hard_tanh",
         "max_pool_on_input", "residual_with_pooled_shortcut", "transposed_valid", "two_inputs",
         "upsampling")  # fmt: skip
"""Cases whose projections consist of all kinds of layers."""


def counted_paths() -> list[dict[str, Any]]:
    """Projections of converted networks with their synapses, None where paths meet."""
    found = {}
    for name in PATHS:
        for projection in converted(name).projections:
            body, shapes = encoded(projection.maps)
            synapses = None if meets(projection) else projection.synapse_count
            found.setdefault(
                json.dumps([body, shapes]), {"maps": body, "shapes": shapes, "synapses": synapses}
            )
    return list(found.values())


@pytest.mark.slow
def test_the_summary_is_tested_with_the_synapses_that_the_package_counts() -> None:
    """Written anew by `SNN_WORKBENCH_WRITE=1`; `npm test` counts the same in TypeScript."""
    path = EXTENSION / "test" / "synapses.json"
    counts = {"layers": counted_layers(), "paths": counted_paths()}
    if os.environ.get("SNN_WORKBENCH_WRITE"):
        lines = [
            f' "{name}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
            for name, rows in counts.items()
        ]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    assert json.loads(path.read_text()) == json.loads(json.dumps(counts))
