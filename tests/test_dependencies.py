"""Bounds of what is installed along."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"

pytestmark = pytest.mark.skipif(not PROJECT.exists(), reason="needs a checkout")


def test_every_dependency_has_a_lower_and_an_upper_bound():
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for requirement in map(Requirement, [*project["dependencies"], *extras["docs"]]):
        operators = {one.operator for one in requirement.specifier}
        assert operators >= {">=", "<"}, requirement


def test_keras_is_new_enough_not_to_run_code_of_files():
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    (keras,) = [r for r in map(Requirement, project["dependencies"]) if r.name == "keras"]
    assert not keras.specifier.contains("3.15.0")
