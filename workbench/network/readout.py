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

from workbench.network.activation import Activation, softmax_axis

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
    places, channels = output.size // output.shape[-1], output.shape[-1] // 2
    halves = values.reshape(*values.shape[:-1], places, 2, channels)
    shape = (*values.shape[:-1], output.size // 2)
    return halves[..., 0, :].reshape(shape), halves[..., 1, :].reshape(shape)


def gathered(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """What outputs represent since the first step, with their sign.

    Parameters
    ----------
    network : SpikingNetwork
    counts, potentials : ndarray of int, shape (..., output neurons)
        Sums of payloads so far, and potentials in grid units.
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
        return (on - off) * per_spike(output)
    sent = counts * per_spike(output)
    if output.read == "membrane":
        return sent + potentials - output.initial_potential
    return sent


def since(
    network: SpikingNetwork,
    readout: str,
    at: tuple[np.ndarray, np.ndarray] | None,
    counts: np.ndarray,
    potentials: np.ndarray,
    early: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and potentials of outputs as if they had begun later, for the functions below.

    Parameters
    ----------
    network : SpikingNetwork
    readout : "counts" or "potential"
        As in `Simulation`.
    at : tuple of ndarray, shape (samples, 1, output neurons), or None
        Counts and potentials when they begin; None where that is after these steps.
    counts, potentials : ndarray of int, shape (samples, steps, output neurons)
    early : int
        Steps among them before the outputs begin: nothing is gathered then.
    """
    counts, potentials = counts - (0 if at is None else at[0]), potentials.copy()
    if at is not None and (readout == "potential" or network.output.read == "membrane"):
        # What is read is the change; elsewhere a tie is decided by all that is held.
        potentials += network.output.starts - at[1]
    counts[:, :early], potentials[:, :early] = 0, network.output.starts
    return counts, potentials


def per_spike(output: Population) -> int:
    """Grid units of what `gathered` returns that a spike represents."""
    return 1 if output.is_step else max(1, output.threshold)


def net_counts(network: SpikingNetwork, total: np.ndarray) -> np.ndarray:
    """Spikes, with a sign, that outputs represent; int32, shape (..., outputs).

    ON less OFF; of a membrane, the thresholds that it has gathered, sent as spikes or not, as an
    ON and an OFF neuron would have counted them.

    Parameters
    ----------
    network : SpikingNetwork
        With outputs that have a sign.
    total : ndarray of int64, shape (..., outputs)
        What `gathered` returns.
    """
    output = network.output
    start = output.initial_potential if output.read == "membrane" else 0
    size = np.maximum(np.abs(total) + start, 0) // per_spike(output)
    return (np.sign(total) * size).astype(np.int32)


def classify(counts: np.ndarray, potentials: np.ndarray, readout: str = "counts") -> np.ndarray:
    """Class of each row by the spikes of one neuron for each class.

    Parameters
    ----------
    counts, potentials : ndarray, shape (..., classes)
        A tie of counts goes to the higher potential.
    readout : "counts" or "potential"
        "potential" decides by the membrane alone.

    Returns
    -------
    ndarray of int32, shape (...)
        -1 where no class has a spike: undecided, not class 0. A single output distinguishes two
        classes: 1 where it has spiked, 0 where it has not.
    """
    if readout == "potential":
        if counts.shape[-1] == 1:
            return (potentials[..., 0] > 0).astype(np.int32)
        return potentials.argmax(axis=-1).astype(np.int32)
    if counts.shape[-1] == 1:
        return (counts[..., 0] > 0).astype(np.int32)
    decided = counts.max(axis=-1) > 0
    return np.where(decided, _largest(counts, potentials), -1).astype(np.int32)


def predicted(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """Class of each row: the largest output. Parameters as of `gathered`.

    Returns
    -------
    ndarray of int32, shape (...)
        As `classify` says where outputs have no sign. Else -1 is where no output neuron has spiked
        ("on_off") or nothing has reached the outputs ("membrane"), and a single output is class 1
        above 0 and class 0 below. A tie goes to the higher potential, or of membranes to the first.
    """
    output = network.output
    if not output.read and readout == "counts":
        return classify(counts, potentials)
    total = gathered(network, counts, potentials, readout)
    if not output.read:
        return classify(counts, total, readout)
    held, decided = np.zeros_like(total), total.any(axis=-1)
    if output.read == "on_off" and readout == "counts":
        on, off = on_and_off(output, potentials.astype(np.int64))
        held, decided = on - off, counts.any(axis=-1)
    if total.shape[-1] == 1:
        chosen = np.where(total != 0, total, held)[..., 0] > 0
    else:
        chosen = _largest(total, held)
    return np.where(decided, chosen, -1).astype(np.int32)


RANKED = 5
"""Classes whose order a run keeps, from the largest output."""


def ranked(
    network: SpikingNetwork, counts: np.ndarray, potentials: np.ndarray, readout: str = "counts"
) -> np.ndarray:
    """Classes by their outputs, the largest first. Parameters as of `gathered`.

    Returns
    -------
    ndarray of int32, shape (..., `RANKED` or all classes if they are fewer)
        The first is what `predicted` gives where a sample is decided.
    """
    output = network.output
    size = gathered(network, counts, potentials, readout) // per_spike(output)
    held = np.zeros_like(size)
    if readout == "potential" or output.read == "membrane":
        size = gathered(network, counts, potentials, readout)
    elif output.read == "on_off":
        on, off = on_and_off(output, potentials.astype(np.int64))
        held = on - off
    else:
        held = potentials.astype(np.int64)
    if np.abs(size).max(initial=0) < 2**22 and np.abs(held).max(initial=0) < 2**40:
        order = np.argsort(-((size << 40) + held), axis=-1, kind="stable")
    else:  # The same order, some times slower.
        order = np.lexsort((-held, -size), axis=-1)
    return order[..., :RANKED].astype(np.int32)


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
    per_step = network.theta(output) / per_spike(output) / output.averaged_over(step)
    decoded = shaped * per_step * output.scale
    if not activation:
        return decoded
    leading = total.shape[:-1]
    flat = decoded.reshape(math.prod(leading), *output_shape(output))
    return output.output_activation(flat).reshape(decoded.shape)


def one_spike_moves(activation: Activation, decoded: np.ndarray, spike: np.ndarray) -> np.ndarray:
    """By how much outputs change where their own neuron sends one spike more, or one less.

    Parameters
    ----------
    activation : Activation
        Of the output.
    decoded : ndarray, shape (samples, *output shape)
        Ahead of the activation.
    spike : ndarray
        What a spike adds to that.
    """
    axis = softmax_axis(activation)
    now = activation(decoded)
    if axis is None:
        changed = [activation(decoded + spike), activation(decoded - spike)]
    else:
        # Of all summands only one grows: p e^s / (1 - p + p e^s).
        odds = [np.exp(spike), np.exp(-spike)]
        changed = [now * odd / (1 - now + now * odd) for odd in odds]
    return np.asarray(np.max([np.abs(value - now) for value in changed], axis=0))
