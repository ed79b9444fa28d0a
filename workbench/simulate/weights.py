"""Weighted layers as the event engine's kernels take them: one entry a kind of layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.registry import Handlers
from workbench.simulate.kernels import scatter


@dataclass(frozen=True, eq=False)
class Weights:
    """A weighted layer's numbers, and the loop that adds what events bring.

    Parameters
    ----------
    scatter : function of (start, index, value, *arrays, current)
    arrays : tuple of ndarray
    """

    scatter: Callable[..., None]
    arrays: tuple[np.ndarray, ...]


Prepare = Callable[[Layer, type], Weights]

PREPARE: Handlers[Prepare] = Handlers("simulate with a loop of its own")


def weights_of(layer: Layer, dtype: type) -> Weights:
    """Return a weighted layer's numbers in an integer type; any layer with synapses will do."""
    prepare = PREPARE.get(layer.kind) or _sparse
    return prepare(layer, dtype)


@PREPARE.register("Conv2D")
def _convolution(layer: Layer, dtype: type) -> Weights:
    assert isinstance(layer, Conv2D)
    _, width, channels = layer.input_shape
    out_height, out_width, _ = layer.output_shape
    sizes = (width, channels, out_height, out_width)
    offsets = (*layer.strides, layer.padding[0][0], layer.padding[1][0])
    geometry = np.array((*sizes, *offsets, *layer.dilation, layer.groups), np.int64)
    return Weights(scatter.scatter_convolution, (layer.kernel.astype(dtype), geometry))


@PREPARE.register("Dense")
def _dense(layer: Layer, dtype: type) -> Weights:
    assert isinstance(layer, Dense)
    return Weights(scatter.scatter_dense, (layer.kernel.astype(dtype),))


@PREPARE.register("Scale")
def _scale(layer: Layer, dtype: type) -> Weights:
    assert isinstance(layer, Scale)
    factor = np.broadcast_to(layer.factor, layer.output_shape)
    factors: np.ndarray = np.ascontiguousarray(factor.reshape(-1)).astype(dtype)
    return Weights(scatter.scatter_scale, (factors,))


def _sparse(layer: Layer, dtype: type) -> Weights:
    """Every synapse in a table: larger than shared weights, but right for any layer."""
    chunks = list(layer.synapses())
    pre, post, weight = (np.concatenate(part) for part in zip(*chunks, strict=True))
    shape = (math.prod(layer.input_shapes[0]), layer.output_size)
    table = sparse.csr_array((weight.astype(np.int64), (pre, post)), shape=shape)
    arrays = (table.indptr.astype(np.int64), table.indices.astype(np.int32))
    return Weights(scatter.scatter_sparse, (*arrays, table.data.astype(dtype)))
