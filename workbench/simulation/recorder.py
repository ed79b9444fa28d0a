"""Adding up windows of steps into a recording: for scripts, one sample on a page, and accuracy.

Whoever runs a network window by window hands every window to a `Recorder`, in order, and may ask
at any time what has been recorded so far.
"""

from __future__ import annotations

import numpy as np

from workbench.network.readout import RANKED, gathered, predicted, ranked
from workbench.network.recording import (
    Recording,
    kept_steps,
    ranked_steps,
    recorded_layers,
    traced_layers,
)
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation.session import Events, Window, ordered


class Recorder:
    """Adds up the windows of a run.

    Windows of a batch come in the order of their steps, and batches in the order of their samples,
    as `workbench.stream` yields them.

    Parameters
    ----------
    network : SpikingNetwork
    settings : Simulation
        What is recorded: `record` and `record_potentials`.
    samples : int
        Of the whole run.
    most_spikes : int, optional
        Single spikes are kept until there are more than this; later ones are only counted. All of
        them are kept by default, and where layers take turns, as when a unit spikes is the value
        that it sends: there a sample has at most units x bit_length(levels) spikes.
    keep_predictions : bool
        Whether predictions of all steps are kept, 4 bytes per sample and step, or only those of
        the latest window, as `chosen`. Such a recorder measures; it makes no `recording`.
    output_steps : ndarray of int, optional
        Steps, from 1, after which outputs are kept; by default those of `kept_steps`.

    Attributes
    ----------
    layers : tuple of str
        Layers whose single spikes are recorded, input to output.
    steps_done : int
        Steps of the current batch that have been added.
    steps_kept : int
        First steps of which single spikes are kept; fewer than `steps_done` after `most_spikes`.
    spike_count, negative_count : int
        Spikes of the recorded layers so far; how many of them were below 0.
    step_totals : dict of layer to ndarray of int64, shape (steps,)
        Spikes per step of all layers so far, all samples together.
    chosen : ndarray of int32, shape (samples of the batch, steps of the window)
        Predictions of the latest window; -1 where undecided.
    outputs : ndarray of int64, shape (samples, kept steps, outputs)
        What outputs have gathered after `output_steps`, as far as these are done.
    window : Window or None
        The latest one.
    """

    def __init__(
        self,
        network: SpikingNetwork,
        settings: Simulation,
        samples: int,
        *,
        most_spikes: int | None = None,
        keep_predictions: bool = True,
        output_steps: np.ndarray | None = None,
    ):
        self.network, self.settings = network, settings
        self.layers = recorded_layers(network, settings)
        self._most_spikes = None if network.spike_code.in_turns else most_spikes
        self._keep_predictions = keep_predictions
        self.window: Window | None = None
        self.steps_done = self.steps_kept = self.spike_count = self.negative_count = 0
        steps, populations = settings.steps, network.populations
        self.step_totals = {p.name: np.zeros(steps, np.int64) for p in populations}
        self._unit_totals = {p.name: np.zeros(p.size, np.int64) for p in populations}
        self._spikes: dict[str, list[Events]] = {name: [] for name in self.layers}
        self._times: dict[str, list[np.ndarray]] = {}
        self.early: dict[str, int] = {}
        self._counts: dict[str, list[np.ndarray]] = {name: [] for name in self.layers}
        self._potentials = {
            name: np.empty((samples, steps, network.population(name).size), np.int64)
            for name in traced_layers(network, settings)
        }
        self.chosen = np.zeros((0, 0), np.int32)
        self._predictions: list[list[np.ndarray]] = []
        self._output_counts: list[np.ndarray] = []
        if output_steps is None:
            output_steps = kept_steps(network, samples, steps)
        self.output_steps = output_steps
        self.outputs = np.empty((samples, len(output_steps), network.classes), np.int64)
        none = np.zeros(0, np.int64)
        self._ranked_steps = ranked_steps(network, steps) if keep_predictions else none
        first = min(RANKED, network.classes)
        self._ranked = np.empty((samples, len(self._ranked_steps), first), np.int32)

    def add(self, window: Window) -> None:
        """Take in the next window."""
        self.window, self.steps_done = window, window.stop
        rows, steps = (
            slice(window.samples.start, window.samples.stop),
            slice(window.start, window.stop),
        )
        for name, spikes in window.spike_counts.items():
            self.step_totals[name][steps] += spikes.sum(axis=0, dtype=np.int64)
        for name, potentials in window.potentials.items():
            self._potentials[name][rows, steps] = potentials
        for name, early in window.early.items():
            self.early[name] = self.early.get(name, 0) + early
        self._add_spikes(window)
        self._add_outputs(window, rows)
        if self._keep_predictions and window.counts:  # the last one of its batch
            self._add_counts(window)

    def _add_spikes(self, window: Window) -> None:
        keep = self._most_spikes is None or self.spike_count <= self._most_spikes
        for name in self.layers:
            events = window.spikes[name]
            self.spike_count += len(events[0])
            if len(events) > 3:
                self.negative_count += int((events[3] < 0).sum())
            if keep:  # in half the memory, until a recording is made
                self._spikes[name].append(tuple(part.astype(np.int32) for part in events))
                if name in window.times:
                    self._times.setdefault(name, []).append(window.times[name])
        if keep:
            self.steps_kept = window.stop

    def _add_outputs(self, window: Window, rows: slice) -> None:
        counts, potentials = window.output_counts, window.output_potentials
        readout = self.settings.readout
        self.chosen = predicted(self.network, counts, potentials, readout)
        self.chosen[:, : max(0, self.settings.readout_after - window.start)] = -1
        if self._keep_predictions:
            if window.start == 0:
                self._predictions.append([])
            self._predictions[-1].append(self.chosen)
        for steps, kept, read in (
            (self.output_steps, self.outputs, gathered),
            (self._ranked_steps, self._ranked, ranked),
        ):
            here = (steps > window.start) & (steps <= window.stop)
            at = steps[here] - window.start - 1
            kept[rows, here] = read(self.network, counts[:, at], potentials[:, at], readout)

    def _add_counts(self, window: Window) -> None:
        for name, counts in window.counts.items():
            spikes = window.sent.get(name, counts)
            self._unit_totals[name] += spikes.sum(axis=0, dtype=np.int64)
        for name in self.layers:
            self._counts[name].append(window.counts[name])
        self._output_counts.append(window.output_counts[:, -1])

    def spikes(self, layer: str) -> Events:
        """Single spikes of a recorded layer that are kept so far.

        Returns
        -------
        tuple of ndarray of int32
            Sample, step and unit of each, and the payload where the layer is signed; those of a
            batch in order.
        """
        parts = self._spikes[layer]
        if len(parts) > 1:  # joined once, not anew at every call
            parts[:] = [tuple(np.concatenate(column) for column in zip(*parts, strict=True))]
        return parts[0]

    def recording(self, elapsed_s: float = 0.0, *, spikes: bool = True) -> Recording:
        """Return the recording of the finished run.

        Parameters
        ----------
        elapsed_s : float
            Time the simulation took.
        spikes : bool
            Whether single spikes are part of it. Where layers take turns they always are.
        """
        spikes = spikes or self.network.spike_code.in_turns
        wide = (
            {name: tuple(p.astype(np.int64) for p in self.spikes(name)) for name in self.layers}
            if spikes
            else {}
        )
        times = {name: np.concatenate(parts) for name, parts in self._times.items() if spikes}
        for name, own in times.items():  # in the order of their spikes
            times[name] = ordered((*wide[name], own))[-1]
        return Recording(
            network=self.network,
            settings=self.settings,
            layers=self.layers,
            events={name: ordered(events) for name, events in wide.items()},
            counts={name: np.concatenate(parts) for name, parts in self._counts.items()},
            unit_totals=self._unit_totals,
            step_totals=self.step_totals,
            predictions=np.concatenate([np.concatenate(b, axis=1) for b in self._predictions]),
            output_counts=np.concatenate(self._output_counts),
            elapsed_s=elapsed_s,
            potentials=self._potentials,
            gathered=self.outputs,
            gathered_steps=self.output_steps,
            ranked=self._ranked,
            ranked_steps=self._ranked_steps,
            times=times,
            early=self.early,
        )
