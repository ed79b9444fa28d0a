"""Weighted layers as the event engine's kernels take them: one entry a kind of layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from workbench.network.affine import Scale
from workbench.network.bounds import largest_absolute
from workbench.network.connection_matrix import synapse_table
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.simulation.kernels import gather, gather_payloads, scatter
from workbench.simulation.kernels.row_sums import LANES, WIDEST
from workbench.simulation.workspace import aligned
from workbench.util.handlers import Handlers

MULTIPLES, MULTIPLES_BYTES = 4, 1 << 19
"""Multiples of weights that are kept, where all of them fit into the second cache."""


@dataclass(frozen=True, eq=False)
class Gather:
    """The loop that adds up, for each output, the weights of its active inputs.

    Parameters
    ----------
    kernel : function of (plane, most, *arrays, current)
    arrays : tuple of ndarray or int
    worthwhile : float
        Spikes per step from which on it is faster than following each spike.
    payloads : function of (plane, lists, *arrays, current), or None
        The same for planes of payloads; None where a list cannot hold both unit and payload.
    """

    kernel: Callable[..., None]
    arrays: tuple[np.ndarray | int, ...]
    worthwhile: float
    payloads: Callable[..., None] | None = None


@dataclass(frozen=True, eq=False)
class Weights:
    """A weighted layer's numbers, and the loops that add what spikes bring.

    Parameters
    ----------
    inputs : int
    scatter : function of (start, index, value, *arrays, current)
    made : function of nothing to a tuple of ndarray
        Makes `arrays`.
    gather : Gather or None
    """

    inputs: int
    scatter: Callable[..., None]
    made: Callable[[], tuple[np.ndarray, ...]]
    gather: Gather | None = None

    @cached_property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What `scatter` reads; made when it is first asked for, which may be never."""
        return self.made()


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
    kernel = layer.kernel  # Weights that referred to their layer would keep it for ever.
    return Weights(
        math.prod(layer.input_shape),
        scatter.scatter_convolution,
        lambda: (kernel.astype(dtype), geometry),
        _gather_convolution(layer, dtype, most),
    )


def _gather_convolution(layer: Conv2D, dtype: type, most: int) -> Gather | None:
    # With groups or spread taps, the inputs of a window are no run of a list.
    if layer.groups > 1 or layer.dilation[1] > 1:
        return None
    taps, columns, _, filters = layer.kernel.shape
    by_column = layer.kernel.transpose(1, 0, 2, 3).reshape(-1, filters)
    parts, multiples, width = _in_parts(by_column, largest_absolute(by_column), dtype, most)
    sizes = (*layer.input_shape, *layer.output_shape, width, taps, columns, *layer.strides)
    offsets = (layer.padding[0][0], layer.padding[1][0], layer.dilation[0])
    arrays = (parts, multiples, np.array((*sizes, *offsets), np.int64))
    # Found by measuring: what looking at each window costs, in additions of a vector.
    windows = math.prod(layer.output_shape[:2])
    worthwhile = 20 * windows / (taps * columns * -(-filters // LANES))
    payloads = gather_payloads.gather_convolution
    fits = layer.input_shape[1] * len(by_column) < gather_payloads.MOST_ROWS
    return Gather(gather.gather_convolution, arrays, worthwhile, payloads if fits else None)


@PREPARE.register("Dense")
def _dense(layer: Layer, dtype: type, most: int) -> Weights:
    assert isinstance(layer, Dense)
    parts, multiples, width = _in_parts(layer.kernel, int(layer.bounds.largest), dtype, most)
    arrays = (parts, multiples, width)
    payloads = gather_payloads.gather_dense
    fits = layer.kernel.shape[0] < gather_payloads.MOST_ROWS
    by_output = Gather(gather.gather_dense, arrays, 0.0, payloads if fits else None)
    kernel = layer.kernel
    return Weights(len(kernel), scatter.scatter_dense, lambda: (kernel.astype(dtype),), by_output)


def _in_parts(
    kernel: np.ndarray, largest: int, dtype: type, most: int
) -> tuple[np.ndarray, int, int]:
    """Cut a matrix, whose largest absolute is given, into parts of 16, 32 or 64 columns.

    Zeros follow behind the last column.

    Returns
    -------
    ndarray, shape (parts, multiples * rows, width of a part)
        Of `dtype`, or of the unsigned type as wide, which holds columns in `pairs`. Begins where
        a cache line does: a vector that lies across two takes twice the time.
    multiples : int
        How many multiples of the matrix follow one another, so that an input that stands for
        several spikes needs one addition.
    columns : int
        Of a part.
    """
    rows, columns = kernel.shape
    number = np.dtype(dtype)
    room = 2 ** (4 * number.itemsize - 1) - 1
    vectors = -(-columns // LANES)
    part = LANES if vectors == 1 else WIDEST if vectors % 4 in (0, 3) else 2 * LANES
    paired = part > LANES and largest <= room
    width = part // 2 if paired else part
    size = rows * width * number.itemsize
    multiples = max(1, min(most, MULTIPLES, MULTIPLES_BYTES // max(1, size)))
    if paired:
        multiples = min(multiples, room // max(1, largest))
    parts = -(-columns // part)
    stored = aligned((parts, multiples, rows, width), f"u{number.itemsize}" if paired else number)
    for place in range(parts):
        some: np.ndarray = np.zeros((rows, part), number)
        own = kernel[:, place * part : (place + 1) * part]
        some[:, : own.shape[1]] = own
        for times in range(1, multiples + 1):
            stored[place, times - 1] = pairs(times * some) if paired else times * some
    return stored.reshape(parts, multiples * rows, width), multiples, part


def pairs(weights: np.ndarray) -> np.ndarray:
    """Return integers of half the width of their type, two in each number.

    Of 32 columns, those of the first 16 lie in the lower halves, with half their range added,
    and those of the last 16 in the upper.

    Parameters
    ----------
    weights : ndarray of int, shape (rows, columns)
        Columns are a multiple of 32.

    Returns
    -------
    ndarray of uint, shape (rows, columns / 2)
    """
    half = 4 * weights.itemsize
    lower, upper = np.moveaxis(weights.reshape(len(weights), -1, 2, LANES), 2, 0)
    words = (upper << half) + lower + weights.dtype.type(1 << half - 1)
    return words.reshape(len(weights), -1).view(f"u{weights.itemsize}")


@PREPARE.register("Scale")
def _scale(layer: Layer, dtype: type, most: int) -> Weights:
    assert isinstance(layer, Scale)
    factor = np.broadcast_to(layer.factor, layer.output_shape)
    factors: np.ndarray = np.ascontiguousarray(factor.reshape(-1)).astype(dtype)
    return Weights(layer.output_size, scatter.scatter_scale, lambda: (factors,))


def _listed(layer: Layer, dtype: type, most: int) -> Weights:
    """Every synapse in a table: larger than shared weights, but right for any layer."""
    return table_weights(synapse_table(layer), dtype)


def table_weights(table: sparse.csr_array, dtype: type) -> Weights:
    """Return connections that are listed one by one, (input units, output units)."""
    places = table.indptr.astype(np.int64), table.indices.astype(np.int32)
    arrays = (*places, table.data.astype(dtype))
    return Weights(table.shape[0], scatter.scatter_sparse, lambda: arrays)
