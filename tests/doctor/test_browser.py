"""What opens pages and draws pictures of them."""

import webbrowser

from workbench.doctor.browser import examine_browser
from workbench.util import chromium
from workbench.util.chromium import VARIABLE


def found():
    return {finding.name: finding for finding in examine_browser()}


def test_a_browser_is_named(monkeypatch):
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("firefox"))
    assert (found()["opens pages"].status, found()["opens pages"].value) == ("ok", "firefox")


def test_a_machine_without_one_is_no_problem(monkeypatch, tmp_path):
    def none():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(chromium, "PLACES", ())
    assert [finding.status for finding in examine_browser()] == ["note", "note"]
    assert "BROWSER" in found()["opens pages"].remedy


def test_chromium_is_found_on_the_search_path(monkeypatch, tmp_path):
    program = tmp_path / "chromium"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    assert found()["draws pictures"].value == str(program)


def test_the_browser_that_is_chosen_is_the_one_that_is_told(monkeypatch, tmp_path):
    program = tmp_path / "mine"
    program.write_text("")
    monkeypatch.setenv(VARIABLE, str(program))
    assert found()["draws pictures"].status == "problem"
    assert VARIABLE in found()["draws pictures"].remedy
    program.chmod(0o755)
    assert found()["draws pictures"].value == str(program)
