"""A run as a folder that people pass on: a page with its figures, and its tables as CSV."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.analysis.accuracy import latency, wilson
from workbench.analysis.energy import microjoules
from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.settings_file import settings_to_toml
from workbench.util.atomic_files import written
from workbench.util.csv_text import csv_text
from workbench.util.labels import are_targets, class_numbers

if TYPE_CHECKING:
    from workbench.run import Run

PAGE = "index.html"
SETTINGS = "settings.toml"
RANDOM = ("poisson", "bernoulli")
"""Encodings of random input, under which layers have no activations to be compared with."""


@dataclass(frozen=True)
class Contents:
    """What a report is made of.

    Parameters
    ----------
    run : Run
    labels : ndarray or None
        Class numbers, or targets of a regression.
    regression : bool
    ann : Network or None
    sample : int
        Whose spikes are shown.
    """

    run: Run
    labels: np.ndarray | None
    regression: bool
    ann: Network | None
    sample: int

    @cached_property
    def operations(self) -> pd.DataFrame:
        """Cost by layer."""
        return self.run.operations()

    @cached_property
    def quality(self) -> pd.DataFrame:
        """Accuracy, or error of a regression, after each step; there are labels."""
        assert self.labels is not None
        if self.regression:
            return self.run.error(self.labels, self.ann)
        return self.run.accuracy(self.labels, np.nan if self.ann is None else self.ann)

    def facts(self) -> list[tuple[str, str]]:
        """What people ask first, as names and values in words."""
        from workbench import __version__

        run, ann = self.run, self.ann
        r, total = run.recording, self.operations.drop(columns="layer").sum()
        told = [
            ("Samples", f"{r.samples:,}"),
            ("Time steps", f"{r.steps:,}"),
            *self._quality(),
            ("Spikes per sample", f"{total['spikes']:,.0f}"),
            ("Synaptic operations per sample", f"{total['synops']:,.0f}"),
            ("Energy per sample, with memory", microjoules(total["energy_memory_pj"])),
            ("Energy of the quantized ANN", microjoules(total["energy_ann_pj"])),
            ("Spiking network", f"{r.network.name}, {r.network.content_hash[:12]}"),
        ]
        if ann is not None:
            told.append(("Analog network", f"{ann.name}, {ann.content_hash[:12]}"))
        versions = f"snn-workbench {__version__}, Python {platform.python_version()}"
        return [*told, ("Made with", f"{versions}, NumPy {np.__version__}")]

    def _quality(self) -> list[tuple[str, str]]:
        """Accuracy or error after the last step."""
        if self.labels is None:
            return []
        table, samples = self.quality, self.run.recording.samples
        last = table.iloc[-1]
        if self.regression:
            analog = f" (ANN {last['ann_mse']:.4g})" if self.ann else ""
            return [("Mean squared error", f"{last['mse']:.4g}{analog}")]
        low, high = wilson(round(last["snn"] * samples), samples)
        analog = f" (ANN {last['ann']:.2%})" if self.ann else ""
        settled = latency(table)
        return [
            ("Accuracy", f"{last['snn']:.2%}{analog}"),
            ("95 % interval", f"{low:.2%} to {high:.2%}"),
            ("Undecided", f"{last['undecided']:.2%}"),
            *([] if settled is None else [("Within 1 point of its end", f"step {settled}")]),
        ]

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables, by the name of their file."""
        run, labels = self.run, self.labels
        predictions = pd.DataFrame({"sample": np.arange(run.recording.samples)})
        if not self.regression:
            predictions["prediction"] = run.predictions()
        if labels is not None and labels.ndim == 1:
            predictions["label"] = labels
        outputs = run.outputs().reshape(len(predictions), -1)
        named = pd.DataFrame(outputs, columns=[f"output_{i}" for i in range(outputs.shape[1])])
        found = {
            "operations": self.operations,
            "energy": run.energy(),
            "rates": run.rates(),
            "outputs": pd.concat([predictions, named], axis=1),
        }
        if labels is not None:
            found["error" if self.regression else "accuracy"] = self.quality.reset_index()
            if not self.regression:
                found["confusion"] = run.confusion(labels).reset_index()
        if self._compared:
            assert self.ann is not None
            found["correlations"] = run.correlations(self.ann)
        spikes = [self._spikes(layer) for layer in run.layers]
        if spikes:
            found["spikes"] = pd.concat(spikes, ignore_index=True)
        return found

    def _spikes(self, layer: str) -> pd.DataFrame:
        table = self.run.spikes(layer)
        table = table[table["sample"] == self.sample]
        table.insert(0, "layer", layer)
        return table

    @property
    def _compared(self) -> bool:
        encoding = self.run.recording.settings.encoding
        return self.ann is not None and bool(self.run.layers) and encoding not in RANDOM

    def figures(self) -> list[Any]:
        """Figures that this run has."""
        plot, labels, ann, sample = self.run.plot, self.labels, self.ann, self.sample
        found = []
        if labels is not None and self.regression:
            found += [plot.error(labels, ann), plot.target_scatter(labels, ann)]
        elif labels is not None:
            found += [plot.accuracy(labels, ann), plot.confusion(labels)]
        if self.run.layers:
            found.append(plot.raster(sample=sample))
        found += [plot.rates(), plot.output_race(sample)]
        if self._compared:
            found.append(plot.correlation(ann))
        return [*found, plot.operations(ann)]


def write_report(
    run: Run,
    folder: str | Path,
    labels: ArrayLike | None = None,
    ann: Network | None = None,
    *,
    sample: int = 0,
    theme: str = "light",
    overwrite: bool = False,
) -> Path:
    """Write a page and tables; see `workbench.run.Run.report`."""
    from workbench.plot.report_page import report_page

    contents = _contents(run, labels, ann, sample)
    place = Path(folder).expanduser()
    r = run.recording
    tables = {f"{name}.csv": table for name, table in contents.tables().items()}
    files = [PAGE, SETTINGS, *tables]
    present = [name for name in files if (place / name).exists()]
    if present and not overwrite:
        raise DataError(
            f"{place} holds {', '.join(present)} already. Give another folder, or overwrite=True."
        )
    page = report_page(
        f"Run of '{r.network.name}'",
        contents.facts(),
        {name: table for name, table in tables.items() if len(table) <= LONGEST},
        files[1:],
        contents.figures(),
        theme=theme,
    )
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {place} cannot be made: {error.strerror or error}. Give another."
        ) from error
    texts = {name: csv_text(table) for name, table in tables.items()}
    texts |= {SETTINGS: settings_to_toml(r.network.conversion, r.settings), PAGE: page}
    for name, text in texts.items():
        with written(place / name, DataError) as file:
            file.write(text.encode("utf-8"))
    return place / PAGE


LONGEST = 20
"""Rows of the tables that the page shows, besides the files."""


def _contents(run: Run, labels: ArrayLike | None, ann: Network | None, sample: int) -> Contents:
    r = run.recording
    if ann is not None and not isinstance(ann, Network):
        raise DataError(f"ann is a {type(ann).__name__}; accepted: the analog network.")
    if isinstance(sample, bool) or sample not in range(r.samples):
        raise DataError(f"sample is {sample!r}; accepted: 0 to {r.samples - 1}.")
    if labels is None:
        return Contents(run, None, False, ann, sample)
    given = np.asarray(labels)
    if are_targets(given, r.network.classes):
        return Contents(run, given, True, ann, sample)
    numbers = class_numbers(given, r.samples, r.network.classes)
    return Contents(run, numbers, False, ann, sample)
