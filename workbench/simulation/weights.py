"""Weighted layers as the event engine's kernels take them: one entry a kind of layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from workbench.network.affine import Scale
from workbench.network.bounds import largest_absolute
from workbench.network.connection_matrix import synapse_table
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.simulation.kernels import gather, scatter
from workbench.simulation.kernels.gather import LANES
from workbench.simulation.workspace import aligned
from workbench.util.handlers import Handlers

MULTIPLES, MULTIPLES_BYTES = 4, 1 << 19
"""Multiples of weights that are kept, where all of them fit into the second cache."""


NARROW = (np.int16, np.int32)
"""Types in which weights are stored if they fit: less has to come from distant caches."""


@dataclass(frozen=True, eq=False)
class Gather:
    """The loop that adds up, for each output, the weights of its active inputs.

    Parameters
    ----------
    kernel : function of (plane, most, *arrays, current)
    arrays : tuple of ndarray or int
    worthwhile : float
        Spikes per step from which on it is faster than following each spike.
    """

    kernel: Callable[..., None]
    arrays: tuple[np.ndarray | int, ...]
    worthwhile: float


@dataclass(frozen=True, eq=False)
class Weights:
    """A weighted layer's numbers, and the loops that add what spikes bring.

    Parameters
    ----------
    inputs : int
    scatter : function of (start, index, value, *arrays, current)
    arrays : tuple of ndarray
    gather : Gather or None
    """

    inputs: int
    scatter: Callable[..., None]
    arrays: tuple[np.ndarray, ...]
    gather: Gather | None = None


Prepare = Callable[[Layer, type, int], Weights]

PREPARE: Handlers[Prepare] = Handlers("simulate with a loop of its own")


_PREPARED: WeakKeyDictionary[Layer, dict[tuple[type, int], Weights]] = WeakKeyDictionary()


def weights_of(layer: Layer, dtype: type, most: int = 1) -> Weights:
    """Return a weighted layer's numbers; any layer with synapses will do.

    Parameters
    ----------
    dtype : integer type
    most : int
        Spikes that an input may stand for.
    """
    # Layers never change, and a network is simulated again and again.
    known = _PREPARED.setdefault(layer, {})
    key = dtype, most
    if key not in known:
        prepare = PREPARE.get(layer.kind) or _listed
        known[key] = prepare(layer, dtype, most)
    return known[key]


@PREPARE.register("Conv2D")
def _convolution(layer: Layer, dtype: type, most: int) -> Weights:
    assert isinstance(layer, Conv2D)
    _, width, channels = layer.input_shape
    out_height, out_width, _ = layer.output_shape
    sizes = (width, channels, out_height, out_width)
    offsets = (*layer.strides, layer.padding[0][0], layer.padding[1][0])
    geometry = np.array((*sizes, *offsets, *layer.dilation, layer.groups), np.int64)
    arrays: tuple[np.ndarray, ...] = (layer.kernel.astype(dtype), geometry)
    inputs = math.prod(layer.input_shape)
    return Weights(
        inputs, scatter.scatter_convolution, arrays, _gather_convolution(layer, dtype, most)
    )


def _gather_convolution(layer: Conv2D, dtype: type, most: int) -> Gather | None:
    # With groups or spread taps, the inputs of a window are no run of a list.
    if layer.groups > 1 or layer.dilation[1] > 1:
        return None
    taps, columns, _, filters = layer.kernel.shape
    sizes = (*layer.input_shape, *layer.output_shape, taps, columns, *layer.strides)
    offsets = (layer.padding[0][0], layer.padding[1][0], layer.dilation[0])
    by_column = layer.kernel.transpose(1, 0, 2, 3).reshape(-1, filters)
    parts, multiples = _in_parts(by_column, largest_absolute(by_column), dtype, most)
    arrays = (parts, multiples, np.array((*sizes, *offsets), np.int64))
    # Found by measuring: what looking at each window costs, in additions of a vector.
    windows = math.prod(layer.output_shape[:2])
    worthwhile = 20 * windows / (taps * columns * -(-filters // LANES))
    return Gather(gather.gather_convolution, arrays, worthwhile)


@PREPARE.register("Dense")
def _dense(layer: Layer, dtype: type, most: int) -> Weights:
    assert isinstance(layer, Dense)
    parts, multiples = _in_parts(layer.kernel, int(layer.bounds.largest), dtype, most)
    arrays = (parts, multiples, np.array(layer.output_shape, np.int64))
    kernel: tuple[np.ndarray, ...] = (layer.kernel.astype(dtype),)
    by_output = Gather(gather.gather_dense, arrays, 0.0)
    return Weights(layer.kernel.shape[0], scatter.scatter_dense, kernel, by_output)


def _in_parts(kernel: np.ndarray, largest: int, dtype: type, most: int) -> tuple[np.ndarray, int]:
    """Cut a matrix, whose largest absolute is given, into parts of 16, 32 or 64 columns.

    Zeros follow behind the last column.

    Returns
    -------
    ndarray, shape (parts, multiples * rows, columns of a part)
        Begins where a cache line does: a vector that lies across two takes twice the time.
    int
        How many multiples of the matrix follow one another, so that an input that stands for
        several spikes needs one addition.
    """
    rows, columns = kernel.shape
    vectors = -(-columns // LANES)
    width = LANES * next(n for n in (4, 2, 1) if vectors % n == 0)
    parts = vectors * LANES // width
    narrow = np.dtype(_narrowest(largest, dtype))
    size = rows * width * narrow.itemsize
    multiples = max(1, min(most, MULTIPLES, MULTIPLES_BYTES // max(1, size)))
    stored = _narrowest(multiples * largest, dtype)
    padded = aligned((parts, multiples, rows, width), stored)
    for part in range(parts):
        some: np.ndarray = kernel[:, part * width : (part + 1) * width].astype(stored)
        for times in range(multiples):
            padded[part, times, :, : some.shape[1]] = (times + 1) * some
    return padded.reshape(parts, multiples * rows, width), multiples


def _narrowest(largest: int, dtype: type) -> type:
    """Return the smallest integer type that holds weights whose sums are of a given type."""
    return next((kind for kind in NARROW if largest <= np.iinfo(kind).max), dtype)


@PREPARE.register("Scale")
def _scale(layer: Layer, dtype: type, most: int) -> Weights:
    assert isinstance(layer, Scale)
    factor = np.broadcast_to(layer.factor, layer.output_shape)
    factors: np.ndarray = np.ascontiguousarray(factor.reshape(-1)).astype(dtype)
    return Weights(layer.output_size, scatter.scatter_scale, (factors,))


def _listed(layer: Layer, dtype: type, most: int) -> Weights:
    """Every synapse in a table: larger than shared weights, but right for any layer."""
    return table_weights(synapse_table(layer), dtype)


def table_weights(table: sparse.csr_array, dtype: type) -> Weights:
    """Return connections that are listed one by one, (input units, output units)."""
    arrays = (table.indptr.astype(np.int64), table.indices.astype(np.int32))
    return Weights(table.shape[0], scatter.scatter_sparse, (*arrays, table.data.astype(dtype)))
