"""Whether the parts of a network that comes from a file fit together.

Layers take their arrays and options as they are given; what ingest and conversion make fits, what
somebody wrote into a file by hand may not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.errors import ModelFileError
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.activation_check import fault
from workbench.network.affine import Affine, BatchNorm, ChannelAffine, Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer
from workbench.network.pooling import MaxPool2D, Pool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rearrange import Pad, Permute, Rearrange, Repeat, Slice, Take
from workbench.network.spiking import SpikingNetwork
from workbench.network.storage_types import check_types
from workbench.network.structure import Add, Concatenate, Input, Reshape, Wire
from workbench.network.transposed import ConvTranspose2D
from workbench.settings import MAX_POOLS, RESETS

_BASES = (Wire, Rearrange, ChannelAffine, Pool2D)
_WEIGHTED = (Dense, Conv2D, ConvTranspose2D, Scale)
"""Maps with synapses of their own; a projection has one of them at most."""
_MOST_UNITS = 2**31
_MOST_INPUTS = 10_000
_EXACT = 2**53
"""Whole numbers below it are exact in float64."""


def check_node(node: Node, *, is_first: bool) -> None:
    """Check one node of an analog network.

    Raises
    ------
    ModelFileError
        Naming the node, and what about it does not fit.
    """
    where = f"node '{node.name}'"
    check_types(node, where)
    place = "the input" if is_first else "behind the input"
    _demand(isinstance(node.layer, Input) == is_first, f"{where} is {place}, as {node.layer.kind}")
    check_layer(node.layer, where)
    check_activation(node.activation, node.layer.output_shape, where)


def check_parts(network: Network | SpikingNetwork) -> None:
    """Check what a network has beside its nodes or populations."""
    check_types(network, "the network", measured=True)
    sizes = [math.prod(shape) for _, shape in network.input_parts]
    _demand(
        not sizes or (min(sizes) > 0 and sum(sizes) == math.prod(network.input_shape)),
        "its inputs do not make up the network's input",
    )


def check_activation(activation: Activation, shape: tuple[int, ...], where: str) -> None:
    """Check that an activation's values are numbers, one for all channels or one for each."""
    check_types(activation, f"{where}, {type(activation).__name__}")
    for name, value in vars(activation).items():
        _demand(
            not isinstance(value, tuple) or len(value) in (1, shape[-1]),
            f"{where}, {type(activation).__name__}: {name} has another size than {shape[-1]} "
            "channels",
        )
    wrong = fault(activation)
    _demand(not wrong, f"{where}, {type(activation).__name__}: {wrong}")
    if isinstance(activation, AxisSoftmax):
        _demand(
            0 <= activation.axis < len(shape),
            f"{where}, AxisSoftmax: it has no axis {activation.axis}",
        )


def check_layer(layer: Layer, where: str) -> None:
    """Check one layer's types, shapes and arrays."""
    where = f"{where} ({layer.kind})"
    _demand(type(layer) not in _BASES, f"{where} is no layer by itself")
    check_types(layer, where)
    fit = next((rule for kind, rule in _RULES.items() if isinstance(layer, kind)), _anything)
    try:
        problem = fit(layer)
        shapes = (*layer.input_shapes, layer.output_shape) if not problem else ()
    except (ValueError, IndexError, TypeError, ArithmeticError) as error:
        raise ModelFileError(f"{where}: its shapes do not fit together ({error})") from error
    _demand(not problem, f"{where}: {problem}")
    for shape in shapes:
        _demand(
            0 < len(shape) <= 8 and min(shape) > 0 and math.prod(shape) < _MOST_UNITS,
            f"{where} has the shape {shape}; accepted are 1 to {_MOST_UNITS:,} units",
        )


def _demand(fits: bool, problem: str) -> None:
    if not fits:
        raise ModelFileError(problem)


def _anything(layer: Layer) -> str:
    return ""


def _dense(layer: Dense) -> str:
    if layer.kernel.ndim != 2:
        return f"its kernel has the shape {layer.kernel.shape}"
    return _bias(layer.bias, layer.kernel.shape[1])


def _bias(bias: np.ndarray | None, units: int) -> str:
    fits = bias is None or bias.shape == (units,)
    return "" if fits else f"its bias does not have the shape {(units,)}"


def _convolution(layer: Conv2D | ConvTranspose2D) -> str:
    if layer.kernel.ndim != 4 or len(layer.input_shape) != 3 or min(layer.kernel.shape) < 1:
        return f"its kernel has the shape {layer.kernel.shape}, its input {layer.input_shape}"
    if min(*layer.strides, *layer.dilation, layer.groups) < 1:
        return "its strides, dilation or groups are below 1"
    filters = layer.kernel.shape[3]
    if layer.kernel.shape[2] * layer.groups != layer.input_shape[2] or filters % layer.groups:
        return f"its kernel {layer.kernel.shape} does not fit {layer.groups} groups of its input"
    moved = layer.cut if isinstance(layer, ConvTranspose2D) else sum(layer.padding, ())
    if isinstance(layer, Conv2D) and min(moved) < 0:
        return "its padding is below 0"
    return _bias(layer.bias, filters)


def _pool(layer: Pool2D) -> str:
    if len(layer.input_shape) != 3 or min(*layer.pool_size, *layer.strides) < 1:
        return f"its windows {layer.pool_size} do not fit an input of {layer.input_shape}"
    return "" if min(sum(layer.padding, ())) >= 0 else "its padding is below 0"


def _batch_norm(layer: BatchNorm) -> str:
    channels = layer.input_shape[-1:]
    arrays = {"gamma": layer.gamma, "beta": layer.beta}
    arrays |= {"mean": layer.mean, "variance": layer.variance}
    wrong = [
        name for name, array in arrays.items() if array is not None and array.shape != channels
    ]
    if wrong:
        return f"its {wrong[0]} does not have the shape {channels}"
    positive = (layer.variance + layer.epsilon > 0).all()
    return "" if positive else "its variance is below 0"


def _affine(layer: Affine) -> str:
    sizes = {np.size(value) for value in (layer.factor, layer.constant)}
    return "" if sizes <= {1, layer.input_shape[-1]} else "its numbers are not one a channel"


def _scale(layer: Scale) -> str:
    np.broadcast_to(layer.factor, layer.input_shape)
    return ""


def _reshape(layer: Reshape) -> str:
    fits = math.prod(layer.input_shape) == math.prod(layer.target_shape)
    return "" if fits else f"{layer.input_shape} cannot be reshaped to {layer.target_shape}"


def _pad(layer: Pad) -> str:
    return "" if min(*layer.before, *layer.after) >= 0 else "its padding is below 0"


def _slice(layer: Slice) -> str:
    inside = all(
        0 <= start < stop <= size and step > 0
        for size, (start, stop, step) in zip(layer.input_shape, layer.ranges, strict=True)
    )
    return "" if inside else f"its block is not inside {layer.input_shape}"


def _take(layer: Take) -> str:
    if not 0 <= layer.axis < len(layer.input_shape) or not layer.index:
        return f"it takes {len(layer.index)} places of axis {layer.axis} of {layer.input_shape}"
    places = range(-1, layer.input_shape[layer.axis])
    inside = min(layer.index) in places and max(layer.index) in places
    return "" if inside else f"its places are not inside {layer.input_shape}"


def _permute(layer: Permute) -> str:
    fits = sorted(layer.order) == list(range(len(layer.input_shape)))
    return "" if fits else f"{layer.order} is no order of the axes of {layer.input_shape}"


def _repeat(layer: Repeat) -> str:
    return "" if min(layer.factors) > 0 else "its factors are below 1"


def _add(layer: Add) -> str:
    return "" if 0 < layer.n_inputs <= _MOST_INPUTS else f"it has {layer.n_inputs} inputs"


def _concatenate(layer: Concatenate) -> str:
    if not layer.shapes or not 0 <= layer.axis < len(layer.shapes[0]):
        return f"it has no axis {layer.axis}"
    others = {(*shape[: layer.axis], *shape[layer.axis + 1 :]) for shape in layer.shapes}
    ranks = {len(shape) for shape in layer.shapes}
    return (
        "" if len(others) == len(ranks) == 1 else f"shapes {layer.shapes} do not fit side by side"
    )


_RULES: dict[type, Callable[[Any], str]] = {
    Dense: _dense,
    Conv2D: _convolution,
    ConvTranspose2D: _convolution,
    Pool2D: _pool,
    BatchNorm: _batch_norm,
    Affine: _affine,
    Scale: _scale,
    Reshape: _reshape,
    Pad: _pad,
    Slice: _slice,
    Take: _take,
    Permute: _permute,
    Repeat: _repeat,
    Add: _add,
    Concatenate: _concatenate,
}
"""What of a layer does not fit, in words; nothing where all does."""


def check_spiking(network: SpikingNetwork) -> None:
    """Check a spiking network.

    Raises
    ------
    ModelFileError
        Naming the population or projection, and what about it does not fit.
    """
    _demand(0 < network.input_scale < math.inf, f"its input_scale is {network.input_scale}")
    order: dict[str, Population] = {}
    for population in network.populations:
        _demand(population.name not in order, f"two populations are called '{population.name}'")
        _check_population(population, is_first=not order)
        order[population.name] = population
    _demand(len(order) > 1, "it has no population behind its input")
    check_parts(network)
    places = {name: place for place, name in enumerate(order)}
    for projection in network.projections:
        _check_projection(projection, order, places)
    reached = Counter(projection.target for projection in network.projections)
    for population in network.populations[1:]:
        count = reached[population.name]
        fits = count == 1 if population.kind == "max_pool" else count > 0
        _demand(fits, f"{count} projections lead to population '{population.name}'")


def _check_population(population: Population, *, is_first: bool) -> None:
    where = f"population '{population.name}'"
    check_types(population, where)
    shape, kind = population.shape, population.kind
    _demand(
        0 < len(shape) <= 8 and min(shape) > 0 and math.prod(shape) < _MOST_UNITS,
        f"{where} has the shape {shape}; accepted are 1 to {_MOST_UNITS:,} units",
    )
    kinds = ("input",) if is_first else ("if", "max_pool")
    _demand(kind in kinds, f"{where} is of the kind {kind!r}; accepted here: {', '.join(kinds)}")
    _demand(
        population.bias.dtype == np.int64 and population.bias.shape == (population.size,),
        f"{where}: its bias is not int64 of the shape {(population.size,)}",
    )
    resets = (*RESETS, "none") if kind == "if" else ("",)
    _demand(population.reset in resets, f"{where}: its reset is {population.reset!r}")
    has_threshold = kind == "if" and population.reset != "none"
    _demand(
        not has_threshold or population.threshold > 0,
        f"{where}: its threshold is {population.threshold}",
    )
    _demand(
        0 <= population.extra_bits <= 30, f"{where}: its extra_bits are {population.extra_bits}"
    )
    _demand(
        not population.signed or kind == "max_pool" or population.reset == "subtract",
        f"{where} is signed, but of the kind {kind!r} with reset {population.reset!r}",
    )
    rules = MAX_POOLS if kind == "max_pool" else ("",)
    _demand(population.max_pool in rules, f"{where}: its max_pool is {population.max_pool!r}")
    _demand(
        population.ceiling >= 0 and population.levels >= 0,
        f"{where}: its ceiling or levels are below 0",
    )
    scale = np.asarray(population.scale)
    _demand(
        scale.shape in ((), shape[-1:]) and bool((scale > 0).all()),
        f"{where}: its scale is not above 0, one for all or one a channel",
    )


def _check_projection(
    projection: Projection, order: dict[str, Population], places: dict[str, int]
) -> None:
    where = f"the projection from '{projection.source}' to '{projection.target}'"
    check_types(projection, where)
    _demand(
        projection.source in order
        and projection.target in order
        and places[projection.source] < places[projection.target],
        f"{where} does not lead from one population to a later one",
    )
    _demand(bool(projection.maps), f"{where} has no maps")
    _check_pooling(projection, order[projection.source], order[projection.target], where)
    weighted = [type(layer) for layer in projection.maps if layer.weighted]
    _demand(
        len(weighted) <= 1 and set(weighted) <= set(_WEIGHTED),
        f"{where} holds {', '.join(kind.__name__ for kind in weighted)}; accepted is one of "
        f"{', '.join(kind.__name__ for kind in _WEIGHTED)}",
    )
    shape = None
    for layer in projection.maps:
        check_layer(layer, where)
        _check_whole(layer, f"{where} ({layer.kind})")
        _demand(
            len(layer.input_shapes) == 1 and shape in (None, layer.input_shapes[0]),
            f"{where}: its {layer.kind} takes {layer.input_shapes}, but gets {shape}",
        )
        shape = layer.output_shape
    ends = (math.prod(projection.maps[0].input_shapes[0]), projection.maps[-1].output_size)
    sizes = (order[projection.source].size, order[projection.target].size)
    _demand(ends == sizes, f"{where} connects {ends} units, but the populations have {sizes}")


def _check_pooling(
    projection: Projection, source: Population, target: Population, where: str
) -> None:
    """Check that max pooling, which is no sum of spikes, stands where populations do it."""
    pools = [isinstance(layer, MaxPool2D) for layer in projection.maps]
    wanted = [True] if target.kind == "max_pool" else [False] * len(pools)
    _demand(pools == wanted, f"{where} does not suit a population of the kind {target.kind!r}")
    _demand(
        target.kind != "max_pool" or target.signed == source.signed,
        f"population '{target.name}' passes on what '{source.name}' sends, but only one of them is "
        "signed",
    )


def _check_whole(layer: Layer, where: str) -> None:
    _demand(getattr(layer, "bias", None) is None, f"{where} has a bias; populations have biases")
    for array in layer.arrays():
        whole = bool((np.rint(array) == array).all() and (np.abs(array) < _EXACT).all())
        _demand(whole, f"{where} holds weights that are no whole numbers of grid units")
