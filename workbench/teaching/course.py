"""The questions and exercises of all sessions, by their names."""

from __future__ import annotations

from workbench.errors import SettingsError
from workbench.teaching.judging import Exercise
from workbench.teaching.predicting import Prediction, Question
from workbench.teaching.sessions import (
    accuracy,
    codes,
    converting,
    counting,
    hardware,
    one_neuron,
    rates,
    tradeoffs,
)

_SESSIONS = (one_neuron, rates, counting, converting, tradeoffs, accuracy, codes, hardware)

QUESTIONS: dict[str, Question] = {
    question.name: question for session in _SESSIONS for question in session.QUESTIONS
}
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for session in _SESSIONS for exercise in session.EXERCISES
}


def predict(name: str) -> Prediction:
    """Ask a question of the course; its answer can be shown once a choice is made.

    Parameters
    ----------
    name : str
        Of session and question: "1.a".

    Returns
    -------
    Prediction
        A widget.

    Raises
    ------
    SettingsError
        If there is no such question.
    """
    if name not in QUESTIONS:
        raise SettingsError(f"There is no question {name!r}; there are {', '.join(QUESTIONS)}.")
    return Prediction(QUESTIONS[name])


def exercise(name: str) -> Exercise:
    """Return the check of an exercise of the course.

    Parameters
    ----------
    name : str
        Of session and exercise: "1.2".

    Returns
    -------
    Exercise
        Called with an answer, it says what is wrong, or that it is right.

    Raises
    ------
    SettingsError
        If there is no such exercise.

    Examples
    --------
    >>> check = exercise("1.1")
    >>> check(7.5)
    Exercise 1.1: not yet. Spikes are integers. What does the neuron do with the rest?
    >>> bool(check(7))
    True
    """
    if name not in EXERCISES:
        raise SettingsError(f"There is no exercise {name!r}; there are {', '.join(EXERCISES)}.")
    return EXERCISES[name]
