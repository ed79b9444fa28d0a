"""How far a long run has come: a line that fills where a person watches, else lines in a log."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30

EVERY_S = 5.0
"""Seconds between the lines of a log."""


def progress_line(
    *, time_left: bool = False, of: str = "samples"
) -> Callable[[int, int], None] | None:
    """Return what shows (samples done, samples in all): in a notebook's cell or a terminal.

    None where nobody watches, as in a pipe or a log.

    Parameters
    ----------
    time_left : bool
        Whether it says how long the rest takes, if all samples take as long as those that are done.
    of : str
        What is counted.
    """
    stream = _watched()
    if stream is None:
        return None
    began_s = time.monotonic()

    def show(done: int, total: int) -> None:
        left = f"{time_left_told(began_s, done, total):<24}" if time_left else ""  # over the last
        filled = WIDTH * done // total
        end = "\n" if done == total else ""
        bar = "#" * filled + "-" * (WIDTH - filled)
        print(f"\r[{bar}] {done:,} of {total:,} {of}{left}", end=end, file=stream, flush=True)

    return show


class StepLine:
    """A line that tells what is being done, once that has taken some seconds.

    Parameters
    ----------
    what : str
        With which it begins.
    stream : text stream
    after_s : float
        Seconds that pass before anything is shown.
    """

    def __init__(self, what: str, stream: TextIO, after_s: float):
        self._what, self._stream = what, stream
        self._from_s, self._width = time.monotonic() + after_s, 0

    def show(self, step: str, done: int, total: int) -> None:
        """Say which step it is, and how far that is."""
        if time.monotonic() < self._from_s:
            return
        filled = WIDTH * done // max(1, total)
        text = f"[{'#' * filled}{'-' * (WIDTH - filled)}] {self._what}: {step}"
        print(f"\r{text:<{self._width}}", end="", file=self._stream, flush=True)
        self._width = len(text)  # What follows covers it.

    def end(self) -> None:
        """Leave the line as it is, and go on below it."""
        if self._width:
            print(file=self._stream, flush=True)


def step_line(what: str, after_s: float | None = None) -> StepLine | None:
    """Return a line of steps in a notebook's cell or a terminal; None where nobody watches.

    Parameters
    ----------
    what : str
        With which it begins: "Converting".
    after_s : float, optional
        Seconds that pass before anything is shown; as many as between lines of a log by default.
    """
    stream = _watched()
    return (
        None if stream is None else StepLine(what, stream, EVERY_S if after_s is None else after_s)
    )


def _watched() -> TextIO | None:
    """Return the stream that a person sees as it is written, if there is one."""
    # A cell shows what goes to standard error as if it were a fault.
    if type(sys.stdout).__module__.startswith("ipykernel."):
        return sys.stdout
    return sys.stderr if sys.stderr.isatty() else None


def time_left_told(began_s: float, done: int, total: int) -> str:
    """Say how long the rest takes; nothing at the start and at the end.

    Parameters
    ----------
    began_s : float
        Of the monotonic clock.
    done, total : int
    """
    if not 0 < done < total:
        return ""
    left_s = (time.monotonic() - began_s) * (total - done) / done
    return f", about {left_s:.0f} s left"


class ProgressLog:
    """Lines on standard error every few seconds; nothing about what takes less.

    Parameters
    ----------
    every_s : float, optional
    """

    def __init__(self, every_s: float | None = None):
        self._every_s = EVERY_S if every_s is None else every_s
        self._began_s = 0.0
        self._line = self._count = ""
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, line: str) -> None:
        """Say from now on that this is being done."""
        self._line, self._count, self._began_s = line, "", time.monotonic()
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name="workbench-log", daemon=True)
            self._thread.start()

    def count(self, done: int, total: int, of: str = "samples", left: str = "") -> None:
        """Add how many samples are done, and maybe how long the rest takes."""
        self._count = f" {done:,} of {total:,} {of}{left}"

    def step(self, words: str) -> None:
        """Say which step of it is being done."""
        self._count = f" {words}"

    def end(self) -> None:
        """Say nothing further."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            spent_s = time.monotonic() - self._began_s
            stream = sys.stderr
            print(f"{self._line}{self._count} ({spent_s:.0f} s)", file=stream, flush=True)
