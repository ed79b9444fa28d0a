"""How many processor cores there are for this process."""

from __future__ import annotations

import os

import psutil


def usable_cores() -> int:
    """Number of processor cores that this process may use; a scheduler may have given it few."""
    if hasattr(psutil.Process, "cpu_affinity"):  # not on macOS
        return len(psutil.Process().cpu_affinity())
    return os.cpu_count() or 1
