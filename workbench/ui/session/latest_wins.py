"""One worker thread on which the newest request wins.

Widget callbacks must return at once: a callback that blocks freezes every other control for as
long as it runs. They therefore only submit a request; the job runs here, works in chunks of
20 to 50 ms and asks between chunks whether it was superseded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

Request = TypeVar("Request")
ErrorCallback = Callable[[Exception], None]


def report_error(error: Exception, on_error: ErrorCallback | None) -> None:
    """Hand an exception of a worker thread to its owner, or to `threading.excepthook`.

    Parameters
    ----------
    error : Exception
        What the thread's work raised.
    on_error : callable or None
        The owner's callback. Should it fail too, both exceptions reach the hook: a worker
        thread has no caller, so what is not reported here would disappear.
    """
    if on_error is not None:
        try:
            on_error(error)
            return
        except Exception as second:
            second.__context__ = error
            error = second
    threading.excepthook(
        threading.ExceptHookArgs(
            (type(error), error, error.__traceback__, threading.current_thread())
        )
    )


class LatestWins(Generic[Request]):
    """Run a job for the newest of the submitted requests, one at a time, on one thread.

    Parameters
    ----------
    job : callable
        Called as ``job(request, cancelled)`` on the worker thread. ``cancelled()`` turns true
        once a newer request was submitted, or `cancel` or `shutdown` was called; the job then
        returns early.
    on_error : callable, optional
        Receives an exception that the job raised, on the worker thread. The worker goes on
        with the next request. Without it the exception goes to `threading.excepthook`.
    name : str
        Name of the thread.
    """

    def __init__(
        self,
        job: Callable[[Request, Callable[[], bool]], object],
        *,
        on_error: ErrorCallback | None = None,
        name: str = "latest-wins",
    ):
        self._job = job
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: tuple[int, Request] | None = None
        self._generation = 0
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a request is running or waiting to run."""
        with self._changed:
            return self._busy or self._waiting is not None

    def submit(self, request: Request) -> int:
        """Ask for a run with `request`, superseding what runs or waits; return at once.

        Parameters
        ----------
        request : object
            Passed to the job unchanged; use an immutable value.

        Returns
        -------
        int
            The generation of the request, larger than that of every earlier one.

        Raises
        ------
        RuntimeError
            After `shutdown`.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError(f"{self._thread.name} was shut down and takes no more requests.")
            self._generation += 1
            self._waiting = (self._generation, request)
            self._changed.notify_all()
            return self._generation

    def cancel(self) -> None:
        """Drop the waiting request and tell the running job to stop; return at once."""
        with self._changed:
            self._generation += 1
            self._waiting = None
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until nothing runs or waits; return False when `timeout` (seconds) ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and self._waiting is None, timeout)

    def shutdown(self, timeout: float | None = 5.0) -> bool:
        """Cancel everything and end the thread; calling it again does no harm.

        Parameters
        ----------
        timeout : float or None
            Seconds to wait for the running job to notice; None waits as long as it takes.

        Returns
        -------
        bool
            Whether the thread has ended.
        """
        with self._changed:
            self._closed = True
            self._generation += 1
            self._waiting = None
            self._changed.notify_all()
        # A job may shut its own worker down; a thread cannot wait for itself.
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            generation, request = taken
            try:
                self._job(request, partial(self._superseded, generation))
            except Exception as error:  # a job may raise anything; the worker lives on
                if not sys.is_finalizing():
                    report_error(error, self._on_error)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
            # Do not keep the last request (it may hold large arrays) while idle.
            del taken, request

    def _superseded(self, generation: int) -> bool:
        return self._generation != generation

    def _take(self) -> tuple[int, Request] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting is not None)
            if self._closed:
                return None
            taken, self._waiting = self._waiting, None
            self._busy = True
            return taken
