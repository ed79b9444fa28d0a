"""Front ends of widgets as the Jupyter server would find them, in folders made for the test."""

import json
import sys

import pytest

from workbench.doctor.jupyter import EXTENSIONS, examine_jupyter


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Folders of this Python and of the user, and a way to put JSON into them."""
    for variable in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_PREFER_ENV_PATH"):
        monkeypatch.delenv(variable, raising=False)
    prefix, user = tmp_path / "python", tmp_path / "user"
    monkeypatch.setattr(sys, "prefix", str(prefix))
    places = [str(user), str(prefix / "share" / "jupyter")]
    monkeypatch.setattr(
        "jupyter_core.paths.jupyter_path", lambda *parts: ["/".join((p, *parts)) for p in places]
    )
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(user / "config")])

    def put(path, content):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps(content))

    return put


def install(put, place="python/share/jupyter", version="5.0.1", extensions=EXTENSIONS):
    for name in extensions:
        put(f"{place}/labextensions/{name}/package.json", {"version": version})


def found():
    return {finding.name: finding for finding in examine_jupyter()}


def test_front_ends_of_this_python_are_in_order(machine):
    install(machine)
    install(machine, extensions=["snn-workbench"])
    assert {name: finding.status for name, finding in found().items()} == {
        "front end of jupyterlab-widgets": "ok",
        "front end of anywidget": "ok",
        "extension of JupyterLab": "ok",
        "template of dashboards": "ok",
    }


def test_an_extension_that_is_missing_or_switched_off_is_told_with_the_remedy(
    machine, tmp_path, monkeypatch
):
    sources = found()["extension of JupyterLab"]
    assert sources.status == "note" and sources.value.startswith("in this checkout")
    assert "labextension develop --overwrite" in sources.remedy
    monkeypatch.setattr("workbench.__file__", str(tmp_path / "site" / "workbench" / "__init__.py"))
    missing = found()["extension of JupyterLab"]
    assert (missing.status, missing.value) == ("note", "not visible to the server")
    assert missing.remedy.endswith("pip install snn-workbench --force-reinstall --no-deps")
    install(machine, extensions=["snn-workbench"])
    machine("user/config/labconfig/page_config.json", {"disabledExtensions": ["snn-workbench"]})
    off = found()["extension of JupyterLab"]
    assert off.status == "note" and off.value.endswith("disabled")
    assert off.remedy.endswith("-m jupyter labextension enable snn-workbench")


def test_a_front_end_that_the_server_does_not_see_is_a_problem(machine):
    install(machine, extensions=["anywidget"])
    missing = found()["front end of jupyterlab-widgets"]
    assert (missing.status, missing.value) == ("problem", "not visible to the server")
    assert missing.remedy.endswith("pip install jupyterlab-widgets --force-reinstall --no-deps")


def test_an_older_copy_that_comes_first_is_a_problem(machine, tmp_path):
    install(machine)
    install(machine, place="user", version="1.0", extensions=["anywidget"])
    hidden = found()["front end of anywidget"]
    place = tmp_path / "user" / "labextensions" / "anywidget"
    assert (hidden.status, hidden.value) == ("problem", f"1.0 ({place})")
    assert hidden.remedy == f"It hides 5.0.1, which belongs to this Python. Remove {place}"


def test_the_same_version_elsewhere_is_in_order(machine):
    install(machine)
    install(machine, place="user")
    assert found()["front end of anywidget"].status == "ok"


@pytest.mark.parametrize("disabled", [{"anywidget": True}, ["anywidget"], {"anywidget:plugin": 1}])
@pytest.mark.parametrize(
    "place", ["user/config/labconfig", "python/share/jupyter/lab/settings"], ids=["user", "python"]
)
def test_a_front_end_that_is_switched_off_is_a_problem(machine, disabled, place):
    install(machine)
    machine(f"{place}/page_config.json", {"disabledExtensions": disabled})
    off = found()["front end of anywidget"]
    assert off.status == "problem"
    assert off.remedy.endswith("-m jupyter labextension enable anywidget")
    assert found()["front end of jupyterlab-widgets"].status == "ok"


def test_the_users_settings_count_before_those_of_the_installation(machine):
    install(machine)
    machine(
        "python/share/jupyter/lab/settings/page_config.json",
        {"disabledExtensions": {"anywidget": True}},
    )
    machine("user/config/labconfig/page_config.json", {"disabledExtensions": {"anywidget": False}})
    assert found()["front end of anywidget"].status == "ok"


def test_damaged_settings_are_passed_over(machine, tmp_path):
    install(machine)
    machine("user/config/labconfig/page_config.json", [])
    (tmp_path / "python/share/jupyter/lab/settings").mkdir(parents=True)
    (tmp_path / "python/share/jupyter/lab/settings/page_config.json").write_text("{")
    assert found()["front end of anywidget"].status == "ok"


def test_a_missing_template_is_a_problem(machine, tmp_path, monkeypatch):
    install(machine)
    monkeypatch.setattr("workbench.__file__", str(tmp_path / "site" / "workbench" / "__init__.py"))
    missing = found()["template of dashboards"]
    assert missing.status == "problem"
    assert "pip install snn-workbench --force-reinstall" in missing.remedy
