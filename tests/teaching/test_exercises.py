"""Checks accept right answers, and say of wrong ones what is wrong."""

import re
from itertools import pairwise

import numpy as np
import pytest
from example_counts import examples
from exercise_answers import COUNTS, RIGHT, WRONG
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import SettingsError
from workbench.teaching.course import EXERCISES, QUESTIONS
from workbench.teaching.judging import Verdict


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_are_accepted(name):
    check = wb.teaching.exercise(name)
    for answer in RIGHT[name]:
        verdict = check(answer)
        assert verdict, verdict
        assert "right" in repr(verdict) and "✓" in verdict._repr_html_()


NUMBERS = [name for name, right in RIGHT.items() if isinstance(right[0], (int, float))]


@pytest.mark.parametrize("kind", [np.float64, np.array, lambda number: np.array(number, "f8")])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_of_numpy_is_a_number(name, kind):
    for right in RIGHT[name]:
        assert wb.teaching.exercise(name)(kind(right))


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_wrong_answers_get_a_hint_without_the_answer(name, answer, hint):
    verdict = wb.teaching.exercise(name)(answer)
    assert not verdict and hint in verdict.hint
    for right in RIGHT.get(name, ()):
        if isinstance(right, (int, float)) and right not in (0.5, 0.99):
            said = re.findall(r"\d+(?:[.,]\d+)*", verdict.hint)
            assert f"{right:g}" not in said and f"{right:,}" not in said


class Odd:
    """Has no repr, no truth and no equal."""

    def __repr__(self):
        raise ValueError("no repr")

    __bool__ = __eq__ = __hash__ = __array__ = __repr__


THINGS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.complex_numbers(),
    st.builds(Odd),
    st.sampled_from((10**400, ..., np.zeros((2, 3)), np.array(7), [[1], [2, 3]], {}, int)),
)
ANSWERS = THINGS | st.tuples(THINGS, THINGS) | st.lists(THINGS, max_size=3)


@settings(max_examples=examples(8))
@given(answer=ANSWERS)
@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_raises(name, answer):
    check = wb.teaching.exercise(name)
    counts = dict.fromkeys(COUNTS, answer)
    for given_answer in (answer, lambda *arguments: answer, counts):
        assert isinstance(check(given_answer).hint, str)


REPAIRED = {"percentile": 95, "initial_potential": 0.5}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings", "hint"),
    [
        ("4.3", REPAIRED, ""),
        ("4.3", {}, "too slow"),
        ("4.3", {"percentile": 70}, "lost for good"),
        ("6.3", {"percentile": 85}, "the goal is 83"),
        ("6.3", {**REPAIRED, "neurons": "signed"}, ""),
        ("7.4", {"neurons": "one_shot", "levels": 6, "percentile": 95}, ""),
        ("7.4", {"neurons": "one_shot"}, "The goal is 85"),
        ("7.4", REPAIRED, "more than 20,000"),
        ("7.4", {"code": "ttfs_steps"}, "Layers take turns"),
        ("8.3", {**REPAIRED, "percentile": 98}, ""),
        ("8.3", REPAIRED, "the rounding loses too much"),
        ("8.3", {"percentile": 70}, "the conversion loses too much"),
    ],
)
def test_the_conversion_is_judged_by_what_it_reaches(name, settings, hint):
    verdict = wb.teaching.exercise(name)(wb.Conversion(**settings))
    assert hint in verdict.hint and bool(hint) != bool(verdict)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "steps", "hint"),
    [
        (REPAIRED, 7, ""),
        (REPAIRED, 12, "there are 20"),
        (REPAIRED, 4, "the goal is 75"),
        ({}, 24, "Both must get better"),
    ],
)
def test_the_choice_is_judged_by_accuracy_and_energy(settings, steps, hint):
    verdict = wb.teaching.exercise("5.4")((wb.Conversion(**settings), steps))
    assert hint in verdict.hint and bool(hint) != bool(verdict)


def test_an_assert_fails_with_the_hint():
    check = wb.teaching.exercise("1.1")
    with pytest.raises(AssertionError, match=r"Exercise 1.1: not yet. Spikes are integers"):
        assert check(7.5), check(7.5)


def test_hints_cannot_bring_markup_into_a_page():
    assert "<script>" not in Verdict("1.1", "<script>alert(1)</script>")._repr_html_()


def test_unknown_names_are_refused_with_those_that_there_are():
    with pytest.raises(SettingsError, match=r"no exercise '9.9'; there are 1.1, 1.2"):
        wb.teaching.exercise("9.9")
    with pytest.raises(SettingsError, match=r"no question '9.z'; there are 1.a"):
        wb.teaching.predict("9.z")


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_prediction_answers_only_those_who_chose(name):
    question, asked = QUESTIONS[name], wb.teaching.predict(name)
    asked.show_answer()
    assert asked.button.disabled and not asked.told.value
    asked.choices.index = (question.right + 1) % len(question.choices)
    assert not asked.button.disabled
    asked.button.click()
    assert asked.chosen != question.choices[question.right]
    assert "You said" in asked.told.value and asked.choices.disabled
    asked.close()


def test_the_place_of_a_right_choice_does_not_tell_that_of_the_next():
    for name, next_name in pairwise(QUESTIONS):
        if name[0] == next_name[0]:
            assert QUESTIONS[name].right != QUESTIONS[next_name].right, next_name
            assert QUESTIONS[name].choices != QUESTIONS[next_name].choices


def test_a_page_without_a_kernel_folds_the_answer_away(monkeypatch):
    monkeypatch.setenv("WORKBENCH_FIGURES", "png")
    asked = wb.teaching.predict("1.a")
    page = asked._repr_mimebundle_()["text/html"]
    assert "<details>" in page and page.count("<li>") == 4
    asked.close()


def test_every_exercise_is_tested():
    assert {*RIGHT, "4.3", "5.4", "6.3", "7.4", "8.3"} == set(EXERCISES)
