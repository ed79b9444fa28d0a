"""Neurons in TensorFlow: step by step through a window."""

from __future__ import annotations

from typing import Any, NamedTuple

from workbench.network.population import Population
from workbench.neuron_rules import sent
from workbench.simulation.dense_maps import Tensor
from workbench.simulation.neuron_options import EVERY_STEP, Dynamics


class Fired(NamedTuple):
    """What neurons did in a window.

    Parameters
    ----------
    potential : tensor, shape (samples, units)
    waiting : int32 tensor, shape (samples, units), or None
        Steps for which each neuron goes on ignoring its input.
    spikes : float32 tensor, shape (steps, samples, units)
        Payloads: 1 where a plain neuron spikes, 0 where there is no spike.
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
    net: Tensor | None,
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
    net : int32 tensor, shape (samples, units), or None
        Sum of payloads so far; needed for signed neurons alone.
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
    rule, after_spike = population.spike_steps, population.reset_rule.after

    def step(t: Tensor, state: list[Tensor], trains: list[Any]) -> tuple[Any, ...]:
        v, *others = state
        pause = None if waiting is None else others[0]
        now = drive
        if dynamics.drive_at != EVERY_STEP:
            now = tf.where(start + t == dynamics.drive_at, drive, tf.zeros_like(drive))
        u = v + now
        if dynamics.leak:
            u -= tf.clip_by_value(v, tf.zeros_like(leak), leak)
        for total in arriving:
            u += tf.cast(total[t], dtype)
        ready = start + t >= dynamics.held_steps
        if pause is not None:
            ready &= pause == 0
        so_far = 0 if net is None else others[-1]
        payload = tf.where(ready & dynamics.fires, sent(tf.where, u, so_far, *rule), 0)
        after = tf.where(payload != 0, after_spike(u, threshold, tf.cast(payload, dtype)), u)
        spikes = tf.cast(payload, tf.float32)
        if net is not None:
            others[-1] = so_far + payload
        if pause is not None or dynamics.held_steps:
            after = tf.where(ready, after, v)
        if pause is not None:
            period = tf.constant(dynamics.refractory_steps, tf.int32)
            others[0] = tf.where(spikes != 0, period, tf.maximum(pause - 1, 0))
        written = zip(trains, (spikes, after), strict=False)
        return t + 1, [after, *others], [train.write(t, x) for train, x in written]

    kinds = (tf.float32, dtype) if traced else (tf.float32,)
    trains = [tf.TensorArray(kind, steps, element_shape=potential.shape) for kind in kinds]
    others = [x for x in (waiting, net) if x is not None]
    begin = (tf.constant(0), [potential, *others], trains)
    _, (potential, *others), trains = tf.while_loop(lambda t, *_: t < steps, step, begin)
    spikes, *trace = [train.stack() for train in trains]
    pauses = None if waiting is None else others[0]
    return Fired(potential, pauses, spikes, trace[0] if trace else None)
