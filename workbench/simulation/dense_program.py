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
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork
from workbench.simulation.dense_maps import LARGEST_MATRIX, MAPS, Backend, Step, Tensor, path
from workbench.simulation.dense_neurons import Fired, fire
from workbench.simulation.dense_pools import RULES, passed, scored
from workbench.simulation.encoders import FLOAT64_LIMIT
from workbench.simulation.neuron_options import Dynamics

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


class State(NamedTuple):
    """A batch between two windows.

    Parameters
    ----------
    potentials, counts : dict of layer to tensor, shape (samples, units)
    waiting : dict of layer to int32 tensor, shape (samples, units)
        Steps for which neurons go on ignoring their input, where they have a refractory period.
    sent : dict of layer to int32 tensor, shape (samples, units)
        Spikes of signed layers, whatever their payloads.
    travelling : dict of layer to float32 tensor, shape (delay, samples, units)
        Spikes on their way, where they are delayed.
    scores : dict of max pooling to int32 tensor, int64 under "exp", shape (samples, inputs)
    recent : dict of max pooling to int32 tensor, shape (steps that count, samples, inputs)
        The last spikes of the inputs, where a pooling scores by these.
    step : int32 tensor
        Steps done.
    """

    potentials: dict[str, Tensor]
    counts: dict[str, Tensor]
    waiting: dict[str, Tensor]
    sent: dict[str, Tensor]
    travelling: dict[str, Tensor]
    scores: dict[str, Tensor]
    recent: dict[str, Tensor]
    step: Tensor


class Result(NamedTuple):
    """What a window leaves behind, layer by layer; steps come before samples.

    Parameters
    ----------
    state : State
    per_step : dict of layer to tensor, shape (steps, samples)
    spikes, potentials : dict of recorded layer to tensor, shape (steps, samples, units)
    output_counts, output_potentials : tensor, shape (steps, samples, classes)
    """

    state: State
    per_step: dict[str, Tensor]
    spikes: dict[str, Tensor]
    potentials: dict[str, Tensor]
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
    record, traced : tuple of layer names
        Layers of which spikes, and of which potentials are listed.
    dynamics : dict of layer to Dynamics
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
        traced: tuple[str, ...],
        dynamics: dict[str, Dynamics],
        tools: Backend,
    ):
        self.network = network
        self.tools = tools
        self._dtype = tools.tf.dtypes.as_dtype(dtype)
        self._amplitude = amplitude
        self._record, self._potentials = record, traced
        self._dynamics = dynamics
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
        supported = (
            f"supported: {', '.join(MAPS.kinds)}, and others of up to {LARGEST_MATRIX:,} weights "
            "as a matrix. Choose engine 'event'."
        )
        if population.kind == "max_pool" and population.max_pool in RULES:
            (projection,) = incoming
            (pool,) = projection.maps
            assert isinstance(pool, MaxPool2D)
            return Stage(population, source=projection.source, pool=pool)
        if population.kind != "if":
            what = " ".join(filter(None, (population.kind, population.max_pool)))
            problems.append(
                f"{name} ({what}) is not supported by the dense engine. Choose engine 'event'."
            )
            return Stage(population)
        routes = []
        for projection in incoming:
            if projection.source == self.network.input.name and not self._amplitude:
                continue
            try:
                largest = self.network.population(projection.source).largest
                step = path(self.tools, projection.maps, largest)
                routes.append(Route(projection.source, step))
            except KeyError as error:
                kind = error.args[0]
                problems.append(f"{name} ({kind}) has no form for the dense engine; {supported}")
        if sum(route.step.largest for route in routes) >= FLOAT64_LIMIT:
            raise SimulationError(
                f"The input of layer '{name}' could leave the exact range in one step. Convert "
                "with fewer resolution_bits."
            )
        return Stage(population, tuple(routes))

    def _window(
        self, state: State, drives: dict[str, Tensor], drawn: Tensor | None, steps: int
    ) -> Result:
        """Run all layers through a window.

        Parameters
        ----------
        state : State
        drives : dict of layer to tensor, shape (samples, units) or (units,)
            What comes in at every step: constant input and bias.
        drawn : float32 tensor, shape (steps, samples, input units), or None
        steps : int
        """
        tf, network = self.tools.tf, self.network
        after = State(
            potentials={},
            counts=dict(state.counts),
            waiting={},
            sent=dict(state.sent),
            travelling={},
            scores={},
            recent={},
            step=state.step + steps,
        )
        result = Result(after, {}, {}, {}, None, None)
        arriving: dict[str, Tensor] = {}
        if drawn is not None:
            arriving[network.input.name] = drawn
            self._keep(result, network.input.name, drawn)
        for stage in self._stages:
            name = stage.population.name
            if stage.pool is not None:
                spikes = self._max_pool(stage, state, result, arriving[stage.source])
            else:
                sums = self._arriving(stage, arriving, steps)
                fired = self._fire(stage, state, drives[name], sums, steps)
                spikes = fired.spikes
                result.state.potentials[name] = fired.potential
                if name in self._potentials:
                    result.potentials[name] = fired.trace
                if fired.waiting is not None:
                    result.state.waiting[name] = fired.waiting
            self._keep(result, name, spikes)
            arriving[name] = self._delayed(name, spikes, state, result)
        total = state.counts[name] + tf.cumsum(tf.cast(spikes, tf.int32), axis=0)
        return result._replace(output_counts=total, output_potentials=fired.trace)

    def _delayed(self, name: str, spikes: Tensor, state: State, result: Result) -> Tensor:
        """Return the spikes that arrive in this window, and keep those still on their way."""
        if name not in state.travelling:
            return spikes
        sent = self.tools.tf.concat([state.travelling[name], spikes], axis=0)
        steps = spikes.shape[0]
        result.state.travelling[name] = sent[steps:]
        return sent[:steps]

    def _keep(self, result: Result, name: str, spikes: Tensor) -> None:
        """Count a layer's spikes: per unit, and per step and sample."""
        tf = self.tools.tf
        # Sums in float32 are exact: a window has few steps, a layer below 2**24 units.
        result.state.counts[name] += tf.cast(tf.reduce_sum(spikes, axis=0), tf.int32)
        there = spikes
        if name in result.state.sent:
            there = tf.cast(spikes != 0, tf.float32)
            result.state.sent[name] += tf.cast(tf.reduce_sum(there, axis=0), tf.int32)
        result.per_step[name] = tf.cast(tf.reduce_sum(there, axis=2), tf.int32)
        if name in self._record:
            is_wide = self.network.population(name).largest > 1
            result.spikes[name] = tf.cast(spikes, tf.int16 if is_wide else tf.int8)

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

    def _fire(
        self, stage: Stage, state: State, drive: Tensor, arriving: list[Tensor], steps: int
    ) -> Fired:
        """Run a layer's neurons, compiled where that pays."""
        name = stage.population.name
        potential = state.potentials[name]
        run: Any = functools.partial(
            fire,
            tf=self.tools.tf,
            population=stage.population,
            dynamics=self._dynamics[name],
            steps=steps,
            traced=stage.population is self.network.output or name in self._potentials,
        )
        if steps * int(np.prod(potential.shape)) >= COMPILED_FROM:
            run = self.tools.tf.function(run, jit_compile=True, autograph=False)
        net = state.counts[name] if name in state.sent else None
        return run(potential, state.waiting.get(name), net, drive, arriving, state.step)

    def _max_pool(self, stage: Stage, state: State, result: Result, spikes: Tensor) -> Tensor:
        """Pass spikes by the scores of those that have arrived; shape (steps, samples, units)."""
        tf, pool, name = self.tools.tf, stage.pool, stage.population.name
        assert pool is not None
        rule, sent = stage.population.max_pool, tf.cast(spikes, tf.int32)
        scores, recent = scored(tf, rule, state.scores[name], state.recent.get(name), sent)
        result.state.scores[name] = scores[-1]
        if recent is not None:
            result.state.recent[name] = recent
        return passed(tf, rule, pool, scores, sent)
