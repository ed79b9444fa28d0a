"""Inputs into drive: constant current, seeded random spikes, or given events.

Every sample has a random stream of its own, made from the seed and the sample's number, so
that neither batches, nor windows, nor threads change a spike.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from workbench.errors import DataError, SimulationError
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation

FLOAT64_LIMIT = 2**53
"""Integers below have a float64 of their own, and so have their sums."""


class InputStream:
    """The encoded input of a batch.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape); (samples, frames, *input shape) of events
    settings : Simulation
    first_sample : int
        Number of the batch's first sample within the run.

    Raises
    ------
    DataError
        If samples do not fit, or hold values that cannot be rates.
    SimulationError
        If an input current could leave the range in which float64 sums are exact.
    """

    def __init__(
        self, network: SpikingNetwork, x: np.ndarray, settings: Simulation, first_sample: int = 0
    ):
        self.network = network
        self.is_constant = settings.encoding == "constant"
        self._events = _frames(network, x) if settings.encoding == "events" else None
        if self._events is not None:
            self.encoded = self._events
            self.amplitude = 1 << INPUT_BITS  # An event is a full-scale input for one step.
            self._check_range(self.amplitude)
            self._shown = [0] * len(x)
            return
        self.encoded = network.encode(x)
        self._probability = settings.input_probability
        if self.is_constant:
            self._check_range(int(np.abs(self.encoded).max(initial=0)))
            return
        full = 1 << INPUT_BITS
        if self.encoded.min(initial=0) < 0:
            raise DataError(
                f"Samples reach below 0, so they cannot be rates for {settings.encoding} input. "
                "Shift them to start at 0 before training, or use constant input."
            )
        # A spike carries what a full-scale input delivers per spike, whatever the rate: the
        # mean current is that of the constant input.
        self.amplitude = round(full / self._probability)
        self._check_range(self.amplitude)
        self._generators = [
            np.random.Generator(np.random.Philox(key=[settings.seed, first_sample + sample]))
            for sample in range(len(x))
        ]

    def _check_range(self, largest: int) -> None:
        """Refuse inputs whose weighted sums float64 could not hold exactly."""
        reach: dict[str, int] = {}
        for projection in self.network.outgoing(self.network.input.name):
            most = projection.largest_input * largest
            reach[projection.target] = reach.get(projection.target, 0) + most
        for name, most in reach.items():
            if most >= FLOAT64_LIMIT:
                raise SimulationError(
                    f"The input current of layer '{name}' could leave the exact range in one step. "
                    "Raise input_rate_hz or dt_ms, or convert with fewer resolution_bits."
                )

    @cached_property
    def drive(self) -> dict[str, np.ndarray]:
        """Constant current of every step; int64, per population (samples, units)."""
        return self.network.drive(self.encoded)

    def spikes(self, sample: int, steps: int) -> np.ndarray:
        """Draw the next steps of one sample; bool, shape (steps, input units).

        Events come one frame per step, and nothing after the last. Otherwise an input x spikes with
        probability ``x / input_scale`` times the full-scale probability; one beyond the largest
        calibration input at most at every step.
        """
        if self._events is not None:
            first = self._shown[sample]
            self._shown[sample] = first + steps
            shown = self._events[sample, first : first + steps]
            train = np.zeros((steps, self.network.input.size), bool)
            train[: len(shown)] = shown.reshape(len(shown), -1)
            return train
        chance = self.encoded[sample].reshape(-1) * (self._probability / (1 << INPUT_BITS))
        draws = self._generators[sample].random((steps, chance.size), np.float32)
        return draws < chance.astype(np.float32)

    def drive_of(self, spikes: np.ndarray) -> dict[str, np.ndarray]:
        """Drive that input spikes cause; int64, per population (steps, units)."""
        shaped = spikes.reshape(len(spikes), *self.network.input_shape)
        return self.network.drive(shaped * self.amplitude)

    def largest_drives(self) -> dict[str, int]:
        """Bound of the absolute drive of one step, per population that the input reaches."""
        if self.is_constant:
            return {name: int(np.abs(d).max(initial=0)) for name, d in self.drive.items()}
        bounds: dict[str, int] = {}
        for projection in self.network.outgoing(self.network.input.name):
            most = (projection.largest_input * self.amplitude >> INPUT_BITS) + 1
            bounds[projection.target] = bounds.get(projection.target, 0) + most
        return bounds


def _frames(network: SpikingNetwork, x: np.ndarray) -> np.ndarray:
    """Return frames of events as truth values; bool, shape (samples, frames, *input shape)."""
    x, shape = np.asarray(x), network.input_shape
    if x.ndim != len(shape) + 2 or x.shape[2:] != shape:
        raise DataError(
            f"Events have shape {x.shape}; network '{network.name}' takes (samples, frames, "
            f"{', '.join(map(str, shape))}), one frame per step. wb.datasets.from_events makes "
            "frames of recordings, and event_frames of events with time stamps."
        )
    if x.dtype != bool and not np.isin(x, (0, 1)).all():
        raise DataError(
            "Events hold values other than 0 and 1; accepted: 1 where an input has an event in a "
            "step, else 0. Use x > 0."
        )
    return x.astype(bool)
