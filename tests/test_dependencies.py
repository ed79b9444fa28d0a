"""What is imported is declared, what is declared is imported, and both have bounds."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workbench.util.optional import EXTRAS

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
FOR_DEVELOPERS = {"test", "docs"}

pytestmark = pytest.mark.skipif(not PROJECT.exists(), reason="needs a checkout")

# Packages that are imported under another name than the one they are installed by.
DISTRIBUTIONS = {"PIL": "pillow"}

# Live modules of PyTorch are read by whoever has it; no extra installs a gigabyte.
UNDECLARED = {"torch"}

# Packages that the workbench starts or writes programs for, without importing them.
NOT_IMPORTED = {
    "jupyterlab": "started as a program",
    "brian2": "imported by the scripts that are exported",
    "nest-simulator": "imported by the scripts that are exported",
}


def declared() -> dict[str, list[Requirement]]:
    """Requirements by extra; those that are always installed are of the extra ''."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {extra: list(map(Requirement, wanted)) for extra, wanted in groups.items()}


def names(*extras: str) -> set[str]:
    found = declared()
    return {canonicalize_name(one.name) for extra in extras for one in found[extra]}


def imported(folder: Path) -> dict[str, Path]:
    """Distributions that the files of a folder import, also inside functions; a file for each."""
    files = [file for file in folder.rglob("*.py") if "_shipped" not in file.parts]
    here = {file.stem for file in files} | {file.parent.name for file in files}
    found: dict[str, Path] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for root in {module.partition(".")[0] for module in modules}:
                # Tests import their helpers by the name of the file.
                local = root == "workbench" or (folder.name != "workbench" and root in here)
                if not local and root not in sys.stdlib_module_names:
                    found[canonicalize_name(DISTRIBUTIONS.get(root, root))] = file
    return found


def test_what_the_workbench_imports_is_declared():
    known = names(*(set(declared()) - FOR_DEVELOPERS)) | UNDECLARED
    found = imported(ROOT / "workbench")
    assert not {name: file for name, file in found.items() if name not in known}


@pytest.mark.parametrize("folder", ["tests", "docs", "data"])
def test_what_developers_import_is_declared(folder):
    known = names(*declared()) | UNDECLARED
    assert not {n: file for n, file in imported(ROOT / folder).items() if n not in known}


@pytest.mark.slow
def test_what_users_install_is_imported():
    wanted = names(*(set(declared()) - FOR_DEVELOPERS))
    assert wanted - set(imported(ROOT / "workbench")) == set(NOT_IMPORTED)


def test_the_command_that_a_refusal_gives_installs_the_package():
    for package, extra in EXTRAS.items():
        assert package in names(extra)
    for extra in set(declared()) - FOR_DEVELOPERS - {"", "nest"}:
        assert names(extra) <= set(EXTRAS)


def test_what_is_always_installed_has_a_lower_and_an_upper_bound():
    found = declared()
    for requirement in [*found[""], *found["docs"]]:
        operators = {one.operator for one in requirement.specifier}
        assert operators >= {">=", "<"}, requirement


def test_tested_versions_are_accepted_ones():
    found = [one for wanted in declared().values() for one in wanted]
    files = sorted((ROOT / "constraints").glob("python*.txt"))
    assert files
    for file in files:
        python = file.stem.removeprefix("python")
        lines = [line for line in file.read_text("utf-8").splitlines() if "==" in line]
        tested = {canonicalize_name(name): v for name, v in (line.split("==") for line in lines)}
        for one in found:
            version = tested.get(canonicalize_name(one.name))
            applies = not one.marker or one.marker.evaluate({"python_version": python})
            if applies and version:
                assert one.specifier.contains(version), f"{file.name}: {one.name} {version}"
        for name in names("", "onnx", "events", "analysis", "test", "docs") - {"snn-workbench"}:
            assert name in tested, f"{file.name} lacks {name}"


def test_keras_is_new_enough_not_to_run_code_of_files():
    (keras,) = [one for one in declared()[""] if one.name == "keras"]
    assert not keras.specifier.contains("3.15.0")
