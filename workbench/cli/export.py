"""The command line's `export`; its options are those that the targets declare."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.options import (
    WrongUsage,
    add_option,
    from_options,
    given_settings,
    read_option,
    shown_default,
    simulation_of,
)
from workbench.cli.output import print_json, print_text, stage
from workbench.cli.sources import spiking_of
from workbench.errors import WorkbenchError
from workbench.setting import settings_of
from workbench.settings import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.exporters import Target
    from workbench.exporters.registry import Targets
    from workbench.setting import Setting

LEAST_SAMPLES = 5
"""Samples that an export gets besides those that are compared."""

_OPTION = "option of the target: "
"""What the attributes of parsed options begin with: no other attribute does."""


def export_options(parser: argparse.ArgumentParser, targets: Targets | None) -> None:
    """Add the target, the place, and what all targets have.

    Parameters
    ----------
    parser : ArgumentParser
    targets : Targets or None
        Those that are listed.
    """
    about = "simulator, format or chip that the files are for"
    if targets is not None:
        names = (f"{each.name} ({each.title})" for each in targets.by_name.values())
        about = f"{about}: {', '.join(names)}"
        parser.epilog = " ".join(targets.problems.values()).replace("%", "%%") or None
    named = parser.add_argument("target", help=about.replace("%", "%%"))
    if targets is not None:
        # What argcomplete looks for; `choices` would be said instead of the reasoned refusal.
        vars(named)["completer"] = lambda **_: [*targets.by_name]
    parser.add_argument("file", type=Path, help="path and name of the main file")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    steps = settings_of(Simulation)["steps"]
    about = "Time steps that the files simulate a sample for unless they are told others."
    add_option(parser, steps, f"{about} (default: {shown_default(steps)})")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the target by its name in Python, as JSON or a word; may be given "
        "several times",
    )


def target_options(parser: argparse.ArgumentParser, targets: Iterable[Target]) -> None:
    """Add the options of targets, behind all others: one for each name.

    Targets that declare it alike share it. `--option` reaches one whose name on the command line
    belongs to the command itself.
    """
    group = parser.add_argument_group("options of the targets")
    declared: dict[str, list[tuple[Target, Setting]]] = {}
    for target in targets:
        for name, each in target.declared.items():
            declared.setdefault(name, []).append((target, each))
    for name, pairs in declared.items():
        first = pairs[0][1]
        alike = [(target, each) for target, each in pairs if each.values == first.values]
        owners = ", ".join(target.name for target, _ in alike)
        try:
            told = f"{owners}: {first.help}{{}} (default: {_defaults(alike)})"
            add_option(group, first, told, dest=f"{_OPTION}{name}")
        except argparse.ArgumentError:
            continue


def _defaults(pairs: list[tuple[Target, Setting]]) -> str:
    """Return the default, or which of several is whose."""
    owners: dict[str, list[str]] = {}
    for target, each in pairs:
        owners.setdefault(shown_default(each), []).append(target.name)
    if len(owners) == 1:
        return next(iter(owners))
    return "; ".join(f"{default} for {', '.join(names)}" for default, names in owners.items())


def run_export(options: argparse.Namespace) -> None:
    """Convert, write and check, and tell what came of it."""
    from workbench.datasets import EventDataset
    from workbench.exporters import check_options, find_target, without_steps
    from workbench.workflow import export

    with from_options():
        target = find_target(options.target)
        given = dict(_named(text) for text in options.option) | _flagged(options, target)
        chosen, _ = check_options(target, given)
    steps = simulation_of(options).steps
    if not target.takes_steps and "steps" in given_settings(options, Simulation):
        raise WrongUsage(f"--{without_steps(target, steps)}")
    _, spiking, data = spiking_of(options)
    if isinstance(data, EventDataset):
        data = data.as_images()  # exports are compared on constant input
    if given.get("samples") is None:
        count = max(LEAST_SAMPLES, getattr(chosen, "parity_samples", 0))
        given["samples"] = data.x_test[:count]
        if data.y_test is not None and given.get("labels") is None:
            given["labels"] = data.y_test[:count]
    stage(f"Writing {options.file} and comparing it with the simulator …")
    given |= {"overwrite": options.overwrite, "steps": steps if target.takes_steps else None}
    report = export(spiking, options.target, options.file, **given)
    if options.json:
        told = dataclasses.asdict(report)
        print_json({**told, "files": [str(file) for file in report.files]})
        return
    print_text(str(report))


def _flagged(options: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Return the options of targets that were given by flags of their own.

    One that is another target's is among them, for the target to refuse by name.
    """
    found = {}
    for key, value in vars(options).items():
        if key.startswith(_OPTION):
            name = key.removeprefix(_OPTION)
            each = target.declared.get(name)
            found[name] = value if each is None else read_option(each, value, each.default)
    return found


def _named(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise WorkbenchError(f"--option {text} has no value; write --option NAME=VALUE.")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
