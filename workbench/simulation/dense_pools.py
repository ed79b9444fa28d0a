"""Max pooling in TensorFlow: the scores of a window's inputs, and what their leaders send."""

from __future__ import annotations

import functools
from typing import Any

from workbench.network.max_pool_rules import FORGOTTEN_BITS, RECENT_STEPS, SPIKE_SCORE
from workbench.network.pooling import MaxPool2D
from workbench.simulation.dense_maps import Tensor, padded, taken

RULES = ("fir", "exp", "recent", "exact")


def scored(
    tf: Any, rule: str, before: Tensor, recent: Tensor | None, spikes: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Score the inputs of a pooling; see `workbench.network.max_pool_rules`.

    Parameters
    ----------
    rule : str
    before : int32 tensor, int64 under "exp", shape (samples, units)
        Scores at the start.
    recent : int32 tensor, shape (steps that count, samples, units), or None
        The last spikes before the window, which "recent" needs.
    spikes : int32 tensor, shape (steps, samples, units)

    Returns
    -------
    tensor of the type of `before`, shape (steps + 1, samples, units)
        Scores at the start, and after every step.
    int32 tensor or None
        The last spikes up to the window's end, where there was `recent`.
    """
    if rule == "exp":
        after = tf.scan(
            lambda score, sent: (
                score - tf.bitwise.right_shift(score, FORGOTTEN_BITS) + SPIKE_SCORE * sent
            ),
            tf.cast(spikes, before.dtype),
            before,
        )
        return tf.concat([before[None], after], axis=0), None
    change = spikes
    if recent is not None:
        shown = tf.concat([recent, spikes], axis=0)
        change, recent = spikes - shown[: spikes.shape[0]], shown[-RECENT_STEPS:]
    return tf.concat([before[None], before + tf.cumsum(change, axis=0)], axis=0), recent


def passed(tf: Any, rule: str, pool: MaxPool2D, scores: Tensor, spikes: Tensor) -> Tensor:
    """Return what every window sends; float32, shape (steps, samples, windows).

    Parameters
    ----------
    scores : int32 or int64 tensor, shape (steps + 1, samples, units)
    spikes : int32 tensor, shape (steps, samples, units)
    """
    steps, samples = spikes.shape[0], tf.shape(spikes)[1]
    scores, spikes = (tf.reshape(x, (-1, *pool.input_shape)) for x in (scores, spikes))
    choose = _rise if rule == "exact" else _leading
    sent = tf.cast(choose(tf, pool, scores, spikes, samples), tf.float32)
    return tf.reshape(sent, (steps, -1, pool.output_size))


def _rise(tf: Any, pool: MaxPool2D, scores: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """What the highest score of each window changes by; nothing in the padding alone."""
    tops = functools.reduce(
        tf.maximum, taken(padded(tf, scores, pool.axes, scores.dtype.min), pool.axes)
    )
    return tops[samples:] - tops[:-samples]


def _leading(tf: Any, pool: MaxPool2D, scores: Tensor, spikes: Tensor, samples: Tensor) -> Tensor:
    """Spikes of the input with the highest score; the first of equals."""
    so_far = taken(padded(tf, scores[samples:], pool.axes, scores.dtype.min), pool.axes)
    now = taken(padded(tf, spikes, pool.axes, 0), pool.axes)
    highest, leaders = next(so_far), next(now)
    for score, spike in zip(so_far, now, strict=True):
        leaders = tf.where(score > highest, spike, leaders)
        highest = tf.maximum(score, highest)
    return leaders
