"""Read a viewer's model: ``python -m workbench.ui.session.read_child MODEL RESULT.snn``.

Libraries parse models in many thousand lines of C++, and a file may make them take any memory or
time, or name other files. Here they have limits and see no files but their own and the model's,
and what they leave is a network in our own format or a refusal.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from workbench.ui.session.confined import SYSTEM, confine

HOME = Path(__file__).resolve().parents[3]
"""Where the package lies."""

MEMORY_BYTES = 3 * 10**9
"""Memory of the process, of which tensorflow takes some 0.5 GB."""

ADDRESSES_BYTES = MEMORY_BYTES + 8 * 10**9
"""Addresses are more: libraries reserve what they never use, by the number of cores."""

FILE_BYTES = 2 * 10**9
TIME_S = 120


def limit() -> None:
    """Bound memory, processor time and files of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows; its parent stops it after the time
        return
    for kind, most in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_AS, ADDRESSES_BYTES),
        (resource.RLIMIT_CPU, TIME_S),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):  # not on every system
            resource.setrlimit(kind, (most, most))


def main(model: str, result: str) -> None:
    """Read a model and write it as `.snn`; a refusal goes to standard output as JSON."""
    limit()
    programs = (sys.prefix, sys.base_prefix, *filter(None, sys.path), *SYSTEM)
    confine(read=(*programs, HOME, Path(model).parent), write=[Path(result).parent])
    from workbench.errors import UnsupportedLayerError, WorkbenchError
    from workbench.workflow import load, save

    try:
        save(load(model), result)
    except UnsupportedLayerError as error:
        refusal = {"kind": type(error).__name__, "problems": error.problems}
    except WorkbenchError as error:
        refusal = {"kind": type(error).__name__, "text": str(error)}
    else:
        return
    print("\n" + json.dumps(refusal))  # noqa: T201  (on a line of its own: libraries print, too)


if __name__ == "__main__":
    main(*sys.argv[1:])
