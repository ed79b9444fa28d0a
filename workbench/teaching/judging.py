"""Exercises with checks that say what is wrong, and do not give the answer."""

from __future__ import annotations

import copy
import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import WorkbenchError
from workbench.setting_values import plain


@dataclass(frozen=True)
class Verdict:
    """What a check says about an answer. It is true where the answer is right.

    Parameters
    ----------
    name : str
        Of the exercise.
    hint : str
        What is wrong; "" where nothing is.
    praise : str
        Why the right answer is right.
    """

    name: str
    hint: str
    praise: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return not self.hint

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        if self.right:
            return f"Exercise {self.name}: right. {self.praise}".rstrip()
        return f"Exercise {self.name}: not yet. {self.hint}"

    def _repr_html_(self) -> str:
        mark, colour = ("✓", "#12A579") if self.right else ("→", "#E0A100")
        return (
            f'<div style="border-left:4px solid {colour};padding:4px 12px">{mark} '
            f"{html.escape(repr(self))}</div>"
        )


@dataclass(frozen=True)
class Exercise:
    """A question of the course. Call it with an answer.

    Parameters
    ----------
    name : str
        Of session and exercise: "1.2".
    task : str
        What to find, in a line.
    judge : callable
        From an answer to what is wrong with it, or "".
    praise : str
        Said when the answer is right.
    """

    name: str
    task: str
    judge: Callable[[Any], str]
    praise: str = ""

    def __call__(self, answer: Any = None) -> Verdict:
        """Check an answer.

        Parameters
        ----------
        answer : object
            What the exercise asks for; None counts as no answer yet.

        Returns
        -------
        Verdict
            True where the answer is right; its `hint` says what is wrong. ``assert check(answer)``
            is a test that nbgrader can grade.
        """
        if answer is None or answer is ...:
            return Verdict(self.name, "There is no answer yet: replace None by yours.")
        try:
            hint = self.judge(answer)
        except WorkbenchError as error:
            hint = f"The workbench refuses it: {error}"
        except Exception as error:  # an answer may be anything, and a class waits for no traceback
            hint = f"The check cannot use this answer ({type(error).__name__}: {error})."
        return Verdict(self.name, hint, "" if hint else self.praise)

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.task}"


def as_number(answer: Any) -> tuple[float, str]:
    """Return an answer as a number, and what is wrong where it is none.

    A NumPy number, or an array without dimensions, is a number like those of Python.
    """
    answer = plain(answer)
    if isinstance(answer, bool) or not isinstance(answer, (int, float, np.integer, np.floating)):
        return 0.0, f"Expected a number, got a {type(answer).__name__}."
    try:
        value = float(answer)
    except OverflowError:  # an int above the largest float64
        value = float("inf")
    if not np.isfinite(value):
        return 0.0, f"Expected a finite number, got {value}."
    return value, ""


def number_judge(
    right: float, hints: dict[float, str], otherwise: str, *, within: float = 1e-6
) -> Callable[[Any], str]:
    """Return a judge of one number.

    Parameters
    ----------
    right : float
    hints : dict of float to str
        By usual wrong answers, what led there.
    otherwise : str
        What to say of all others.
    within : float
        So near counts as equal.
    """

    def judge(answer: Any) -> str:
        value, wrong = as_number(answer)
        if wrong or abs(value - right) <= within:
            return wrong
        near = [hint for usual, hint in hints.items() if abs(value - usual) <= within]
        return near[0] if near else otherwise

    return judge


def called(function: Any, *arguments: Any) -> tuple[Any, str]:
    """Return what a student's function returns, and what is wrong where it raises.

    The function gets copies of its arguments: it may change arrays in place.
    """
    shown = ", ".join(_shown(argument) for argument in arguments)
    if not callable(function):
        return None, f"Expected a function, got a {type(function).__name__}."
    try:
        value = function(*copy.deepcopy(arguments))
    except Exception as error:  # whatever a student wrote
        name = getattr(function, "__name__", "your function")
        return None, f"{name}({shown}) raises {type(error).__name__}: {error}"
    if value is None:
        return None, "Your function returns None: fill in its lines, and return what they compute."
    return value, ""


def _shown(argument: Any) -> str:
    if isinstance(argument, np.ndarray) and argument.size > 4:
        return f"array of shape {argument.shape}"
    if isinstance(argument, pd.DataFrame):
        return "table"
    return f"{argument:g}" if isinstance(argument, float) else str(argument)
