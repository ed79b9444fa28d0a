"""The other Python that has Lava."""

import os

import pytest

from workbench.util.lava_python import found_lava, lava_problem

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")


def python(folder, program):
    file = folder / "python3.10"
    file.write_text(f"#!/bin/sh\n{program}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("exit 0", ""),
        ("exit 1", "has no Lava"),
        ("kill -9 $$", "has no Lava"),
        ("exec sleep 60", "does not answer within 0.5 s"),
    ],
)
def test_a_python_is_asked_for_lava(program, problem, tmp_path, monkeypatch):
    path = python(tmp_path, program)
    said = lava_problem(path, 0.5 if "sleep" in program else 60)
    assert said == (f"{path} {problem}" if problem else "")


def test_a_program_that_cannot_be_run_is_told(tmp_path):
    path = tmp_path / "python"
    path.write_text("no program")
    assert lava_problem(str(path)).startswith(f"{path} cannot be run (")


def test_the_one_that_is_named_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LAVA_PYTHON", raising=False)
    assert found_lava() == ""
    path = python(tmp_path, "exit 0")
    assert found_lava() == path
    monkeypatch.setenv("LAVA_PYTHON", "/named/python")
    assert found_lava() == "/named/python"
