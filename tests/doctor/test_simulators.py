"""Simulators that are there or not, and the Python of Lava."""

import os

import pytest
from exporters.foreign_packages import foreign_packages

from workbench.doctor.simulators import examine_simulators, examine_targets

needs_scripts = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")


def found():
    return {finding.name: finding for finding in examine_simulators()}


@pytest.fixture(autouse=True)
def no_lava(tmp_path, monkeypatch):
    monkeypatch.delenv("LAVA_PYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def python(tmp_path, code):
    file = tmp_path / "python3.10"
    file.write_text(f"#!/bin/sh\nexit {code}\n")
    file.chmod(0o755)
    return str(file)


def test_simulators_that_are_missing_are_notes_with_their_purpose(monkeypatch):
    monkeypatch.setattr("workbench.doctor.packages.installed", lambda package: package == "norse")
    shown = found()
    assert [shown[name].status for name in ("brian2", "nest-simulator", "pynn")] == ["note"] * 3
    assert shown["pynn"].remedy.startswith("Checking an export for PyNN needs the package pyNN")
    assert shown["norse"].status == "ok"  # measured where it is there; nobody needs it
    assert "sinabs" not in shown


def test_without_lava_the_variable_is_named():
    assert found()["Lava's Python"].status == "note"
    assert "Set LAVA_PYTHON" in found()["Lava's Python"].remedy


@needs_scripts
def test_a_python_that_has_lava_is_found(tmp_path):
    path = python(tmp_path, 0)
    assert (found()["Lava's Python"].status, found()["Lava's Python"].value) == ("ok", path)


@needs_scripts
@pytest.mark.parametrize(("code", "status"), [(0, "ok"), (1, "problem")])
def test_a_python_that_was_named_must_have_lava(code, status, tmp_path, monkeypatch):
    monkeypatch.setenv("LAVA_PYTHON", python(tmp_path, code))
    assert found()["Lava's Python"].status == status


def test_a_named_python_that_does_not_exist_is_a_problem(monkeypatch):
    monkeypatch.setenv("LAVA_PYTHON", "/no/python")
    lava = found()["Lava's Python"]
    assert lava.status == "problem"
    assert lava.value.startswith("/no/python cannot be run (")
    assert "unset it" in lava.remedy


def test_targets_of_other_packages_that_cannot_be_used_are_problems(tmp_path):
    (tmp_path / "site").mkdir()
    with foreign_packages(tmp_path / "site") as install:
        install("torn", "1 / 0", torn="torn:TARGET", brian2="torn:TARGET")
        found, *problems = examine_targets()
    assert found.value.startswith("brian2, builtin, loihi, nest, nir, pynn")
    assert [(each.name, each.status) for each in problems] == [
        ("brian2", "problem"),
        ("torn", "problem"),
    ]
    assert "torn 1.5 (torn:TARGET) cannot be loaded: ZeroDivisionError" in problems[1].value
    assert problems[1].remedy == "Update that package, or uninstall it."
