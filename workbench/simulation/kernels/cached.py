"""Compiled functions whose cache may be damaged, or shared by several processes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import sigutils
from numba.core.caching import FunctionCache

from workbench.util.atomic_files import locked


class KernelCache(FunctionCache):
    """numba's cache; what cannot be read is compiled and written again.

    A file may be cut short by a full disk or a kill. And numba numbers the files of a function:
    of two processes that write at the same time, one may find what the other compiled for other
    types, unless they wait for each other.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was compiled for these types; None if there is nothing of use."""
        try:
            found = super().load_overload(sig, target_context)
            if found is None or found.signature.args == sigutils.normalize_signature(sig)[0]:
                return found
        except Exception:  # pickle raises anything when it reads what it did not write
            pass
        self._forget()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where that is possible; the run goes on in any case."""
        # The disk may be full, and the index that is read first may be damaged by now.
        with suppress(Exception), locked(Path(self.cache_path)):
            super().save_overload(sig, data)

    def _forget(self) -> None:
        with suppress(OSError), locked(Path(self.cache_path)):
            self.flush()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function when it is called first, without the interpreter's lock, and keep it."""
    compiled: Any = njit(nogil=True)(function)
    compiled._cache = KernelCache(function)
    return compiled
