"""Compiled loops of the event engine: stateless functions on contiguous arrays.

Every function works on one sample and one window of steps. Spikes travel as events: `start`
(steps + 1) says where each step begins in `index` (unit) and `value` (how many spikes the unit
stands for; 1 unless a pooling summed them). All numbers are integers, so the order of a sum
can never move a spike. The functions release the interpreter lock; samples run in threads.

What is compiled is kept in this folder, or in the user's cache where this one cannot be written.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numba

from workbench.simulation.kernels.cache_owner import changeable_by_others
from workbench.simulation.kernels.cached import KernelCache


def _kept() -> None:
    """Stand for all kernels: numba decides on its cache when a function is decorated."""


def _remove(folder: str, owner: int) -> None:
    """Remove a folder when the process ends that made it, not when a fork of it does."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def cache_folder() -> Path:
    """Return where compiled kernels lie."""
    return Path(KernelCache(_kept).cache_path)


def _ensure_cache() -> str:
    """Return why kernels are not kept for the next session; "" where they are.

    Where no folder can be written, numba refuses to compile at all (read-only containers without
    a home). A folder of this program's own then keeps them for as long as it runs. So it does
    where other accounts could put programs into the folder.
    """
    try:
        folder = cache_folder()
    except RuntimeError:
        reason = "no folder can be written to cache them"
    else:
        # Who owns the package can change its sources, too.
        owner = Path(__file__).stat().st_uid
        opened = changeable_by_others(folder, {owner})
        if opened is None:
            return ""
        reason = f"other accounts on this machine can change the files in {opened}"
    config: Any = numba.config
    config.CACHE_DIR = tempfile.mkdtemp(prefix="snn-workbench-kernels-")
    atexit.register(_remove, config.CACHE_DIR, os.getpid())
    return reason


NOT_KEPT = _ensure_cache()
"""Why compiled kernels are not there in the next session; "" where they are."""

KEPT = not NOT_KEPT
"""Whether compiled kernels are there in the next session."""
