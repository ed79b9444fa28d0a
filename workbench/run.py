"""A simulation's result, with the tables people ask of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyse.accuracy import accuracy_over_time, check_labels
from workbench.analyse.correlation import correlations
from workbench.analyse.operations import Energy, operations
from workbench.analyse.rates import rates
from workbench.convert.prepare import rewritten_for
from workbench.errors import DataError, SettingsError
from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.stored import Samples


class Run:
    """A simulation's result, with the tables people ask of it.

    Parameters
    ----------
    recording : Recording
    x : ndarray or StoredSamples, shape (samples, *input shape)
        The samples that were simulated.
    """

    def __init__(self, recording: Recording, x: Samples):
        self.recording = recording
        self._x = x

    def __repr__(self) -> str:
        r = self.recording
        spikes = sum(int(total.sum()) for total in r.step_totals.values())
        return (
            f"Run of '{r.network.name}': {r.samples} samples, {r.steps} steps, {spikes:,} spikes, "
            f"{r.elapsed_s:.2f} s"
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the recorded layers, input to output."""
        return self.recording.layers

    @property
    def steps(self) -> int:
        return self.recording.steps

    @property
    def elapsed_s(self) -> float:
        """Seconds the simulation took."""
        return self.recording.elapsed_s

    @property
    def output_counts(self) -> np.ndarray:
        """Output spikes; int32, shape (samples, classes)."""
        return self.recording.output_counts

    def predictions(self) -> np.ndarray:
        """Class of each sample after the last step, -1 where undecided; int64, (samples,)."""
        return self.recording.predictions[:, -1].astype(np.int64)

    def accuracy(self, labels: np.ndarray, ann: float | Network = np.nan) -> pd.DataFrame:
        """Accuracy after every step.

        Parameters
        ----------
        labels : ndarray of int, shape (samples,)
        ann : float or Network
            The analog accuracy, or the network to measure it with on the same samples.

        Returns
        -------
        DataFrame
            Indexed by step (1 is after the first): snn, undecided, ann; shares from 0 to 1.
            A sample without any output spike is undecided, and counts as wrong.

        Raises
        ------
        DataError
            If labels do not fit the samples or the classes.
        """
        r = self.recording
        labels = check_labels(labels, r.samples, r.network.classes)
        if isinstance(ann, Network):
            share = float((ann.predictions(self._x) == labels).mean())
        elif isinstance(ann, (int, float)) and not 0 <= ann <= 1 and ann == ann:
            raise DataError(f"ann is {ann}; accepted: an accuracy from 0 to 1, or the network.")
        elif isinstance(ann, (int, float)):
            share = float(ann)
        else:
            raise DataError(
                f"ann is a {type(ann).__name__}; accepted: the analog network, or its accuracy "
                "as a number from 0 to 1."
            )
        return accuracy_over_time(r.predictions, labels, share)

    def _recorded(self, layer: str) -> str:
        name = self.recording.network.population(layer).name
        if name not in self.layers:
            raise SettingsError(
                f"Layer '{name}' was not recorded; recorded: {', '.join(self.layers)}. Simulate "
                f"with Simulation(record=('{name}',)) or record='all'."
            )
        return name

    def spikes(self, layer: str) -> pd.DataFrame:
        """Single spikes of a recorded layer.

        Returns
        -------
        DataFrame
            sample, step, unit; ordered so. Steps count from 0 here: they are positions in time.
            `rates` and `accuracy` have a row after each step, and count from 1. Layers of signed
            neurons have a column sign besides: 1, or -1 where a spike was taken back.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        events = self.recording.events[self._recorded(layer)]
        columns = ("sample", "step", "unit", "sign")[: len(events)]
        return pd.DataFrame(dict(zip(columns, events, strict=True)))

    def counts(self, layer: str) -> np.ndarray:
        """Spikes per unit of a recorded layer; int32, shape (samples, *layer shape).

        Those that signed neurons took back are subtracted.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        name = self._recorded(layer)
        shape = self.recording.network.population(name).shape
        return self.recording.counts[name].reshape(-1, *shape)

    def potentials(self, layer: str) -> np.ndarray:
        """Membrane potentials of a layer after every step, as a run records them where asked to.

        Parameters
        ----------
        layer : str

        Returns
        -------
        ndarray of float64, shape (samples, steps, *layer shape)
            In units of a normalized threshold, so that neurons spike where they reach the
            threshold that `SpikingNetwork.summary` gives; what is left after a spike's reset.

        Raises
        ------
        SettingsError
            If the layer's potentials were not recorded, or it does not exist.
        """
        r = self.recording
        population = r.network.population(layer)
        if population.name not in r.potentials:
            recorded = ", ".join(r.potentials) or "none"
            raise SettingsError(
                f"The potentials of layer '{population.name}' were not recorded; recorded: "
                f"{recorded}. Simulate with "
                f"Simulation(record_potentials=('{population.name}',))."
            )
        values = r.potentials[population.name] * r.network.grid_unit(population)
        return values.reshape(r.samples, r.steps, *population.shape)

    def rates(self) -> pd.DataFrame:
        """Mean firing rate per layer and step.

        Returns
        -------
        DataFrame
            layer, step (from 1), mean_rate (spikes per unit and step), rate_hz.
        """
        return rates(self.recording)

    def operations(self, energy: Energy | None = None) -> pd.DataFrame:
        """Cost per layer, as means per sample.

        Parameters
        ----------
        energy : Energy, optional
            Picojoules per operation; 45 nm float32 by default.

        Returns
        -------
        DataFrame
            layer, spikes, synops (one per synapse behind a spike), macs (of a constant input,
            charged once), neuron_updates, energy_pj (without memory traffic).
        """
        return operations(self.recording, energy)

    def correlations(self, network: Network) -> pd.DataFrame:
        """Agreement of the recorded layers with the analog network.

        Parameters
        ----------
        network : Network
            The one that was converted.

        Returns
        -------
        DataFrame
            layer, correlation (Pearson, over units and samples), mean_error (mean absolute, in
            units of the layer's scale), saturated (share of units that fired at every step).

        Raises
        ------
        DataError
            If the spiking network was not made from this one.
        """
        rewritten = rewritten_for(network, self.recording.network.conversion)
        return correlations(self.recording, network, rewritten, self._x)
