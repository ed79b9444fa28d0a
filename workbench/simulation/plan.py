"""A spiking network laid out for the event engine: contiguous arrays and a list of stages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from workbench.errors import SimulationError
from workbench.network.affine import Scale
from workbench.network.bounds import largest_absolute
from workbench.network.layer import Layer
from workbench.network.population import Population
from workbench.network.projection import EXACT, Projection
from workbench.network.spiking import SpikingNetwork
from workbench.simulation.sparse_links import LARGEST_LINK, Links, chained, links, passes_spikes
from workbench.simulation.weights import Weights, table_weights, weights_of

INT32_LIMIT = 2**31 - 1
INT64_LIMIT = 2**62
WINDOW_SPIKES = 3_200_000
"""Neurons times steps of the largest layer in a window: bounds a thread's working memory."""

CURRENT_BYTES, LEAST_STEPS = 1 << 19, 4
"""Size of the sums that are to stay in the second cache, and steps that are worth a call."""


@dataclass(frozen=True)
class Route:
    """One projection: links of spikes, the weighted layer, links of currents.

    Parameters
    ----------
    most : int
        Spikes, or absolute payloads, that an input of the weighted layer may stand for.
    """

    source: str
    before: tuple[Links, ...]
    most: int
    weights: Weights
    after: tuple[Links, ...]


@dataclass(frozen=True)
class Stage:
    """One population: what a max pooling reads, or the routes that reach neurons.

    Parameters
    ----------
    dtype : numpy dtype
        Of its potentials and currents: int32 where all of them are proven to fit, else int64.
    steps_at_once : int
        Steps whose currents are summed up before the neurons take them in.
    """

    population: Population
    pooled: str
    pool: Links | None
    routes: tuple[Route, ...]
    dtype: type[np.signedinteger]
    steps_at_once: int


@dataclass(frozen=True)
class Plan:
    """All stages, each in an integer type in which nothing can overflow.

    Parameters
    ----------
    window_steps : int
        Steps computed at once per sample.
    """

    network: SpikingNetwork
    stages: tuple[Stage, ...]
    window_steps: int


def make_plan(network: SpikingNetwork, drives: dict[str, int], steps: int) -> Plan:
    """Lay a network out; parameters and refusals are those of `exact_types`."""
    dtypes = exact_types(network, drives, steps)
    stages = tuple(
        _stage(network, p, dtypes.get(p.name, np.int32)) for p in network.populations[1:]
    )
    largest = max(p.size for p in network.populations[1:])
    window = int(np.clip(WINDOW_SPIKES // largest, 4, 128))
    # Windows of one length: a short one at the end would cost as many calls as a long one.
    return Plan(network, stages, -(-steps // -(-steps // window)))


def exact_type(
    network: SpikingNetwork, drives: dict[str, int], steps: int
) -> type[np.signedinteger]:
    """Return the integer type in which no population's potentials and sums can overflow.

    Parameters and refusals are those of `exact_types`.
    """
    wide = np.int64 in exact_types(network, drives, steps).values()
    return np.int64 if wide else np.int32


def exact_types(
    network: SpikingNetwork, drives: dict[str, int], steps: int
) -> dict[str, type[np.signedinteger]]:
    """Return, for every population of neurons, the type in which nothing can overflow.

    A layer of many inputs asks for int64 in runs that its neighbours spend in int32, which is
    twice as fast.

    Parameters
    ----------
    drives : dict of population name to int
        Largest absolute input drive of a step.
    steps : int
        Steps that will be run, from which the range of potentials follows.

    Raises
    ------
    SimulationError
        If a potential, or what a step brings, could leave the exact range, or if weights are not
        those that all engines compute with alike; names the layer and the step.
    """
    dtypes: dict[str, type[np.signedinteger]] = {}
    for population in network.populations:
        if population.kind == "if":
            per_step, potential = _bounds(network, population, drives.get(population.name, 0))
            reached = potential + steps * per_step
            if reached > INT64_LIMIT:
                last = max(0, INT64_LIMIT - potential) // max(1, per_step)
                raise SimulationError(
                    f"The potential of layer '{population.name}' could leave the exact range at "
                    f"step {last:,} of {steps:,}. Run fewer steps, or convert with fewer "
                    "resolution_bits."
                )
            dtypes[population.name] = np.int64 if reached > INT32_LIMIT else np.int32
    return dtypes


def _bounds(network: SpikingNetwork, population: Population, drive: int) -> tuple[int, int]:
    """Return the largest change of a potential in one step, and the largest at the start."""
    per_step = largest_absolute(population.bias) + drive
    for projection in network.incoming(population.name):
        if projection.source == network.input.name:
            continue
        reach = projection.largest_input * network.population(projection.source).largest
        if reach >= EXACT:
            raise SimulationError(
                f"The input of layer '{population.name}' could leave the exact range at step 0: "
                f"sums along the path from '{projection.source}' can reach {reach:.3g}, and are "
                "exact below 2^53. Convert with fewer resolution_bits."
            )
        per_step += reach
    threshold = abs(population.threshold) * population.largest
    return per_step, largest_absolute(population.starts) + threshold


def _stage(network: SpikingNetwork, population: Population, dtype: type[np.signedinteger]) -> Stage:
    incoming = network.incoming(population.name)
    if population.kind == "max_pool":
        (pool,) = incoming[0].maps
        return Stage(population, incoming[0].source, links(pool), (), dtype, 1)
    routes = tuple(
        make_route(projection, dtype, network.population(projection.source))
        for projection in incoming
        if projection.source != network.input.name
    )
    row = population.size * np.dtype(dtype).itemsize
    steps_at_once = max(LEAST_STEPS, CURRENT_BYTES // row)
    return Stage(population, "", None, routes, dtype, steps_at_once)


_ROUTES: WeakKeyDictionary[Projection, dict[tuple[type, int, bool], Route]] = WeakKeyDictionary()


def make_route(projection: Projection, dtype: type, source: Population | None = None) -> Route:
    """Return a projection laid out for the event engine, with weights in an integer type.

    Parameters
    ----------
    projection : Projection
    dtype : integer type
    source : Population, optional
        What sends; by default spikes of 1.
    """
    # Projections never change, and a network is simulated again and again.
    known = _ROUTES.setdefault(projection, {})
    sent = (1, False) if source is None else (source.largest, source.signed)
    key = dtype, *sent
    if key not in known:
        known[key] = _laid_out(projection, dtype, *sent)
    return known[key]


def _laid_out(projection: Projection, dtype: type, largest: int, signed: bool) -> Route:
    """Lay a projection out.

    One layer keeps its weights, and links carry spikes to it and currents away. Where those
    around it are nothing that links can carry, the path becomes one table of synapses.
    """
    maps = list(projection.maps)
    weighted = (i for i, layer in enumerate(maps) if layer.weighted or not passes_spikes(layer))
    place = next(weighted, len(maps))
    if place == len(maps):
        maps.append(Scale(maps[-1].output_shape, np.ones(())))
    ends = maps[:place], maps[place + 1 :]
    if any(_gain(layers) > LARGEST_LINK for layers in ends):
        return Route(projection.source, (), largest, table_weights(projection.matrix(), dtype), ())
    before = chained(maps[:place])
    most = largest * math.prod(table.most for table in before)
    weights = weights_of(maps[place], dtype, 1 if signed else most)
    return Route(projection.source, before, most, weights, chained(maps[place + 1 :]))


def _gain(layers: list[Layer]) -> int:
    return math.prod(math.ceil(layer.bounds.gain) for layer in layers)
