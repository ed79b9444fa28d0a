"""Writing a spiking network for another simulator or chip, with a check of what was written.

Every target writes files that can be used without this package (the built-in one excepted),
refuses by name what it cannot express, and compares its files with the simulator it is given.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from workbench.errors import ExportError, WorkbenchWarning
from workbench.exporters.abilities import Abilities
from workbench.exporters.export_report import ExportReport, Parity
from workbench.exporters.given import check_options, check_samples, check_steps
from workbench.exporters.output_files import destination
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.registry import (
    all_targets,
    built_in,
    find_target,
    modules_of_scripts,
    suffixes_left_off,
)
from workbench.exporters.target import NoOptions, Outcome, Request, Simulate, Target
from workbench.exporters.unsupported import check_code, check_neurons
from workbench.network.samples import joined_inputs
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation

__all__ = [
    "Abilities",
    "ExportReport",
    "NoOptions",
    "Outcome",
    "Parity",
    "ParityOptions",
    "Request",
    "Simulate",
    "Target",
    "all_targets",
    "built_in",
    "check_options",
    "export",
    "find_target",
    "without_steps",
]


def export(
    spiking: SpikingNetwork,
    target: str | Target,
    path: str | Path,
    *,
    overwrite: bool = False,
    steps: int | None = None,
    simulate: Simulate | None = None,
    **options: Any,
) -> ExportReport:
    """Write a spiking network for a target and check the files.

    Parameters
    ----------
    spiking : SpikingNetwork
    target : str or Target
        The name of a target, as "brian2", or a target that no package declares.
    path : str or Path
        Place and name; the target adds its own suffixes ("lenet.py" and "lenet" mean the same).
    overwrite : bool
        Whether files that exist may be replaced.
    steps : int, optional
        Time steps that the files simulate a sample for unless they are told others; codes with
        windows have steps of their own. Files that hold a network alone (NIR, Loihi) have none,
        which the report then notes.
    simulate : callable, optional
        ``simulate(network, samples, steps)`` returns the spikes of every layer under constant
        input as (sample, step, unit). Without it, what needs comparison is not compared.
    **options
        Of the target; `samples` (of a network with several inputs maybe one array for each) and
        `labels` are understood by all of them.

    Returns
    -------
    ExportReport

    Raises
    ------
    ExportError
        If the target or an option is unknown, the target cannot express the network, the
        written files do not reproduce the network's spikes where they must, or files cannot be
        written. Nothing is left behind then, and files that were there are kept.
    """
    if not isinstance(spiking, SpikingNetwork):
        raise ExportError(
            f"Only spiking networks can be exported, not {type(spiking).__name__}. "
            "Convert the network first."
        )
    for projection in spiking.projections:
        if projection.fault:
            raise ExportError(f"Network '{spiking.name}' cannot be exported: {projection.fault}.")
    if not isinstance(overwrite, bool):
        raise ExportError(f"overwrite is {overwrite!r}; accepted: True or False.")
    found = find_target(target)
    if isinstance(target, str) and (problem := all_targets().problems.get(target)):
        warnings.warn(problem, WorkbenchWarning, stacklevel=3)
    check_code(spiking, found.abilities)
    if built_in().get(found.name) is not found:
        # Targets of this package refuse these together with what else they cannot express.
        check_neurons(spiking, found.abilities)
    if isinstance(options.get("samples"), (list, tuple, dict)):
        options["samples"] = joined_inputs(
            options["samples"], spiking.input_parts, spiking.name, spiking.pixel_range
        )
    chosen, arrays = check_options(found, options)
    notes = () if steps is None or found.takes_steps else (without_steps(found, steps),)
    steps = Simulation().steps if steps is None else check_steps(steps)
    samples, labels = check_samples(spiking, arrays.get("samples"), arrays.get("labels"))
    names = suffixes_left_off(found), modules_of_scripts(found)
    with destination(path, overwrite, *names) as place:
        request = Request(spiking, place, simulate, samples, labels, steps)
        outcome = found.write(request, chosen)
        _check_promises(found, outcome, place.suffixes)
        files = place.commit()
    return ExportReport(found.name, files, outcome.parity, (*outcome.notes, *notes), outcome.run)


def without_steps(target: Target, steps: int) -> str:
    """Say that a target's files hold no number of steps, in a sentence."""
    remedy = "Whoever runs them chooses it."
    if "parity_steps" in target.declared:
        remedy += " parity_steps sets that of the comparison with the simulator."
    return f"steps is {steps!r}, and files of {target.title} hold no number of steps. {remedy}"


def _check_promises(target: Target, outcome: Outcome, suffixes: tuple[str, ...]) -> None:
    """Hold a target, of whatever package, to what it declares."""
    fault = ""
    if not isinstance(outcome, Outcome):
        fault = f"returned {type(outcome).__name__}; accepted: an Outcome"
    elif target.parity == "exact" and outcome.parity.status == "approximate":
        fault = f"promises exact parity and is approximate: {outcome.parity.words}"
    elif not suffixes or set(suffixes) - set(target.suffixes):
        written = ", ".join(suffixes) or "no file"
        fault = f"wrote {written}; its suffixes are {', '.join(target.suffixes)}"
    if fault:
        raise ExportError(
            f"The export target {target.name!r} {fault}. Nothing was exported; please report this "
            "to the makers of the target."
        )
