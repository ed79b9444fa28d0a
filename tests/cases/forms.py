"""The layers of all cases by kind, each form of them once."""

from __future__ import annotations

import functools

import numpy as np
from layer_cases import CASES, stored

from workbench.network.layer import Layer
from workbench.network.serialize import fields_of


@functools.cache
def forms() -> dict[str, dict[str, Layer]]:
    """Return, by kind, layers that differ in options, shapes or zeros among their weights.

    What is a matter of one layer alone need not be tried again where the same form of it comes
    back in another case. Keys of the inner mappings say where a layer stands, for messages.
    """
    found: dict[str, dict[str, Layer]] = {}
    known = set()
    for name in CASES:
        for node in stored(name).nodes[1:]:
            form = _form(node.layer)
            if form not in known:
                known.add(form)
                found.setdefault(node.layer.kind, {})[f"{node.name} of {name}"] = node.layer
    return found


def _form(layer: Layer) -> tuple[object, ...]:
    described = (
        (name, value.shape, bool((value == 0).any()))
        if isinstance(value, np.ndarray)
        else (name, repr(value))
        for name, value in fields_of(layer).items()
    )
    return layer.kind, *described
