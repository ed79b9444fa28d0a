"""A simulation's result: its tables, and how it compares with labels and the analog network."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.analysis.accuracy import accuracy_over_time, among_first, confusion_table
from workbench.analysis.correlation import analog_activations, correlations
from workbench.analysis.regression_error import error_over_time, squared_error
from workbench.analysis.sample_units import accuracy_advice
from workbench.conversion.rewriting import rewritten_for
from workbench.errors import DataError, WorkbenchWarning
from workbench.network.graph import Network
from workbench.network.readout import RANKED
from workbench.network.recording import Recording
from workbench.network.samples import mean_frames
from workbench.run_tables import RunTables
from workbench.util.labels import class_count, class_numbers, target_values
from workbench.util.stored_samples import Samples

if TYPE_CHECKING:
    from workbench.plot.run_plots import RunPlots


class Run(RunTables):
    """The result of a simulation, with its tables and figures.

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
        super().__init__(recording)
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
        """Count, for each true class, how often each class was predicted after the last step.

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
            targets vary; NaN where none does). With `ann`, also ann_mse and ann_r2. Of very many
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
            What `decoded` approaches with many steps. Layers that represent no activation of
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

    def report(
        self,
        folder: str | Path,
        labels: ArrayLike | None = None,
        ann: Network | None = None,
        *,
        sample: int = 0,
        theme: str = "light",
        overwrite: bool = False,
    ) -> Path:
        """Write the run as a folder to pass on: a page with figures, tables, and the settings.

        Parameters
        ----------
        folder : str or Path
            Made when missing.
        labels : array_like, optional
            Classes as of `accuracy`, or targets as of `error`.
        ann : Network, optional
            The analog network, to compare accuracy and layers with.
        sample : int
            Whose spikes are drawn, and listed in ``spikes.csv``.
        theme : "light" or "dark"
            Colours of the page.
        overwrite : bool
            Whether files that exist may be replaced.

        Returns
        -------
        Path
            Of ``index.html``, which works without a network; beside it lie the tables as CSV
            and ``settings.toml``, which `workbench.load_settings` reads.

        Raises
        ------
        DataError
            If files exist or cannot be written, or labels do not fit.
        """
        from workbench.run_report import write_report

        return write_report(
            self, folder, labels, ann, sample=sample, theme=theme, overwrite=overwrite
        )

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
        """Return the recorded spikes as spike trains; needs the package neo. elephant accepts them.

        Parameters
        ----------
        sample : int, optional
            All samples by default.

        Returns
        -------
        neo.Block
            A segment per sample, with a spike train for every unit of every recorded layer,
            annotated with layer, neuron and sample. A spike is at the end of its step, in
            milliseconds; in continuous time at its own time, one step being a hundredth of the
            run. Spikes of signed neurons have the array annotations sign, 1 or -1, and
            payload.

        Raises
        ------
        DataError
            If neo is not installed, no layer was recorded, or there is no such sample.
        """
        from workbench.run_forms import to_neo

        return to_neo(self, sample)
