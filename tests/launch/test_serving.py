"""Running a Jupyter server: what it finds, and what it does not import."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from workbench.launch import serving


def test_the_kernel_is_this_python_whatever_else_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_client.kernelspec import KernelSpecManager

    other = tmp_path / "kernels" / "python3" / "kernel.json"
    other.parent.mkdir(parents=True)
    spec = {"argv": ["/other/python"], "display_name": "other", "language": "python"}
    other.write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with serving.server_environment() as environment:
        monkeypatch.setenv("JUPYTER_PATH", environment["JUPYTER_PATH"])
        assert KernelSpecManager().get_kernel_spec("python3").argv[0] == sys.executable


def test_the_environment_is_tidied_up() -> None:
    with serving.server_environment() as environment:
        folder = Path(environment["JUPYTER_PATH"].split(os.pathsep)[0]).parent
        assert (folder / "data" / "voila" / "templates" / "snn-workbench" / "conf.json").is_file()
        assert (folder / "data" / "labextensions" / "snn-workbench" / "package.json").is_file()
        assert (folder / "config" / "labconfig" / "page_config.json").is_file()
    assert not folder.exists()


def test_the_command_runs_in_the_folder_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    code = "import os, sys; sys.exit(3 if os.getcwd() == os.environ['HERE'] else 4)"
    os.environ["HERE"] = str(tmp_path.resolve())
    try:
        assert serving.serve([sys.executable, "-c", code], cwd=tmp_path) == 3
    finally:
        del os.environ["HERE"]


def test_the_server_imports_nothing_of_the_folder_that_it_serves(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(5)")
    assert serving.serve([sys.executable, "-m", "json.tool", "--help"], cwd=tmp_path) == 0
