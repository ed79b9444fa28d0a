"""Session 2: a ReLU is a rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.teaching.judging import Exercise, as_number, called, number_judge
from workbench.teaching.lone_neuron import rate_curve
from workbench.teaching.predicting import Question

QUESTIONS = (
    Question(
        "2.a",
        "An activation of 0.43 enters a neuron as its input per step. The threshold is 1. What do "
        "5 steps of spikes say about the activation?",
        ("0.4", "0.43", "0.5", "0.6"),
        0,
        "5 × 0.43 = 2.15, so there are two spikes, and 2 / 5 = 0.4. The rest, 0.15, is in the "
        "membrane, and nobody sees it.",
    ),
    Question(
        "2.b",
        "You count for 20 steps instead of 10. What happens to the largest possible error?",
        ("It stays.", "It becomes half as large.", "It becomes a quarter.", "It vanishes."),
        1,
        "What is in the membrane is less than one threshold, however long you count. Spread over T "
        "steps that is an error of 1 / T.",
    ),
    Question(
        "2.c",
        "The membrane starts at half of the threshold instead of at 0. What changes?",
        (
            "Nothing in the long run, and nothing in 5 steps.",
            "All values become larger by 0.5.",
            "Values are rounded to the nearest stair, no longer down.",
        ),
        2,
        "floor(x + 1/2) is rounding. The stairs move to the left by half a stair, so that the "
        "error lies between -1 / 2T and +1 / 2T.",
    ),
    Question(
        "2.d",
        "Four layers behind each other all hold the value 0.4. After 10 steps, which layer's "
        "spikes are furthest from it?",
        ("The last.", "The first.", "All are equally far."),
        0,
        "Each layer keeps up to one threshold in every membrane before it says anything. What the "
        "first one has not sent yet is missing in all that follow.",
    ),
)

_STEPS_OF_2_4 = 8
_NEAR = 0.05


def _judge_count(answer: Any) -> str:
    activations = np.array([-0.5, 0.0, 0.1875, 0.4375, 0.5, 0.96875, 1.0, 1.75])
    for steps in (4, 10):
        for start in (0.0, 0.5):
            right = rate_curve(activations, steps, initial_potential=start)[:, -1]
            for activation, count in zip(activations.tolist(), right.tolist(), strict=True):
                value, hint = called(answer, activation, steps, start)
                if not hint:
                    value, hint = as_number(value)
                if hint:
                    return hint
                if value != count:
                    return _count_hint(value, activation, steps, start)
    return ""


def _count_hint(value: float, activation: float, steps: int, start: float) -> str:
    where = f"For activation {activation:g}, {steps} steps and initial potential {start:g}"
    said = f"{where} your function returns {value:g}"
    if value != int(value):
        return f"{said}. A count is an integer."
    if activation < 0:
        return f"{said}. What does a neuron do whose potential only sinks?"
    if activation > 1 and value > steps:
        return f"{said}. How often can a neuron spike in {steps} steps?"
    return (
        f"{said}. Add up what is in the membrane at the start and what arrives; how many whole "
        "thresholds are in it?"
    )


def _judge_start(answer: Any) -> str:
    value, hint = as_number(answer)
    if hint:
        return hint
    if not 0 <= value <= 1:
        return f"{value:g} is not a fraction of the threshold: choose from 0 to 1."
    if abs(value - 0.5) <= _NEAR:
        return ""
    activations = np.linspace(0, 1, 201)
    counts = rate_curve(activations, _STEPS_OF_2_4, initial_potential=value)[:, -1]
    error = float((counts / _STEPS_OF_2_4 - activations).mean())
    side = "too low" if error < 0 else "too high"
    return (
        f"With {value:g} the values of the spikes are {side} by {abs(error):.3f} on average. Look "
        "at the green band: where must 0 be in it?"
    )


EXERCISES = (
    Exercise(
        "2.1",
        "The value of 7 spikes in 20 steps, where one spike per step stands for λ = 4.",
        number_judge(
            1.4,
            {
                0.35: "That is the rate. What does a rate of 1 stand for here?",
                28: "Divide by the steps: one spike per step would be λ.",
                1.75: "That is λ × 7 / 16. How many steps were there?",
                80 / 7: "Spikes per step, not steps per spike.",
            },
            "Value = λ × spikes / steps.",
        ),
        "4 × 7 / 20.",
    ),
    Exercise(
        "2.2",
        "The fewest steps with which every error is below 0.02, with λ = 1, from potential 0.",
        number_judge(
            50,
            {
                25: "That is enough with an initial potential of one half, not of 0.",
                0.02: "That is the error. How many steps have this bound?",
            },
            "How large can the error be after T steps, and for which T is that 0.02?",
        ),
        "Every error is below 1 / 50 = 0.02. A tenth of the error takes ten times the steps.",
    ),
    Exercise(
        "2.3",
        "A function that says how often a neuron spikes, without simulating it.",
        _judge_count,
        "floor, and clipped to 0 and T: this is the whole error of a single neuron.",
    ),
    Exercise(
        "2.4",
        "The initial potential with the smallest mean error, for all activations from 0 to 1.",
        _judge_start,
        "Rounding to the nearest is right on average; rounding down is not.",
    ),
)
