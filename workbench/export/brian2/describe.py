"""A spiking network as Brian2 script material: literals that read well, arrays set apart.

Kernels and window geometry are stored, not synapses: the script expands them in a few lines
of NumPy. The files stay as small as the weights (a convolution's synapses are hundreds of
times more), and somebody who reads the script sees how a convolution becomes synapses.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.network.pooling import MaxPool2D, Pool2D, SumPool2D
from workbench.network.spiking import SpikingNetwork
from workbench.registry import Handlers

Link = dict[str, Any]
Describer = Callable[[Layer], tuple[Link, np.ndarray | None]]
GLUE = "\x1f"
"""Stands for a space at which no line is broken; strings are written with this escaped."""

DESCRIBERS: Handlers[Describer] = Handlers("export to Brian2")


def describe(network: SpikingNetwork) -> tuple[str, dict[str, np.ndarray]]:
    """Return the script's description of a network, and the arrays that it names.

    Raises
    ------
    UnsupportedLayerError
        If a projection holds a layer that the script has no synapses for; all are named.
    """
    arrays: dict[str, np.ndarray] = {}
    _check(network)
    populations = [_population(p, arrays) for p in network.populations]
    projections = [
        {
            "source": projection.source,
            "target": projection.target,
            "links": _links(projection.maps, f"{projection.target}.weights", arrays),
        }
        for projection in network.projections
    ]
    text = "\n".join(
        [
            f"INPUT_SHAPE = {network.input_shape!r}",
            f"INPUT_SCALE = {float(network.input_scale)!r}  # a full-scale input",
            "",
            "# Thresholds, biases and weights are whole numbers, multiples of 2 ** -"
            f"{network.resolution_bits}, so that",
            "# sums are exact in any order. Large arrays are named here and lie in the .npz file.",
            f"POPULATIONS = {_listing(populations)}",
            "",
            f"PROJECTIONS = {_listing(projections)}",
        ]
    )
    return text, arrays


def synapse_total(network: SpikingNetwork) -> int:
    """Number of synapses that the script makes, relays included, constant input left out."""
    return sum(
        layer.fan_out().sum()
        for projection in network.projections
        for layer in projection.maps
        if projection.source != network.input.name and layer.kind != "Reshape"
    )


def _check(network: SpikingNetwork) -> None:
    problems = [
        DESCRIBERS.refusal(f"The path from {p.source} to {p.target}", layer.kind)
        for p in network.projections
        for layer in p.maps
        if layer.kind != "Reshape" and DESCRIBERS.get(layer.kind) is None
    ]
    if problems:
        raise UnsupportedLayerError(problems)


def _population(population: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    row = {"name": population.name, "kind": population.kind, "shape": population.shape}
    if population.kind == "max_pool":
        return row | {"max_pool": population.max_pool}
    if population.kind == "input":
        return row
    key = f"{population.name}.bias"
    arrays[key] = population.bias
    return row | {
        "threshold": population.threshold,
        "initial": population.initial_potential,
        "reset": population.reset,
        "bias": key,
    }


def _links(maps: tuple[Layer, ...], key: str, arrays: dict[str, np.ndarray]) -> list[Link]:
    """Describe the maps of a path; a reshape renames units and needs no link."""
    links = []
    for layer in maps:
        if layer.kind == "Reshape":
            continue
        describer = DESCRIBERS.get(layer.kind)
        assert describer is not None
        link, array = describer(layer)
        if array is not None:
            link["array"] = _free_key(key if layer.kind != "SumPool2D" else f"{key}.pool", arrays)
            arrays[link["array"]] = _compact(array)
        links.append(link)
    return links


def _free_key(key: str, arrays: dict[str, np.ndarray]) -> str:
    """Return a key that is not taken yet: several paths may end at one population."""
    number, free = 1, key
    while free in arrays:
        number += 1
        free = f"{key}{number}"
    return free


def _shapes(layer: Layer, kind: str) -> Link:
    return {"kind": kind, "input_shape": layer.input_shapes[0], "output_shape": layer.output_shape}


@DESCRIBERS.register("Conv2D")
def _convolution(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Conv2D)
    link = _shapes(layer, "convolution") | {
        "window": layer.kernel.shape[:2],
        "strides": layer.strides,
        "dilation": layer.dilation,
        "padding": layer.padding,
        "groups": layer.groups,
    }
    return link, layer.kernel


@DESCRIBERS.register("Dense")
def _dense(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Dense)
    return _shapes(layer, "dense"), layer.kernel


@DESCRIBERS.register("Scale")
def _scale(layer: Layer) -> tuple[Link, np.ndarray | None]:
    factor = np.broadcast_to(layer.factor, layer.output_shape)  # type: ignore[attr-defined]
    return _shapes(layer, "scale"), factor.reshape(-1)


def _window(layer: Pool2D, kind: str) -> Link:
    return _shapes(layer, kind) | {
        "window": layer.pool_size,
        "strides": layer.strides,
        "dilation": (1, 1),
        "padding": layer.padding,
    }


@DESCRIBERS.register("SumPool2D")
def _sum_pool(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, SumPool2D)
    return _window(layer, "sum_pool"), layer.tap_weights().reshape(-1)


@DESCRIBERS.register("MaxPool2D")
def _max_pool(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, MaxPool2D)
    return _window(layer, "max_pool"), None


def _compact(array: np.ndarray) -> np.ndarray:
    """Whole numbers in the narrowest type that holds them."""
    largest = np.abs(array).max(initial=0)
    dtype = np.int32 if largest < 2**31 else np.int64
    return array.astype(dtype)


def _listing(rows: list[dict[str, Any]]) -> str:
    """Python source of a list of dicts, one after the other, within 100 columns."""
    return "\n".join(["[", *(_row(row, " " * 4) for row in rows), "]"])


def _row(row: dict[str, Any], indent: str) -> str:
    links = row.get("links")
    plain = ", ".join(f"{key}={_literal(v)}" for key, v in row.items() if key != "links")
    inner = indent + " " * len("dict(")
    if links is None:
        text = textwrap.fill(
            plain,
            97,
            initial_indent=indent + "dict(",
            subsequent_indent=inner,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return text.replace(GLUE, " ") + "),"
    lines = [f"{indent}dict({plain}, links=[", *(_row(link, indent + " " * 4) for link in links)]
    return "\n".join([*lines, f"{indent}]),"])


def _literal(value: Any) -> str:
    """Python source of a string, a number, or a tuple of such."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(" ", GLUE)
    if isinstance(value, tuple):
        inside = f",{GLUE}".join(_literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(int(value))
