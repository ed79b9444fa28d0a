"""The single writer: the one thread that changes widgets and Bokeh models for the program.

JupyterLab runs widget callbacks on a main thread and on subshell threads at the same time, Voila
on one thread, and simulations on theirs. When every change the program itself makes is posted
here, changes are applied in one order and never at the same time.

What people look at goes first: a post may ask to come a moment later, and then neither holds up the
result of the same change nor takes the interpreter from who computes it.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from workbench.ui.session.latest_wins import ErrorCallback, report_error

LATER_S = 0.15
"""What can wait is shown so much later, and then some seven times a second. The answer to a moved
slider is on the page by then."""

Post = tuple[Callable[..., object], tuple[object, ...]]


class UIThread:
    """Run posted functions one after the other on a thread of its own.

    Parameters
    ----------
    on_error : callable, optional
        Receives an exception that a posted function raised, on this thread; the posts after it
        run all the same. Without it the exception goes to `threading.excepthook`.
    name : str
        Name of the thread.
    """

    def __init__(self, *, on_error: ErrorCallback | None = None, name: str = "ui-thread"):
        self._on_error = on_error
        self._changed = threading.Condition()
        self._posts: OrderedDict[Hashable, Post] = OrderedDict()
        self._delayed: OrderedDict[Hashable, tuple[float, Post]] = OrderedDict()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    def post(
        self,
        fn: Callable[..., object],
        *args: object,
        key: Hashable | None = None,
        after_s: float = 0.0,
    ) -> None:
        """Run ``fn(*args)`` on this thread, after what was posted before; return at once.

        Parameters
        ----------
        fn : callable
            What to run.
        *args
            Its arguments.
        key : hashable, optional
            Of the posts that wait with the same key only the newest runs, at its own place in
            the order. For updates that make earlier ones pointless, such as a progress bar's.
        after_s : float
            Seconds to wait before the post takes its place in the order. A post that waits is not
            put off by a newer one with the same key, which runs at the time of the first.

        Notes
        -----
        Posts after `shutdown` are dropped: there is no interface left to change.
        """
        with self._changed:
            if self._closed:
                return
            # A post without a key gets one that nothing else can have.
            name: Hashable = object() if key is None else ("key", key)
            if after_s > 0:
                due, _ = self._delayed.get(name, (time.monotonic() + after_s, None))
                self._delayed[name] = due, (fn, args)
            else:
                self._posts.pop(name, None)
                self._posts[name] = (fn, args)
            self._changed.notify_all()

    def flush(self, timeout: float | None = 5.0) -> bool:
        """Block until everything posted so far has run; False when `timeout` (seconds) ran out.

        Posts that wait for their time run at once, and so do those that posts so far have made.

        Raises
        ------
        RuntimeError
            When called on this thread, which would wait for itself.
        """
        if self.is_current:
            raise RuntimeError("flush() was called on the UI thread, which cannot wait for itself.")
        with self._changed:
            closed = self._closed
        if closed:  # takes no more posts, and ends once the last one has run
            self._thread.join(timeout)
            return not self._thread.is_alive()
        until = None if timeout is None else time.monotonic() + timeout
        for _ in range(2):
            reached = threading.Event()
            with self._changed:
                self._hurry(math.inf)
            self.post(reached.set)
            if not reached.wait(None if until is None else until - time.monotonic()):
                return False
        return True

    def shutdown(self, timeout: float | None = 5.0) -> bool:
        """Run what was posted, then end the thread; calling it again does no harm.

        Returns
        -------
        bool
            Whether the thread has ended within `timeout` seconds.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if not self.is_current:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            fn, args = taken
            try:
                fn(*args)
            except Exception as error:  # a post may raise anything; the thread lives on
                if not sys.is_finalizing():
                    report_error(error, self._on_error)
            # Do not keep the last arguments (they may hold large arrays) while idle.
            del taken, fn, args

    def _take(self) -> Post | None:
        with self._changed:
            while True:
                now = time.monotonic()
                self._hurry(math.inf if self._closed else now)
                if self._posts:
                    return self._posts.popitem(last=False)[1]
                if self._closed:
                    return None
                next_s = min((due for due, _ in self._delayed.values()), default=None)
                self._changed.wait(None if next_s is None else max(0.0, next_s - now))

    def _hurry(self, until: float) -> None:
        """Give posts that are due by then their place in the order; with the lock held."""
        for name in [name for name, (due, _) in self._delayed.items() if due <= until]:
            self._posts.pop(name, None)
            self._posts[name] = self._delayed.pop(name)[1]
