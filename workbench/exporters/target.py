"""What an export target is: one declaration, which everybody who asks about targets reads."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import ExportError
from workbench.exporters.abilities import Abilities
from workbench.exporters.export_report import Parity
from workbench.exporters.output_files import Destination
from workbench.network.spiking import SpikingNetwork
from workbench.setting import Setting, Settings, settings_of
from workbench.settings import Simulation
from workbench.util.memory_budget import check_size

if TYPE_CHECKING:
    import pandas as pd

Events = tuple[np.ndarray, ...]
Simulate = Callable[[SpikingNetwork, np.ndarray, int], dict[str, Events]]
"""The workbench's simulator with constant input: network, samples, steps -> spikes of every
layer as (sample, step, unit), of signed layers with the signs besides, and of spikes in continuous
time with their times, in windows. The steps of codes with windows follow from the network."""

OF_EVERY_EXPORT = ("samples", "labels")
"""Options that every target has, as they are part of the request."""

_NUMBER_BYTES = 8
_TAKEN = {
    "network",
    "spiking",
    "target",
    "path",
    "overwrite",
    "simulate",
    "steps",
    *OF_EVERY_EXPORT,
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FLAG = re.compile(r"--[a-z][a-z0-9-]*")
_SUFFIX = re.compile(r"(_[A-Za-z0-9]+)?(\.[A-Za-z0-9]+)+")


@dataclass(frozen=True)
class Request:
    """What every target gets.

    Parameters
    ----------
    network : SpikingNetwork
    destination : Destination
        Where the files go.
    simulate : callable or None
        The simulator to compare with.
    samples : ndarray, shape (samples, *input shape), or None
        Inputs for the comparison, and for the files to hold.
    labels : ndarray, shape (samples,), or None
        Class numbers, or targets of a regression.
    steps : int
        That the files simulate a sample for unless they are told others.
    """

    network: SpikingNetwork
    destination: Destination
    simulate: Simulate | None
    samples: np.ndarray | None = None
    labels: np.ndarray | None = None
    steps: int = Simulation().steps

    @property
    def name(self) -> str:
        """Name of the files, without folder and suffix."""
        return self.destination.name

    def probe(self, count: int) -> np.ndarray:
        """Samples on which an export is checked: the first given ones, else seeded noise."""
        if self.samples is not None:
            return self.samples[:count]
        size = _NUMBER_BYTES * count * self.network.input.size
        check_size(size, f"A check with parity_samples={count}", ExportError)
        generator = np.random.default_rng(0)
        return generator.random((count, *self.network.input_shape)) * self.network.input_scale

    def check_memory(self, samples: int, steps: int, step_bytes: int) -> None:
        """Refuse a check within this process that takes too much memory; viewers choose how much.

        Parameters
        ----------
        samples, steps : int
            How much is compared.
        step_bytes : int
            What is kept of each step of a sample.

        Raises
        ------
        ExportError
        """
        what = f"A check of {samples:,} samples in {steps:,} steps (parity_samples, parity_steps)"
        check_size(samples * steps * step_bytes, what, ExportError)


@dataclass(frozen=True)
class Outcome:
    """What every target gives back.

    Parameters
    ----------
    parity : Parity
    notes : tuple of str
        What a user of the files should know.
    run : str
        Lines that run or load the files where they will lie.
    """

    parity: Parity
    notes: tuple[str, ...]
    run: str


@dataclass(frozen=True)
class NoOptions(Settings):
    """Options of a target that has none of its own."""


@dataclass(frozen=True)
class Target:
    """An export target: all there is to know of it, and the function that writes its files.

    `workbench.export`, the command line, the form of the workbench, the documentation and the
    tests read it here.

    Parameters
    ----------
    name : str
        What people type: "brian2". Lower-case letters, digits and underscores.
    title : str
        What people read: "Brian2 script".
    about : str
        What is written, and what it needs to run; one or two sentences.
    suffixes : tuple of str
        What follows the name of an export in the names of its files, the main file first: ".py",
        or "_nest.py".
    write : callable
        ``write(request, options)`` writes the files, compares them with the simulator and returns
        an `Outcome`.
    options : type
        Dataclass of settings (`workbench.setting.Settings`); each field is an option.
    parity : "exact" or "approximate"
        What the files promise: the spikes of the simulator, or something close.
    compared : str
        What is compared with the simulator, and how, for the documentation.
    refuses : str
        What the target cannot express, for the documentation.
    runs : str
        What the lines that an export ends with are for.
    imports : tuple of str
        Modules besides those of the standard library that a written script imports, and those
        behind them: a script of such a name would hide the module.
    cores : callable, optional
        From the main file to a table of what each core of a chip holds.
    takes_steps : bool
        Whether the files simulate a sample for as many steps as the export is told; files that
        hold a network alone do not.
    abilities : Abilities, optional
        Spike codes and neurons of the networks that it can express; plain neurons whose spikes
        count if not given. Others are refused with the nearest that it can.
    """

    name: str
    title: str
    about: str
    suffixes: tuple[str, ...]
    write: Callable[[Request, Any], Outcome]
    options: type[Settings] = NoOptions
    parity: str = "approximate"
    compared: str = ""
    refuses: str = ""
    runs: str = "Run it in a terminal"
    imports: tuple[str, ...] = ()
    cores: Callable[[Path], pd.DataFrame] | None = None
    takes_steps: bool = True
    abilities: Abilities = None  # type: ignore[assignment]  # filled in

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"Target.name is {self.name!r}; accepted: lower-case letters, digits and _."
            )
        if self.abilities is None:
            object.__setattr__(self, "abilities", Abilities(self.name, self.title))
        if self.abilities.target != self.name:
            raise ValueError(
                f"Target.abilities of {self.name!r} are those of {self.abilities.target!r}; "
                "accepted: its own."
            )
        if not self.suffixes or not all(map(_SUFFIX.fullmatch, self.suffixes)):
            raise ValueError(
                f"Target.suffixes of {self.name!r} are {self.suffixes!r}; accepted: one or more "
                "such as '.py' or '_nest.py'."
            )
        if self.parity not in ("exact", "approximate"):
            raise ValueError(
                f"Target.parity of {self.name!r} is {self.parity!r}; accepted: exact, approximate."
            )
        options = self.options
        kind = isinstance(options, type) and issubclass(options, Settings)
        fields = dataclasses.fields(options) if kind and dataclasses.is_dataclass(options) else None
        if fields is None or not all("setting" in each.metadata for each in fields):
            raise ValueError(
                f"Target.options of {self.name!r} is {options!r}; accepted: a dataclass of "
                "workbench.setting.Settings, each field made by setting(...)."
            )
        wrong = [each.flag for each in self.declared.values() if not _FLAG.fullmatch(each.flag)]
        if wrong:
            raise ValueError(
                f"The export target {self.name!r} has an option with the flag {wrong[0]!r}; "
                "accepted: as '--option-name'."
            )
        taken = sorted(_TAKEN & {each.name for each in fields})
        if taken:
            raise ValueError(
                f"The options {', '.join(taken)} of the export target {self.name!r} have names "
                "that wb.export uses itself. Choose others."
            )

    @property
    def declared(self) -> dict[str, Setting]:
        """Its own options by name."""
        return settings_of(self.options)
