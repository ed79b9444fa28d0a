"""A line that tells how far a long run has come, where a person watches."""

from __future__ import annotations

import sys
from collections.abc import Callable

WIDTH = 30


def progress_line() -> Callable[[int, int], None] | None:
    """Return what shows (samples done, samples in all): in a notebook's cell or a terminal.

    None where nobody watches, as in a pipe or a log.
    """
    notebook = type(sys.stdout).__module__.startswith("ipykernel.")
    if not notebook and not sys.stderr.isatty():
        return None
    # A cell shows what goes to standard error as if it were a fault.
    stream = sys.stdout if notebook else sys.stderr

    def show(done: int, total: int) -> None:
        filled = WIDTH * done // total
        end = "\n" if done == total else ""
        bar = "#" * filled + "-" * (WIDTH - filled)
        print(f"\r[{bar}] {done:,} of {total:,} samples", end=end, file=stream, flush=True)

    return show
