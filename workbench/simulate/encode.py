"""Inputs into drive: constant current, or seeded random spikes.

Every sample has a random stream of its own, made from the seed and the sample's number, so
that neither batches, nor windows, nor threads change a spike.
"""

from __future__ import annotations

import numpy as np

from workbench.errors import DataError
from workbench.network.spiking import INPUT_BITS, SpikingNetwork
from workbench.settings import Simulation


class InputStream:
    """The encoded input of a batch.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    settings : Simulation
    first_sample : int
        Number of the batch's first sample within the run.

    Raises
    ------
    DataError
        If samples do not fit, or hold values that cannot be rates.
    """

    def __init__(
        self, network: SpikingNetwork, x: np.ndarray, settings: Simulation, first_sample: int = 0
    ):
        self.network = network
        self.encoded = network.encode(x)
        self.is_constant = settings.encoding == "constant"
        self._probability = settings.input_probability
        if self.is_constant:
            self.drive = network.drive(self.encoded)
            return
        full = 1 << INPUT_BITS
        if self.encoded.min(initial=0) < 0 or self.encoded.max(initial=0) > full:
            raise DataError(
                f"Samples lie outside [0, {network.input_scale:g}], so they cannot be rates for "
                f"{settings.encoding} input. Scale them into that range, or use constant input."
            )
        # A spike carries what a full-scale input delivers per spike, whatever the rate: the
        # mean current is that of the constant input.
        self.amplitude = round(full / self._probability)
        self._generators = [
            np.random.Generator(np.random.Philox(key=[settings.seed, first_sample + sample]))
            for sample in range(len(x))
        ]

    def spikes(self, sample: int, steps: int) -> np.ndarray:
        """Draw the next steps of one sample; bool, shape (steps, input units).

        An input x spikes with probability ``x / input_scale`` times the full-scale
        probability.
        """
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
