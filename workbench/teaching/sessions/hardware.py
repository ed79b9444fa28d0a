"""Session 8: to hardware."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.settings import Conversion
from workbench.teaching.cores_explorer import CoresExplorer, placed
from workbench.teaching.fashion import IMAGES
from workbench.teaching.fixed_point import largest_integer
from workbench.teaching.fixed_point_explorer import STEPS, accuracy_with
from workbench.teaching.judging import Exercise, as_number, called, number_judge
from workbench.teaching.predicting import Question

QUESTIONS = (
    Question(
        "8.a",
        "The network of clothes is right for 87 of 100 images after 32 steps. Now its weights are "
        "rounded to 4 bits: the integers from -7 to 7, times one step per layer. How many images "
        "will be right?",
        ("About 85.", "About 60.", "About 33.", "About 10: it only guesses."),
        2,
        "And with 8 bits about as many as without rounding. Between 6 and 4 bits most is lost.",
    ),
    Question(
        "8.b",
        "With 4 bits, 83 % of the weights of block1_add become 0; in the other layers it is 10 to "
        "41 %. What is special about this layer?",
        (
            "A few of its weights are far larger than all others.",
            "It has the most weights.",
            "All of its weights are small.",
        ),
        0,
        "The layer adds a shortcut from the input: 24 weights, most of them above one threshold, "
        "up to 1.9. None of its 5,184 other weights is above 0.42. The largest weight sets the "
        "step, and what is below half a step becomes 0.",
    ),
    Question(
        "8.c",
        "On Loihi 1 the network of digits has 23,658 neurons, with those that pooling needs there, "
        "and 2,605,248 synapses. A core holds at most 1,024 neurons and 131,072 synapses of one "
        "layer. Spread evenly, 24 cores would have room for all of it. How many cores does the "
        "network take?",
        ("24", "44", "128"),
        1,
        "Each layer pays for its own fullest resource, and leaves the others unused: conv1 takes "
        "13 cores (full of neurons), conv1_pool 6 (output axons), conv2 20 (synapse memory), "
        "conv2_pool 2 (neurons), dense1 2 (synapse memory) and output 1.",
    ),
    Question(
        "8.d",
        "A network of digits runs in Brian2 with the weights as they are, and once more with 8-bit "
        "weights. Both give the simulator's answer for every image that you try. In which of the "
        "two does every single spike come in the same step as in the simulator?",
        (
            "In neither: every simulator adds up in another order.",
            "In both.",
            "Only in Brian2.",
        ),
        2,
        "Here all weights and thresholds are multiples of 2^-16 of a threshold. Sums of such "
        "numbers are exact in any order. In 8 bits every weight is a little different, and many "
        "spikes come earlier or later.",
    ),
)

_WEIGHTS = (
    np.array([0.33, -0.62, 0.05, 0.44, -0.11]),
    np.array([-1.9, 0.2, 0.7, -0.04]),
    np.array([[0.013, -0.002], [0.009, 0.0071]]),
    np.array([7.0, -2.5, 0.5, 1.5]),  # exact halves with 4 bits
)


def _judge_quantize(answer: Any) -> str:
    for weights in _WEIGHTS:
        for bits in (8, 4, 2):
            value, hint = called(answer, weights, bits)
            if hint := hint or _wrong_integers(weights, bits, value):
                return hint
    return ""


def _wrong_integers(weights: np.ndarray, bits: int, value: Any) -> str:
    """Return what is wrong with integers and a step of some weights."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return "Return two values: the integers, and the step."
    try:
        integers = np.asarray(value[0]).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        return "The integers are no array of numbers."
    step, hint = as_number(value[1][()] if _is_single(value[1]) else value[1])
    if hint:
        return f"The step: {hint}"
    if integers.shape != weights.shape:
        return f"The integers have the shape {integers.shape} instead of {weights.shape}."
    most, right = largest_integer(bits), float(np.abs(weights).max()) / largest_integer(bits)
    if (integers != np.rint(integers)).any():
        return "These are no integers yet: round what you divided."
    if np.abs(integers).max() > most:
        return (
            f"With {bits} bits you use {np.abs(integers).max():.0f}. One bit is the sign: how far "
            "does the rest count, and does the same number fit on both sides of 0?"
        )
    if ((integers < 0) & (weights > 0)).any() or ((integers > 0) & (weights < 0)).any():
        return "Some signs are wrong."
    if np.abs(integers).max() < most:
        return (
            f"With {bits} bits your largest integer is {np.abs(integers).max():.0f}. The largest "
            "weight, of either sign, should get the largest integer there is."
        )
    if abs(step - right) > 1e-9 * right:
        return "The step is what an integer of 1 stands for: integers x step must give the weights."
    if np.abs(weights / right - integers).max() > 0.5 + 1e-9:  # halves may go either way
        return "Some weights would be nearer to another integer. Round to the nearest one."
    return ""


def _is_single(value: Any) -> bool:
    """Whether a value is an array of no dimensions, such as `np.array(0.1)`."""
    return isinstance(value, np.ndarray) and value.ndim == 0


def _judge_settings(answer: Any) -> str:
    if not isinstance(answer, Conversion):
        return f"Expected wb.Conversion(...), got a {type(answer).__name__}."
    if answer.spike_code.in_turns:
        return "The course is about rates: leave `code` as it is."
    if answer.resolution_bits != Conversion().resolution_bits:
        return "The weights are rounded to 5 bits afterwards: leave `resolution_bits` as it is."
    reached = 100 * accuracy_with("fashion", answer, 5)
    if reached >= _GOAL:
        return ""
    exact = 100 * accuracy_with("fashion", answer, None)
    told = (
        f"In 5 bits {reached:.0f} of {IMAGES} validation images are right after {STEPS} steps; "
        f"the goal is {_GOAL}."
    )
    if exact < _GOAL:
        return f"{told} Without rounding there are {exact:.0f}: the conversion loses too much."
    return f"{told} Without rounding there are {exact:.0f}: the rounding loses too much."


_GOAL = 75

_FEWEST = {"filters": 16, "outputs": 64}
_SIZE = 28
_SET = ("kernel", "filters", "stride", "outputs")


def _judge_fit(answer: Any) -> str:
    if not isinstance(answer, dict):
        return f"Expected a dict, such as {{'stride': 1}}, got a {type(answer).__name__}."
    values: dict[str, Any] = {"kernel": 5, "stride": 1, **_FEWEST}
    for name, value in answer.items():
        if name not in _SET:
            return f"There is nothing to choose of that name. Names: {', '.join(_SET)}."
        try:
            values[name] = CoresExplorer.controls[name].checked(name, value)
        except WorkbenchError as error:
            return str(error)
    for name, fewest in _FEWEST.items():
        if values[name] < fewest:
            return f"The task wants at least {fewest} {name}."
    found = placed(size=_SIZE, **values)
    if not found.violations:
        return ""
    broken = found.violations[0]
    return f"{broken.layer}: {broken.limit} {broken.value:,}, allowed {broken.allowed:,}."


def _judge_first(answer: Any) -> str:
    ours = np.random.default_rng(8).random((20, 6)) < 0.3
    later, moved, early = ours.copy(), ours.copy(), ours.copy()
    later[13, 2] ^= True
    later[17, 0] ^= True
    moved[5] = np.roll(ours[5], 1)
    early[0, 5] ^= True
    hints = {
        "step": "Compare step by step: rows are steps, columns are neurons.",
        "none": "Where all spikes are equal, return -1.",
    }
    for theirs, right in ((later, 13), (moved, 5), (early, 0), (ours, -1)):
        value, hint = called(answer, ours, theirs)
        if hint:
            return hint
        found, hint = as_number(value)
        if hint:
            return hint
        if found == right:
            continue
        if right == -1:
            return hints["none"]
        if theirs is moved:
            return "As many spikes in a step are not the same spikes: compare neuron by neuron."
        if found == right + 1:
            return "Steps count from 0 here."
        if theirs is later and found == 17:
            return "You return the last difference."
        return hints["step"]
    return ""


EXERCISES = (
    Exercise(
        "8.1",
        "A function that stores weights as integers times a step.",
        _judge_quantize,
        "This is symmetric quantization: 0 stays 0, and no weight changes by more than half a "
        "step.",
    ),
    Exercise(
        "8.2",
        "The integer of a threshold beside that of a weight.",
        number_judge(
            508,
            {
                127: "That is the largest weight. The threshold is larger.",
                31.75: "The weight is a part of the threshold, not the other way round.",
                32: "The weight is a part of the threshold, not the other way round.",
                4: "In thresholds per weight. How much is that in integers?",
                512: "The largest integer of 8 bits with a sign is not 128.",
            },
            "Weights and threshold of a layer share one step. If 127 is a quarter of a threshold, "
            "what is the whole one?",
        ),
        "Thresholds need more bits than weights. Loihi stores them in 17.",
    ),
    Exercise(
        "8.3",
        f"Settings with which the network of clothes keeps {_GOAL} of 100 images in 5 bits.",
        _judge_settings,
        "Rounding is not separate from normalization: scales decide how large weights are "
        "beside each other.",
    ),
    Exercise(
        "8.4",
        "A convolution of 16 filters or more and a dense layer of 64 or more that fit on Loihi 1.",
        _judge_fit,
        "When you design a network for a chip, begin with the fan-in of its dense layers.",
    ),
    Exercise(
        "8.5",
        "A function that finds the first step in which two runs differ.",
        _judge_first,
        "When two simulators disagree, this step is the one to look at. Everything after it is "
        "a consequence.",
    ),
)
