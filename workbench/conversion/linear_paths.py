"""Linear paths between populations: collecting them, and bringing them to the exact grid.

Between two populations lie layers without neurons: pooling, reshaping, batch normalization,
at most one convolution or dense map. A path holds them in order. On the grid, averages
become integer sums, per-channel factors are absorbed, and one layer keeps weights. A path
with a layer that this module knows no such form of becomes a list of its synapses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from workbench.errors import ConversionError
from workbench.network.affine import ChannelAffine, Scale
from workbench.network.connection_matrix import composed
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import AveragePool2D, SumPool2D
from workbench.network.rearrange import Pad, Rearrange
from workbench.network.sparse import Sparse
from workbench.network.structure import Identity, Wire

LARGEST_WEIGHT = 2**30
"""Weights beyond this many grid units would leave no room for sums."""

LARGEST_COMMON = 2**24
"""Window sums beyond this many counts could overflow the 32 bits that pooled spikes have."""

FREE_COMMON_BITS = 4
"""Averages over up to 16 inputs cost the weights behind them at most this many bits."""

_FACTORED = (
    *("Dense", "Conv2D", "ConvTranspose2D", "AveragePool2D", "Affine", "BatchNorm"),
    *("Identity", "Reshape", "Pad", "Slice", "Take", "Permute", "Repeat"),
)
"""Kinds of layers that take up, or pass on, a factor of each channel and keep their form."""


@dataclass(frozen=True)
class Path:
    """Layers between a source population and where the path has got to."""

    source: str
    maps: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Expression:
    """What a node carries: a sum over paths from populations, plus a constant.

    Parameters
    ----------
    paths : tuple of Path
    constant : ndarray of float64, shape (1, *node output shape)
    """

    paths: tuple[Path, ...]
    constant: np.ndarray = field(repr=False)


def extend(layer: Layer, inputs: list[Expression]) -> Expression:
    """Carry expressions through a linear layer; the constant takes up its bias."""
    parts = [layer.part(index) for index in range(len(inputs))]
    paths = tuple(
        Path(path.source, (*path.maps, part))
        for expression, part in zip(inputs, parts, strict=True)
        for path in expression.paths
    )
    return Expression(paths, layer.forward(*(e.constant for e in inputs)))


def carries_nothing(path: Path, source_shape: Shape) -> bool:
    """Whether no unit of the source reaches the path's end, as where padding alone is read."""
    arrives = np.ones(source_shape, bool)
    for layer in path.maps:
        if isinstance(layer, Rearrange):
            arrives = layer.move(arrives[None], False)[0]
        elif isinstance(layer, Wire):
            arrives = arrives.reshape(layer.output_shape)
        else:
            arrives = np.ones(layer.output_shape, bool)
        if not arrives.any():
            return True
    return False


def on_grid(
    path: Path,
    source_scale: np.ndarray,
    target_scale: np.ndarray,
    source_shape: Shape,
    target_shape: Shape,
    bits: int,
) -> tuple[Layer, ...]:
    """Return the path's layers with integer weights in grid units.

    Parameters
    ----------
    path : Path
        With at most one convolution or dense map, or with layers of any other kind.
    source_scale, target_scale : ndarray
        Activation per spike of the source, and lambda of the target; shape (1,) or (channels,).
    bits : int
        The grid unit is ``2 ** -bits``.

    Raises
    ------
    ConversionError
        If a weight is too large for the grid.
    """
    if not all(layer.kind in _FACTORED for layer in path.maps):
        return (_listed(path, source_scale, target_scale, source_shape, target_shape, bits),)
    maps = _narrowed([layer for layer in path.maps if not isinstance(layer, Identity)])
    position = next((i for i, layer in enumerate(maps) if layer.mixing), len(maps))
    factor = np.broadcast_to(source_scale, source_shape)
    for layer in maps[:position]:
        factor = _forwards(layer, factor)
    after = np.broadcast_to(1.0 / target_scale, target_shape)
    for layer in reversed(maps[position + 1 :]):
        after = _backwards(layer, after)
    if position < len(maps):
        weighted = _weighted(maps[position], factor, after, bits)
    else:
        shares = _known(np.ones(target_shape) * factor * after)
        grid = _rounded(shares, bits, "a shortcut")
        weighted = Scale(target_shape, grid)
    before = [_counting(layer) for layer in maps[:position] if not isinstance(layer, ChannelAffine)]
    behind = [
        _counting(layer) for layer in maps[position + 1 :] if not isinstance(layer, ChannelAffine)
    ]
    return (*before, weighted, *behind)


def _listed(
    path: Path,
    source_scale: np.ndarray,
    target_scale: np.ndarray,
    source_shape: Shape,
    target_shape: Shape,
    bits: int,
) -> Layer:
    """Return the synapses of a path, whatever its layers are."""
    table = composed(path.maps, np.float64)
    before = np.broadcast_to(source_scale, source_shape).reshape(-1)
    after = np.broadcast_to(1.0 / target_scale, target_shape).reshape(-1)
    pre = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    weight = table.data * before[pre] * after[table.indices]
    what = " and ".join(dict.fromkeys(layer.kind for layer in path.maps))
    table.data = _rounded(weight, bits, what)
    return Sparse.of_table(table, source_shape, target_shape)


def extra_bits(path: Path) -> int:
    """Bits by which the target's grid must be finer for the averages on a path.

    An average's ``1 / n`` moves into weights, which become smaller and would lose resolution;
    at the border of an image `n` is the least common multiple of several window sizes.

    Raises
    ------
    ConversionError
        If the windows' common multiple is too large for integer sums.
    """
    pools = [_counting(layer) for layer in path.maps if isinstance(layer, AveragePool2D)]
    common = math.prod(pool.common for pool in pools if isinstance(pool, SumPool2D))
    if common > LARGEST_COMMON:
        raise ConversionError(
            f"averages over border windows of so many sizes that their common multiple is "
            f"{common:,}; {LARGEST_COMMON:,} is accepted. Use padding='valid', or smaller windows."
        )
    return max(0, (common - 1).bit_length() - FREE_COMMON_BITS)


def _counting(layer: Layer) -> Layer:
    if isinstance(layer, AveragePool2D):
        geometry = (layer.pool_size, layer.strides, layer.padding, layer.counts_padding)
        return SumPool2D(layer.input_shape, *geometry)
    return layer


def _narrowed(maps: list[Layer]) -> list[Layer]:
    """Let a map read its own channels of a concatenation, not zeros for all the others too."""
    maps = list(maps)
    for i in range(len(maps) - 1):
        pad, following = maps[i], maps[i + 1]
        if not isinstance(pad, Pad) or any(pad.before[:-1]) or any(pad.after[:-1]):
            continue
        first, size = pad.before[-1], pad.input_shape[-1]
        if isinstance(following, AveragePool2D):
            pool = following.replace(input_shape=pad.input_shape)
            shape = pool.output_shape
            maps[i : i + 2] = [pool, Pad(shape, pad.before, pad.after)]
        elif isinstance(following, Conv2D) and following.groups == 1:
            kernel = following.kernel[:, :, first : first + size]
            narrow = following.replace(input_shape=pad.input_shape, kernel=kernel)
            maps[i : i + 2] = [Identity(pad.input_shape), narrow]
        elif isinstance(following, Dense):
            narrow = following.replace(kernel=following.kernel[first : first + size])
            maps[i : i + 2] = [Identity(pad.input_shape), narrow]
    return [layer for layer in maps if not isinstance(layer, Identity)]


def _forwards(layer: Layer, factor: np.ndarray) -> np.ndarray:
    """Carry a factor per input unit to the output units; NaN where none arrives."""
    if isinstance(layer, ChannelAffine):
        return factor * layer.scale
    if isinstance(layer, AveragePool2D):
        pool = _counting(layer)
        assert isinstance(pool, SumPool2D)
        return np.broadcast_to(_channels(factor) / pool.common, layer.output_shape)
    if isinstance(layer, Rearrange):
        return layer.move(factor[None], np.nan)[0]
    return factor.reshape(layer.output_shape)


def _backwards(layer: Layer, factor: np.ndarray) -> np.ndarray:
    """Carry a factor per output unit back to the input units; NaN where none is read."""
    if isinstance(layer, ChannelAffine):
        return factor * layer.scale
    if isinstance(layer, AveragePool2D):
        pool = _counting(layer)
        assert isinstance(pool, SumPool2D)
        return np.broadcast_to(_channels(factor) / pool.common, layer.input_shape)
    if isinstance(layer, Rearrange):
        source, flat = layer.sources(), factor.reshape(-1)
        result = np.full(math.prod(layer.input_shape), np.nan)
        result[source[source >= 0]] = flat[source >= 0]
        if not np.array_equal(result[source[source >= 0]], flat[source >= 0], equal_nan=True):
            raise ConversionError(_MIXED)
        return result.reshape(layer.input_shape)
    return factor.reshape(layer.input_shapes[0])


_MIXED = (
    "A layer that mixes positions and channels (a reshape) lies between factors per channel "
    "(scales with per_channel=True, a batch normalization, a PReLU) and a convolution or pooling, "
    "whose weights are the same at all positions. Use per_channel=False, or put a relu before the "
    "reshape."
)


def _channels(factor: np.ndarray) -> np.ndarray:
    """Return the factor of each channel, which all places of an image share."""
    per_channel = factor.reshape(-1, factor.shape[-1])
    # Places that nothing reaches (padding, other branches of a concatenation) take any factor.
    silent = np.isnan(per_channel).all(axis=0)
    lowest = np.fmin.reduce(per_channel, axis=0)
    highest = np.fmax.reduce(per_channel, axis=0)
    if not np.array_equal(lowest[~silent], highest[~silent]):
        raise ConversionError(_MIXED)
    return np.where(silent, 1.0, lowest)


def _weighted(layer: Layer, before: np.ndarray, after: np.ndarray, bits: int) -> Layer:
    """Bring a map's weights to the grid, with the factors of its inputs and outputs."""
    # In place from here on: the kernels of large networks fill hundreds of megabytes.
    kernel = layer.kernel.astype(np.float64)  # type: ignore[attr-defined]
    if isinstance(layer, Dense):
        kernel *= _known(before).reshape(-1, 1)
        kernel *= _known(after).reshape(-1)
    else:
        channels, per_group = _channels(before), kernel.shape[2]
        # Filter f reads the input channels of its own group only.
        filters, groups = kernel.shape[3], layer.groups  # type: ignore[attr-defined]
        group = np.arange(filters) // (filters // groups)
        source = group * per_group + np.arange(per_group)[:, None]
        kernel *= channels[source] * _channels(after)
    return layer.replace(kernel=_rounded(kernel, bits, layer.kind), bias=None)


def _known(factor: np.ndarray) -> np.ndarray:
    """Factors of units; any will do where nothing arrives."""
    return np.where(np.isnan(factor), 1.0, factor)


def _rounded(values: np.ndarray, bits: int, what: str) -> np.ndarray:
    """Return values in whole grid units, int32; the array given is used up."""
    np.ldexp(values, bits, out=values)
    np.rint(values, out=values)
    largest = max(values.max(initial=0), -values.min(initial=0))
    if largest > LARGEST_WEIGHT:
        raise ConversionError(
            f"A weight of {what} is {np.ldexp(largest, -bits):.3g} thresholds after normalization, "
            f"more than the grid of 2^-{bits} holds. Raise the percentile, use per_channel=False, "
            "lower resolution_bits, or scale all inputs to the same range in the data."
        )
    grid = values.astype(np.int32)
    grid.setflags(write=False)  # A layer then takes it as it is, and makes no copy.
    return grid
