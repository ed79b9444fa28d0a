"""Importing tensorflow without the notes that it writes while it starts."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

SEVERITIES = "IWE"
"""Notes, warnings and errors, as lines of tensorflow's log begin."""

HEADLINE = "WARNING: All log messages before absl::InitializeLog()"

_LOGGED = re.compile(rf"({re.escape(HEADLINE)}|[{SEVERITIES}]\d{{4}} )")


def import_tensorflow() -> Any:
    """Import tensorflow and return it."""
    with quiet_start():
        import tensorflow
    return tensorflow


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what tensorflow logs while it is imported; whatever else is said passes.

    It logs to file descriptor 2 before its own log level counts. The level is what the
    environment variable TF_CPP_MIN_LOG_LEVEL says, and 3 without it: failures alone.
    """
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    dropped = SEVERITIES[: int(level)] if level.isdigit() else ""
    if "tensorflow" in sys.modules or not dropped:
        yield
        return
    with tempfile.TemporaryFile() as held:
        try:
            stderr = os.dup(2)
        except OSError:  # A program without one.
            yield
            return
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            _pass_on(held, dropped)


def _pass_on(held: BinaryIO, dropped: str) -> None:
    held.seek(0)
    for line in held:
        logged = _LOGGED.match(line.decode(errors="replace"))
        if logged is None or not (logged[1] == HEADLINE or logged[1][0] in dropped):
            os.write(2, line)
