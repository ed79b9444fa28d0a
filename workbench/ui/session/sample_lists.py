"""Lists of test samples to look at: the hardest, those that one network gets wrong, a cell's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.plot.clock import Clock
from workbench.ui.session.messages import counted

HARDEST = "hardest"


@dataclass(frozen=True, eq=False)
class SampleList:
    """Samples under a name.

    Parameters
    ----------
    key : str
    title : str
        A few words, on a button.
    samples : ndarray of int
        In the order in which they are shown.
    explanation : str
        Which samples these are, in a sentence.
    """

    key: str
    title: str
    samples: np.ndarray
    explanation: str


def lists_of(answers: SampleAnswers | SampleErrors) -> list[SampleList]:
    """Return the lists that can be chosen; the first is of all samples, the hardest first."""
    order = answers.hardest()
    if isinstance(answers, SampleErrors):
        snn, ann = answers.by_sample()
        ahead = np.argsort(ann - snn, kind="stable")  # where the conversion costs most
        return [
            SampleList(HARDEST, "Largest error", order, "All samples, the largest error first."),
            SampleList(
                "ann",
                "ANN closer",
                ahead[(ann < snn)[ahead]],
                "Samples on which the ANN's error is smaller, the largest difference first.",
            ),
            SampleList(
                "snn",
                "SNN closer",
                ahead[::-1][(snn < ann)[ahead[::-1]]],
                "Samples on which the SNN's error is smaller, the largest difference first.",
            ),
        ]
    snn_right, ann_right = answers.snn_right[order], answers.ann_right[order]
    return [
        SampleList(
            HARDEST,
            "Hardest first",
            order,
            "Wrong and undecided answers come first, then right ones: the later they were decided, "
            "and the smaller their margin, the earlier they come.",
        ),
        SampleList(
            "ann",
            "Only ANN right",
            order[~snn_right & ann_right],
            "The ANN is right and the SNN is not: the conversion lost these samples.",
        ),
        SampleList(
            "snn",
            "Only SNN right",
            order[snn_right & ~ann_right],
            "The SNN is right and the ANN is not: the conversion moved these samples by chance.",
        ),
        SampleList(
            "neither",
            "Both wrong",
            order[~snn_right & ~ann_right],
            "Neither network is right: a better conversion would not help.",
        ),
        SampleList(
            "both",
            "Both right",
            order[snn_right & ann_right],
            "Both networks are right; the samples that were decided last come first.",
        ),
        SampleList(
            "undecided",
            "Undecided",
            order[answers.snn[order] < 0],
            "No output has spiked, so the SNN has no answer. More time steps or a lower threshold "
            "give one.",
        ),
    ]


def cell_list(answers: SampleAnswers, true: int, answer: int, classes: Sequence[str]) -> SampleList:
    """Return the samples of a cell of the confusion matrix; -1 is the answer of undecided ones."""
    order = answers.hardest()
    inside = (answers.labels[order] == true) & (answers.snn[order] == answer)
    said = f"SNN says {classes[answer]}" if answer >= 0 else "SNN undecided"
    found = order[inside]
    return SampleList(
        f"cell {true} {answer}",
        f"True {classes[true]}, {said}",
        found,
        f"{counted(len(found), 'test sample')} of class {classes[true]}. {said}.",
    )


def words_of(
    answers: SampleAnswers | SampleErrors, sample: int, classes: Sequence[str], clock: Clock
) -> tuple[str, str, str, bool]:
    """Return what is said of a sample: caption, detail, a sentence, and whether it is wrong."""
    if isinstance(answers, SampleErrors):
        of_snn, of_ann = (float(errors[sample]) for errors in answers.by_sample())
        sentence = f"Sample {sample}. Error of the SNN {of_snn:.3g}, of the ANN {of_ann:.3g}."
        return f"±{of_snn:.3g}", f"ANN ±{of_ann:.3g}", sentence, False
    true, choice = int(answers.labels[sample]), int(answers.snn[sample])
    right = true == choice
    said = classes[choice] if choice >= 0 else "?"
    caption = classes[true] if right else f"{classes[true]} → {said}"
    ann = classes[int(answers.ann[sample])]
    told = f"SNN says {said}" if choice >= 0 else "SNN undecided"
    sentence = f"Sample {sample}. True {classes[true]}, {told}, ANN says {ann}."
    if choice < 0:
        return caption, "undecided", sentence, True
    when, margin = clock.at(int(answers.decided[sample])), float(answers.margin[sample])
    sentence += f" Decided at {when}, ahead by {margin:.3g} spike{'' if margin == 1 else 's'}."
    return caption, when, sentence, not right
