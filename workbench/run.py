"""A simulation's result, with the tables people ask of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.analysis.accuracy import accuracy_over_time, among_first, confusion_table
from workbench.analysis.correlation import (
    analog_activations,
    correlations,
    decoded_activations,
)
from workbench.analysis.operations import Energy, operations
from workbench.analysis.rates import rates
from workbench.analysis.regression_error import error_over_time, squared_error
from workbench.analysis.sample_units import accuracy_advice
from workbench.conversion.preparation import rewritten_for
from workbench.errors import DataError, SettingsError, WorkbenchWarning
from workbench.network.graph import Network
from workbench.network.readout import RANKED, net_counts, one_spike_moves
from workbench.network.recording import Recording
from workbench.network.samples import mean_frames
from workbench.util.labels import class_count, class_numbers, target_values
from workbench.util.stored_samples import Samples

if TYPE_CHECKING:
    from workbench.plot.run_plots import RunPlots


class Run:
    """A simulation's result, with the tables people ask of it.

    Parameters
    ----------
    recording : Recording
    x : ndarray or StoredSamples, shape (samples, *input shape)
        The samples that were simulated. An analog network is compared on the mean of the
        frames, where these are events.
    averaged : bool
        Whether `x` is that mean already.
    """

    def __init__(self, recording: Recording, x: Samples, *, averaged: bool = False):
        self.recording = recording
        self._x = x
        if recording.settings.encoding == "events" and not averaged:
            full_scale = recording.network.input_scale
            self._x = mean_frames(x, recording.steps, full_scale)

    def __repr__(self) -> str:
        r = self.recording
        spikes = sum(int(total.sum()) for total in r.step_totals.values())
        return (
            f"Run of '{r.network.name}': {r.samples} samples, {r.steps} steps, {spikes:,} spikes, "
            f"{r.elapsed_s:.2f} s"
        )

    @property
    def x(self) -> Samples:
        """The samples that were simulated; of events, the mean of their frames."""
        return self._x

    @property
    def plot(self) -> RunPlots:
        """Figures of the run: ``run.plot.raster()``, and all others of `workbench.plot`."""
        from workbench.plot.run_plots import RunPlots

        return RunPlots(self)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the recorded layers, input to output."""
        return self.recording.layers

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.recording.steps

    @property
    def elapsed_s(self) -> float:
        """Seconds the simulation took."""
        return self.recording.elapsed_s

    @property
    def output_counts(self) -> np.ndarray:
        """Output spikes; int32, shape (samples, classes).

        Where outputs keep their sign, spikes below zero are negative: those of the OFF neurons, or
        the thresholds that a membrane lies below zero. `SpikingNetwork.decode` makes values of
        them, rounded to single spikes; `outputs` does not round what a membrane holds.
        """
        r = self.recording
        if not r.network.output.read:
            return r.output_counts
        return net_counts(r.network, r.gathered[:, -1])

    def outputs(self, *, activation: bool = True) -> np.ndarray:
        """Outputs after the last step, decoded into the units of the analog network.

        Parameters
        ----------
        activation : bool
            Whether the activation of the analog network's output, such as a softmax, is applied.
            Outputs of a softmax below zero have no spikes and count as 0 before it is, unless the
            run has ``readout="potential"``.

        Returns
        -------
        ndarray of float64, shape (samples, *output shape)
            What `Network.forward` gives, as far as spikes can say it so far: the difference falls
            as 1 / steps.
        """
        return self.recording.outputs(activation=activation)

    def output_errors(self) -> np.ndarray:
        """Uncertainty of `outputs`: by how much one output spike more or less changes a value.

        Returns
        -------
        ndarray of float64, shape (samples, *output shape)
            ``theta * lambda / steps`` for a linear output: the step of the spike code. The larger
            of both changes where there is another activation.
        """
        r = self.recording
        steps = r.settings.read_steps(r.steps)
        spike = r.network.theta(r.network.output) * np.asarray(r.network.output.scale) / steps
        return one_spike_moves(
            r.network.output.output_activation, r.outputs(activation=False), spike
        )

    def predictions(self) -> np.ndarray:
        """Return the class of each sample after the last step.

        The largest output. A tie goes to the higher membrane potential, and a sample is undecided
        where no output neuron has spiked, or nothing has reached an output that is read from its
        membrane. A single output stands for two classes: 1 above zero, 0 below.

        Returns
        -------
        ndarray of int64, shape (samples,)
            -1 where undecided.
        """
        return self.recording.predictions[:, -1].astype(np.int64)

    def accuracy(
        self, labels: ArrayLike, ann: float | Network = np.nan, k: int = 1
    ) -> pd.DataFrame:
        """Accuracy after every step.

        Parameters
        ----------
        labels : array_like, shape (samples,), (samples, 1), or one-hot (samples, classes)
            Class numbers, as integers or floats. A network with one output has two classes.
        ann : float or Network
            The analog accuracy, or the network to measure it with on the same samples.
        k : int
            A sample is right where its class is among the k largest outputs; 1 to 5.

        Returns
        -------
        DataFrame
            Indexed by step (1 is after the first): snn, undecided, ann; shares from 0 to 1.
            A sample without any output spike is undecided, and counts as wrong. With k above 1, 50
            steps at most, the last among them.

        Raises
        ------
        DataError
            If labels do not fit the samples or the classes, or the network has no k classes.

        Warns
        -----
        WorkbenchWarning
            If the analog network is much better with the samples in other units.
        """
        r = self.recording
        labels = class_numbers(labels, r.samples, r.network.classes)
        most = max(1, r.ranked.shape[-1] if len(r.ranked_steps) else 1)
        if isinstance(k, bool) or k not in range(1, most + 1):
            raise DataError(
                f"k is {k!r}; accepted: 1 to {most}. A run keeps the order of the first {RANKED} "
                f"classes; network '{r.network.name}' has {class_count(r.network.classes)}."
            )
        if isinstance(ann, Network):
            outputs = ann.forward(self._x)
            chosen = ann.classified(outputs)
            share = float(among_first(outputs, labels, k) if k > 1 else (chosen == labels).mean())
            if advice := accuracy_advice(ann, self._x, labels, chosen):
                warnings.warn(advice, WorkbenchWarning, stacklevel=2)
        elif isinstance(ann, (int, float)) and not 0 <= ann <= 1 and ann == ann:
            raise DataError(f"ann is {ann}; accepted: an accuracy from 0 to 1, or the network.")
        elif isinstance(ann, (int, float)):
            share = float(ann)
        else:
            raise DataError(
                f"ann is a {type(ann).__name__}; accepted: the analog network, or its accuracy "
                "as a number from 0 to 1."
            )
        if k == 1:
            return accuracy_over_time(r.predictions, labels, share)
        chosen = r.predictions[:, r.ranked_steps - 1]
        right = (r.ranked[..., :k] == labels[:, None, None]).any(axis=2)
        right_class = np.where(right, labels[:, None], chosen)
        table = accuracy_over_time(np.where(chosen < 0, -1, right_class), labels, share)
        table.index = pd.Index(r.ranked_steps, name="step")
        return table

    def confusion(self, labels: ArrayLike, *, classes: Sequence[str] | None = None) -> pd.DataFrame:
        """Count how often each class was taken for each, after the last step.

        Parameters
        ----------
        labels : array_like, shape (samples,), (samples, 1), or one-hot (samples, classes)
            As of `accuracy`.
        classes : sequence of str, optional
            Names of the classes, as ``data.classes`` has them; their numbers if not given.

        Returns
        -------
        DataFrame of int, shape (classes, classes)
            A row for each true class, a column for each predicted one; where samples are
            undecided, a last column counts them.

        Raises
        ------
        DataError
            If labels do not fit the samples or the classes, or there are too few names.
        """
        r = self.recording
        labels = class_numbers(labels, r.samples, r.network.classes)
        return confusion_table(self.predictions(), labels, class_count(r.network.classes), classes)

    def error(self, targets: ArrayLike, ann: Network | None = None) -> pd.DataFrame:
        """Error of a regression after every step.

        Parameters
        ----------
        targets : array_like of float, shape (samples,), (samples, outputs) or
            (samples, *output shape)
            In the units of the analog network's outputs.
        ann : Network, optional
            The analog network, whose error on the same samples is measured, too.

        Returns
        -------
        DataFrame
            Indexed by step (1 is after the first): mse, the mean squared error, and r2, the share
            of the targets' variance that is explained (1 is best; the mean over outputs whose
            targets vary; NaN where none does). With `ann`, ann_mse and ann_r2 besides. Of very many
            outputs and samples, not every step is kept.

        Raises
        ------
        DataError
            If targets do not fit the samples or outputs.
        """
        r = self.recording
        wanted = target_values(targets, r.samples, r.network.classes)
        if ann is not None and not isinstance(ann, Network):
            raise DataError(
                f"ann is a {type(ann).__name__}; accepted: the analog network, whose error is "
                "measured on the same samples."
            )
        table = error_over_time(r, wanted)
        if ann is not None:
            table["ann_mse"], table["ann_r2"] = squared_error(ann.forward(self._x), wanted)
        return table

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

        Parameters
        ----------
        layer : str
            One of `layers`.

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
        """Spikes per unit of a recorded layer.

        Parameters
        ----------
        layer : str
            One of `layers`.

        Returns
        -------
        ndarray of int32, shape (samples, *layer shape)
            Negative spikes of signed neurons are subtracted.

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

    def decoded(self, layer: str) -> np.ndarray:
        """Activations that a recorded layer's spikes stand for after the last step.

        Parameters
        ----------
        layer : str

        Returns
        -------
        ndarray of float64, shape (samples, *layer shape)
            In the units of the analog network; `outputs` for the output layer.

        Raises
        ------
        SettingsError
            If the layer was not recorded, or does not exist.
        """
        return decoded_activations(self.recording, self._recorded(layer))

    def activations(
        self, network: Network, layers: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Activations of the analog network for the samples of the run.

        Parameters
        ----------
        network : Network
            The one that was converted.
        layers : sequence of str, optional
            The recorded ones by default.

        Returns
        -------
        dict of layer to ndarray, shape (samples, *layer shape)
            What `decoded` comes close to with many steps. Layers that stand for no activation of
            the analog network, such as random input spikes, are left out.

        Raises
        ------
        DataError
            If the spiking network was not made from this one.
        """
        rewritten = rewritten_for(network, self.recording.network.conversion)
        names = self.layers if layers is None else layers
        return analog_activations(self.recording, network, rewritten, self._x, names)

    def save(self, path: str | Path) -> Path:
        """Write the run to a file, which `workbench.load_run` reads.

        Parameters
        ----------
        path : str or Path
            With the ending ``.zip``. The file holds all that was recorded, the spiking network,
            the settings and the samples: JSON and NumPy's arrays, no pickled objects.

        Returns
        -------
        Path

        Raises
        ------
        SettingsError
            If the ending is another.
        DataError
            If the file cannot be written, or the samples are more than memory holds.
        """
        from workbench.run_file import save_run

        return save_run(self, path)

    def to_xarray(self) -> Any:
        """Return the tables of the run as labelled arrays; needs the package xarray.

        Returns
        -------
        xarray.Dataset
            predictions (sample, step), outputs, output_counts, rates (layer, step), and counts_NAME
            and potentials_NAME of recorded layers. Steps count from 1; `time_ms` goes with them.

        Raises
        ------
        DataError
            If xarray is not installed.
        """
        from workbench.run_forms import to_xarray

        return to_xarray(self)

    def to_neo(self, sample: int | None = None) -> Any:
        """Return the recorded spikes as spike trains; needs the package neo. elephant takes them.

        Parameters
        ----------
        sample : int, optional
            All samples by default.

        Returns
        -------
        neo.Block
            A segment per sample, with a spike train for every unit of every recorded layer,
            annotated with layer, neuron and sample. A spike is at the end of its step, in
            milliseconds. Spikes of signed neurons have the array annotation sign, 1 or -1.

        Raises
        ------
        DataError
            If neo is not installed, no layer was recorded, or there is no such sample.
        """
        from workbench.run_forms import to_neo

        return to_neo(self, sample)
