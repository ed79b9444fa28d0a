"""The simulator's kernels, and the machine that they run on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator

from workbench.doctor.finding import Finding
from workbench.errors import SettingsError
from workbench.util.cores import usable_cores
from workbench.util.memory_budget import VARIABLE, free_memory, memory_budget, shown_size

LITTLE_MEMORY, LITTLE_DISK = 10**9, 10**9


def examine_simulator() -> Iterator[Finding]:
    """Import the simulator, and look where its compiled kernels are kept."""
    from workbench.simulation import kernels
    from workbench.simulation.kernels import target

    yield Finding("Simulator", "processor", "ok", target.target_name())
    if vectors := target.vector_extensions():
        yield Finding("Simulator", "vector extensions", "ok", ", ".join(vectors))
    else:
        remedy = "Kernels process one number at a time: slower, with the same results."
        yield Finding("Simulator", "vector extensions", "note", "none known", remedy)
    if kernels.NOT_KEPT:
        remedy = (
            "Every session compiles the kernels again. Set NUMBA_CACHE_DIR to a folder of your own."
        )
        yield Finding("Simulator", "compiled kernels", "problem", kernels.NOT_KEPT, remedy)
    else:
        yield Finding("Simulator", "compiled kernels", "ok", f"kept in {kernels.cache_folder()}")


def examine_machine() -> Iterator[Finding]:
    """Look at cores, memory and disk."""
    yield Finding("Machine", "cores", "ok", f"{usable_cores()} of {os.cpu_count()}")
    free = free_memory()
    enough = free >= LITTLE_MEMORY
    remedy = "" if enough else "Larger networks and data sets may be refused. End other programs."
    yield Finding("Machine", "free memory", "ok" if enough else "note", shown_size(free), remedy)
    yield _budget(free)
    yield _temporary()


def _budget(free: int) -> Finding:
    try:
        budget = memory_budget()
    except SettingsError as error:
        return Finding(
            "Machine", VARIABLE, "problem", os.environ.get(VARIABLE, "")[:40], str(error)
        )
    value = f"{shown_size(budget)} for reading one file"
    if budget > free:
        remedy = f"That is more than is free. Lower {VARIABLE}, or unset it: half of what is free."
        return Finding("Machine", VARIABLE, "note", value, remedy)
    return Finding("Machine", VARIABLE, "ok", value)


def _temporary() -> Finding:
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = "Uploads and exports need one. Set TMPDIR to a folder that can be written."
        return Finding("Machine", "temporary folder", "problem", str(error), remedy)
    value = f"{folder} ({shown_size(free)} free)"
    if free < LITTLE_DISK:
        remedy = "Uploads and exports may not fit. Delete files, or set TMPDIR to another folder."
        return Finding("Machine", "temporary folder", "note", value, remedy)
    return Finding("Machine", "temporary folder", "ok", value)
