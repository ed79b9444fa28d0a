"""Layers of a path as the script reads them: a row of geometry each, and maybe an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.network.pooling import MaxPool2D, Pool2D, SumPool2D
from workbench.network.projection import Projection
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.transposed import ConvTranspose2D
from workbench.util.handlers import Handlers

Link = dict[str, Any]
Describer = Callable[[Layer], tuple[Link, np.ndarray | None]]

DESCRIBERS: Handlers[Describer] = Handlers("export to Brian2")


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


@DESCRIBERS.register("ConvTranspose2D")
def _transposed_convolution(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, ConvTranspose2D)
    link = _shapes(layer, "transposed_convolution") | {
        "window": layer.kernel.shape[:2],
        "strides": layer.strides,
        "dilation": layer.dilation,
        "cut": layer.cut,
        "groups": layer.groups,
    }
    return link, layer.kernel


@DESCRIBERS.register("Dense")
def _dense(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Dense)
    return _shapes(layer, "dense"), layer.kernel


@DESCRIBERS.register("Scale")
def _scale(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Scale)
    factor = np.broadcast_to(layer.factor, layer.output_shape)
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


@DESCRIBERS.register("Pad")
def _pad(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Pad)
    return _shapes(layer, "pad") | {"zeros": _pairs(layer.before, layer.after)}, None


@DESCRIBERS.register("Slice")
def _slice(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Slice)
    return _shapes(layer, "slice") | {"ranges": layer.ranges}, None


@DESCRIBERS.register("Take")
def _take(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Take)
    return _shapes(layer, "take") | {"axis": layer.axis, "index": layer.index}, None


@DESCRIBERS.register("Permute")
def _permute(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Permute)
    return _shapes(layer, "permute") | {"axes": layer.order}, None


@DESCRIBERS.register("Repeat")
def _repeat(layer: Layer) -> tuple[Link, np.ndarray | None]:
    assert isinstance(layer, Repeat)
    return _shapes(layer, "repeat") | {"times": layer.factors}, None


def listed(path: Projection) -> tuple[Link, np.ndarray]:
    """Describe a whole path by its synapses: right whatever layers it has."""
    table = path.matrix()
    source = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    link = {
        "kind": "table",
        "input_shape": path.maps[0].input_shapes[0],
        "output_shape": path.maps[-1].output_shape,
    }
    return link, np.stack([source, table.indices, table.data])


def _pairs(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(one, other, strict=True))
