"""What two networks say of single samples: who is right where, and which samples are hardest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SampleAnswers:
    """The answers of a spiking network and of its analog network to labelled samples.

    Parameters
    ----------
    labels, snn, ann : ndarray of int, shape (samples,)
        True class, and the class that each network gives; -1 where the spiking one is undecided.
    decided : ndarray of int, shape (samples,)
        Step, from 1, from which the spiking network's answer has stayed; 0 while undecided.
    margin : ndarray of float, shape (samples,)
        How far the largest output is ahead of the next one, in spikes; 0 while undecided.
    """

    labels: np.ndarray
    snn: np.ndarray
    ann: np.ndarray
    decided: np.ndarray
    margin: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def snn_right(self) -> np.ndarray:
        """Where the spiking network is right; bool, shape (samples,)."""
        return np.asarray(self.snn == self.labels)

    @property
    def ann_right(self) -> np.ndarray:
        """Where the analog network is right; bool, shape (samples,)."""
        return np.asarray(self.ann == self.labels)

    def hardest(self) -> np.ndarray:
        """Return all samples, the hardest first; int, shape (samples,).

        Wrong and undecided answers come first: those that the analog network gives rightly, then
        the others. Right answers follow, the latest ones first. Of equal ones, the smaller margin
        comes first.
        """
        kind = np.where(self.snn_right, 2, np.where(self.ann_right, 0, 1))
        late = np.where(self.snn_right, -self.decided, 0)
        return np.lexsort((self.margin, late, kind))


def margins(outputs: np.ndarray, per_spike: int = 1) -> np.ndarray:
    """Return how far the largest output is ahead of the next one.

    Parameters
    ----------
    outputs : ndarray of int, shape (samples, outputs)
        A single output tells two classes apart: its distance from 0 counts.
    per_spike : int
        What one spike adds to an output.

    Returns
    -------
    ndarray of float, shape (samples,)
        In spikes.
    """
    if outputs.shape[1] == 1:
        ahead = np.abs(outputs[:, 0])
    else:
        two = np.partition(outputs, -2, axis=1)[:, -2:]
        ahead = two[:, 1] - two[:, 0]
    return np.asarray(ahead / per_spike, np.float64)


@dataclass(frozen=True, eq=False)
class SampleErrors:
    """The outputs of a spiking network and of its analog network beside the targets.

    Parameters
    ----------
    targets, snn, ann : ndarray of float, shape (samples, outputs)
        In the units of the analog network.
    """

    targets: np.ndarray
    snn: np.ndarray
    ann: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    def by_sample(self) -> tuple[np.ndarray, np.ndarray]:
        """Root mean squared error of each sample, of both networks; shape (samples,) each."""
        return _rms(self.snn - self.targets, 1), _rms(self.ann - self.targets, 1)

    def by_output(self) -> tuple[np.ndarray, np.ndarray]:
        """Root mean squared error of each output, of both networks; shape (outputs,) each."""
        return _rms(self.snn - self.targets, 0), _rms(self.ann - self.targets, 0)

    def hardest(self) -> np.ndarray:
        """Return all samples, the largest error of the spiking network first."""
        return np.argsort(-self.by_sample()[0], kind="stable")


def _rms(errors: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(np.sqrt((errors**2).mean(axis=axis)))
