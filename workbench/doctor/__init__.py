"""Examining an installation: what is there, what is missing, and what to do about it.

Versions come from the packages' metadata, so that nothing heavy is imported. Each examination is
imported when its turn comes: it may need a package that is broken.
"""

from __future__ import annotations

from importlib import import_module

from workbench.doctor.finding import Finding

__all__ = ["Finding", "examine"]

EXAMINATIONS = (
    ("Python", "workbench.doctor.packages", "examine_python"),
    ("Packages", "workbench.doctor.packages", "examine_packages"),
    ("Optional parts", "workbench.doctor.packages", "examine_optional"),
    ("Other simulators", "workbench.doctor.simulators", "examine_simulators"),
    ("Export targets", "workbench.doctor.simulators", "examine_targets"),
    ("Jupyter", "workbench.doctor.jupyter", "examine_jupyter"),
    ("Browser", "workbench.doctor.browser", "examine_browser"),
    ("Simulator", "workbench.doctor.machine", "examine_simulator"),
    ("Machine", "workbench.doctor.machine", "examine_machine"),
)
"""Groups, and the functions that yield their findings."""


def examine() -> list[Finding]:
    """Examine this Python's installation of the workbench, and the machine.

    Returns
    -------
    list of Finding
        An examination that fails is a finding, too: what is broken must not hide the rest.
    """
    found = []
    for group, module, function in EXAMINATIONS:
        try:
            found += list(getattr(import_module(module), function)())
        except Exception as error:
            reason = f"cannot be examined: {type(error).__name__}: {error}"
            remedy = "Reinstall the package that the message names."
            found.append(Finding(group, "all of it", "problem", reason, remedy))
    return found
