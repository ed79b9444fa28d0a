import json
import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from ports import free_port

from workbench.errors import WorkbenchError
from workbench.launch import servers, serving
from workbench.launch.dashboards import course_folder


def test_lab_listens_on_this_machine_and_opens_the_workbench(tmp_path: Path) -> None:
    command = servers.lab_command(tmp_path, port=1234, browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--LabApp.default_url=/lab/tree/workbench.ipynb" in command
    assert {"--ServerApp.port=1234", "--ServerApp.port_retries=0", "--no-browser"} <= set(command)


def test_lab_listens_where_it_is_told_to(tmp_path: Path) -> None:
    command = servers.lab_command(tmp_path, port=None, browser=False, host="0.0.0.0")
    assert "--ServerApp.ip=0.0.0.0" in command
    assert not [option for option in command if "token" in option]  # JupyterLab makes one up


def test_lab_finds_a_port_and_opens_a_browser_by_itself(tmp_path: Path) -> None:
    command = servers.lab_command(tmp_path, port=None, browser=True)
    assert "--no-browser" not in command
    assert not [option for option in command if option.startswith("--ServerApp.port")]


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_where_the_user_is_root(
    user: int, allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    command = servers.lab_command(tmp_path, port=None, browser=True)
    assert ("--allow-root" in command) is allowed


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, Any]]]:
    """Commands that would be run, with what else the server is given."""
    started: list[tuple[list[str], dict[str, Any]]] = []

    def serve(command: list[str], **given: Any) -> int:
        started.append((command, given))
        return 0

    monkeypatch.setattr(servers, "serve", serve)
    monkeypatch.setattr(servers, "forked_kernels", lambda _variables: nullcontext({}))
    return started


def test_a_dashboard_asks_for_no_token_unless_told_to(
    served: list[tuple[list[str], dict[str, Any]]],
) -> None:
    servers.dashboard(port=free_port(), browser=False)
    servers.dashboard(port=free_port(), browser=False, token="auto")
    (command, given), (auto, also) = served
    assert not [part for part in command if "token" in part]
    assert "--Voila.auto_token=True" in auto
    assert given["voila"] == also["voila"] == {}
    assert given["variables"] == {"SNN_WORKBENCH_DASHBOARD": "1"}


@pytest.mark.parametrize("way", ["token", "file", "environment"])
def test_a_token_is_in_no_command_line(
    way: str,
    served: list[tuple[list[str], dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    if way == "token":
        given["token"] = "s3cret"
    elif way == "file":
        given["token_file"] = tmp_path / "token"
        given["token_file"].write_text("s3cret\n")
        given["token_file"].chmod(0o600)
    else:
        monkeypatch.setenv("SNN_WORKBENCH_TOKEN", "s3cret")
    servers.dashboard(port=free_port(), browser=False, host="0.0.0.0", **given)
    ((command, settings),) = served
    assert "s3cret" not in " ".join(command)
    assert settings["voila"] == {"Voila": {"token": "s3cret"}}
    with serving.server_environment(settings["variables"], settings["voila"]) as environment:
        folder = Path(environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
        assert json.loads((folder / "voila.json").read_text()) == settings["voila"]
        assert folder.parent.stat().st_mode & 0o077 == 0
        assert "s3cret" not in " ".join(environment.values())
        assert environment["SNN_WORKBENCH_DASHBOARD"] == "1"


ASKED = """
import json
from jupyterlab.labapp import LabApp
app = LabApp.initialize_server(argv=["--no-browser", "--port=0", "--allow-root"])
print(json.dumps([app.identity_provider.token, app.identity_provider.auth_enabled]))
app.clear_instance()
"""
SWITCHED_OFF = """
c.IdentityProvider.token = c.PasswordIdentityProvider.token = c.ServerApp.token = ""
c.ServerApp.identity_provider_class = "jupyter_server.auth.identity.IdentityProvider"
"""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_jupyterlab_always_asks_other_machines_for_a_token(
    host: str,
    served: list[tuple[list[str], dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTER_TOKEN", "")
    monkeypatch.delenv("JUPYTER_TOKEN_FILE", raising=False)
    lines: list[str] = []
    servers.lab(tmp_path, host=host, browser=False, notify=lines.append)
    servers.lab(tmp_path, host="127.0.0.1", browser=False, notify=lines.append)
    (command, given), (_, alone) = served
    assert "lab" not in alone
    (line,) = lines
    token = given["lab"]["IdentityProvider"]["token"]
    assert len(token) > 30
    assert f":8888/lab?token={token}" in line
    assert token not in " ".join(command)
    with serving.server_environment(lab=given["lab"]) as environment:
        assert "JUPYTER_TOKEN" not in environment
        assert token not in " ".join(environment.values())


@pytest.mark.parametrize("way", ["variable", "file"])
def test_jupyterlab_takes_the_token_that_jupyter_is_given(
    way: str,
    served: list[tuple[list[str], dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    file.chmod(0o600)
    monkeypatch.setenv("JUPYTER_TOKEN", "s3cret" if way == "variable" else "")
    monkeypatch.setenv("JUPYTER_TOKEN_FILE", "" if way == "variable" else str(file))
    lines: list[str] = []
    servers.lab(tmp_path / "new", host="0.0.0.0", browser=False, notify=lines.append)
    assert served[0][1]["lab"]["IdentityProvider"]["token"] == "s3cret"
    assert "s3cret" not in " ".join(lines)
    with serving.server_environment(lab=served[0][1]["lab"]) as environment:
        assert not {"JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE"} & set(environment)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["jupyter_config", "jupyter_server_config", "jupyter_lab_config"])
@pytest.mark.parametrize("variable", ["", "JUPYTER_NO_CONFIG"])
def test_a_persons_settings_do_not_switch_the_token_off(
    variable: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of JupyterLab itself, which reads its settings and starts no server."""
    (tmp_path / f"{file}.py").write_text(SWITCHED_OFF)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_TOKEN", "")
    if variable:
        monkeypatch.setenv(variable, "1")
    with serving.server_environment(lab=servers._lab_settings("s3cret")) as environment:
        done = subprocess.run(
            [sys.executable, "-c", ASKED],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(done.stdout.splitlines()[-1]) == ["s3cret", True]


def test_what_viewers_may_not_choose_is_chosen_here(
    served: list[tuple[list[str], dict[str, Any]]],
) -> None:
    servers.dashboard(port=free_port(), browser=False, lava_python="/opt/lava", max_upload_mb=50)
    assert served[0][1]["variables"] == {
        "SNN_WORKBENCH_DASHBOARD": "1",
        "LAVA_PYTHON": "/opt/lava",
        "SNN_WORKBENCH_UPLOAD_MB": "50",
    }


def test_a_dashboard_hides_its_code_and_ends_the_kernels_of_closed_pages() -> None:
    command = dashboard_command(absence_s=77)
    assert command[1:3] == ["-m", "workbench.launch.viewers"]
    assert "--template=snn-workbench" in command
    assert "--Voila.ip=127.0.0.1" in command
    assert "--VoilaConfiguration.strip_sources=True" in command
    assert "--VoilaConfiguration.show_tracebacks=False" in command
    assert "--MappingKernelManager.cull_idle_timeout=77" in command


def test_kernels_are_started_ahead_when_asked_for() -> None:
    assert "--preheat_kernel=True" not in dashboard_command(preheated=0)
    assert {"--preheat_kernel=True", "--pool_size=3"} <= set(dashboard_command(preheated=3))


def test_kernels_that_are_started_ahead_keep_within_the_limit() -> None:
    command = dashboard_command(preheated=9, max_viewers=2)
    assert {"--pool_size=2", "--ViewerKernels.max_viewers=2"} <= set(command)


def dashboard_command(**changes: object) -> list[str]:
    options: dict[str, object] = {
        "port": 8866,
        "browser": False,
        "host": "127.0.0.1",
        "auto_token": False,
        "theme": "light",
        "max_viewers": 40,
        "preheated": 1,
        "absence_s": 45,
    }
    return servers.dashboard_command(Path("dashboard.ipynb"), **(options | changes))  # type: ignore[arg-type]


def test_a_port_in_use_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WorkbenchError, match=f"Port {port} cannot be used: .* Choose another"):
            servers.lab(tmp_path, port=port, browser=False)


@pytest.mark.parametrize("port", [0, -1, 70_000])
def test_a_port_that_cannot_be_is_refused(port: int, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="supported: 1 to 65535"):
        servers.lab(tmp_path, port=port)


def test_a_folder_whose_parent_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        WorkbenchError, match=r"cannot be created: there is no folder .*typo\. Check"
    ):
        servers.lab(tmp_path / "typo" / "deep", browser=False)
    assert not list(tmp_path.iterdir())


def test_a_new_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "serve", lambda _command, *, cwd: 0)
    for told in ([f"Created the folder {(tmp_path / 'new').resolve()}."], []):
        lines: list[str] = []
        assert servers.lab(tmp_path / "new", notify=lines.append) == 0
        assert lines == told


def test_a_missing_notebook_is_refused_with_the_names_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkbenchError, match=r"no notebook or folder 'mine.ipynb'.* demo_draw"):
        servers.dashboard("mine.ipynb", port=free_port())


def test_a_missing_program_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(
        WorkbenchError, match=r"JupyterLab is not installed .* pip install jupyterl"
    ):
        servers.lab(tmp_path)


def test_a_shipped_dashboard_is_served_from_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[str, Path]] = []

    def serve(command: list[str], *, cwd: Path, **_given: Any) -> int:
        assert Path(command[3]).is_file()
        served.append((command[3], cwd))
        return 0

    monkeypatch.setattr(servers, "serve", serve)
    assert servers.dashboard(port=free_port(), browser=False) == 0
    own = tmp_path / "mine.ipynb"
    own.write_text("{}")
    assert servers.dashboard(own, port=free_port(), browser=False) == 0
    (shipped, folder), (mine, place) = served
    assert Path(shipped).parent == folder != servers.notebooks_folder()
    assert not folder.exists()  # it goes with the server
    assert (Path(mine), place) == (own.resolve(), tmp_path.resolve())


def test_of_a_folder_all_notebooks_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[Path, Path, list[str]]] = []

    def serve(command: list[str], *, cwd: Path, **_given: Any) -> int:
        assert "--Dashboard.index=True" in command
        served.append((Path(command[3]), cwd, sorted(file.name for file in cwd.iterdir())))
        return 0

    monkeypatch.setattr(servers, "serve", serve)
    (tmp_path / "mine.ipynb").write_text('{"cells": [], "metadata": {}}')
    for folder in (servers.notebooks_folder(), tmp_path):
        assert servers.dashboard(folder, port=free_port(), browser=False) == 0
    (shipped, place, files), (mine, own, _) = served
    assert shipped == place != servers.notebooks_folder()
    assert files == ["dashboard.ipynb", "demo_compare.ipynb", "demo_draw.ipynb",
                     "demo_tuning.ipynb", "pictures"]  # fmt: skip
    assert mine == own == tmp_path.resolve()
    with pytest.raises(WorkbenchError, match="no notebook in the folder"):
        servers.dashboard(tmp_path.parent, port=free_port(), browser=False)


def test_pages_of_the_course_are_served_from_a_folder_of_their_own() -> None:
    shipped = course_folder()
    with servers._served(shipped) as place:
        assert place != shipped
        names = {path.name for path in place.glob("*.ipynb")}
        assert names == {path.name for path in shipped.glob("*.ipynb")}
    with servers._served(shipped / "1_one_neuron.ipynb") as one:
        assert one.is_file() and one.parent != shipped
    assert not place.exists() and not one.exists()
