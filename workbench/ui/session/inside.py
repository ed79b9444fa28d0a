"""Inside one layer while the shown sample is simulated: every unit's rate beside its activation,
and of picked units the membrane potential and what drove them.

The run of the sample keeps neither potentials nor signs: it is simulated once more for this. A run
is exact, so the spikes are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench import workflow
from workbench.network.graph import Network
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork
from workbench.plot.membrane_traces import Trace
from workbench.run import Run
from workbench.settings import Simulation
from workbench.simulation import Recorder
from workbench.util.stored_samples import Samples

Unit = tuple[str, int]
"""Layer, and number of a unit in it."""

MOST_PICKED = 7
"""Units that can be told apart by their colours."""

WINDOW_VALUES = 2_000_000
"""Potentials of one window, some 16 MB: only those of picked units are kept."""


@dataclass(frozen=True, eq=False)
class Setup:
    """What the run of one sample was made of: enough to repeat it.

    Parameters
    ----------
    analog : Network
    network : SpikingNetwork
        What `analog` was converted to.
    settings : Simulation
    x : ndarray or StoredSamples, shape (1, *input shape)
    """

    analog: Network
    network: SpikingNetwork
    settings: Simulation
    x: Samples


@dataclass(frozen=True, eq=False)
class Inside:
    """One layer, looked into.

    Parameters
    ----------
    layer : str
    run : Run
        Of the one sample: counts of all layers, and no single spikes.
    activations : ndarray of float64, shape (units,), or None
        Of the analog network; None where the layer represents none.
    traces : tuple of Trace
        Of the layer's picked units that have a membrane.
    threshold : float
        Of the potentials; NaN where the layer has no membrane.
    """

    layer: str
    run: Run
    activations: np.ndarray | None
    traces: tuple[Trace, ...]
    threshold: float

    @property
    def population(self) -> Population:
        """The layer's neurons."""
        return self.run.recording.network.population(self.layer)

    @property
    def units(self) -> pd.DataFrame:
        """Every unit of the layer, with its place, spikes, rate and activations."""
        recording = self.run.recording
        counts = self.population.in_thresholds(recording.counts[self.layer][0].astype(np.int64))
        number = np.arange(counts.size)
        table = {"unit": number} | _places(number, self.population.shape) | {"spikes": counts}
        rate = counts / recording.steps
        table["rate_spikes_per_step"] = rate
        table["rate_hz"] = rate * 1000 / recording.settings.dt_ms
        table["decoded_activation"] = self.run.decoded(self.layer).reshape(-1)
        if self.activations is not None:
            table["ann_activation"] = self.activations
            table["difference"] = table["decoded_activation"] - self.activations
        return pd.DataFrame(table)


def _places(unit: np.ndarray, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Where units stand in a layer with space."""
    if len(shape) == 1:
        return {}
    names = [*("row", "column", "depth")[: len(shape) - 1], "channel"]
    return dict(zip(names, np.unravel_index(unit, shape), strict=False))


def place_words(unit: int, shape: tuple[int, ...]) -> str:
    """Where a unit stands: "row 3, column 4, channel 5"; "" in a layer without space."""
    places = _places(np.array([unit]), shape)
    return ", ".join(f"{name} {int(value[0])}" for name, value in places.items())


def look(
    setup: Setup, layer: str, picked: tuple[int, ...], cancelled: Callable[[], bool]
) -> Inside | None:
    """Simulate the sample once more and look into a layer; None if cancelled.

    Parameters
    ----------
    setup : Setup
    layer : str
    picked : tuple of int
        Units of the layer to trace.
    cancelled : callable
    """
    network = setup.network
    population = network.population(layer)
    traced = population.kind == "if" and bool(picked)
    settings = replace(
        setup.settings, record="all", record_potentials=(layer,) if traced else (), batch_size=None
    )
    # The recorder would keep all potentials, and all spikes; here those of a few units matter.
    recorder = Recorder(network, replace(settings, record_potentials=()), 1, most_spikes=-1)
    chosen = np.array(picked, np.int64)
    potentials: list[np.ndarray] = []
    spikes: list[tuple[np.ndarray, ...]] = []
    window_steps = int(np.clip(WINDOW_VALUES // population.size, 1, 200))
    with closing(workflow.stream(network, setup.x, settings, window_steps, cancelled)) as windows:
        for window in windows:
            if cancelled():
                return None
            if traced:
                potentials.append(window.potentials[layer][0][:, chosen])
            if picked:
                _, step, unit, *sign = window.spikes[layer]
                mine = np.isin(unit, chosen)
                signs = sign[0][mine] if sign else np.ones(int(mine.sum()), np.int64)
                spikes.append((step[mine], unit[mine], signs))
            recorder.add(replace(window, potentials={}))
    if cancelled():
        return None
    run = Run(recorder.recording(spikes=False), setup.x)
    found = run.activations(setup.analog, (layer,))
    traces: tuple[Trace, ...] = ()
    if traced:
        values = np.concatenate(potentials) * network.grid_unit(population)
        step, unit, signs = (np.concatenate(part) for part in zip(*spikes, strict=True))
        traces = tuple(
            Trace(int(each), values[:, place], step[unit == each], signs[unit == each])
            for place, each in enumerate(chosen)
        )
    threshold = float("nan")
    if population.kind == "if":
        threshold = population.threshold * network.grid_unit(population) / population.payload_unit
    activations = found[layer].reshape(-1).astype(float) if layer in found else None
    return Inside(layer, run, activations, traces, threshold)


def inputs_of(run: Run, layer: str, unit: int, x: Samples) -> pd.DataFrame:
    """Return what drove a unit of a layer, what drove it most first.

    Returns
    -------
    DataFrame
        source, unit, weight_thresholds (what one spike adds), spikes, contribution_thresholds (over
        the whole run). Where the source is an input that is a constant current, spikes are NaN, and
        the weight is the current of a step.
    """
    recording, network = run.recording, run.recording.network
    grid = network.grid_unit(network.population(layer))
    tables = []
    for projection in network.incoming(layer):
        pre, weight = _synapses_to(projection, unit)
        table = pd.DataFrame({"source": projection.source, "unit": pre})
        if projection.source in recording.counts:
            spikes = recording.counts[projection.source][0][pre].astype(float)
            table["weight_thresholds"] = weight * grid
            table["spikes"] = spikes
            table["contribution_thresholds"] = weight * spikes * grid
        else:  # a constant current, the same in every step
            value = network.encode(x).reshape(-1)[pre] / 2**INPUT_BITS
            table["weight_thresholds"] = weight * value * grid
            table["spikes"] = np.nan
            table["contribution_thresholds"] = weight * value * grid * recording.steps
        tables.append(table)
    every = pd.concat(tables, ignore_index=True)
    order = np.argsort(-np.abs(every["contribution_thresholds"].to_numpy()), kind="stable")
    return every.iloc[order].reset_index(drop=True)


def _synapses_to(projection: Projection, unit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the source units that reach one target unit, and the weights in grid units.

    From the target back, map by map: the matrix of all synapses would be large.
    """
    weight = np.zeros(projection.maps[-1].output_size)
    weight[unit] = 1.0
    reached = weight != 0
    for layer in reversed(projection.maps):
        before = np.zeros(math.prod(layer.input_shapes[0]))
        reaching = np.zeros(before.shape, bool)
        for pre, post, each in layer.synapses():
            mine = reached[post]
            np.add.at(before, pre[mine], each[mine] * weight[post[mine]])
            reaching[pre[mine]] = True
        weight, reached = before, reaching
    (pre,) = np.nonzero(reached)
    return pre, weight[pre]
