"""Collecting the windows of one sample's run into what the plots show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.analysis.correlation import correlations
from workbench.analysis.operations import operations
from workbench.conversion.preparation import rewritten_for
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.network.readout import gathered, net_counts, predicted, values
from workbench.network.recording import Recording, recorded_layers
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Window
from workbench.ui.session.results import SampleRun
from workbench.util.labels import class_count, target_values

SPIKES_KEPT = 4_000_000
"""Single spikes that are kept, some 30 MB: long runs have more than memory and plots hold."""


class SampleRecorder:
    """Adds up windows of a run of one sample.

    Parameters
    ----------
    analog : Network
        The network that was converted.
    network : SpikingNetwork
    settings : Simulation
        With all layers recorded.
    dataset : Dataset
    request : Request
        What the run was asked for with.
    """

    def __init__(
        self,
        analog: Network,
        network: SpikingNetwork,
        settings: Simulation,
        dataset: Dataset,
        request: Any,
    ):
        sample: int = request.sample
        self.analog = analog
        self.network = network
        self.settings = settings
        self.layers = recorded_layers(network, settings)
        self._sizes = {name: network.population(name).size for name in self.layers}
        self._steps: dict[str, list[np.ndarray]] = {name: [] for name in self.layers}
        self._units: dict[str, list[np.ndarray]] = {name: [] for name in self.layers}
        self._per_step: dict[str, list[np.ndarray]] = {name: [] for name in self.layers}
        self._per_unit = {name: np.zeros(size, np.int64) for name, size in self._sizes.items()}
        self._net = {name: np.zeros(size, np.int64) for name, size in self._sizes.items()}
        self._spikes = self._taken_back = 0
        self._steps_kept = 0
        self._window: Window | None = None
        self._latest: SampleRun
        self._sample, self._request = sample, request
        self._x = dataset.x_test[sample : sample + 1]
        self._analog_choice = int(analog.predictions(self._x)[0])
        self._classes = class_names(dataset, network.classes)
        self._title = f"{analog.name} on {dataset.name}"
        self._origins = origins(network)
        self._neurons = {p.name: p.kind == "if" for p in network.populations}
        labels = dataset.test_labels(network.classes)
        self._true = -1 if labels is None else int(labels[sample])
        self._targets = self._analog_outputs = None
        if dataset.y_test is not None and dataset.has_targets(network.classes):
            target = dataset.y_test[sample : sample + 1]
            self._targets = target_values(target, 1, network.classes)[0]
            self._analog_outputs = analog.forward(self._x).reshape(-1)

    def add(self, window: Window) -> None:
        """Take in the next window."""
        self._window = window
        keep = self._spikes <= SPIKES_KEPT
        for name in self.layers:
            _, step, unit, *sign = window.spikes[name]
            self._spikes += len(unit)
            self._per_step[name].append(window.spike_counts[name][0])
            spikes = np.bincount(unit, minlength=self._sizes[name])
            self._per_unit[name] += spikes
            self._net[name] += spikes
            if sign:
                back = np.bincount(unit[sign[0] < 0], minlength=self._sizes[name])
                self._net[name] -= 2 * back
                self._taken_back += int(back.sum())
            if keep:
                self._steps[name].append(step.astype(np.int32))
                self._units[name].append(unit.astype(np.int32))
        if keep:
            self._steps_kept = window.stop

    def so_far(self) -> SampleRun:
        """Return what happened until now."""
        window = self._window
        assert window is not None
        last = (window.output_counts[:, -1:], window.output_potentials[:, -1:])
        chosen = predicted(self.network, *last, self.settings.readout)
        total = gathered(self.network, *last, self.settings.readout)[0, 0]
        counted = window.output_counts[0, -1]
        if self.network.output.read:
            counted = net_counts(self.network, total)
        self._latest = SampleRun(
            sample=self._sample,
            layers=self.layers,
            sizes=self._sizes,
            steps_done=window.stop,
            steps=self.settings.steps,
            dt_ms=self.settings.dt_ms,
            spikes={
                name: (np.concatenate(self._steps[name]), np.concatenate(self._units[name]))
                for name in self.layers
            },
            rates={
                name: np.concatenate(self._per_step[name]) / self._sizes[name]
                for name in self.layers
            },
            output_counts=counted.astype(np.int64),
            outputs=values(self.network, total, window.stop).reshape(-1),
            analog_outputs=self._analog_outputs,
            targets=self._targets,
            classes=self._classes,
            steps_kept=self._steps_kept,
            spike_count=self._spikes,
            taken_back=self._taken_back,
            choice=int(chosen[0, 0]),
            analog_choice=self._analog_choice,
            true_class=self._true,
            has_input=self.network.input.name in self.layers,
            title=self._title,
            origins=self._origins,
            neurons=self._neurons,
            asked=self._request,
        )
        return self._latest

    def finish(self) -> SampleRun:
        """Add correlations and costs to what `so_far` returned after the last window."""
        run = self._latest
        recording = self._recording(run)
        rewritten = rewritten_for(self.analog, recording.network.conversion)
        table = correlations(recording, self.analog, rewritten, self._x)
        return replace(
            run,
            correlations=dict(zip(table["layer"], table["correlation"].astype(float), strict=True)),
            operations=operations(recording),
        )

    def _recording(self, run: SampleRun) -> Recording:
        """The run in the form that the analysis reads."""
        window = self._window
        assert window is not None
        last = (window.output_counts[:, -1:], window.output_potentials[:, -1:])
        silent = {p.name: np.zeros(p.size, np.int64) for p in self.network.populations}
        return Recording(
            network=self.network,
            settings=self.settings,
            # An input that spikes is the analog input itself; there is nothing to compare.
            layers=tuple(name for name in self.layers if name != self.network.input.name),
            events={},
            counts={name: count[None].astype(np.int32) for name, count in self._net.items()},
            unit_totals=silent | self._per_unit,
            step_totals={},
            predictions=np.full((1, run.steps), run.choice, np.int16),
            output_counts=window.output_counts[:, -1],
            elapsed_s=0.0,
            gathered=gathered(self.network, *last, self.settings.readout),
            gathered_steps=np.array([run.steps]),
        )


def origins(network: SpikingNetwork) -> dict[str, str]:
    """Return the source layer that every population belongs to."""
    return {p.name: p.origin or p.name for p in network.populations}


def class_names(dataset: Dataset, classes: int) -> tuple[str, ...]:
    """Name every output; outputs beyond the data's classes are numbered.

    A single output has the names of the two classes that it tells apart.
    """
    classes = class_count(classes)
    known = dataset.classes[:classes]
    return (*known, *(str(number) for number in range(len(known), classes)))
