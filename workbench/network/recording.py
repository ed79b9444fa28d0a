"""What a simulation leaves behind: spikes, counts and predictions, with what made them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.errors import SettingsError
from workbench.network.activation import softmax_axis
from workbench.network.readout import classify as classify
from workbench.network.readout import gathered, predicted, ranked, since, values
from workbench.network.schedule import read_steps
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation

OUTPUT_BYTES = 2**26
"""What a run keeps of its outputs over time may take; fewer steps are kept where it is more."""

RANKED_STEPS = 50
"""Steps whose order of classes is kept, at most: sorting classes takes time."""

Events = tuple[np.ndarray, ...]
"""Single spikes: sample, step and unit of each; of signed layers also 1 or -1; int64."""


@dataclass(frozen=True)
class Recording:
    """Result of one run.

    Parameters
    ----------
    network : SpikingNetwork
    settings : Simulation
    layers : tuple of str
        Recorded layers, input to output.
    events : dict of layer to (sample, step, unit)
        Single spikes of the recorded layers; int64, ordered by sample, step and unit. Signed
        layers have a fourth array, 1 or -1 for each spike.
    counts : dict of layer to ndarray of int32, shape (samples, units)
        Spikes per unit of the recorded layers, less those taken back.
    unit_totals : dict of layer to ndarray of int64, shape (units,)
        Spikes per unit, all samples together, of all layers; those of either sign.
    step_totals : dict of layer to ndarray of int64, shape (steps,)
        Spikes per step, all samples together, of all layers; those of either sign.
    predictions : ndarray of int32, shape (samples, steps)
        Class by the outputs up to each step; -1 where it is undecided.
    output_counts : ndarray of int32, shape (samples, output neurons)
        Spikes after `Simulation.readout_after`; `Run.output_counts` gives them a sign where
        outputs have one.
    elapsed_s : float
        Time the simulation took.
    potentials : dict of layer to ndarray of int64, shape (samples, steps, units)
        Membrane potentials after every step, in grid units, of the layers asked for.
    gathered : ndarray of int64, shape (samples, kept steps, classes)
        What outputs represent after some of the steps; see `workbench.network.readout`.
    gathered_steps : ndarray of int64, shape (kept steps,)
        These steps, from 1; the last step is among them.
    ranked : ndarray of int32, shape (samples, ranked steps, first classes)
        Classes by their outputs after some of the steps, the largest first.
    ranked_steps : ndarray of int64, shape (ranked steps,)
        These steps, from 1; the last step is among them. None where there are two classes.
    times : dict of layer to ndarray of float64, shape (spikes,)
        Of the recorded layers' events, in windows, where time is continuous; steps are then the
        slices in which they lie.
    early : dict of layer to int
        Neurons that reached their threshold before their window, all samples together; of
        continuous time.
    """

    network: SpikingNetwork
    settings: Simulation
    layers: tuple[str, ...]
    events: dict[str, Events]
    counts: dict[str, np.ndarray]
    unit_totals: dict[str, np.ndarray]
    step_totals: dict[str, np.ndarray]
    predictions: np.ndarray
    output_counts: np.ndarray
    elapsed_s: float
    potentials: dict[str, np.ndarray] = field(default_factory=dict)
    gathered: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), np.int64))
    gathered_steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    ranked: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), np.int32))
    ranked_steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    times: dict[str, np.ndarray] = field(default_factory=dict)
    early: dict[str, int] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        return len(self.output_counts)

    @property
    def steps(self) -> int:
        return self.settings.steps

    def read_steps(self, step: int) -> int:
        """Steps that what outputs have gathered after `step` steps stands for."""
        return read_steps(self.network, self.settings, step)

    def outputs(self, *, activation: bool = True) -> np.ndarray:
        """Outputs after the last step in the units of the analog network; see `Run.outputs`."""
        steps = self.read_steps(self.steps)
        return values(self.network, self.gathered[:, -1], steps, activation=activation)


def recorded_layers(network: SpikingNetwork, settings: Simulation) -> tuple[str, ...]:
    """Return the layers that a run records, in network order.

    Raises
    ------
    SettingsError
        If a layer does not exist.
    """
    spiking_input = () if settings.encoding == "constant" else (network.input.name,)
    if settings.record == "all":
        return (*spiking_input, *network.layers)
    wanted = {network.population(name).name for name in settings.record}
    if network.input.name in wanted and not spiking_input:
        raise SettingsError(
            f"Simulation.record names '{network.input.name}', but with constant input the input "
            "does not spike. Use poisson encoding, or leave it out."
        )
    return tuple(p.name for p in network.populations if p.name in wanted)


def traced_layers(network: SpikingNetwork, settings: Simulation) -> tuple[str, ...]:
    """Return the layers whose potentials a run records, in network order.

    Raises
    ------
    SettingsError
        If a layer does not exist, or has no membrane.
    """
    membranes = [p.name for p in network.populations if p.kind == "if"]
    if settings.record_potentials == "all":
        return tuple(membranes)
    wanted = {network.population(name).name for name in settings.record_potentials}
    without = sorted(wanted - set(membranes))
    if without:
        raise SettingsError(
            f"Simulation.record_potentials names {', '.join(without)}, whose units have no "
            f"membrane; layers that have one are {', '.join(membranes)}."
        )
    return tuple(name for name in membranes if name in wanted)


def kept_steps(network: SpikingNetwork, samples: int, steps: int) -> np.ndarray:
    """Return the steps, from 1, after which a run keeps what its outputs have gathered.

    Those of `spread_steps`; probabilities of classes are asked for after the last step alone.
    """
    if softmax_axis(network.output.output_activation) is not None:
        return np.array([steps], np.int64)
    return spread_steps(samples * network.classes, steps)


def spread_steps(numbers: int, steps: int) -> np.ndarray:
    """Return the steps, from 1, after which so many numbers of 8 bytes are kept.

    All of them where that takes no more than `OUTPUT_BYTES`, else fewer at even distances; the last
    is among them.
    """
    room = max(1, OUTPUT_BYTES // (8 * max(1, numbers)))
    every = -(-steps // min(room, steps))
    return np.arange(steps, 0, -every, dtype=np.int64)[::-1]


def ranked_steps(network: SpikingNetwork, steps: int) -> np.ndarray:
    """Return the steps, from 1, after which a run keeps the order of its classes: 50 at most."""
    if network.classes <= 2:
        return np.zeros(0, np.int64)
    every = -(-steps // RANKED_STEPS)
    return np.arange(steps, 0, -every, dtype=np.int64)[::-1]


def recording_of_events(
    network: SpikingNetwork,
    settings: Simulation,
    layers: tuple[str, ...],
    events: dict[str, Events],
    potentials: np.ndarray,
    elapsed_s: float,
    times: dict[str, np.ndarray] | None = None,
    early: dict[str, int] | None = None,
) -> Recording:
    """Make a recording from single spikes, as other simulators give them.

    Parameters
    ----------
    network : SpikingNetwork
    settings : Simulation
    layers : tuple of str
        Layers to keep.
    events : dict of layer to (sample, step, unit)
        Spikes of every layer, in any order.
    potentials : ndarray, shape (samples, steps, output neurons)
        Of the output after each step.
    elapsed_s : float
    times, early : dict, optional
        As those of the recording, of every layer; times in the order of its events.
    """
    samples, steps, _ = potentials.shape
    counts, unit_totals, step_totals, recorded = {}, {}, {}, {}
    ordered_times = {}
    for population in network.populations:
        name, size = population.name, population.size
        nothing = (np.zeros(0, np.int64),) * 3
        sample, step, unit, *sign = (np.asarray(a, np.int64) for a in events.get(name, nothing))
        unit_totals[name] = np.bincount(unit, minlength=size)
        step_totals[name] = np.bincount(step, minlength=steps)
        if name in layers:
            order = np.lexsort((unit, step, sample))
            recorded[name] = tuple(part[order] for part in (sample, step, unit, *sign))
            if times is not None:
                ordered_times[name] = times[name][order]
            counts[name] = np.zeros((samples, size), np.int32)
            np.add.at(counts[name], (sample, unit), sign[0] if sign else 1)
    sample, step, unit, *sign = events[network.output.name]
    outputs = np.zeros(potentials.shape, np.int32)
    np.add.at(outputs, (sample, step, unit), sign[0] if sign else 1)
    outputs = outputs.cumsum(axis=1, dtype=np.int32)
    after = settings.readout_after
    if after:
        at = outputs[:, after - 1 : after], potentials[:, after - 1 : after]
        outputs, potentials = since(network, settings.readout, at, outputs, potentials, after)
    predictions = predicted(network, outputs, potentials, settings.readout)
    predictions[:, :after] = -1
    kept = kept_steps(network, samples, steps)
    read = outputs[:, kept - 1], potentials[:, kept - 1]
    sorted_at = ranked_steps(network, steps)
    sorted_by = outputs[:, sorted_at - 1], potentials[:, sorted_at - 1]
    return Recording(
        network=network,
        settings=settings,
        layers=layers,
        events=recorded,
        counts=counts,
        unit_totals=unit_totals,
        step_totals=step_totals,
        predictions=predictions,
        output_counts=outputs[:, -1],
        elapsed_s=elapsed_s,
        gathered=gathered(network, *read, settings.readout),
        gathered_steps=kept,
        ranked=ranked(network, *sorted_by, settings.readout),
        ranked_steps=sorted_at,
        times=ordered_times,
        early=early or {},
    )
