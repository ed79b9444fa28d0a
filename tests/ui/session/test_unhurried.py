"""Long computations stand back, and behave otherwise as if they had not been told to."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator

import pytest

from workbench.ui.session.unhurried import NICENESS, unhurried


def counting(closed: list[bool]) -> Generator[int, None, None]:
    try:
        yield from range(5)
    finally:
        closed.append(True)


def test_all_items_come_in_order_and_the_generator_is_closed() -> None:
    closed: list[bool] = []
    assert list(unhurried(counting(closed))) == [0, 1, 2, 3, 4]
    assert closed == [True]


def test_nothing_is_computed_that_nobody_asks_for() -> None:
    closed: list[bool] = []
    items = unhurried(counting(closed))
    assert next(iter(items)) == 0
    items.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert "unhurried" not in [thread.name.split("_")[0] for thread in threading.enumerate()]


def test_an_error_reaches_the_caller() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        list(unhurried(failing()))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux alone")
def test_it_stands_back_with_the_threads_that_it_starts() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def measuring() -> Generator[int, None, None]:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(priority()))
        thread.start()
        thread.join()
        yield priority()
        yield found[0]

    before = priority()
    assert list(unhurried(measuring())) == [max(before, NICENESS)] * 2
    assert priority() == before
