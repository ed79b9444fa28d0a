"""Generators that work in steps and return a result, as a script wants them: run to the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")


def finished(
    steps: Generator[Step, None, Result], each: Callable[[Step], None] | None = None
) -> Result:
    """Run a generator to its end and return its result.

    Parameters
    ----------
    steps : generator
    each : callable, optional
        Called with what it yields.
    """
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        if each is not None:
            each(step)
