"""Session 6: where did the accuracy go."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.teaching.judging import Exercise, called, number_judge
from workbench.teaching.predicting import Question
from workbench.teaching.sessions.converting import settings_judge

QUESTIONS = (
    Question(
        "6.a",
        "The network of clothes has 8 steps, and percentile 99.9. Of 89 right answers 26 are left. "
        "What is the main cause?",
        (
            "Clipping: activations above the scale.",
            "Quantization: too few values for each activation.",
            "Unevenness: spikes in an unlucky order.",
        ),
        1,
        "In 8 steps a neuron can say nine values. With a scale that 99.9 % of the positive "
        "activations do not reach, the median one is worth 0.8 to 1.6 spikes.",
    ),
    Question(
        "6.b",
        "An initial potential of one half takes nearly all of the quantization away: 12 points are "
        "lost by it instead of 73. How many of 100 images are right now?",
        ("About 34.", "About 60.", "About 87."),
        0,
        "Another cause takes over. Neurons now spike early, and more of them by mistake: "
        "unevenness takes 52 points. One illness was hiding the next.",
    ),
    Question(
        "6.c",
        "A neuron first gets 8 spikes of +0.6, and then 8 spikes of -0.55. In all that is +0.4, "
        "less than one threshold. How often does it spike?",
        ("Never: 0.4 is below 1.", "Once.", "4 times."),
        2,
        "When the inhibition arrives, 4.8 have arrived already, and four spikes are on their way. "
        "They cannot be taken back.",
    ),
)

CAUSES = ("clipping", "quantization", "unevenness")


def _tables() -> tuple[pd.DataFrame, ...]:
    """Return tables as wb.attribute makes them, with another largest loss each."""
    layers = ["conv1", "conv2", "output"]
    losses = (
        ((-1.0, -20.0, 3.0), (0.0, -4.0, -6.0), (0.0, 1.0, 0.0)),
        ((-1.0, 2.0, -3.0), (-9.0, 25.0, -8.0), (0.0, -2.0, 0.0)),
        ((0.0, 0.0, 1.0), (1.0, 0.0, 2.0), (2.0, 0.0, -0.5)),
    )
    tables = []
    for rows in losses:
        table = pd.DataFrame(rows, columns=list(CAUSES))
        table.insert(0, "layer", layers)
        tables.append(table)
    return tuple(tables)


def _judge_largest(answer: Any) -> str:
    for table in _tables():
        cells = [
            (row[cause], row["layer"], cause) for _, row in table.iterrows() for cause in CAUSES
        ]
        value, hint = called(answer, table)
        if hint:
            return hint
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            return "Return two words: the name of the layer, and the cause."
        right = min(cells)[1:]
        if tuple(map(str, value)) == right:
            continue
        if tuple(map(str, value)) == max(cells)[1:]:
            return "That is the largest gain. A loss is below zero."
        if tuple(map(str, value))[::-1] == right:
            return "Layer first, then cause."
        return (
            "In one of the tables that were tried, another cell loses more. Look at every layer "
            f"and every cause ({', '.join(CAUSES)}), not at sums."
        )
    return ""


EXERCISES = (
    Exercise(
        "6.1",
        "Points that all other causes, such as the readout, must account for together.",
        number_judge(
            2,
            {
                -2: "Mind the sign: is the network better or worse than these causes say?",
                -63: "That is the whole loss. How much of it is explained already?",
                -65: "These are the points that the three causes explain.",
                63: "That is the whole loss, without its sign.",
            },
            "The points of all causes add up to the accuracy at the end less that of the analog "
            "network.",
        ),
        "26 - 89 = -63, and -73 + 0 + 8 = -65. The points add up, always.",
    ),
    Exercise(
        "6.2",
        "A function that finds the largest single loss in a table of wb.attribute.",
        _judge_largest,
        "This is what to repair next.",
    ),
    Exercise(
        "6.3",
        "Settings with which the network of clothes gets 83 of 100 validation images in 8 steps.",
        settings_judge(8, 0.83),
        "Each repair uncovers the next cause. Measure again after each of them.",
    ),
)
