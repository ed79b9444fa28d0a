"""Simulators beside the workbench, in which exports are checked, or that `bench` measures."""

from __future__ import annotations

import os
from collections.abc import Iterator

from workbench.doctor.finding import Finding
from workbench.doctor.packages import optional
from workbench.util.lava_python import VARIABLE, found_lava, lava_problem

GROUP, TARGETS = "Other simulators", "Export targets"
PEERS = ("spikingjelly", "sinabs", "snntorch", "norse")


def examine_simulators() -> Iterator[Finding]:
    """Look for the simulators that exports are run in, and those that `bench` measures."""
    yield optional(GROUP, "brian2", "Running a network in Brian2")
    yield optional(GROUP, "nest", "Checking an export for NEST")
    yield optional(GROUP, "pyNN", "Checking an export for PyNN")
    yield _lava()
    for name in PEERS:
        found = optional(GROUP, name, f"Measuring {name} with snn-workbench bench")
        if found.status == "ok":
            yield found


def examine_targets() -> Iterator[Finding]:
    """Look for the export targets, those of other packages too."""
    from workbench.exporters import all_targets

    found = all_targets()
    yield Finding(TARGETS, "found", "ok", ", ".join(found.by_name))
    for name, problem in found.problems.items():
        said, _, remedy = problem.rpartition(". ")
        yield Finding(TARGETS, name, "problem", said, remedy)


def _lava() -> Finding:
    python, named = found_lava(), bool(os.environ.get(VARIABLE))
    if not python:
        remedy = (
            f"Exports for Loihi are not checked with Lava. Set {VARIABLE} to a Python 3.10 that "
            "has lava-nc and lava-dl."
        )
        return Finding(GROUP, "Lava's Python", "note", "none found", remedy)
    problem = lava_problem(python) if named else ""
    if problem:
        remedy = f"Set {VARIABLE} to a Python 3.10 that has lava-nc and lava-dl, or unset it."
        return Finding(GROUP, "Lava's Python", "problem", problem, remedy)
    return Finding(GROUP, "Lava's Python", "ok", python)
