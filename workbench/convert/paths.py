"""Linear paths between populations: collecting them, and bringing them to the exact grid.

Between two populations lie layers without neurons: pooling, reshaping, batch normalization,
at most one convolution or dense map. A path holds them in order. On the grid, averages
become whole-number sums, per-channel factors are absorbed, and one layer keeps weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from workbench.errors import ConversionError
from workbench.network.affine import BatchNorm, Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import AveragePool2D, SumPool2D
from workbench.network.structure import Add, Identity, Reshape

LARGEST_WEIGHT = 2**30
"""Weights beyond this many grid units would leave no room for sums."""

LARGEST_COMMON = 2**24
"""Window sums beyond this many counts could overflow the 32 bits that pooled spikes have."""

FREE_COMMON_BITS = 4
"""Averages over up to 16 inputs cost the weights behind them at most this many bits."""

PASSING = (AveragePool2D, Reshape, Identity, BatchNorm)
HEAVY = (Conv2D, Dense)


@dataclass(frozen=True)
class Path:
    """Layers between a source population and where the path has got to."""

    source: str
    maps: tuple[Layer, ...] = ()

    @property
    def heavy(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.maps if isinstance(layer, HEAVY))


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
    if isinstance(layer, Add):
        paths = tuple(path for expression in inputs for path in expression.paths)
        return Expression(paths, layer.forward(*(e.constant for e in inputs)))
    (only,) = inputs
    paths = tuple(Path(path.source, (*path.maps, layer)) for path in only.paths)
    return Expression(paths, layer.forward(only.constant))


def on_grid(
    path: Path,
    source_scale: np.ndarray,
    target_scale: np.ndarray,
    source_shape: Shape,
    target_shape: Shape,
    bits: int,
) -> tuple[Layer, ...]:
    """Return the path's layers with whole-number weights in grid units.

    Parameters
    ----------
    path : Path
        With at most one convolution or dense map.
    source_scale, target_scale : ndarray
        Activation per spike of the source, and lambda of the target; shape (1,) or (channels,).
    bits : int
        The grid unit is ``2 ** -bits``.

    Raises
    ------
    ConversionError
        If a weight is too large for the grid.
    """
    maps = [layer for layer in path.maps if not isinstance(layer, Identity)]
    position = next((i for i, layer in enumerate(maps) if isinstance(layer, HEAVY)), len(maps))
    factor = np.broadcast_to(source_scale, source_shape)
    for layer in maps[:position]:
        factor = _through(layer, factor, layer.output_shape)
    after = np.broadcast_to(1.0 / target_scale, target_shape)
    for layer in reversed(maps[position + 1 :]):
        after = _through(layer, after, layer.input_shapes[0])
    if position < len(maps):
        weighted = _weighted(maps[position], factor, after, bits)
    else:
        grid = _rounded(np.ones(target_shape) * factor * after, bits, "a shortcut")
        weighted = Scale(target_shape, grid)
    before = [_counting(layer) for layer in maps[:position] if not isinstance(layer, BatchNorm)]
    behind = [
        _counting(layer) for layer in maps[position + 1 :] if not isinstance(layer, BatchNorm)
    ]
    return (*before, weighted, *behind)


def extra_bits(path: Path) -> int:
    """Bits by which the target's grid must be finer for the averages on a path.

    An average's ``1 / n`` moves into weights, which become smaller and would lose resolution;
    at the border of an image `n` is the least common multiple of several window sizes.

    Raises
    ------
    ConversionError
        If the windows' common multiple is too large for whole-number sums.
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
        return SumPool2D(layer.input_shape, layer.pool_size, layer.strides, layer.padding)
    return layer


def _through(layer: Layer, factor: np.ndarray, shape: Shape) -> np.ndarray:
    """Carry per-unit factors past a layer to `shape`, its other side."""
    if isinstance(layer, BatchNorm):
        return factor * layer.scale
    if isinstance(layer, AveragePool2D):
        pool = _counting(layer)
        assert isinstance(pool, SumPool2D)
        return np.broadcast_to(_channels(factor) / pool.common, shape)
    return factor.reshape(shape)


def _channels(factor: np.ndarray) -> np.ndarray:
    """Return the factor of each channel, which all places of an image share."""
    per_channel = factor.reshape(-1, factor.shape[-1])
    if not (per_channel == per_channel[0]).all():
        raise ConversionError(
            "A layer that mixes places and channels (a reshape) lies between a per-channel "
            "scale and a convolution or pooling. Use per_channel=False."
        )
    return per_channel[0]


def _weighted(layer: Layer, before: np.ndarray, after: np.ndarray, bits: int) -> Layer:
    assert isinstance(layer, (Conv2D, Dense))
    kernel = layer.kernel.astype(np.float64)
    if isinstance(layer, Dense):
        kernel = kernel * before.reshape(-1, 1) * after.reshape(-1)
    else:
        channels, per_group = _channels(before), layer.kernel.shape[2]
        # Filter f reads the input channels of its own group only.
        group = np.arange(layer.filters) // (layer.filters // layer.groups)
        source = group * per_group + np.arange(per_group)[:, None]
        kernel = kernel * channels[source] * _channels(after)
    return layer.replace(kernel=_rounded(kernel, bits, layer.kind), bias=None)


def _rounded(values: np.ndarray, bits: int, what: str) -> np.ndarray:
    grid = np.rint(np.ldexp(values, bits))
    if np.abs(grid).max(initial=0) > LARGEST_WEIGHT:
        raise ConversionError(
            f"A weight of {what} is {np.abs(values).max():.3g} thresholds after normalization, "
            f"more than the grid of 2^-{bits} holds. Raise the percentile, use "
            "per_channel=False, or lower resolution_bits."
        )
    return grid
