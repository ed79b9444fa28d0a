"""Few cases that show every option of every layer, and every pair of neighbouring layers.

What depends on single layers and on what feeds them, as targets and settings do, is tried on
these; the rest of the table joins in the slow run.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from cases.table import stored
from workbench.network.graph import Network


def features(network: Network) -> set[tuple[object, ...]]:
    """Return what a network shows: layers with their options, activations, who feeds whom."""
    found: set[tuple[object, ...]] = {
        ("rank", len(network.input_shape)),
        ("several inputs", bool(network.input_parts)),
    }
    for node in network.nodes:
        layer, activation = node.layer, type(node.activation).__name__
        found |= {("layer", layer.kind, *option) for option in _options(layer)}
        found |= {("activation", activation, *option) for option in _options(node.activation)}
        found.add(("activated", layer.kind, activation))
        kernel = getattr(layer, "kernel", np.zeros(0))
        found.add(("odd", layer.kind, tuple(size % 2 for size in kernel.shape[:-2])))
        for name in node.inputs:
            source = network[name]
            found.add(("feeds", source.layer.kind, type(source.activation).__name__, layer.kind))
    return found


def _options(described: Any) -> Iterable[tuple[str, bool]]:
    """Return the optional fields of a layer or an activation, and whether they are set."""
    for field in dataclasses.fields(described):
        if field.default is not dataclasses.MISSING:
            value = getattr(described, field.name)
            is_set = isinstance(value, np.ndarray) or value != field.default
            yield field.name, is_set


@functools.cache
def covering(names: tuple[str, ...], *, neighbours: bool = True) -> tuple[str, ...]:
    """Return cases that show all that the given ones do, or all but `neighbours`; richest first."""
    shown = {name: features(stored(name)) for name in names}
    if not neighbours:
        shown = {name: {f for f in some if f[0] != "feeds"} for name, some in shown.items()}
    missing = set().union(*shown.values())
    chosen: list[str] = []
    while missing:
        richest = max(shown, key=lambda name: len(shown[name] & missing))
        missing -= shown[richest]
        chosen.append(richest)
    return tuple(chosen)


def mostly_slow(names: tuple[str, ...], *, neighbours: bool = True) -> list[Any]:
    """Return all cases as parameters; those that add nothing to `covering` ones are slow."""
    chosen = covering(names, neighbours=neighbours)
    return [
        pytest.param(name, id=name, marks=() if name in chosen else pytest.mark.slow)
        for name in names
    ]
