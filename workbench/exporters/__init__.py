"""Writing a spiking network for another simulator or chip, with a check of what was written.

Every target writes files that can be used without this package (the built-in one excepted),
refuses by name what it cannot express, and compares its files with the simulator it is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.errors import ExportError
from workbench.exporters import (  # noqa: F401  (targets register themselves)
    brian2,
    builtin,
    loihi,
    nest,
    nir,
    pynn,
)
from workbench.exporters.export_report import ExportReport, Parity
from workbench.exporters.output_files import destination
from workbench.exporters.targets import TARGETS, Request, Simulate, check_options
from workbench.exporters.targets import target as find_target
from workbench.network.samples import joined_inputs
from workbench.network.spiking import SpikingNetwork

__all__ = [
    "TARGETS",
    "ExportReport",
    "Parity",
    "Simulate",
    "check_options",
    "export",
    "find_target",
]


def export(
    spiking: SpikingNetwork,
    target: str,
    path: str | Path,
    *,
    overwrite: bool = False,
    simulate: Simulate | None = None,
    **options: Any,
) -> ExportReport:
    """Write a spiking network for a target and check the files.

    Parameters
    ----------
    spiking : SpikingNetwork
    target : "brian2", "builtin", "loihi", "nest", "nir" or "pynn"
    path : str or Path
        Place and name; the target adds its own suffixes ("lenet.py" and "lenet" mean the same).
    overwrite : bool
        Whether files that exist may be replaced.
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
    handler = find_target(target)
    if isinstance(options.get("samples"), (list, tuple, dict)):
        options["samples"] = joined_inputs(
            options["samples"], spiking.input_parts, spiking.name, spiking.pixel_range
        )
    options = check_options(target, handler, options)
    with destination(path, overwrite) as place:
        outcome = handler(Request(spiking, place, simulate), **options)
        files = place.commit()
    return ExportReport(target, files, outcome.parity, outcome.notes, outcome.run)
