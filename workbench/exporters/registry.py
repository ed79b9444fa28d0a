"""Which targets there are: the folders of this package, and those that other packages declare.

A package declares a target in its own metadata, as an entry point of the group
``snn_workbench.exporters`` whose name is the target's and whose value is a `Target`. The targets of
this package are found without metadata, which a source checkout may lack, or have from before.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from workbench.errors import ExportError
from workbench.exporters.target import Target
from workbench.setting import did_you_mean

GROUP = "snn_workbench.exporters"


@dataclass(frozen=True)
class Targets:
    """All targets that were found.

    Parameters
    ----------
    by_name : mapping of str to Target
    problems : mapping of str to str
        Why what another package declares under a name is not used, in a sentence.
    """

    by_name: Mapping[str, Target]
    problems: Mapping[str, str]


@cache
def built_in() -> dict[str, Target]:
    """Return the targets of this package by name: each folder here that has a `TARGET`."""
    found = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}."):
        if module.ispkg:
            target = getattr(importlib.import_module(module.name), "TARGET", None)
            if target is not None:
                found[target.name] = target
    return dict(sorted(found.items()))


@cache
def all_targets() -> Targets:
    """Return every target by name, those of this package first.

    What another package declares is left out, with the reason, if it cannot be loaded, if its
    name is one of this package's, or if two packages declare it.
    """
    declared: dict[str, list[metadata.EntryPoint]] = {}
    for entry in metadata.entry_points(group=GROUP):
        if not entry.module.startswith(f"{__package__}."):
            declared.setdefault(entry.name, []).append(entry)
    by_name, problems = dict(built_in()), {}
    for name, entries in sorted(declared.items()):
        sources = ", ".join(sorted(map(_source, entries)))
        if name in built_in():
            problems[name] = (
                f"The export target {name!r} of {sources} is not used: the workbench has one of "
                "that name. Rename it in that package, or uninstall the package."
            )
        elif len(entries) > 1:
            problems[name] = (
                f"The export target {name!r} is not used, because several packages declare it: "
                f"{sources}. Uninstall all but one of them."
            )
        else:
            try:
                by_name[name] = _loaded(entries[0])
            except (Exception, SystemExit) as error:
                problems[name] = (
                    f"The export target {name!r} of {sources} cannot be loaded: "
                    f"{type(error).__name__}: {error}. Update that package, or uninstall it."
                )
    return Targets(by_name, problems)


def _source(entry: metadata.EntryPoint) -> str:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
    return f"{package} ({entry.value})"


def _loaded(entry: metadata.EntryPoint) -> Target:
    target = entry.load()
    if not isinstance(target, Target):
        raise TypeError(f"it is a {type(target).__name__}; accepted: workbench.exporters.Target")
    if target.name != entry.name:
        raise ValueError(f"its own name is {target.name!r}; both must be equal")
    return target


def find_target(target: object) -> Target:
    """Return a target by its name; one that is given itself is returned as it is.

    Raises
    ------
    ExportError
        If there is no such target, or its package cannot be loaded.
    """
    if isinstance(target, Target):
        return target
    found = all_targets()
    name = target if isinstance(target, str) else ""
    if name in found.by_name:
        return found.by_name[name]
    if name in found.problems:
        raise ExportError(found.problems[name])
    raise ExportError(
        f"There is no export target {target!r}; accepted: {', '.join(found.by_name)}."
        f"{did_you_mean([name], found.by_name)}"
    )


def suffixes_left_off(target: Target) -> tuple[str, ...]:
    """Return the suffixes that are no part of an export's name, longest first.

    Those of this package's targets and of the one that writes: what else is installed changes no
    file's name.
    """
    declared = {suffix for each in (*built_in().values(), target) for suffix in each.suffixes}
    alone = {Path(f"x{suffix}").suffix for suffix in declared}
    return tuple(sorted(declared | alone, key=lambda suffix: (-len(suffix), suffix)))


def modules_of_scripts(target: Target) -> Iterable[str]:
    """Return the modules that scripts of this package's targets, and of one more, import."""
    return {name for each in (*built_in().values(), target) for name in each.imports}
