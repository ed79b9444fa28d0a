"""Files and modules that texts, comments and tools' settings name: they exist.

What is moved leaves its old name behind, and nobody notices: a reader finds nothing there, and a
tool that is set up for it says nothing and does nothing.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("workbench", "tests", "data", "docs", "notebooks", "extensions", "constraints", ".ci")
TEXTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

FILE = re.compile(r"`((?:[\w-]+/)*(?:(?<=/)|test_)[\w-]+\.(?:py|js|css|ipynb|md))`")
"""A file's name, with all or some of the folders that it lies in; names of tests also alone."""

MODULE = re.compile(r"``?(workbench(?:\.\w+)+)(?:\(|``?)")


@cache
def files() -> frozenset[str]:
    """All files of the repository."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return frozenset(path.relative_to(ROOT).as_posix() for path in (*found, *ROOT.glob("*.*")))


def exists(name: str) -> bool:
    """Whether a file has this name, or ends with these folders and this name."""
    return any(f"/{file}".endswith(f"/{name}") for file in files())


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or what can be reached from one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_texts_name_exist(text: Path) -> None:
    named = set(FILE.findall(text.read_text("utf-8")))
    assert not {name for name in named if not exists(name)}


@pytest.mark.parametrize("folder", ["workbench", "data"])
def test_modules_that_comments_name_exist(folder: str) -> None:
    named = {
        (name, path.relative_to(ROOT).as_posix())
        for path in (ROOT / folder).rglob("*.py")
        for name in MODULE.findall(path.read_text("utf-8"))
    }
    assert not {(name, where) for name, where in named if not resolves(name)}


def test_tools_are_set_up_for_what_exists() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    assert not {name for name in re.findall(r"\btests/[\w/]+", gate) if not (ROOT / name).exists()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    paths = project["ruff"]["lint"]["per-file-ignores"]
    assert not {path for path in paths if not any(fnmatch(file, path) for file in files())}
    modules = {
        name
        for override in project["mypy"]["overrides"]
        for name in [override["module"]]
        for name in ([name] if isinstance(name, str) else name)
        if name.startswith("workbench.")
    }
    assert not {name for name in modules if not resolves(name.removesuffix(".*"))}
