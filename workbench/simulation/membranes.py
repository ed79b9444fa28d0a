"""Neurons in the event engine: the state of a population, and which kernel advances it."""

from __future__ import annotations

import numpy as np

from workbench.network.population import Population
from workbench.simulation.kernels import neurons
from workbench.simulation.kernels.dynamics import fire_with_dynamics
from workbench.simulation.kernels.signed import fire_signed
from workbench.simulation.neuron_options import EVERY_STEP, Dynamics
from workbench.simulation.workspace import Workspace


class Membranes:
    """The neurons of one population, for every sample.

    Parameters
    ----------
    population : Population
    dynamics : Dynamics
    drive : ndarray of int, shape (samples, units) or (units,)
        Constant input of every step.
    samples : int
    dtype : integer type
        Of potentials.
    """

    def __init__(
        self,
        population: Population,
        dynamics: Dynamics,
        drive: np.ndarray,
        samples: int,
        dtype: type[np.signedinteger],
    ):
        shape = samples, population.size
        self.signed = population.signed
        self._dynamics = dynamics
        self._drive = drive.astype(dtype)
        self._entering = self._drive
        if dynamics.drive_at != EVERY_STEP:
            self._drive = np.zeros_like(self._drive)
        self._threshold = dtype(population.threshold)
        self._reset = population.reset_rule.code
        sizes, up, down, most = population.spike_steps
        self._rule = (np.array(sizes, np.int32), np.array(up, dtype), np.array(down, dtype), most)
        self._potential = np.full(shape, population.initial_potential, dtype)
        self._waiting = np.zeros(shape if not dynamics.is_plain else (samples, 0), np.int32)
        self._net = np.zeros(shape if self.signed else (samples, 0), np.int32)

    def advance(
        self,
        sample: int,
        step: int,
        current: np.ndarray,
        plane: np.ndarray,
        back: np.ndarray | None,
        trace: np.ndarray,
        space: Workspace,
    ) -> None:
        """Let the neurons of a sample integrate and fire for some steps.

        Parameters
        ----------
        step : int
            The first, counted from the start of the run.
        current : ndarray, shape (steps, units), or (0, 0) for none
            Input that differs from step to step.
        plane, back : ndarray of uint8, shape (steps, units + spare)
            Payloads of spikes, and absolute ones of those below 0, written; the latter of signed
            neurons alone.
        trace : ndarray of int64, shape (steps, units) to record potentials, or (0, 0)
        """
        until = self._dynamics.drive_at - step
        if self._dynamics.drive_at == EVERY_STEP or not 0 <= until < len(plane):
            self._run(sample, step, current, plane, back, trace, space)
            return
        for part in (slice(0, until), slice(until, len(plane))):
            if part.stop > until:  # What enters at a single step is added to the potential.
                every = self._entering
                self._potential[sample] += every if every.ndim == 1 else every[sample]
            if part.start < part.stop:
                sent = plane[part], None if back is None else back[part]
                self._run(sample, step + part.start, current[part], *sent, trace[part], space)

    def _run(
        self,
        sample: int,
        step: int,
        current: np.ndarray,
        plane: np.ndarray,
        back: np.ndarray | None,
        trace: np.ndarray,
        space: Workspace,
    ) -> None:
        """Let the neurons run, once constant input has entered; parameters are as above."""
        own = self._dynamics
        drive = self._drive if self._drive.ndim == 1 else self._drive[sample]
        neuron = self._potential[sample], drive, current, self._threshold
        if own.is_plain and back is None:
            neurons.fire(*neuron, self._reset, plane, trace)
        elif own.is_plain and back is not None:
            fire_signed(*neuron, *self._rule, self._net[sample], plane, back, trace)
        else:
            held = max(0, own.held_steps - step)
            more = self._waiting[sample], own.refractory_steps, own.leak, held, own.fires
            taken_back = space.no_plane if back is None else back
            net = self._net[sample]
            rules = self._reset, *self._rule
            fire_with_dynamics(*neuron, *rules, *more, net, plane, taken_back, trace)
