"""Long computations that let short ones go first, also those of other viewers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

Item = TypeVar("Item")

NICENESS = 15
"""How far it stands back: a thread of usual priority gets some 28 times its share of a core."""


def unhurried(items: Generator[Item, None, None]) -> Iterator[Item]:
    """Yield what a generator yields, computed on a thread of low priority.

    Threads that the generator starts have the same priority. The generator is closed when the
    caller stops asking.
    """
    end = object()
    with closing(items), ThreadPoolExecutor(1, "unhurried", stand_back) as pool:
        while (item := pool.submit(next, items, end).result()) is not end:
            yield item  # type: ignore[misc]


def stand_back() -> None:
    """Give the current thread, and those that it starts, a low priority."""
    # Linux gives each thread a priority; elsewhere this would be that of the whole process.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(now, NICENESS))
