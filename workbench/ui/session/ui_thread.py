"""The single writer: the one thread that changes widgets and Bokeh models for the program.

JupyterLab runs widget callbacks on a main thread and on subshell threads at the same time, Voila
on one thread, and simulations on theirs. When every change the program itself makes is posted
here, changes are applied in one order and never at the same time.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from workbench.ui.session.latest_wins import ErrorCallback, report_error

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
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    def post(self, fn: Callable[..., object], *args: object, key: Hashable | None = None) -> None:
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

        Notes
        -----
        Posts after `shutdown` are dropped: there is no interface left to change.
        """
        with self._changed:
            if self._closed:
                return
            # A post without a key gets one that nothing else can have.
            name: Hashable = object() if key is None else ("key", key)
            self._posts.pop(name, None)
            self._posts[name] = (fn, args)
            self._changed.notify_all()

    def flush(self, timeout: float | None = 5.0) -> bool:
        """Block until everything posted so far has run; False when `timeout` (seconds) ran out.

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
        reached = threading.Event()
        self.post(reached.set)
        return reached.wait(timeout)

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
            self._changed.wait_for(lambda: self._closed or bool(self._posts))
            if not self._posts:
                return None
            return self._posts.popitem(last=False)[1]
