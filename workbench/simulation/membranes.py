"""Neurons in the event engine: the state of a population, and which kernel advances it."""

from __future__ import annotations

import numpy as np

from workbench.network.population import Population
from workbench.simulation.kernels import neurons
from workbench.simulation.kernels.dynamics import fire_with_dynamics
from workbench.simulation.kernels.signed import fire_signed
from workbench.simulation.neuron_options import EVERY_STEP, Dynamics


class Membranes:
    """The neurons of one population, for every sample.

    Parameters
    ----------
    population : Population
    dynamics : Dynamics
    drive : ndarray of int, shape (samples, units), or None
        Constant input of every step beside the bias.
    dtype : integer type
        Of potentials.
    net : ndarray of int32, shape (samples, units)
        Sums of payloads that neurons have sent, which signed neurons keep up to date.
    """

    def __init__(
        self,
        population: Population,
        dynamics: Dynamics,
        drive: np.ndarray | None,
        dtype: type[np.signedinteger],
        net: np.ndarray,
    ):
        self.signed = population.signed
        self._dynamics = dynamics
        self._drive = population.bias.astype(dtype)
        if drive is not None:  # added in the integers that are kept: these are large arrays
            self._drive = np.add(population.bias, drive, dtype=dtype, casting="unsafe")
        self._threshold = dtype(population.threshold)
        self._reset = population.reset_rule.code
        sizes, up, down, most = population.spike_steps
        self._rule = (np.array(sizes, np.int32), np.array(up, dtype), np.array(down, dtype), most)
        self._potential = np.full(net.shape, population.initial_potential, dtype)
        waits = not dynamics.is_plain
        self._waiting = np.zeros(net.shape if waits else (len(net), 0), np.int32)
        self._net = net if self.signed else np.zeros((len(net), 0), np.int32)
        self._entering, self._drive_at = self._drive, dynamics.drive_at
        if self._drive_at != EVERY_STEP:
            self._drive = np.zeros(population.size, dtype)
        if self._drive_at == 0:  # as if it had been there before the first step
            self._potential += self._entering
            self._drive_at = EVERY_STEP

    def advance(
        self,
        sample: int,
        step: int,
        current: np.ndarray,
        plane: np.ndarray,
        trace: np.ndarray,
    ) -> None:
        """Let the neurons of a sample integrate and fire for some steps.

        Parameters
        ----------
        step : int
            The first, counted from the start of the run.
        current : ndarray, shape (steps, units), or (0, 0) for none
            Input that differs from step to step.
        plane : ndarray of uint8 or of payloads, shape (steps, units + spare)
            What they send, written.
        trace : ndarray of int64, shape (steps, units) to record potentials, or (0, 0)
        """
        until = self._drive_at - step
        if self._drive_at == EVERY_STEP or not 0 <= until < len(plane):
            self._run(sample, step, current, plane, trace)
            return
        for part in (slice(0, until), slice(until, len(plane))):
            if part.stop > until:  # What enters at a single step is added to the potential.
                every = self._entering
                self._potential[sample] += every if every.ndim == 1 else every[sample]
            if part.start < part.stop:
                self._run(sample, step + part.start, current[part], plane[part], trace[part])

    def _run(
        self,
        sample: int,
        step: int,
        current: np.ndarray,
        plane: np.ndarray,
        trace: np.ndarray,
    ) -> None:
        """Let the neurons run, once constant input has entered; parameters are as above."""
        own = self._dynamics
        drive = self._drive if self._drive.ndim == 1 else self._drive[sample]
        neuron = self._potential[sample], drive, current, self._threshold
        if own.only_adds_up:
            neurons.integrate(*neuron[:3], plane, trace)
        elif own.is_plain and not self.signed:
            neurons.fire(*neuron, self._reset, plane, trace)
        elif own.is_plain:
            fire_signed(*neuron, *self._rule, self._net[sample], plane, trace)
        else:
            held = max(0, own.held_steps - step)
            more = self._waiting[sample], own.refractory_steps, own.leak, held, own.fires
            rules = self._reset, *self._rule
            fire_with_dynamics(*neuron, *rules, *more, self._net[sample], plane, trace)
