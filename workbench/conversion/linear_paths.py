"""Linear paths between populations: collecting them, and bringing them to the exact grid.

Between two populations lie layers without neurons: pooling, reshaping, batch normalization,
at most one convolution or dense map. A path holds them in order. On the grid, averages
become integer sums, per-channel factors are absorbed, and one layer keeps weights. Layers say
themselves how (`workbench.network.closed_forms`); a path with one that does not becomes a list of
its synapses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from workbench.errors import ConversionError
from workbench.network.affine import Scale
from workbench.network.connection_matrix import composed
from workbench.network.factors import known
from workbench.network.layer import Layer, Shape
from workbench.network.rearrange import Pad
from workbench.network.sparse import Sparse

LARGEST_WEIGHT = 2**30
"""Weights beyond this many grid units would leave no room for sums."""

FINE, LARGEST_FINE = 32, 2**52
"""Bits of grids on which weights are as good as not rounded, and their largest ones."""

LARGEST_COMMON = 2**24
"""Window sums beyond this many counts could overflow the 32 bits that pooled spikes have."""

FREE_COMMON_BITS = 4
"""Averages over up to 16 inputs cost the weights behind them at most this many bits."""


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
    constants = [expression.constant for expression in inputs]
    if any(constant.any() for constant in constants):
        return Expression(paths, layer.forward(*constants))
    # Most often: a forward pass of large networks takes seconds.
    return Expression(paths, layer.at_rest[np.newaxis])


def carries_nothing(path: Path, source_shape: Shape) -> bool:
    """Whether no unit of the source reaches the path's end, as where padding alone is read."""
    arrives = np.ones(source_shape)
    for layer in path.maps:
        # A layer that says nothing of factors is taken to let something through.
        mixes = layer.mixing or not layer.factored
        factor = np.ones(layer.output_shape) if mixes else layer.carried(arrives)
        arrives = np.where(np.isnan(factor), np.nan, 1.0)
        if np.isnan(arrives).all():
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
    if not all(layer.factored for layer in path.maps):
        return (_listed(path, source_scale, target_scale, source_shape, target_shape, bits),)
    maps = _narrowed(layer for layer in path.maps if not layer.idle)
    position = next((i for i, layer in enumerate(maps) if layer.mixing), len(maps))
    factor = np.broadcast_to(source_scale, source_shape)
    for layer in maps[:position]:
        factor = layer.carried(factor)
    after = np.broadcast_to(1.0 / target_scale, target_shape)
    for layer in reversed(maps[position + 1 :]):
        after = layer.carried_back(after)
    weighted: Layer
    if position < len(maps):
        layer = maps[position]
        kernel = _rounded(layer.kernel_between(factor, after), bits, layer.kind)
        weighted = layer.replace(kernel=kernel, bias=None)
    else:
        shares = known(np.ones(target_shape) * factor * after)
        weighted = Scale(target_shape, _rounded(shares, bits, "a shortcut"))
    before, behind = _integer_forms(maps[:position]), _integer_forms(maps[position + 1 :])
    return (*before, weighted, *behind)


def _integer_forms(maps: list[Layer]) -> list[Layer]:
    forms = (layer.integer_form for layer in maps)
    return [form for form in forms if form is not None]


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
    common = math.prod(layer.common for layer in path.maps)
    if common > LARGEST_COMMON:
        raise ConversionError(
            f"averages over border windows of so many sizes that their common multiple is "
            f"{common:,}; {LARGEST_COMMON:,} is accepted. Use padding='valid', or smaller windows."
        )
    return max(0, (common - 1).bit_length() - FREE_COMMON_BITS)


def _narrowed(maps: Iterable[Layer]) -> list[Layer]:
    """Let a map read its own channels of a concatenation, not zeros for all the others too."""
    result: list[Layer] = []
    for layer in maps:
        pad = result[-1] if result else layer
        *others, channels = pad.zeros_around or ((0, 0),)
        narrow = None
        if channels != (0, 0) and not any(map(any, others)):
            narrow = layer.without_other_channels(cast("Pad", pad))
        if narrow is None:
            result.append(layer)
        else:
            result[-1:] = narrow
    return result


def _rounded(values: np.ndarray, bits: int, what: str) -> np.ndarray:
    """Return values in whole grid units, int32; the array given is used up.

    On a grid as fine as `FINE`, float64 holds the integers.
    """
    most = LARGEST_FINE if bits >= FINE else LARGEST_WEIGHT
    np.ldexp(values, bits, out=values)
    np.rint(values, out=values)
    largest = max(values.max(initial=0), -values.min(initial=0))
    if largest > most:
        raise ConversionError(
            f"A weight of {what} is {np.ldexp(largest, -bits):.3g} thresholds after normalization, "
            f"more than the grid of 2^-{bits} holds. Raise the percentile, use per_channel=False, "
            "lower resolution_bits, or scale all inputs to the same range in the data."
        )
    grid = values if bits >= FINE else values.astype(np.int32)
    grid.setflags(write=False)  # A layer then takes it as it is, and makes no copy.
    return grid
