from __future__ import annotations

import numpy as np

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.plot.clock import Clock
from workbench.ui.session.sample_lists import cell_list, lists_of, words_of

ANSWERS = SampleAnswers(
    labels=np.array([0, 1, 0, 1, 0]),
    snn=np.array([0, 0, -1, 1, 1]),
    ann=np.array([0, 1, 0, 0, 1]),
    decided=np.array([3, 8, 0, 1, 2]),
    margin=np.array([5.0, 1.0, 0.0, 2.0, 3.0]),
)
CLASSES = ("cat", "dog")


def test_every_sample_is_in_the_list_of_who_is_right() -> None:
    lists = {each.key: each.samples.tolist() for each in lists_of(ANSWERS)}
    assert lists["ann"] == [2, 1]
    assert lists["snn"] == [3]
    assert lists["neither"] == [4]
    assert lists["both"] == [0]
    assert lists["undecided"] == [2]
    who = [*lists["ann"], *lists["snn"], *lists["neither"], *lists["both"]]
    assert sorted(who) == sorted(lists["hardest"]) == [0, 1, 2, 3, 4]


def test_a_cell_lists_its_samples() -> None:
    assert cell_list(ANSWERS, 0, 1, CLASSES).samples.tolist() == [4]
    undecided = cell_list(ANSWERS, 0, -1, CLASSES)
    assert undecided.samples.tolist() == [2]
    assert undecided.title == "True cat, SNN undecided"


def test_a_sample_is_told_in_words() -> None:
    assert words_of(ANSWERS, 1, CLASSES, Clock()) == (
        "dog → cat",
        "step 8",
        "Sample 1. True dog, SNN says cat, ANN says dog. Decided at step 8, ahead by 1 spike.",
        True,
    )
    assert words_of(ANSWERS, 0, CLASSES, Clock())[0] == "cat"
    assert words_of(ANSWERS, 2, CLASSES, Clock())[:2] == ("cat → ?", "undecided")


def test_of_a_regression_the_network_that_is_closer_counts() -> None:
    targets = np.zeros((3, 1))
    errors = SampleErrors(targets, np.array([[1.0], [3.0], [0.1]]), np.array([[2.0], [1.0], [0.1]]))
    lists = {each.key: each.samples.tolist() for each in lists_of(errors)}
    assert lists == {"hardest": [1, 0, 2], "ann": [1], "snn": [0]}
    assert words_of(errors, 1, (), Clock())[:2] == ("±3", "ANN ±1")
