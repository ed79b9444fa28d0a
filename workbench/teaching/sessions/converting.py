"""Session 4: converting a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from workbench.settings import Conversion
from workbench.teaching.fashion import IMAGES, accuracy_in_time
from workbench.teaching.judging import Exercise, called
from workbench.teaching.predicting import Question

_MUCH = 0.12
"""More accuracy than this in later steps means that only time is missing."""

QUESTIONS = (
    Question(
        "4.a",
        "The network of clothes is right for 89 of 100 images. Converted with percentile 70, how "
        "many will the spiking network get right in 16 steps?",
        ("About 20.", "About 37.", "About 60.", "About 80."),
        1,
        "In each layer, 30 % of the positive activations are above what one spike per step can "
        "say, and all of them look alike. Waiting does not bring that back: after 64 steps "
        "about 44 are right.",
    ),
    Question(
        "4.b",
        "With the largest activation of each layer as its scale (percentile 100) nothing is "
        "clipped. How many will be right in 16 steps?",
        ("About 89.", "About 70.", "About 37.", "About 10."),
        2,
        "A few large activations set the scale, and all others are small beside it, 9 to 15 % of "
        "it on average. More than a third of the positive activations send no spike in 16 steps.",
    ),
    Question(
        "4.c",
        "Percentile 99.9, 16 steps: 43 of 100 are right. The network has seven layers with "
        "neurons. In which one are most points lost?",
        ("In the first one.", "In the middle.", "In the last one."),
        0,
        "The first layer alone loses 31 points, all by quantization: a third of its positive "
        "activations send no spike in 16 steps. What it does not say, no later layer can know.",
    ),
)

_TOLERANCE = 1e-5


def _example(seed: int = 3) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "weight": rng.normal(size=(6, 4)),
        "bias": rng.normal(size=4),
        "gamma": rng.uniform(0.5, 2, 4),
        "beta": rng.normal(size=4),
        "mean": rng.normal(size=4),
        "variance": rng.uniform(0.2, 3, 4),
    }


def _pair(answer: Any, *arguments: Any) -> tuple[np.ndarray, np.ndarray, str]:
    nothing = np.zeros(0)
    value, hint = called(answer, *arguments)
    if hint:
        return nothing, nothing, hint
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return nothing, nothing, "Return two values: the new weight and the new bias."
    parts = []
    for name, part, like in zip(("weight", "bias"), value, arguments[:2], strict=True):
        try:
            array = np.asarray(part).astype(np.float64, casting="same_kind")
        except (TypeError, ValueError):
            return nothing, nothing, f"The new {name} is no array of numbers."
        if array.shape != np.shape(like):
            shapes = f"{array.shape} instead of {np.shape(like)}"
            return nothing, nothing, f"The new {name} has shape {shapes}."
        parts.append(array)
    return parts[0], parts[1], ""


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE))


def _judge_fold(answer: Any) -> str:
    given, epsilon = _example(), 1e-3
    weight, bias, hint = _pair(answer, *given.values(), epsilon)
    if hint:
        return hint
    factor = given["gamma"] / np.sqrt(given["variance"] + epsilon)
    if _close(weight, given["weight"] * given["gamma"] / (given["variance"] + epsilon)):
        return "BatchNorm divides by the standard deviation. You have the variance."
    if not _close(weight, given["weight"] * factor):
        return (
            "The weights are not right yet. BatchNorm multiplies each output by gamma / "
            "sqrt(variance + epsilon)."
        )
    if _close(bias, given["bias"] * factor + given["beta"]):
        return "The weights are right. The bias forgets the mean."
    if _close(bias, given["bias"] + given["beta"] - given["mean"] * factor):
        return "The weights are right. The old bias passes through the BatchNorm, too."
    right = (given["bias"] - given["mean"]) * factor + given["beta"]
    return "" if _close(bias, right) else "The weights are right, the bias is not yet."


def _judge_normalize(answer: Any) -> str:
    given, before, after = _example(), 2.5, 0.5
    weight, bias, hint = _pair(answer, given["weight"], given["bias"], before, after)
    if hint:
        return hint
    if _close(weight, given["weight"] * after / before):
        return "The weights are scaled the wrong way round: inputs arrive divided by `before`."
    if _close(weight, given["weight"] / after):
        return "The inputs of this layer are divided by `before`. The weights must make up for it."
    if not _close(weight, given["weight"] * before / after):
        return "The weights are not right yet. What happens to a layer's input, and to its output?"
    if _close(bias, given["bias"] * before / after):
        return "The weights are right. But the bias is no input: `before` does not concern it."
    right = _close(bias, given["bias"] / after)
    return "" if right else "The weights are right, the bias is not yet."


def settings_judge(steps: int, goal: float) -> Callable[[Any], str]:
    """Return a judge of settings, by the accuracy of the network of clothes after some steps."""
    return partial(_judge_settings, steps, goal)


def _judge_settings(steps: int, goal: float, answer: Any) -> str:
    if not isinstance(answer, Conversion):
        return f"Expected wb.Conversion(...), got a {type(answer).__name__}."
    if answer.spike_code.in_turns:
        return "This exercise is about rates: leave `code` as it is."
    reached = accuracy_in_time(answer)
    if reached[steps - 1] >= goal:
        return ""
    later = reached[-1]
    told = (
        f"After {steps} steps {100 * reached[steps - 1]:.0f} of {IMAGES} validation images are "
        f"right; the goal is {100 * goal:.0f}."
    )
    why = "something is lost for good"
    if later >= goal or later > reached[steps - 1] + _MUCH:
        why = "it is too slow"
    return f"{told} After {len(reached)} steps there are {100 * later:.0f}: {why}."


EXERCISES = (
    Exercise(
        "4.1",
        "A function that folds a BatchNorm into the layer before it.",
        _judge_fold,
        "After folding there is no BatchNorm left, and the outputs are the same.",
    ),
    Exercise(
        "4.2",
        "A function that normalizes weights and bias of a layer.",
        _judge_normalize,
        "The outputs are those of before, divided by the layer's scale.",
    ),
    Exercise(
        "4.3",
        "Settings with which the network of clothes gets 80 of 100 validation images in 16 steps.",
        settings_judge(16, 0.8),
        "Two settings together: less range for each spike, and rounding instead of cutting off.",
    ),
)
