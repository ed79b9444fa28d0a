"""A spiking network laid out for the event engine: contiguous arrays and a list of stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from workbench.errors import SimulationError
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import LAYER_KINDS, Layer
from workbench.network.pooling import MaxPool2D, Pool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape

INT32_LIMIT = 2**31 - 1
INT64_LIMIT = 2**62
WINDOW_EVENTS = 400_000
"""Events of the largest layer that a window may hold: bounds a thread's working memory."""


@dataclass(frozen=True)
class Links:
    """Sparse whole-number connections of a pooling layer, both ways."""

    first: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    begin: np.ndarray
    member: np.ndarray


@lru_cache(maxsize=64)
def _links(kind: str, geometry: tuple[Any, ...]) -> Links:
    layer = LAYER_KINDS[kind](*geometry)
    assert isinstance(layer, Pool2D)
    pre, post, weight = (np.concatenate(part) for part in zip(*layer.synapses(), strict=True))
    forward = np.lexsort((post, pre))
    backward = np.lexsort((pre, post))
    n_inputs = int(np.prod(layer.input_shape))
    return Links(
        first=np.searchsorted(pre[forward], np.arange(n_inputs + 1)).astype(np.int64),
        target=post[forward].astype(np.int32),
        weight=weight[forward].astype(np.int32),
        begin=np.searchsorted(post[backward], np.arange(layer.output_size + 1)).astype(np.int64),
        member=pre[backward].astype(np.int32),
    )


def links(layer: Pool2D) -> Links:
    """Return the connections of a pooling layer; layers of equal geometry share them."""
    geometry = (layer.input_shape, layer.pool_size, layer.strides, layer.padding)
    return _links(layer.kind, geometry)


@dataclass(frozen=True)
class Route:
    """One projection: poolings of events, the weighted layer, poolings of currents."""

    source: str
    before: tuple[Links, ...]
    before_sizes: tuple[int, ...]
    weighted: Layer
    arrays: tuple[np.ndarray, ...]
    after: tuple[Links, ...]
    after_sizes: tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """One population with the routes that reach it."""

    population: Population
    routes: tuple[Route, ...]
    bias: np.ndarray
    pool: Links | None


@dataclass(frozen=True)
class Plan:
    """All stages, and the integer type in which nothing can overflow.

    Parameters
    ----------
    dtype : numpy dtype
        int32 where every potential and sum is proven to fit, else int64.
    window_steps : int
        Steps computed at once per sample.
    """

    network: SpikingNetwork
    stages: tuple[Stage, ...]
    dtype: type[np.signedinteger]
    window_steps: int


def make_plan(network: SpikingNetwork, drives: dict[str, int], steps: int) -> Plan:
    """Lay a network out; parameters and refusals are those of `exact_type`."""
    dtype = exact_type(network, drives, steps)
    stages = tuple(_stage(network, p, dtype) for p in network.populations[1:])
    largest = max(p.size for p in network.populations[1:])
    window = int(np.clip(WINDOW_EVENTS // largest, 4, 128))
    return Plan(network, stages, dtype, window)


def exact_type(
    network: SpikingNetwork, drives: dict[str, int], steps: int
) -> type[np.signedinteger]:
    """Return the integer type in which no potential and no sum can overflow.

    Parameters
    ----------
    drives : dict of population name to int
        Largest absolute input drive of a step.
    steps : int
        Steps that will be run, from which the range of potentials follows.

    Raises
    ------
    SimulationError
        If a potential could leave the exact range; names the layer and the step.
    """
    dtype: type[np.signedinteger] = np.int32
    for population in network.populations:
        if population.kind == "if":
            per_step, potential = _bounds(network, population, drives.get(population.name, 0))
            reached = potential + steps * per_step
            if reached > INT64_LIMIT:
                last = (INT64_LIMIT - potential) // per_step
                raise SimulationError(
                    f"The potential of layer '{population.name}' could leave the exact range at "
                    f"step {last:,} of {steps:,}. Run fewer steps, or convert with fewer "
                    "resolution_bits."
                )
            if reached > INT32_LIMIT:
                dtype = np.int64
    return dtype


def _bounds(network: SpikingNetwork, population: Population, drive: int) -> tuple[int, int]:
    """Return the largest change of a potential in one step, and the largest at the start."""
    per_step = int(np.abs(population.bias).max(initial=0)) + drive
    for projection in network.incoming(population.name):
        if projection.source != network.input.name:
            per_step += projection.largest_input
    return per_step, abs(population.initial_potential) + population.threshold


def _stage(network: SpikingNetwork, population: Population, dtype: type) -> Stage:
    incoming = network.incoming(population.name)
    if population.kind == "max_pool":
        (pool,) = incoming[0].maps
        assert isinstance(pool, MaxPool2D)
        route = Route(incoming[0].source, (), (), pool, (), (), ())
        return Stage(population, (route,), population.bias, links(pool))
    routes = tuple(
        _route(projection, dtype)
        for projection in incoming
        if projection.source != network.input.name
    )
    return Stage(population, routes, population.bias.astype(dtype), None)


def _route(projection: Projection, dtype: type) -> Route:
    maps = [layer for layer in projection.maps if not isinstance(layer, Reshape)]
    position = next(i for i, layer in enumerate(maps) if not isinstance(layer, Pool2D))
    before = [layer for layer in maps[:position] if isinstance(layer, Pool2D)]
    after = [layer for layer in maps[position + 1 :] if isinstance(layer, Pool2D)]
    return Route(
        projection.source,
        tuple(links(layer) for layer in before),
        tuple(layer.output_size for layer in before),
        maps[position],
        _ARRAYS[type(maps[position]).__name__](maps[position], dtype),
        tuple(links(layer) for layer in after),
        tuple(int(np.prod(layer.input_shape)) for layer in after),
    )


def _convolution_arrays(layer: Layer, dtype: type) -> tuple[np.ndarray, ...]:
    assert isinstance(layer, Conv2D)
    _, width, channels = layer.input_shape
    out_height, out_width, _ = layer.output_shape
    sizes = (width, channels, out_height, out_width)
    offsets = (*layer.strides, layer.padding[0][0], layer.padding[1][0])
    geometry = np.array((*sizes, *offsets, *layer.dilation, layer.groups), np.int64)
    return layer.kernel.astype(dtype), geometry


def _dense_arrays(layer: Layer, dtype: type) -> tuple[np.ndarray, ...]:
    assert isinstance(layer, Dense)
    return (layer.kernel.astype(dtype),)


def _scale_arrays(layer: Layer, dtype: type) -> tuple[np.ndarray, ...]:
    factor = np.broadcast_to(layer.factor, layer.output_shape)  # type: ignore[attr-defined]
    return (np.ascontiguousarray(factor.reshape(-1)).astype(dtype),)


_ARRAYS: dict[str, Callable[[Layer, type], tuple[np.ndarray, ...]]] = {
    "Conv2D": _convolution_arrays,
    "Dense": _dense_arrays,
    "Scale": _scale_arrays,
}
