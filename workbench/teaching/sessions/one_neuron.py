"""Session 1: one neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.teaching.judging import Exercise, as_number, called, number_judge
from workbench.teaching.lone_neuron import rate_curve, run_neuron
from workbench.teaching.predicting import Question

QUESTIONS = (
    Question(
        "1.a",
        "A neuron with threshold 1 gets 0.3 in every step. You double the threshold. What happens "
        "to its rate?",
        (
            "It stays the same.",
            "It becomes half as large.",
            "It becomes twice as large.",
            "It falls to zero.",
        ),
        1,
        "Each spike now takes 2 away instead of 1, so twice as much input is needed for it. The "
        "neuron has not become less excited: one spike now stands for more.",
    ),
    Question(
        "1.b",
        "A neuron with threshold 1 gets 0.6 in every step. Which reset gives the higher rate?",
        ("Reset by subtraction.", "Reset to zero.", "Both give the same."),
        0,
        "The potential reaches 1.2 after two steps. Reset to zero throws 0.2 away each time, and "
        "the rate is 0.5. Reset by subtraction keeps the 0.2, and the rate is 0.6, as the input.",
    ),
    Question(
        "1.c",
        "An input of 1.6 arrives for 20 steps, then nothing. Reset is by subtraction. What does "
        "the neuron do after step 20?",
        (
            "It goes on spiking for ever.",
            "It is silent at once.",
            "It goes on spiking for 12 steps.",
        ),
        2,
        "It received 20 × 1.6 = 32 and could send only one spike per step, 20 in all. The other 12 "
        "wait in the membrane. With reset by modulo they would be gone.",
    ),
)

_STEPS = 400
_LEAK = 0.1
_MOST_SENT = 0.6
_BELOW_THRESHOLD = 1 - 2.0**-16
"""The largest input below the threshold 1 that the simulator does not round up to it."""

_CURRENTS = (0.25, 0.5, 0.6875, 1.0, 1.5)  # multiples of 1/16: exact in float64


def _judge_step(answer: Any) -> str:
    for threshold in (1.0, 2.0):
        for current in _CURRENTS:
            hint = _judge_train(answer, current, threshold)
            if hint:
                return hint
    return ""


def _judge_train(answer: Any, current: float, threshold: float) -> str:
    # Input that ends: what is kept for later tells reset by subtraction from that by modulo.
    arrives = np.arange(32) < 20
    expected = run_neuron(arrives, current=current, threshold=threshold)
    potential, sent = 0.0, []
    for arriving in arrives.tolist():
        pair, hint = called(answer, potential, current * arriving, threshold)
        if hint:
            return hint
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return "Return two values: the new potential, and 1 for a spike or 0 for none."
        potential, spike = pair
        value, hint = as_number(potential)
        if hint:
            return f"The first value you return must be the potential. {hint}"
        spike, hint = as_number(int(spike) if isinstance(spike, (bool, np.bool_)) else spike)
        if hint:
            return f"The second value you return must be 1 or 0. {hint}"
        if spike not in (0, 1):
            return f"The second value must be 1 or 0, and is {spike:g}."
        potential = value
        sent.append(bool(spike))
    where = f"With input {current:g} for 20 steps and threshold {threshold:g}"
    if (np.array(sent) == expected.spikes).all():
        return ""
    if not any(sent):
        return f"{where} it never spikes. Is the input added to the potential?"
    zero = run_neuron(arrives, current=current, threshold=threshold, reset="zero")
    if (np.array(sent) == zero.spikes).all():
        return f"{where} it does what reset to zero does. What is above the threshold must stay."
    first = int(np.flatnonzero(np.array(sent) != expected.spikes)[0])
    what = "spikes" if sent[first] else "does not spike"
    return (
        f"{where} it {what} in step {first + 1}, which is wrong. Add the input first, then compare "
        "with the threshold (at the threshold counts as a spike), then take the threshold away."
    )


def _judge_wasteful(answer: Any) -> str:
    value, hint = as_number(answer)
    if hint:
        return hint
    if not 0 < value < 1:
        return f"{value:g} is not between 0 and the threshold, 1."
    run = run_neuron(np.ones(_STEPS, bool), current=min(value, _BELOW_THRESHOLD), reset="zero")
    if not run.count:
        return (
            f"With {value:g} the neuron does not spike in {_STEPS} steps. What waits in the "
            "membrane is not lost."
        )
    # What is in the membrane at the end has been neither sent nor lost.
    sent = run.count / (run.count + run.lost.sum())
    if sent < _MOST_SENT:
        return ""
    return (
        f"With {value:g} the neuron still sends {100 * sent:.0f} % of what it gets. The loss is "
        "what the potential is above the threshold when it spikes: when is that largest?"
    )


def _judge_leak(answer: Any) -> str:
    value, hint = as_number(answer)
    if hint:
        return hint
    if value <= 0:
        return "With no positive input the potential never rises."
    if abs(value - round(value, 2)) > 1e-9:
        return f"{value:g} has more than two decimals."
    tried = min(value, 1.0)  # the threshold: what is above it spikes as well
    here, below = rate_curve(np.array([tried, tried - 0.01]), _STEPS, leak=_LEAK)[:, -1]
    if not here:
        return (
            f"With {value:g} it never spikes: in each step the potential loses as much as it "
            "gains, or more."
        )
    return "It spikes, but it would with a smaller input, too." if below else ""


EXERCISES = (
    Exercise(
        "1.1",
        "Spikes in 25 steps, with input 0.3, threshold 1 and reset by subtraction.",
        number_judge(
            7,
            {
                7.5: "Spikes are integers. What does the neuron do with the rest?",
                8: "So many spikes take 8 away. How much has arrived?",
                6: "That is the number with reset to zero. Here nothing is thrown away.",
                0.28: "That is the rate. How many spikes are these in 25 steps?",
                0.3: "That is the input of one step.",
            },
            "How much has arrived after 25 steps, and how much does one spike take away?",
        ),
        "25 × 0.3 = 7.5: seven spikes, and 0.5 stays in the membrane.",
    ),
    Exercise(
        "1.2",
        "A function that computes one step of a neuron with reset by subtraction.",
        _judge_step,
        "This is all that the simulator does, for each neuron and step.",
    ),
    Exercise(
        "1.3",
        "An input below the threshold of 1 of which reset to zero sends less than 60 %.",
        _judge_wasteful,
        "Just below the threshold two steps are needed, and nearly half of the input is lost.",
    ),
    Exercise(
        "1.4",
        "The smallest input, to two decimals, that makes a neuron with leak 0.1 spike.",
        _judge_leak,
        "The input must be above what leaks in a step: a leaky neuron has a blind spot.",
    ),
)
