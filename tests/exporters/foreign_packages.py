"""Packages that declare export targets, installed for one test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workbench.exporters import registry

Install = Callable[..., None]


@contextmanager
def foreign_packages(folder: Path) -> Iterator[Install]:
    """Give a function that installs packages, which are gone behind it.

    ``install(name, source, **targets)`` makes a module, and the metadata that a package of that
    name would have: entry points, from a target's name to where it is.
    """
    modules = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))

        def install(name: str, source: str, **targets: str) -> None:
            (folder / f"{name}.py").write_text(source)
            about = folder / f"{name}-1.5.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
            lines = [f"{target} = {place}" for target, place in targets.items()]
            entries = "\n".join([f"[{registry.GROUP}]", *lines, ""])
            (about / "entry_points.txt").write_text(entries)
            patch.syspath_prepend(str(folder))  # what was looked up before is forgotten
            registry.all_targets.cache_clear()

        yield install
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
    registry.all_targets.cache_clear()
