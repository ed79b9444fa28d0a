"""Notice of compilation: what is loaded from numba's cache is not compiled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core import event


class _Listener(event.Listener):
    def __init__(self, tell: Callable[[], None]):
        self._tell = tell
        self._thread = threading.get_ident()

    def on_start(self, event: event.Event) -> None:
        if threading.get_ident() == self._thread:  # numba tells of every thread's
            self._tell()

    def on_end(self, event: event.Event) -> None:
        pass


@contextmanager
def watch_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` each time that numba begins to compile a function on this thread."""
    with event.install_listener("numba:compile", _Listener(tell)):
        yield
