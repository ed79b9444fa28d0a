"""What a simulation leaves behind: spikes, counts and predictions, with what made them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.errors import SettingsError
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation

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
        Class by the output spikes up to each step; -1 where there was none yet.
    output_counts : ndarray of int32, shape (samples, classes)
    elapsed_s : float
        Time the simulation took.
    potentials : dict of layer to ndarray of int64, shape (samples, steps, units)
        Membrane potentials after every step, in grid units, of the layers asked for.
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

    @property
    def samples(self) -> int:
        return len(self.output_counts)

    @property
    def steps(self) -> int:
        return self.settings.steps


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


def classify(counts: np.ndarray, potentials: np.ndarray, readout: str = "counts") -> np.ndarray:
    """Class of each row by its spike counts; a tie goes to the higher potential.

    Parameters
    ----------
    counts, potentials : ndarray, shape (..., classes)
    readout : "counts" or "potential"
        "potential" decides by the membrane alone.

    Returns
    -------
    ndarray of int32, shape (...)
        -1 where no class has a spike: undecided, not class 0. A single output tells two classes
        apart: 1 where it has spiked, 0 where it has not.
    """
    if readout == "potential":
        if counts.shape[-1] == 1:
            return (potentials[..., 0] > 0).astype(np.int32)
        return potentials.argmax(axis=-1).astype(np.int32)
    if counts.shape[-1] == 1:
        return (counts[..., 0] > 0).astype(np.int32)
    most = counts.max(axis=-1, keepdims=True)
    lowest = np.iinfo(np.int64).min
    decided = np.where(counts == most, potentials, lowest).argmax(axis=-1)
    return np.where(most[..., 0] > 0, decided, -1).astype(np.int32)


def recording_of_events(
    network: SpikingNetwork,
    settings: Simulation,
    layers: tuple[str, ...],
    events: dict[str, Events],
    potentials: np.ndarray,
    elapsed_s: float,
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
    potentials : ndarray, shape (samples, steps, classes)
        Of the output after each step.
    elapsed_s : float
    """
    samples, steps, classes = potentials.shape
    counts, unit_totals, step_totals, kept = {}, {}, {}, {}
    for population in network.populations:
        name, size = population.name, population.size
        nothing = (np.zeros(0, np.int64),) * 3
        sample, step, unit, *sign = (np.asarray(a, np.int64) for a in events.get(name, nothing))
        unit_totals[name] = np.bincount(unit, minlength=size)
        step_totals[name] = np.bincount(step, minlength=steps)
        if name in layers:
            order = np.lexsort((unit, step, sample))
            kept[name] = tuple(part[order] for part in (sample, step, unit, *sign))
            counts[name] = np.zeros((samples, size), np.int32)
            np.add.at(counts[name], (sample, unit), sign[0] if sign else 1)
    sample, step, unit, *sign = events[network.output.name]
    outputs = np.zeros((samples, steps, classes), np.int32)
    np.add.at(outputs, (sample, step, unit), sign[0] if sign else 1)
    outputs = outputs.cumsum(axis=1, dtype=np.int32)
    return Recording(
        network=network,
        settings=settings,
        layers=layers,
        events=kept,
        counts=counts,
        unit_totals=unit_totals,
        step_totals=step_totals,
        predictions=classify(outputs, potentials, settings.readout),
        output_counts=outputs[:, -1],
        elapsed_s=elapsed_s,
    )
