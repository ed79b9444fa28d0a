"""Public functions and the methods of a run say what they take and what they return."""

import inspect
import types

import pytest

import workbench as wb

INCOMPLETE = {"GL08", "PR01", "PR02", "RT01"}  # no docstring, parameters, results


def public_names():
    for module, prefix in (
        (wb, ""),
        (wb.datasets, "datasets."),
        (wb.plot, "plot."),
        (wb.teaching, "teaching."),
    ):
        for name in module.__all__:
            thing = getattr(module, name)
            if not isinstance(thing, (str, types.ModuleType)):
                yield f"workbench.{prefix}{name}"
    for name, member in vars(wb.Run).items():
        if name[0] != "_" and (inspect.isfunction(member) or isinstance(member, property)):
            yield f"workbench.Run.{name}"


@pytest.mark.parametrize("name", sorted(public_names()))
@pytest.mark.filterwarnings("ignore:Widget")  # a class of widgets is asked for all its attributes
def test_parameters_and_results_are_documented(name):
    validation = pytest.importorskip("numpydoc.validate", reason="the extra 'docs' is missing")
    found = validation.validate(name)
    missing = INCOMPLETE - ({"RT01"} if "\nYields\n" in found["docstring"] else set())
    assert [text for code, text in found["errors"] if code in missing] == []
