"""A spiking network laid out for TensorFlow: layer by layer through windows of steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from workbench.errors import SimulationError, UnsupportedLayerError
from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.spiking import INPUT_BITS, SpikingNetwork
from workbench.simulate.dense_maps import MAPS, Backend, Step, Tensor, padded, path, taken
from workbench.simulate.encode import FLOAT64_LIMIT

COMPILED_FROM = 100_000
"""Neuron updates of a window from which on compiling its loop over steps pays."""


class Route(NamedTuple):
    """One projection: where its spikes come from, and what becomes of them."""

    source: str
    step: Step


@dataclass(frozen=True)
class Stage:
    """One population, with the routes that reach its neurons or the window of its pooling."""

    population: Population
    routes: tuple[Route, ...] = ()
    source: str = ""
    pool: MaxPool2D | None = None


class Result(NamedTuple):
    """What a window leaves behind, layer by layer; steps come before samples.

    Parameters
    ----------
    potentials, counts : dict of layer to tensor, shape (samples, units)
    per_step : dict of layer to tensor, shape (steps, samples)
    spikes : dict of recorded layer to tensor, shape (steps, samples, units)
    output_counts, output_potentials : tensor, shape (steps, samples, classes)
    """

    potentials: dict[str, Tensor]
    counts: dict[str, Tensor]
    per_step: dict[str, Tensor]
    spikes: dict[str, Tensor]
    output_counts: Tensor
    output_potentials: Tensor


class Program:
    """A network laid out for TensorFlow; sessions of the same network share it.

    Parameters
    ----------
    network : SpikingNetwork
    dtype : numpy dtype
        Of potentials.
    amplitude : int
        What an input spike carries; 0 for constant input.
    record : tuple of layer names
    tools : Backend

    Raises
    ------
    UnsupportedLayerError
        If layers have no dense form; all of them are named.
    SimulationError
        If a sum could leave the range in which float64 is exact.
    """

    def __init__(
        self,
        network: SpikingNetwork,
        dtype: np.dtype,
        amplitude: int,
        record: tuple[str, ...],
        tools: Backend,
    ):
        self.network = network
        self.tools = tools
        self._dtype = tools.tf.dtypes.as_dtype(dtype)
        self._amplitude = amplitude
        self._record = record
        self._stages = self._laid_out()
        self._traced: dict[int, Callable[..., Result]] = {}

    def window(self, steps: int) -> Callable[..., Result]:
        """Return the function that runs a window of some steps, as a graph; see `_window`."""
        if steps not in self._traced:
            run = functools.partial(self._window, steps=steps)
            self._traced[steps] = self.tools.tf.function(run, autograph=False)
        return self._traced[steps]

    def _laid_out(self) -> list[Stage]:
        problems: list[str] = []
        stages = [self._stage(population, problems) for population in self.network.populations[1:]]
        if problems:
            raise UnsupportedLayerError(problems)
        return stages

    def _stage(self, population: Population, problems: list[str]) -> Stage:
        name, incoming = population.name, self.network.incoming(population.name)
        supported = f"supported: {', '.join(MAPS.kinds)}. Choose engine 'event'."
        if population.kind == "max_pool" and population.max_pool in MAX_POOLS:
            (projection,) = incoming
            (pool,) = projection.maps
            assert isinstance(pool, MaxPool2D)
            return Stage(population, source=projection.source, pool=pool)
        if population.kind != "if" or population.reset not in RESETS:
            what = population.max_pool or population.reset or population.kind
            problems.append(
                f"{name} ({population.kind}, {what}) is not supported by the dense engine. Choose "
                "engine 'event'."
            )
            return Stage(population)
        routes = []
        for projection in incoming:
            if projection.source == self.network.input.name and not self._amplitude:
                continue
            try:
                routes.append(Route(projection.source, path(self.tools, projection.maps)))
            except KeyError as error:
                kind = error.args[0]
                problems.append(f"{name} ({kind}) has no form for the dense engine; {supported}")
        if sum(route.step.largest for route in routes) > FLOAT64_LIMIT:
            raise SimulationError(
                f"The input of layer '{name}' could leave the exact range in one step. Convert "
                "with fewer resolution_bits."
            )
        return Stage(population, tuple(routes))

    def _window(
        self,
        potentials: dict[str, Tensor],
        counts: dict[str, Tensor],
        drives: dict[str, Tensor],
        drawn: Tensor | None,
        steps: int,
    ) -> Result:
        """Run all layers through a window.

        Parameters
        ----------
        potentials, counts : dict of layer to tensor, shape (samples, units)
        drives : dict of layer to tensor, shape (samples, units) or (units,)
            What comes in at every step: constant input and bias.
        drawn : float32 tensor, shape (steps, samples, input units), or None
        steps : int
        """
        tf, network = self.tools.tf, self.network
        output = network.output.name
        result = Result({}, {}, {}, {}, None, None)
        spikes: dict[str, Tensor] = {}
        if drawn is not None:
            spikes[network.input.name] = drawn
            self._keep(result, counts, network.input.name, drawn)
        for stage in self._stages:
            name = stage.population.name
            if stage.pool is not None:
                spikes[name] = self._max_pool(stage, counts[stage.source], spikes[stage.source])
            else:
                arriving = self._arriving(stage, spikes, steps)
                fire = self._neurons(stage.population, potentials[name], steps)
                fired = fire(potentials[name], drives[name], arriving)
                result.potentials[name], spikes[name], trace = fired
            self._keep(result, counts, name, spikes[name])
        total = counts[output] + tf.cumsum(tf.cast(spikes[output], tf.int32), axis=0)
        return result._replace(output_counts=total, output_potentials=trace)

    def _keep(self, result: Result, counts: dict[str, Tensor], name: str, spikes: Tensor) -> None:
        """Count a layer's spikes: per unit, and per step and sample."""
        tf = self.tools.tf
        # Sums of ones in float32 are exact: a window has few steps, a layer below 2**24 units.
        result.counts[name] = counts[name] + tf.cast(tf.reduce_sum(spikes, axis=0), tf.int32)
        result.per_step[name] = tf.cast(tf.reduce_sum(spikes, axis=2), tf.int32)
        if name in self._record:
            result.spikes[name] = tf.cast(spikes, tf.bool)

    def _arriving(self, stage: Stage, spikes: dict[str, Tensor], steps: int) -> list[Tensor]:
        """Sums that reach neurons along each route; shape (steps, samples, units)."""
        tf = self.tools.tf
        shape = (steps, -1, stage.population.size)
        sums: list[Tensor] = []
        from_input: list[Tensor] = []
        for route in stage.routes:
            is_input = route.source == self.network.input.name
            total = tf.reshape(route.step.run(spikes[route.source]), shape)
            (from_input if is_input else sums).append(total)
        if from_input:
            # As `SpikingNetwork.drive` rounds: once, when all paths are summed.
            exact = tf.add_n([tf.cast(total, tf.int64) for total in from_input]) * self._amplitude
            half = 1 << (INPUT_BITS - 1)
            sums.append(tf.bitwise.right_shift(exact + half, tf.constant(INPUT_BITS, tf.int64)))
        return sums

    def _neurons(self, population: Population, potential: Tensor, steps: int) -> Any:
        """Return the function that runs a layer's neurons, compiled where that pays."""
        traced = population is self.network.output
        fire = functools.partial(self._fire, population=population, steps=steps, traced=traced)
        if steps * int(np.prod(potential.shape)) < COMPILED_FROM:
            return fire
        return self.tools.tf.function(fire, jit_compile=True, autograph=False)

    def _fire(
        self,
        potential: Tensor,
        drive: Tensor,
        arriving: list[Tensor],
        *,
        population: Population,
        steps: int,
        traced: bool,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Run neurons step by step; return potential, spikes, and potentials of all steps."""
        tf = self.tools.tf
        threshold = tf.constant(population.threshold, self._dtype)
        reset = RESETS[population.reset]
        trains = [tf.TensorArray(tf.float32, steps, element_shape=potential.shape)]
        if traced:
            trains.append(tf.TensorArray(self._dtype, steps, element_shape=potential.shape))

        def step(t: Tensor, v: Tensor, *trains: Any) -> tuple[Any, ...]:
            u = v + drive
            for total in arriving:
                u += tf.cast(total[t], self._dtype)
            fired = u >= threshold
            v = tf.where(fired, reset(tf, u, threshold), u)
            written = [tf.cast(fired, tf.float32), v]
            return t + 1, v, *(a.write(t, x) for a, x in zip(trains, written, strict=False))

        _, potential, *filled = tf.while_loop(
            lambda t, *_: t < steps, step, (tf.constant(0), potential, *trains)
        )
        spikes, *trace = [train.stack() for train in filled]
        return potential, spikes, trace[0] if trace else None

    def _max_pool(self, stage: Stage, seen: Tensor, spikes: Tensor) -> Tensor:
        """Pass spikes by their counts so far; shape (steps, samples, units)."""
        tf, pool = self.tools.tf, stage.pool
        assert pool is not None
        before = tf.cast(seen, tf.float32)[None]
        counts = tf.concat([before, before + tf.cumsum(spikes, axis=0)], axis=0)
        images = [tf.reshape(x, (-1, *pool.input_shape)) for x in (counts, spikes)]
        passed = MAX_POOLS[stage.population.max_pool](tf, pool, *images, tf.shape(seen)[0])
        shape = (spikes.shape[0], -1, stage.population.size)
        return tf.reshape(tf.cast(passed, tf.float32), shape)


def _subtract(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return u - threshold


def _zero(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return tf.zeros_like(u)


def _modulo(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return tf.math.floormod(u, threshold)


def _none(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return u


RESETS: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    "subtract": _subtract,
    "zero": _zero,
    "modulo": _modulo,
    "none": _none,
}
"""Potential of a neuron that has fired."""


def _rising(tf: Any, pool: MaxPool2D, counts: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """Where the largest count of a window rises."""
    highest = functools.reduce(tf.maximum, taken(padded(tf, counts, pool.axes, -1.0), pool.axes))
    return highest[samples:] > highest[:-samples]


def _leading(tf: Any, pool: MaxPool2D, counts: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """Spikes of the input that has fired most so far; the first of equals."""
    so_far = taken(padded(tf, counts[samples:], pool.axes, -1.0), pool.axes)
    now = taken(padded(tf, spikes, pool.axes, 0.0), pool.axes)
    highest, passed = next(so_far), next(now)
    for count, spike in zip(so_far, now, strict=True):
        passed = tf.where(count > highest, spike, passed)
        highest = tf.maximum(count, highest)
    return passed


MAX_POOLS: dict[str, Callable[..., Tensor]] = {"exact": _rising, "fir": _leading}
