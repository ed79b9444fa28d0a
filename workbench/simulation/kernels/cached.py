"""How kernels are compiled and kept: one decorator for all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import sigutils
from numba.core.caching import FunctionCache

from workbench import neuron_rules
from workbench.util.atomic_files import locked


@functools.cache
def _sources() -> tuple[tuple[str, int, int], ...]:
    """Return when each file was changed that kernels are made of, and its size."""
    files = (*Path(__file__).parent.glob("*.py"), Path(neuron_rules.__file__))
    found = ((file.name, file.stat()) for file in sorted(files))
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)


class KernelCache(FunctionCache):
    """numba's cache; what cannot be read is compiled and written again.

    A file may be cut short by a full disk or a kill. And numba numbers the files of a function:
    of two processes that write at the same time, one may find what the other compiled for other
    types, unless they wait for each other. And where a kernel calls what stands in another file,
    numba looks at its own file alone to see whether it has changed.
    """

    def __init__(self, function: Callable[..., Any]):
        super().__init__(function)
        self._cache_file._source_stamp = (self._cache_file._source_stamp, _sources())

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


def kernel(function: Callable[..., Any] | None = None, *, inline: bool = False) -> Any:
    """Compile a function when it is called first, and keep what was compiled.

    ``@kernel`` is for what Python calls. It gives the interpreter's lock back, because samples run
    in threads; it is kept on disk, because compiling all of them takes many seconds. There is no
    fast mathematics and no parallel loop: numbers are integers, and threads have samples.

    Parameters
    ----------
    function : function
    inline : bool
        For a part of other kernels, ``@kernel(inline=True)``: numba puts its lines into theirs,
        because a call counts references of each array. It is kept as a part of these.
    """
    if function is None:
        return functools.partial(kernel, inline=inline)
    if inline:
        return njit(inline="always")(function)
    compiled: Any = njit(nogil=True)(function)
    compiled._cache = KernelCache(function)
    return compiled
