"""The simulator's predictions from the spikes that it hands to exporters."""

from __future__ import annotations

import math

import numpy as np

from workbench.exporters.target import Events
from workbench.network.readout import predicted
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork


def predictions(
    network: SpikingNetwork, spikes: dict[str, Events], x: np.ndarray, steps: int
) -> np.ndarray:
    """Return the simulator's own predictions, by its rule for ties.

    Spikes are what a simulator hands over. The potentials that decide a tie follow from them:
    the output layer is run once more on the spikes that it reads.

    Returns
    -------
    ndarray of int32, shape (samples,)
        -1 where no output spiked.
    """
    output, samples = network.output, len(x)
    constant = np.tile(output.bias.astype(np.int64), (samples, 1))
    reads = []
    for projection in network.incoming(output.name):
        if projection.source == network.input.name:
            current = projection.forward(network.encode(x).astype(np.float64))
            half = 1 << (INPUT_BITS - 1)
            constant += (current.astype(np.int64).reshape(samples, -1) + half) >> INPUT_BITS
        else:
            shape = network.population(projection.source).shape
            train = _train(spikes[projection.source], samples, steps, math.prod(shape))
            reads.append((projection, train.reshape(steps, samples, *shape)))
    fired = _train(spikes[output.name], samples, steps, output.size)
    potentials = np.full((samples, output.size), output.initial_potential, np.int64)
    for step in range(steps):
        potentials += constant
        for projection, train in reads:
            arrived = projection.forward(train[step].astype(np.float64))
            potentials += arrived.astype(np.int64).reshape(samples, -1)
        after = output.reset_rule.after(potentials, output.threshold, 1)
        potentials = np.where(fired[step], after, potentials)
    return predicted(network, fired.sum(axis=0), potentials)


def _train(events: Events, samples: int, steps: int, units: int) -> np.ndarray:
    """Spikes as an array; bool, shape (steps, samples, units)."""
    sample, step, unit = events
    train = np.zeros((steps, samples, units), bool)
    train[step, sample, unit] = True
    return train
