"""The examination as a whole: it never fails, and imports nothing heavy."""

import json
import subprocess
import sys

import pytest

from workbench import doctor

PROGRAM = """
import json, sys
for name in json.loads(sys.argv[1]):
    sys.modules[name] = None
from workbench.doctor import examine
found = [(finding.group, finding.status, finding.value, finding.remedy) for finding in examine()]
print(json.dumps([found, sorted(sys.modules)]))
"""


def examined(blocked=()):
    """Findings and loaded modules of a Python in which some packages cannot be imported."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(blocked)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_nothing_heavy_is_imported():
    found, loaded = examined()
    assert [*dict.fromkeys(group for group, *_ in found)] == [g for g, *_ in doctor.EXAMINATIONS]
    heavy = {"tensorflow", "keras", "torch", "brian2", "onnx", "onnxruntime", "nest", "pyNN"}
    assert not heavy & set(loaded)


def test_broken_packages_are_problems_that_hide_nothing_else():
    found, _ = examined(["numba", "jupyter_core"])
    problems = {group: value for group, status, value, _ in found if status == "problem"}
    assert "numba" in problems["Simulator"]
    assert "jupyter_core" in problems["Jupyter"]
    assert {"Python", "Packages", "Browser", "Machine"} <= {group for group, *_ in found}
    found, _ = examined(["packaging", "psutil"])
    assert {"Browser", "Jupyter", "Packages"} <= {group for group, *_ in found}


def test_an_examination_that_fails_names_the_remedy(monkeypatch):
    def fails():
        raise OSError("the disk is gone")

    monkeypatch.setattr("workbench.doctor.browser.examine_browser", fails)
    monkeypatch.setattr(doctor, "EXAMINATIONS", [e for e in doctor.EXAMINATIONS if "Browser" in e])
    (finding,) = doctor.examine()
    assert (finding.group, finding.status) == ("Browser", "problem")
    assert finding.value == "cannot be examined: OSError: the disk is gone"
    assert finding.remedy


@pytest.mark.parametrize("group", [group for group, *_ in doctor.EXAMINATIONS])
def test_what_is_not_in_order_has_a_remedy(group, monkeypatch):
    monkeypatch.setattr(doctor, "EXAMINATIONS", [e for e in doctor.EXAMINATIONS if e[0] == group])
    for finding in doctor.examine():
        assert finding.name and finding.value
        assert bool(finding.remedy) == (finding.status != "ok"), finding
