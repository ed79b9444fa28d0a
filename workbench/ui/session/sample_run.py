"""From the windows of one sample's run to what the plots show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.analysis.correlation import correlations
from workbench.analysis.operations import operations
from workbench.conversion.rewriting import rewritten_for
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.network.readout import gathered, net_counts, values
from workbench.network.schedule import read_steps
from workbench.network.spiking import SpikingNetwork
from workbench.plot.clock import windows_shown
from workbench.settings import Simulation
from workbench.simulation import Recorder, Window
from workbench.ui.session.inside import Setup
from workbench.ui.session.playback import PlaybackRecorder
from workbench.ui.session.results import SampleRun
from workbench.util.labels import class_count, target_values

SPIKES_KEPT = 4_000_000
"""Single spikes that are kept, some 30 MB: long runs have more than memory and plots hold."""


class SampleRecorder:
    """Makes of a run of one sample, window by window, what the plots show.

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
    x : ndarray of float32, shape (1, *input shape)
        What the network is shown.
    """

    def __init__(
        self,
        analog: Network,
        network: SpikingNetwork,
        settings: Simulation,
        dataset: Dataset,
        request: Any,
        x: np.ndarray,
    ):
        sample: int = request.sample
        self.analog = analog
        self.network = network
        self.settings = settings
        self._recorder = Recorder(
            network,
            settings,
            1,
            most_spikes=SPIKES_KEPT,
            output_steps=PlaybackRecorder.output_steps(network, settings),
        )
        self.layers = self._recorder.layers
        self._playback = PlaybackRecorder(network, self.layers, settings)
        self._sizes = {name: network.population(name).size for name in self.layers}
        self._latest: SampleRun
        self._sample, self._request = sample, request
        self._x = x
        known = not request.own_input.is_picture
        self._setup = Setup(analog, network, settings, self._x)
        self._analog_choice = int(analog.predictions(self._x)[0])
        self._classes = class_names(dataset, network.classes)
        self._title = f"{analog.name} on {dataset.name}"
        self._origins = network.origins
        self._neurons = {p.name: p.kind == "if" for p in network.populations}
        labels = dataset.test_labels(network.classes)
        self._true = int(labels[sample]) if labels is not None and known else -1
        self._targets = self._analog_outputs = None
        if dataset.y_test is not None and dataset.has_targets(network.classes):
            target = dataset.y_test[sample : sample + 1]
            self._targets = target_values(target, 1, network.classes)[0]
            if not known:
                self._targets = np.full_like(self._targets, np.nan)
            self._analog_outputs = analog.forward(self._x).reshape(-1)

    def add(self, window: Window) -> None:
        """Take in the next window."""
        self._recorder.add(window)
        self._playback.add(window, self._recorder, regression=self._targets is not None)

    def so_far(self) -> SampleRun:
        """Return what happened until now."""
        recorder, window = self._recorder, self._recorder.window
        decisions = self._playback.decisions
        assert window is not None
        last = (window.output_counts[:, -1:], window.output_potentials[:, -1:])
        total = gathered(self.network, *last, self.settings.readout)[0, 0]
        counted = window.output_counts[0, -1]
        # An output whose potential is read sends no spikes: what it would have sent is shown.
        if self.network.output.read or self.settings.readout == "potential":
            counted = net_counts(self.network, total)
        done = recorder.steps_done
        outputs = values(self.network, total, read_steps(self.network, self.settings, done))
        in_turns = self.network.spike_code.in_turns  # outputs only listen
        spikes = {name: recorder.spikes(name) for name in self.layers}
        self._latest = SampleRun(
            sample=self._sample,
            layers=self.layers,
            sizes=self._sizes,
            steps_done=done,
            steps=self.settings.steps,
            dt_ms=self.settings.dt_ms,
            windows=windows_shown(self.network),
            spikes={name: (step, unit) for name, (_, step, unit, *_) in spikes.items()},
            rates={
                name: recorder.step_totals[name][:done] / self._sizes[name] for name in self.layers
            },
            output_counts=(
                outputs.reshape(-1) if in_turns else self.network.output.in_thresholds(counted)
            ),
            output_spikes=not in_turns,
            outputs=outputs.reshape(-1),
            analog_outputs=self._analog_outputs,
            targets=self._targets,
            classes=self._classes,
            steps_kept=recorder.steps_kept,
            spike_count=recorder.spike_count,
            taken_back=recorder.negative_count,
            choice=int(decisions.choice[0]),
            decided=int(decisions.since[0]),
            analog_choice=self._analog_choice,
            true_class=self._true,
            has_input=self.network.input.name in self.layers,
            title=self._title,
            words=self._request.own_input.words(self._sample),
            origins=self._origins,
            neurons=self._neurons,
            playback=self._playback.so_far(),
            asked=self._request,
            setup=self._setup,
        )
        return self._latest

    def finish(self) -> SampleRun:
        """Add correlations and costs to what `so_far` returned after the last window."""
        recording = self._recorder.recording(spikes=False)
        rewritten = rewritten_for(self.analog, recording.network.conversion)
        table = correlations(recording, self.analog, rewritten, self._x)
        return replace(
            self._latest,
            correlations=dict(zip(table["layer"], table["correlation"].astype(float), strict=True)),
            operations=operations(recording),
        )


def class_names(dataset: Dataset, classes: int) -> tuple[str, ...]:
    """Name every output; outputs beyond the data's classes are numbered.

    A single output has the names of the two classes that it tells apart.
    """
    classes = class_count(classes)
    known = dataset.classes[:classes]
    return (*known, *(str(number) for number in range(len(known), classes)))
