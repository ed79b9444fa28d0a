"""This Python, and the packages that the workbench declares: versions, bounds, clashes of names."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import workbench
from workbench.doctor.finding import Finding
from workbench.util.optional import NAMES, installed, missing

DISTRIBUTION, MODULE = "snn-workbench", "workbench"
FOR_DEVELOPERS = {"test", "docs", "dev"}
"""Extras that users do not miss."""

SIMULATORS_OF_EXTRAS = {canonicalize_name(name) for name in NAMES.values()}
"""Found by their import: they are often installed without metadata."""


def version_of(distribution: str) -> str | None:
    """Return a package's version; None where it is not installed, "" where it does not say."""
    try:
        found = importlib.metadata.metadata(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    except FileNotFoundError:
        # Of the package importlib_metadata, which takes over once something has imported it.
        return ""
    return _field(found, "Version")


def pip_install(what: str) -> str:
    """Return the command that installs something for this Python."""
    return f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(what)}"


def examine_python() -> Iterator[Finding]:
    """Look at Python, the workbench, and others of its name."""
    running, accepted = platform.python_version(), _metadata("Requires-Python")
    value = f"{running} ({sys.executable})"
    if accepted and not SpecifierSet(accepted).contains(running, prereleases=True):
        remedy = f"Make an environment with a Python {accepted}, and install snn-workbench there."
        yield Finding("Python", "python", "problem", value, remedy)
    else:
        yield Finding("Python", "python", "ok", value)
    yield _ourselves()
    yield _clash(Path.cwd())


def examine_packages() -> Iterator[Finding]:
    """Compare every package that the workbench needs with the versions that it accepts."""
    for requirement in _requirements(""):
        found = _compared("Packages", requirement, pip_install(_wanted(requirement)))
        if found is None:
            remedy = f"Install it: {pip_install(_wanted(requirement))}"
            found = Finding("Packages", requirement.name, "problem", "not installed", remedy)
        yield found


def examine_optional() -> Iterator[Finding]:
    """Look at packages of extras, and at PyTorch, whose modules can be read."""
    elsewhere = SIMULATORS_OF_EXTRAS | {canonicalize_name(one.name) for one in _requirements("")}
    for extra in sorted(_extras()):
        command = pip_install(f"{DISTRIBUTION}[{extra}]")
        for requirement in _requirements(extra):
            if canonicalize_name(requirement.name) in elsewhere:
                continue
            found = _compared("Optional parts", requirement, command)
            value, remedy = f"not installed (extra '{extra}')", f"Install it: {command}"
            yield found or Finding("Optional parts", requirement.name, "note", value, remedy)
    yield optional("Optional parts", "torch", "Reading PyTorch modules")


def optional(group: str, package: str, purpose: str) -> Finding:
    """Look for a package that is imported where it is there.

    Parameters
    ----------
    group : str
    package : str
        As it is imported.
    purpose : str
        What needs it, as the beginning of a sentence.
    """
    name = NAMES.get(package, package)
    if not installed(package):
        return Finding(group, name, "note", "not installed", missing(package, purpose))
    return Finding(group, name, "ok", version_of(name) or "installed, without a version")


def providers(module: str) -> list[str]:
    """Return the names of all distributions that install a module.

    `importlib.metadata.packages_distributions` says the same of all modules in some seconds.
    """
    entry = re.compile(rf"^{re.escape(module)}(/|\.py,)", re.MULTILINE)
    found = set()
    for distribution in importlib.metadata.distributions():
        names = (distribution.read_text("top_level.txt") or "").split()
        if module in names or entry.search(distribution.read_text("RECORD") or ""):
            found.add(_field(distribution.metadata, "Name") or "a package without a name")
    return sorted(found)


def _ourselves() -> Finding:
    folder, version = Path(workbench.__file__).parent, workbench.__version__
    value = f"{version} ({folder})"
    stored = version_of(DISTRIBUTION)
    if stored is None:
        remedy = f"Install it, so that its packages are known: {pip_install(str(folder.parent))}"
        return Finding("Python", DISTRIBUTION, "note", f"{value}, not installed", remedy)
    if stored != version:
        remedy = (
            f"Version {stored or 'unknown'} is installed, but Python finds this copy first. Remove "
            f"one of them, or install this one: {pip_install(str(folder.parent))}"
        )
        return Finding("Python", DISTRIBUTION, "note", value, remedy)
    return Finding("Python", DISTRIBUTION, "ok", value)


def _clash(here: Path) -> Finding:
    """Look for others that call themselves `workbench`, which Python may import instead."""
    others = [name for name in providers(MODULE) if canonicalize_name(name) != DISTRIBUTION]
    name = f"import name {MODULE}"
    if others:
        remedy = (
            f"Two packages overwrite each other's files. Remove the other one, then install this "
            f"one again: {shlex.quote(sys.executable)} -m pip uninstall {' '.join(others)} && "
            f"{pip_install(DISTRIBUTION)} --force-reinstall --no-deps"
        )
        return Finding("Python", name, "problem", f"also installed by {', '.join(others)}", remedy)
    own = Path(workbench.__file__).parent.resolve()
    for found in (here / f"{MODULE}.py", here / MODULE / "__init__.py"):
        if found.exists() and found.parent.resolve() != own:
            remedy = "Notebooks in this folder import it instead of the workbench. Rename it."
            return Finding("Python", name, "problem", f"also the name of {found}", remedy)
    return Finding("Python", name, "ok", "provided by snn-workbench only")


def _field(metadata: importlib.metadata.PackageMetadata | None, name: str) -> str:
    """Return a field; "" where it, or all of the metadata, was lost (as on a full disk)."""
    return metadata[name] if metadata is not None and name in metadata else ""


def _metadata(field: str) -> str:
    try:
        return _field(importlib.metadata.metadata(DISTRIBUTION), field)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _extras() -> set[str]:
    try:
        extras = importlib.metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or ()
    except importlib.metadata.PackageNotFoundError:
        return set()
    return set(extras) - FOR_DEVELOPERS


def _requirements(extra: str) -> list[Requirement]:
    """Return what an extra needs, or what is always needed for the extra ""."""
    try:
        declared = importlib.metadata.requires(DISTRIBUTION) or ()
    except importlib.metadata.PackageNotFoundError:
        return []

    def holds(requirement: Requirement, extra: str) -> bool:
        return requirement.marker is None or requirement.marker.evaluate({"extra": extra})

    return [
        requirement
        for requirement in map(Requirement, declared)
        if holds(requirement, extra) and (not extra or not holds(requirement, ""))
    ]


def _wanted(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _compared(group: str, requirement: Requirement, command: str) -> Finding | None:
    """Compare the installed version with the accepted ones; None where it is not installed."""
    version = version_of(requirement.name)
    if version is None:
        return None
    if not version:
        remedy = f"Its metadata is damaged. Install it again: {command} --force-reinstall"
        return Finding(group, requirement.name, "problem", "of an unknown version", remedy)
    if not requirement.specifier.contains(version, prereleases=True):
        remedy = f"Accepted: {requirement.specifier}. Install one of these: {command}"
        return Finding(group, requirement.name, "problem", version, remedy)
    return Finding(group, requirement.name, "ok", version)
