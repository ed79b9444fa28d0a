"""What `snn-workbench doctor` prints, and its exit code."""

import json

import pytest

from workbench.cli.doctor import told
from workbench.cli.main import main
from workbench.doctor import Finding

COMMAND = "/a/very/long/folder/name/of/an/environment/bin/python -m pip install 'bokeh<3.10,>=3.9'"
FOUND = [
    Finding("Packages", "numpy", "ok", "2.3.5"),
    Finding("Packages", "bokeh", "problem", "not installed", f"Install it: {COMMAND}"),
    Finding("Browser", "opens pages", "note", "none found", "Open the address."),
]


@pytest.fixture
def findings(monkeypatch):
    def set_to(found):
        monkeypatch.setattr("workbench.doctor.examine", lambda: found)

    return set_to


def test_findings_stand_below_each_other_with_their_remedies(findings, capsys):
    findings(FOUND)
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Packages",
        "  ok       numpy        2.3.5",
        "  problem  bokeh        not installed",
    ]
    assert lines[-5:] == [
        "Browser",
        "  note     opens pages  none found",
        "           Open the address.",
        "",
        "Problems: 1",
    ]
    words = " ".join(line.strip() for line in lines)
    assert COMMAND in words


@pytest.mark.parametrize("number", [0, 2])
def test_notes_are_no_problem(number, findings, capsys):
    findings([FOUND[number]])
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("No problem was found.\n")


def test_programs_get_json(findings, capsys):
    findings(FOUND)
    assert main(["doctor", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["ok"] is False
    assert result["findings"][0] == {
        "group": "Packages",
        "name": "numpy",
        "status": "ok",
        "value": "2.3.5",
        "remedy": "",
    }


def test_no_findings_are_told_as_well():
    assert told([]).strip() == "No problem was found."
