"""How much memory reading a file may take: asked by every reader before it allocates.

A file of some bytes can declare any size. What it declares is compared with one budget, which is
the environment variable ``WORKBENCH_MEMORY`` ("2 GB", "500 MB", bytes), or a share of the memory
that is free.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from workbench.errors import SettingsError, WorkbenchError
from workbench.util.control_groups import group_allowance

VARIABLE = "WORKBENCH_MEMORY"

SHARE = 0.5
"""Of free memory: what is read is copied once where it is converted."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", re.IGNORECASE | re.ASCII)


def free_memory() -> int:
    """Bytes of memory that this process can still get, also in a container with a limit."""
    group = group_allowance()
    allowances = _allowances() + ([] if group is None else [group])
    return min([int(psutil.virtual_memory().available), *allowances])


def _allowances() -> list[int]:
    """Bytes that are left of the limits of this process, where whoever started it set some."""
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return []
    soft = {
        kind: resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    }
    # Every run asks, and few processes have limits: what is used is looked up for those alone.
    if set(soft.values()) == {resource.RLIM_INFINITY}:
        return []
    used = psutil.Process().memory_info()
    limits = [(resource.RLIMIT_AS, used.vms)]
    if hasattr(used, "data"):  # As Linux counts it.
        limits.append((resource.RLIMIT_DATA, used.data))
    return [max(0, soft[k] - n) for k, n in limits if soft[k] != resource.RLIM_INFINITY]


def memory_budget() -> int:
    """Bytes that reading one file may take.

    Raises
    ------
    SettingsError
        If ``WORKBENCH_MEMORY`` is not a size.
    """
    given = os.environ.get(VARIABLE)
    return int(SHARE * free_memory()) if not given else _bytes_of(given)


def _bytes_of(text: str) -> int:
    found = _SIZE.fullmatch(text[:40])
    size = 0.0
    if found:
        number, unit, binary = found.groups()
        factor = _UNITS[unit.upper()]
        size = float(number) * (factor if not binary else 1024 ** list(_UNITS).index(unit.upper()))
    if size < 1:
        raise SettingsError(
            f"The environment variable {VARIABLE} is {text[:40]!r}; accepted: a size above 0, as "
            "2 GB, 500 MB, or a number of bytes. Change it, or unset it."
        )
    return int(size)


def size_problem(n_bytes: int) -> str:
    """Say why so many bytes are not taken: "" where they fit the budget."""
    budget = memory_budget()
    if n_bytes <= budget:
        return ""
    return (
        f"it takes {shown_size(n_bytes)} of memory; {shown_size(budget)} are accepted, which the "
        f"environment variable {VARIABLE} changes"
    )


def check_size(n_bytes: int, what: str, error: type[WorkbenchError]) -> None:
    """Refuse to take more memory than the budget.

    Parameters
    ----------
    n_bytes : int
    what : str
        What takes them, at the beginning of the message.
    error : type of WorkbenchError

    Raises
    ------
    WorkbenchError
        Of the given type, with the size, the budget, and how to change it.
    """
    if problem := size_problem(n_bytes):
        raise error(f"{what} is too large: {problem}.")


@contextmanager
def guarded(path: Path, error: type[WorkbenchError], remedy: str) -> Iterator[None]:
    """Let reading a file end in its result or a `WorkbenchError`, whatever the file holds.

    Which exception a damaged file causes depends on the byte that is wrong and on the library
    that meets it; none of them is a program's fault.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    error : type of WorkbenchError
        For exceptions of other libraries.
    remedy : str
        A sentence.

    Raises
    ------
    WorkbenchError
    """
    try:
        yield
    except WorkbenchError:
        raise
    except MemoryError as problem:
        raise error(
            f"Reading {path} takes more memory than there is. Give a smaller file, or a machine "
            "with more memory."
        ) from problem
    except Exception as problem:
        reason = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise error(
            f"{path} is damaged, or another kind of file than its name says. {remedy} "
            f"The error was: {reason}"
        ) from problem


def shown_size(n_bytes: int) -> str:
    """Return a size in words: "1.5 GB"."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:,.1f} {unit}"
    return f"{n_bytes:,} bytes"


def special_file(path: Path) -> str:
    """Say what a path is that exists and is neither file nor folder: opening it may never end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        return f"{path} is a device or a pipe; accepted: a file. Copy what it gives into a file."
    return ""
