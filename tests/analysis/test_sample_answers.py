from __future__ import annotations

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors, margins


def test_wrong_answers_come_first_then_late_and_close_ones() -> None:
    answers = SampleAnswers(
        labels=np.array([0, 0, 0, 0, 0, 0]),
        snn=np.array([0, 0, 1, -1, 0, 1]),
        ann=np.array([0, 0, 0, 0, 1, 1]),
        decided=np.array([5, 9, 2, 0, 9, 3]),
        margin=np.array([1.0, 7.0, 4.0, 0.0, 2.0, 1.0]),
    )
    assert answers.hardest().tolist() == [3, 2, 5, 4, 1, 0]
    assert answers.snn_right.tolist() == [True, True, False, False, True, False]
    assert len(answers) == 6


@settings(max_examples=examples(30))
@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=8))
def test_a_margin_is_the_lead_over_the_second(rows: list[list[int]]) -> None:
    expected = [(sorted(row)[-1] - sorted(row)[-2]) / 4 for row in rows]
    assert margins(np.array(rows), 4).tolist() == expected


def test_a_single_output_is_ahead_of_nothing() -> None:
    assert margins(np.array([[3], [-2], [0]])).tolist() == [3, 2, 0]


def test_errors_are_by_sample_and_by_output() -> None:
    targets = np.zeros((2, 2))
    errors = SampleErrors(targets, np.array([[1.0, 0.0], [3.0, 4.0]]), targets)
    assert errors.by_sample()[0] == pytest.approx([np.sqrt(0.5), np.sqrt(12.5)])
    assert errors.by_output()[0] == pytest.approx([np.sqrt(5), np.sqrt(8)])
    assert errors.by_output()[1].tolist() == [0, 0]
    assert errors.hardest().tolist() == [1, 0]
