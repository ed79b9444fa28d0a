"""Figures of a run after each of its steps: one run serves all shorter ones.

Predictions are known after each step. Operations are integers, added up for each step, so that
neither batches nor the place where they are computed make a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.analysis.energy import energy_model
from workbench.analysis.operations import Steps, charged, layer_costs
from workbench.methods.paired_loss import PairedLoss
from workbench.network.schedule import run_settings
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.simulation import Recorder, Window, weighing
from workbench.simulation.session import Cancelled, never
from workbench.util.stored_samples import Samples


@dataclass(frozen=True)
class Shares:
    """What was measured with a number of steps: sums over samples.

    Parameters
    ----------
    samples, right, ann_right, agreeing, undecided : int
    lost : int
        Samples on which the analog network alone is right.
    synops, spikes : float
        Synaptic operations, and spikes of neurons.
    energy, energy_compute, energy_ann : float
        Picojoules: with memory, of the arithmetic alone, and of a quantized analog network.
    """

    samples: int = 0
    right: int = 0
    ann_right: int = 0
    agreeing: int = 0
    undecided: int = 0
    lost: int = 0
    synops: float = 0.0
    spikes: float = 0.0
    energy: float = 0.0
    energy_compute: float = 0.0
    energy_ann: float = 0.0

    def __add__(self, other: Shares) -> Shares:
        return Shares(*(vars(self)[name] + vars(other)[name] for name in vars(self)))

    @property
    def loss(self) -> PairedLoss:
        """Accuracy below that of the analog network."""
        return PairedLoss(self.samples, self.lost, self.lost - self.ann_right + self.right)


class Tally:
    """Figures of a run, after each of its steps.

    Parameters
    ----------
    spiking : SpikingNetwork
    simulation : Simulation
        Its number of steps does not count.
    steps : int
        Of the run, unless the network decides its length.

    Attributes
    ----------
    right : ndarray of int64, shape (steps,)
        Samples that are right after each step.
    """

    def __init__(self, spiking: SpikingNetwork, simulation: Simulation, steps: int):
        self.spiking = spiking
        self.in_turns = spiking.spike_code.in_turns
        steps = simulation.steps if self.in_turns else steps
        self.simulation = replace(simulation, steps=steps, record=(), record_potentials=())
        self.constant = simulation.encoding == "constant"
        self._charged = list(charged(spiking, constant=self.constant))
        # Where all units reach as many synapses, numbers of spikes say all.
        self._reach = [projection.fan_out() for projection in self._charged]
        self._uneven = [n for n, reach in enumerate(self._reach) if reach.min() < reach.max()]
        self.samples = self.ann_right = 0
        self.right = np.zeros(0, np.int64)
        self._begin(steps)

    def _begin(self, steps: int) -> None:
        """Make room for so many steps."""
        self.right, self.agreeing, self.undecided, self.lost = np.zeros((4, steps), np.int64)
        names = [population.name for population in self.spiking.populations]
        self._spikes = {name: np.zeros(steps, np.int64) for name in names}
        self._synops = {p.target: np.zeros(steps, np.int64) for p in self._charged}

    def add(
        self,
        x: Samples,
        first: int,
        predictions: np.ndarray,
        classes: np.ndarray,
        cancelled: Cancelled = never,
    ) -> bool:
        """Simulate some samples and take them in whole; False where it was cancelled.

        Parameters
        ----------
        x : ndarray or StoredSamples, shape (samples, *input shape)
        first : int
            Number of the first one, which decides its random input.
        predictions, classes : ndarray of int, shape (samples,)
            What the analog network says of them, and what is right.
        cancelled : callable
        """
        add = self._add_in_turns if self.in_turns else self._add_windows
        if not add(x, first, predictions, classes, cancelled):
            return False
        self.samples += len(x)
        self.ann_right += int((predictions == classes).sum())
        return True

    def _add_windows(
        self,
        x: Samples,
        first: int,
        predictions: np.ndarray,
        classes: np.ndarray,
        cancelled: Cancelled,
    ) -> bool:
        weighed = tuple((self._charged[n].source, self._reach[n]) for n in self._uneven)
        nothing = np.zeros(0, np.int64)
        recorder = Recorder(
            self.spiking, self.simulation, len(x), keep_predictions=False, output_steps=nothing
        )
        windows = weighing(
            self.spiking, x, self.simulation, weighed, first_sample=first, cancelled=cancelled
        )
        for window in windows:
            recorder.add(window)
            rows = slice(window.samples.start, window.samples.stop)
            steps = slice(window.start, window.stop)
            self._add_chosen(recorder.chosen, predictions[rows], classes[rows], steps)
            self._add_synops(window, steps)
        if cancelled():
            return False
        for name, totals in recorder.step_totals.items():
            self._spikes[name] += totals
        return True

    def _add_synops(self, window: Window, steps: slice) -> None:
        uneven = dict(zip(self._uneven, window.weighed, strict=True))
        for number, projection in enumerate(self._charged):
            if number in uneven:
                sums = uneven[number].sum(axis=0)
            else:
                spikes = window.spike_counts[projection.source].sum(axis=0, dtype=np.int64)
                sums = spikes * self._reach[number][0]
            self._synops[projection.target][steps] += sums

    def _add_in_turns(
        self,
        x: Samples,
        first: int,
        predictions: np.ndarray,
        classes: np.ndarray,
        cancelled: Cancelled,
    ) -> bool:
        """Take in a run whose length the network decides; operations are known at its end."""
        settings = run_settings(self.spiking, self.simulation)
        recorder = Recorder(self.spiking, settings, len(x))
        for window in weighing(self.spiking, x, settings, first_sample=first, cancelled=cancelled):
            recorder.add(window)
        if cancelled():
            return False
        recording = recorder.recording()
        if len(self.right) != recording.steps:
            self._begin(recording.steps)
        self._add_chosen(recording.predictions, predictions, classes, slice(None))
        for name, totals in recording.step_totals.items():
            self._spikes[name] += totals
        for projection, reach in zip(self._charged, self._reach, strict=True):
            reached = int(recording.unit_totals[projection.source] @ reach)
            self._synops[projection.target][-1] += reached
        return True

    def _add_chosen(
        self, chosen: np.ndarray, predictions: np.ndarray, classes: np.ndarray, steps: slice
    ) -> None:
        """Compare classes, shape (samples, steps), with what they should be."""
        right = chosen == classes[:, None]
        self.right[steps] += right.sum(axis=0)
        self.agreeing[steps] += (chosen == predictions[:, None]).sum(axis=0)
        self.undecided[steps] += (chosen < 0).sum(axis=0)
        self.lost[steps] += (~right & (predictions == classes)[:, None]).sum(axis=0)

    def counts(self, steps: int) -> tuple[dict[str, int], dict[str, int]]:
        """Return spikes and synaptic operations of each layer in the first steps, all samples."""
        spikes = {name: int(each[:steps].sum()) for name, each in self._spikes.items()}
        synops = {name: int(each[:steps].sum()) for name, each in self._synops.items()}
        return spikes, synops

    def shares(self, steps: int) -> Shares:
        """Return the figures after a number of steps."""
        steps = len(self.right) if self.in_turns else steps
        spikes, synops = self.counts(steps)
        run = Steps(self.spiking, steps)
        rows = layer_costs(
            run, spikes, synops, self.samples, energy_model(None), constant=self.constant
        )
        neural = [p.name for p in self.spiking.populations if p.kind == "if"]
        return Shares(
            self.samples,
            int(self.right[steps - 1]),
            self.ann_right,
            int(self.agreeing[steps - 1]),
            int(self.undecided[steps - 1]),
            int(self.lost[steps - 1]),
            float(sum(synops.values())),
            float(sum(spikes[name] for name in neural)),
            self.samples * sum(row["energy_memory_pj"] for row in rows),
            self.samples * sum(row["energy_pj"] for row in rows),
            self.samples * sum(row["energy_ann_pj"] for row in rows),
        )
