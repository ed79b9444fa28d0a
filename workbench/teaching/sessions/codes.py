"""Session 7: codes and neurons."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from workbench.settings import Conversion, Simulation
from workbench.teaching.codings import coded
from workbench.teaching.fashion import IMAGES, spiking, validation
from workbench.teaching.judging import Exercise, as_number, called, number_judge
from workbench.teaching.predicting import Question
from workbench.workflow import simulate

QUESTIONS = (
    Question(
        "7.a",
        "A neuron may send one spike at most, in a window of 8 steps. How many different values "
        "can it say?",
        ("Two: spike or silence.", "Eight.", "Nine."),
        2,
        "The spike may come at eight times, and silence is the ninth value, 0. A count from 0 to 8 "
        "has nine values, too: the time of one spike says as much as a count to eight.",
    ),
    Question(
        "7.b",
        "The network of clothes with one spike per neuron: windows of 8 steps, 8 levels, 82 of 100 "
        "are right. You halve the windows to 4 steps. How many are right?",
        ("About 37.", "About 60.", "About 80."),
        0,
        "With 4 levels, all that is below an eighth of a layer's scale is rounded to silence. In "
        "the first layer these are two thirds of the positive activations. With 8 levels it was "
        "one third.",
    ),
    Question(
        "7.c",
        "A pixel of brightness 0.5 spikes at random. You want half the error. How many steps do "
        "you need?",
        ("Twice as many.", "Four times as many.", "Steps do not help against noise."),
        1,
        "The error of a mean falls as one over the root of the number of steps. Half of it takes "
        "four times the steps; a tenth takes a hundred times the steps.",
    ),
    Question(
        "7.d",
        "The input of a neuron brings 0.5 too much in each of 8 steps, and 0.5 too little in each "
        "of the next 8. The mean is 0.2. Which neuron says nearly 0.2 in the end?",
        (
            "The neuron that may send -1.",
            "The plain neuron.",
            "Neither: a spike that has been sent cannot be undone.",
        ),
        0,
        "The plain neuron has sent six spikes by then: 6 / 16 = 0.375. The other one sends six, "
        "too, and then three times -1: 3 / 16 = 0.188.",
    ),
)

_VALUES = (0.0, 0.03, 0.1, 0.43, 0.5, 0.93, 1.0)  # none is halfway between two levels of 8 or 16

_SILENCE = object()  # stands for None, which `called` takes for lines that are not filled in


def _judge_first_spike(answer: Any) -> str:
    if not callable(answer):
        return f"Expected a function, got a {type(answer).__name__}."

    @functools.wraps(answer, assigned=("__name__",), updated=())
    def first_spike(value: float, levels: int) -> Any:
        step = answer(value, levels)
        return _SILENCE if step is None else step  # None is an answer here

    for levels in (8, 16):
        sent = coded("ttfs_steps", np.array(_VALUES), levels).spikes
        right = dict(zip(sent["neuron"], sent["time"], strict=True))
        for number, value in enumerate(_VALUES):
            step, hint = called(first_spike, value, levels)
            if not hint and step is not _SILENCE:
                step, hint = as_number(step)
            hint = hint or _step_hint(step, right.get(number), value, levels)
            if hint:
                return hint
    return ""


def _step_hint(step: Any, right: float | None, value: float, levels: int) -> str:
    where = f"For value {value:g} and {levels} levels"
    if right is None:
        silent = f"{where} the level is 0, and that is silence: return None."
        return "" if step is _SILENCE else silent
    if step is _SILENCE:
        return f"{where} your function returns None, but the neuron spikes."
    if step == right:
        return ""
    if step == right - 1:
        return f"{where} the spike is one step too early. Steps count from 1; do you round?"
    if step == levels + 1 - right:
        return f"{where} your function returns {step:g}. The larger the value, the earlier."
    return (
        f"{where} your function returns {step:g}. Round to a level first. The largest level "
        "spikes in step 1, the next one in step 2."
    )


STEPS, SPIKES, GOAL = 8, 20_000, 0.85


def _judge_budget(answer: Any) -> str:
    if not isinstance(answer, Conversion):
        return f"Expected wb.Conversion(...), got a {type(answer).__name__}."
    if answer.spike_code.is_continuous:
        return "The chip has steps, and this code has none."
    x, y = validation()
    run = simulate(spiking(answer), x, Simulation(steps=STEPS))
    if run.steps > STEPS:
        return (
            f"Layers take turns: the answer comes after {run.steps} steps, and the chip has time "
            f"for {STEPS}. Which neurons need few spikes and do not wait for each other?"
        )
    share = float((run.predictions() == y).mean())
    spikes = float(run.operations()["spikes"].sum())
    told = (
        f"After {STEPS} steps {100 * share:.0f} of {IMAGES} validation images are right, with "
        f"{spikes:,.0f} spikes per image."
    )
    if spikes > SPIKES:
        return f"{told} That is more than {SPIKES:,}. Which neurons stop after a few spikes?"
    if share < GOAL:
        return f"{told} The goal is {100 * GOAL:.0f}. The budget of spikes is not used up yet."
    return ""


EXERCISES = (
    Exercise(
        "7.1",
        "The value of spikes in steps 2 and 4 of a phase window, with 8 levels and λ = 2.",
        number_judge(
            1.25,
            {
                0.625: "That is the fraction of the scale. What does the scale make of it?",
                5: "That is the level. How many levels are the whole scale?",
                10: "That is the level, with digits the wrong way round.",
                2.5: "The digits are the wrong way round: which one comes first?",
                0.5: "You have counted spikes. Here their time says what each is worth.",
                2: "You have counted spikes. Here their time says what each is worth.",
            },
            "What is the spike of each step worth? Add them up, as a fraction of 8 levels, and "
            "multiply by λ.",
        ),
        "4 + 1 = 5 of 8 levels; 5 / 8 × 2.",
    ),
    Exercise(
        "7.2",
        "A function that says in which step of its window a neuron sends its only spike.",
        _judge_first_spike,
        "This is what the simulator sends. Silence is a value, too, and costs nothing.",
    ),
    Exercise(
        "7.3",
        "The fewest steps with which random spikes say 0.5 with a typical error of 0.05.",
        number_judge(
            100,
            {
                10: "So few are enough for a constant input. Here the error falls as a root.",
                20: "1 / T is the law of a constant input. Here the error falls as a root.",
                25: "With so many the error is twice as large.",
                400: "With so many the error is half as large.",
                0.05: "That is the error. How many steps have it?",
            },
            "Solve the formula for T, with x = 0.5. The figure shows whether you are near.",
        ),
        "0.25 / T = 0.05². A constant input needs a tenth of these steps.",
    ),
    Exercise(
        "7.4",
        "Settings that get 85 of 100 validation images right in 8 steps, with 20,000 spikes each.",
        _judge_budget,
        "Few spikes and few steps: the price is a spike that carries a number.",
    ),
)
