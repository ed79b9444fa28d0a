"""How outputs are read: what the output neurons have gathered, as classes and as values.

An output neuron with a drive below zero never spikes, so its spikes alone give ``max(0, value)``.
Where values below zero make a difference, the output is read in one of two other ways:

- "membrane": what the neuron has gathered is what it sent and what it still holds,
  ``threshold * spikes + v - v_start``. Exact where a spike subtracts the threshold.
- "on_off": every output has two neurons, the second with all weights negated; the value is the
  difference of their spikes. Any neuron and any reset will do.

After t steps an output's value is ``gathered * unit / t * scale``, then the activation of the
analog network's output.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.network.layer import Shape
    from workbench.network.population import Population
    from workbench.network.spiking import SpikingNetwork

READS = ("", "membrane", "on_off")
"""Ways to read an output population; "" is by its spikes alone."""


def output_shape(output: Population) -> Shape:
    """Shape of one sample's outputs: two neurons of "on_off" are one output."""
    if output.read != "on_off":
        return output.shape
    return (*output.shape[:-1], output.shape[-1] // 2)


def on_and_off(output: Population, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split values of "on_off" neurons, shape (..., neurons), into those of each half."""
    halves = values.reshape(*values.shape[:-1], -1, 2, output.shape[-1] // 2)
    shape = (*values.shape[:-1], output.size // 2)
    return halves[..., 0, :].reshape(shape), halves[..., 1, :].reshape(shape)


def gathered(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """What outputs stand for since the first step, with their sign.

    Parameters
    ----------
    network : SpikingNetwork
    counts, potentials : ndarray of int, shape (..., output neurons)
        Spikes so far, and potentials in grid units.
    readout : "counts" or "potential"
        As in `Simulation`; after "potential", potentials were never reset.

    Returns
    -------
    ndarray of int64, shape (..., outputs)
        In grid units of the output's threshold; where it has none, in spikes.
    """
    output = network.output
    counts, potentials = counts.astype(np.int64), potentials.astype(np.int64)
    if readout == "potential":
        held = potentials - output.initial_potential
        return on_and_off(output, held)[0] if output.read == "on_off" else held
    if output.read == "on_off":
        on, off = on_and_off(output, counts)
        return (on - off) * _per_spike(output)
    sent = counts * _per_spike(output)
    if output.read == "membrane":
        return sent + potentials - output.initial_potential
    return sent


def _per_spike(output: Population) -> int:
    """Grid units that a spike stands for."""
    return 1 if output.reset == "none" else max(1, output.threshold)


def net_counts(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """Output spikes with their sign; int32, shape (..., outputs). Parameters as of `gathered`.

    ON less OFF; of a membrane, the thresholds that it has gathered, sent as spikes or not, as an
    ON and an OFF neuron would have counted them.
    """
    output = network.output
    if not output.read:
        return counts.astype(np.int32)
    total = gathered(network, counts, potentials, readout)
    if output.read == "on_off" and readout == "counts":
        return (total // _per_spike(output)).astype(np.int32)
    size = np.maximum(np.abs(total) + output.initial_potential, 0) // _per_spike(output)
    return (np.sign(total) * size).astype(np.int32)


def classify(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """Class of each row: the largest output. A single output tells two classes apart.

    Parameters
    ----------
    network : SpikingNetwork
    counts, potentials : ndarray of int, shape (..., output neurons)
    readout : "counts" or "potential"
        "potential" decides by the membrane alone.

    Returns
    -------
    ndarray of int32, shape (...)
        By spikes, a tie goes to the higher potential, and -1 is where no output neuron has
        spiked: undecided, not class 0. By a membrane, -1 is where nothing has reached the
        outputs, and a tie goes to the first. A single output is class 1 above 0 and 0 below; read
        by the spikes of one neuron, 1 where it has spiked and 0 where it has not.
    """
    output = network.output
    total = gathered(network, counts, potentials, readout)
    single = total.shape[-1] == 1
    if readout == "potential":
        return ((total[..., 0] > 0) if single else total.argmax(axis=-1)).astype(np.int32)
    if output.read == "membrane":
        decided = total.any(axis=-1)
        chosen = total[..., 0] > 0 if single else total.argmax(axis=-1)
        return np.where(decided, chosen, -1).astype(np.int32)
    if output.read == "on_off":
        on, off = on_and_off(output, potentials.astype(np.int64))
        decided, held = counts.any(axis=-1), on - off
        if single:
            larger = np.where(total[..., 0] != 0, total[..., 0], held[..., 0]) > 0
            return np.where(decided, larger, -1).astype(np.int32)
        return np.where(decided, _largest(total, held), -1).astype(np.int32)
    if single:
        return (total[..., 0] > 0).astype(np.int32)
    return np.where(total.max(axis=-1) > 0, _largest(total, potentials), -1).astype(np.int32)


def _largest(total: np.ndarray, potentials: np.ndarray) -> np.ndarray:
    most = total.max(axis=-1, keepdims=True)
    return np.where(total == most, potentials, np.iinfo(np.int64).min).argmax(axis=-1)


def values(
    network: SpikingNetwork, total: np.ndarray, step: int, *, activation: bool = True
) -> np.ndarray:
    """Outputs in the units of the analog network.

    Parameters
    ----------
    network : SpikingNetwork
    total : ndarray of int64, shape (..., outputs)
        What `gathered` returns after `step` steps.
    step : int
        From 1.
    activation : bool
        Whether the activation of the analog network's output (a softmax, say) is applied.

    Returns
    -------
    ndarray of float64, shape (..., *output shape)
    """
    output = network.output
    shaped = total.reshape(*total.shape[:-1], *output_shape(output))
    decoded = shaped * (network.theta(output) / _per_spike(output) / step) * output.scale
    if not activation:
        return decoded
    leading = total.shape[:-1]
    flat = decoded.reshape(math.prod(leading), *output_shape(output))
    return output.activation(flat).reshape(decoded.shape)
