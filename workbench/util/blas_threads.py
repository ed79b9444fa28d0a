"""How many threads NumPy's products of matrices take.

OpenBLAS shares products out to all cores, and its threads spin while they wait for one another. On
a machine that does other things too, such as drawing what was computed, a product of small matrices
then takes several times as long as on one thread.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import RLock

import numpy as np

_NAMES = ("scipy_openblas_{}64_", "scipy_openblas_{}", "openblas_{}64_", "openblas_{}")
"""Functions of the OpenBLAS that NumPy's wheels hold, of newer and older ones."""

_lock = RLock()  # a block may begin in a signal handler, or a finalizer, that interrupts it
_inside = 0
_before = 0


@contextmanager
def one_blas_thread(when: bool = True) -> Iterator[None]:
    """Let products of matrices take one thread while the block runs, in all of the process.

    Blocks may overlap, on any threads. Where NumPy has another library than its own OpenBLAS, or
    without `when`, nothing is changed.
    """
    global _inside, _before
    known = _functions() if when else None
    if known is None:
        yield
        return
    get, put = known
    with _lock:
        _inside += 1  # first, and last below, so that a block in between changes nothing
        if _inside == 1:
            _before = get()
            put(1)
    try:
        yield
    finally:
        with _lock:
            if _inside == 1:
                put(_before)
            _inside -= 1


@cache
def _functions() -> tuple[Callable[[], int], Callable[[int], object]] | None:
    """Return what reads and sets the number of threads, or None where NumPy holds no OpenBLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            try:
                library = ctypes.CDLL(str(path))  # the one that NumPy has loaded
            except OSError:
                continue
            for name in _NAMES:
                get = getattr(library, name.format("get_num_threads"), None)
                put = getattr(library, name.format("set_num_threads"), None)
                if get is not None and put is not None:
                    return get, put
    return None
