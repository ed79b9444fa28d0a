"""Neurons by the written semantics, step by step, in plain NumPy."""

from __future__ import annotations

import numpy as np

from workbench.network.population import Population
from workbench.neuron_rules import sent as sent_by
from workbench.simulation.neuron_options import Dynamics


class ReferenceNeurons:
    """The neurons of one population, for several samples.

    Parameters
    ----------
    population : Population
        With membranes.
    dynamics : Dynamics
    samples : int

    Attributes
    ----------
    potentials : ndarray of int64, shape (samples, units)
        After the last step, in grid units.
    counts : ndarray of int32, shape (samples, units)
        Sum of what was sent so far.
    """

    def __init__(self, population: Population, dynamics: Dynamics, samples: int):
        self.population, self.dynamics = population, dynamics
        shape = (samples, population.size)
        self.potentials = np.full(shape, population.initial_potential, np.int64)
        self.counts = np.zeros(shape, np.int32)
        self._waiting = np.zeros(shape, np.int64)
        self._step = 0

    def advance(self, total: np.ndarray) -> np.ndarray:
        """Take in what reaches the neurons in one step, bias included, and return what they send.

        Parameters
        ----------
        total : ndarray of int64, shape (samples, units)

        Returns
        -------
        ndarray of int16, shape (samples, units)
            Payloads; 0 where there is no spike.
        """
        population, dynamics, v = self.population, self.dynamics, self.potentials
        threshold = population.threshold
        ready = (self._waiting == 0) & (self._step >= dynamics.held_steps)
        u = v - np.clip(v, 0, dynamics.leak) + total
        wanted = sent_by(np.where, u, self.counts, *population.spike_steps)
        sent = np.where(ready & dynamics.fires, wanted, 0)
        after = np.where(sent != 0, population.reset_rule.after(u, threshold, sent), u)
        self.potentials = np.where(ready, after, v)
        pause = dynamics.refractory_steps
        self._waiting = np.where(sent != 0, pause, np.maximum(self._waiting - 1, 0))
        self._step += 1
        spikes = sent.astype(np.int16)
        self.counts += spikes
        return spikes
