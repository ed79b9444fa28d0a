"""Neurons and max pooling in TensorFlow: step by step, or by counts, through a window."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.simulate.dense_maps import Tensor, padded, taken
from workbench.simulate.dynamics import Dynamics


class Fired(NamedTuple):
    """What neurons did in a window.

    Parameters
    ----------
    potential : tensor, shape (samples, units)
    waiting : int32 tensor, shape (samples, units), or None
        Steps for which each neuron goes on ignoring its input.
    spikes : float32 tensor, shape (steps, samples, units)
    trace : tensor, shape (steps, samples, units), or None
        Potentials after each step.
    """

    potential: Tensor
    waiting: Tensor | None
    spikes: Tensor
    trace: Tensor | None


def fire(
    potential: Tensor,
    waiting: Tensor | None,
    drive: Tensor,
    arriving: list[Tensor],
    start: Tensor,
    *,
    tf: Any,
    population: Population,
    dynamics: Dynamics,
    steps: int,
    traced: bool,
) -> Fired:
    """Run neurons step by step.

    Parameters
    ----------
    potential, waiting : tensor, shape (samples, units)
        `waiting` is needed for a refractory period alone.
    drive : tensor, shape (samples, units) or (units,)
        What comes in at every step.
    arriving : list of tensor, shape (steps, samples, units)
        What comes in besides.
    start : int32 tensor
        First step of the window, counted from the start of the run.
    """
    dtype = potential.dtype
    threshold = tf.constant(population.threshold, dtype)
    leak = tf.constant(dynamics.leak, dtype)
    reset = RESETS[population.reset]

    def step(t: Tensor, state: list[Tensor], trains: list[Any]) -> tuple[Any, ...]:
        v, *pauses = state
        u = v + drive
        if dynamics.leak:
            u -= tf.clip_by_value(v, tf.zeros_like(leak), leak)
        for total in arriving:
            u += tf.cast(total[t], dtype)
        ready = (start + t >= dynamics.held_steps) & (pauses[0] == 0 if pauses else True)
        fired = u >= threshold
        if not dynamics.fires:
            fired = tf.zeros_like(fired)
        after = tf.where(fired, reset(tf, u, threshold), u)
        if pauses or dynamics.held_steps:
            fired &= ready
            after = tf.where(ready, after, v)
        if pauses:
            period = tf.constant(dynamics.refractory_steps, tf.int32)
            pauses = [tf.where(fired, period, tf.maximum(pauses[0] - 1, 0))]
        written = zip(trains, (tf.cast(fired, tf.float32), after), strict=False)
        return t + 1, [after, *pauses], [train.write(t, x) for train, x in written]

    kinds = (tf.float32, dtype) if traced else (tf.float32,)
    trains = [tf.TensorArray(kind, steps, element_shape=potential.shape) for kind in kinds]
    state = [potential] if waiting is None else [potential, waiting]
    begin = (tf.constant(0), state, trains)
    _, (potential, *pauses), trains = tf.while_loop(lambda t, *_: t < steps, step, begin)
    spikes, *trace = [train.stack() for train in trains]
    return Fired(potential, pauses[0] if pauses else None, spikes, trace[0] if trace else None)


def _subtract(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return u - threshold


def _zero(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return tf.zeros_like(u)


def _modulo(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return tf.math.floormod(u, threshold)


def _none(tf: Any, u: Tensor, threshold: Tensor) -> Tensor:
    return u


RESETS: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    "subtract": _subtract,
    "zero": _zero,
    "modulo": _modulo,
    "none": _none,
}
"""Potential of a neuron that has fired."""


def _rising(tf: Any, pool: MaxPool2D, counts: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """Where the largest count of a window rises."""
    highest = functools.reduce(tf.maximum, taken(padded(tf, counts, pool.axes, -1.0), pool.axes))
    return highest[samples:] > highest[:-samples]


def _leading(tf: Any, pool: MaxPool2D, counts: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """Spikes of the input that has fired most so far; the first of equals."""
    so_far = taken(padded(tf, counts[samples:], pool.axes, -1.0), pool.axes)
    now = taken(padded(tf, spikes, pool.axes, 0.0), pool.axes)
    highest, passed = next(so_far), next(now)
    for count, spike in zip(so_far, now, strict=True):
        passed = tf.where(count > highest, spike, passed)
        highest = tf.maximum(count, highest)
    return passed


MAX_POOLS: dict[str, Callable[..., Tensor]] = {"exact": _rising, "fir": _leading}
