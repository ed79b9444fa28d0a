"""Session 5: accuracy, latency, energy."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.settings import Conversion
from workbench.teaching.bills import IMAGES, LONGEST, measured
from workbench.teaching.judging import Exercise, as_number, called
from workbench.teaching.predicting import Question

QUESTIONS = (
    Question(
        "5.a",
        "Two networks are converted with the same settings: percentile 95, initial potential 0.5. "
        "For digits, accuracy stays within one point of the analog network from step 2 on. From "
        "which step on for clothes?",
        ("From step 2 or 3.", "From step 6.", "From step 12."),
        2,
        "At step 2, 99 of 100 digits are right, and 14 of 100 clothes. Settings that look ready "
        "with digits may be far from it.",
    ),
    Question(
        "5.b",
        "Now memory is charged, too. For how many steps is the spiking network of clothes cheaper "
        "than the analog one?",
        ("For about 4 steps.", "For about 12 steps.", "For about 30 steps."),
        0,
        "For 4 steps, and by then 59 of 100 are right instead of 89. With digits the two do meet: "
        "cheaper for 2 steps, with 99 right.",
    ),
    Question(
        "5.c",
        "With memory, 12 steps of the spiking network of clothes cost 29 µJ per image. How much of "
        "that is arithmetic?",
        ("About 90 %.", "About 4 %.", "About 40 %."),
        1,
        "One addition costs 0.12 pJ. The weight that is added must be read, and a read of 8 bits "
        "costs 1.25 pJ even from the smallest memory: ten times as much.",
    ),
)

RIGHT_AT_LEAST = 75
ENERGY_AT_MOST_UJ = 20


def _latency(right: list[int], analog: int, within: int) -> int:
    near = [count >= analog - within for count in right]
    last_far = max((step for step, is_near in enumerate(near, 1) if not is_near), default=0)
    return last_far + 1 if last_far < len(right) else 0


_COURSES: tuple[tuple[list[int], int, int], ...] = (
    ([10, 40, 70, 88, 81, 89, 88, 90], 89, 1),
    ([97, 99, 100, 100], 100, 0),
    ([50, 60, 75], 89, 1),
    ([20, 88, 89, 60], 89, 2),
    ([95, 96, 97], 89, 1),
)


def _judge_latency(answer: Any) -> str:
    for right, analog, within in _COURSES:
        value, hint = called(answer, right, analog, within)
        if hint:
            return hint
        step, hint = as_number(value)
        if hint:
            return hint
        expected = _latency(right, analog, within)
        if step == expected:
            continue
        near = [count >= analog - within for count in right]
        given = f"For {right}, analog {analog} and within {within}, yours gives {value}."
        if not expected:
            return f"{given} Is the accuracy near the analog network's until the end?"
        if min(right) > analog + within:
            return f"{given} More right answers than the analog network has are near enough."
        if step == expected - 1:
            return f"{given} Steps are counted from 1."
        if step == near.index(True) + 1:
            return f"{given} It comes near there, and falls again. From when on does it stay?"
        return f"{given} Look for the last step that is not near enough."
    return ""


def _judge_energy(answer: Any) -> str:
    for macs, synops, mac_pj, add_pj in ((2e5, 8.5e6, 4.6, 0.9), (3e6, 1e6, 2.0, 0.5)):
        value, hint = called(answer, macs, synops, mac_pj, add_pj)
        if hint:
            return hint
        energy, hint = as_number(value)
        if hint:
            return hint
        right = (macs * mac_pj + synops * add_pj) / 1e6
        usual = {
            right * 1e6: "That is in picojoules. How many of them are a microjoule?",
            right * 1e3: "A picojoule is 1e-12 J, a microjoule 1e-6 J.",
            right / 1e6: "A picojoule is 1e-12 J, a microjoule 1e-6 J.",
            (macs * add_pj + synops * mac_pj) / 1e6: (
                "The prices are the wrong way round. Which operation is a synaptic one?"
            ),
            synops * add_pj / 1e6: "The multiply-accumulates of the input are not charged yet.",
            (macs + synops) * mac_pj / 1e6: "A spike adds a weight. Nothing is multiplied.",
        }
        if np.isclose(energy, right, rtol=1e-9):
            continue
        told = [said for wrong, said in usual.items() if np.isclose(energy, wrong, rtol=1e-9)]
        return told[0] if told else "Each operation has its price. Add up, and mind the unit."
    return ""


_POINTS: tuple[tuple[list[float], list[int]], ...] = (
    ([3.0, 1.0, 2.0, 5.0, 4.0], [70, 20, 60, 88, 65]),
    ([2.0, 2.0, 6.0, 4.0], [50, 55, 80, 55]),
    ([7.0], [10]),
)


def _judge_front(answer: Any) -> str:
    for costs, right in _POINTS:
        value, hint = called(answer, costs, right)
        if hint:
            return hint
        if not isinstance(value, (list, tuple, set, np.ndarray)):
            return f"Return a list of places in the lists, not a {type(value).__name__}."
        numbers = [as_number(each) for each in value]
        if any(wrong or number not in range(len(costs)) for number, wrong in numbers):
            return f"Return places from 0 to {len(costs) - 1}: those of the points to keep."
        chosen = {int(number) for number, _ in numbers}
        given = f"With costs {costs} and right answers {right}:"
        for place in range(len(costs)):
            beaten = [
                other
                for other in range(len(costs))
                if costs[other] <= costs[place]
                and right[other] >= right[place]
                and (costs[other], right[other]) != (costs[place], right[place])
            ]
            if beaten and place in chosen:
                return f"{given} point {place} is kept, but another one beats it."
            if not beaten and place not in chosen:
                return f"{given} point {place} is left out, but no other one beats it."
    return ""


def _judge_choice(answer: Any) -> str:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "Expected two values: wb.Conversion(...) and a number of steps."
    conversion, steps = answer
    if not isinstance(conversion, Conversion):
        return f"Expected wb.Conversion(...) first, got a {type(conversion).__name__}."
    number, wrong = as_number(steps)
    if wrong:
        return wrong
    if number not in range(1, LONGEST + 1):
        return f"steps is {steps}; accepted: an integer from 1 to {LONGEST}."
    if conversion.spike_code.in_turns:
        return "The course is about rates: leave `code` as it is."
    run = measured("clothes", conversion)
    right = int(run.right[int(number) - 1])
    spent = run.bill("memory", int(number))[0] / 1e6
    if right >= RIGHT_AT_LEAST and spent <= ENERGY_AT_MOST_UJ:
        return ""
    told = f"{right} of {IMAGES} validation images are right, for {spent:.1f} µJ each."
    if right < RIGHT_AT_LEAST and spent > ENERGY_AT_MOST_UJ:
        return f"{told} Both must get better. Change the settings before the steps."
    if right < RIGHT_AT_LEAST:
        return f"{told} The energy is fine; the goal is {RIGHT_AT_LEAST} right."
    return f"{told} That is accurate enough; there are {ENERGY_AT_MOST_UJ} µJ to spend."


EXERCISES = (
    Exercise(
        "5.1",
        "A function that says from which step on the accuracy stays near the analog network's.",
        _judge_latency,
        "Near once is not enough: an answer that changes again cannot be trusted.",
    ),
    Exercise(
        "5.2",
        "A function that computes the energy of arithmetic alone, in microjoules.",
        _judge_energy,
        "Counts times prices. This is the whole calculation behind many figures in papers.",
    ),
    Exercise(
        "5.3",
        "A function that finds the Pareto front.",
        _judge_front,
        "What it leaves out is no loss: something else is at least as good for no more.",
    ),
    Exercise(
        "5.4",
        "Settings and steps for the network of clothes: 75 of 100 right, with at most 20 µJ each.",
        _judge_choice,
        "What needs few steps pays twice: in time and in energy.",
    ),
)
