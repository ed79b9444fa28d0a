"""`snn-workbench lab --course` brings the course, and leaves what a student wrote."""

import json
from pathlib import Path

import pytest

from workbench.cli.main import main
from workbench.launch import servers


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Start JupyterLab as the command does, without a server; returns what it would run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(servers, "serve", lambda command, *, cwd: commands.append(command) or 0)

    def start(*options: str) -> list[str]:
        assert main(["lab", str(tmp_path / "mine"), "--no-browser", *options]) == 0
        return commands[-1]

    return start


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file()}


def test_students_get_the_sessions_and_no_solutions(lab, tmp_path: Path):
    command = lab("--course")
    assert "--LabApp.default_url=/lab/tree/01_one_neuron.ipynb" in command
    found = names(tmp_path / "mine")
    assert {"01_one_neuron.ipynb", "04_converting.ipynb"} <= found
    assert not [name for name in found if "/" in name or "workbench.ipynb" in name]


def test_teachers_get_solutions_notes_and_pages(lab, tmp_path: Path):
    lab("--course", "--solutions")
    brought = {"solutions/01_one_neuron.ipynb", "teacher/notes.md", "pages/1_one_neuron.ipynb"}
    assert brought <= names(tmp_path / "mine")


def test_without_the_course_a_folder_stays_small(lab, tmp_path: Path):
    lab()
    found = names(tmp_path / "mine")
    assert "workbench.ipynb" in found
    assert not [name for name in found if "course" in name or "README" in name]


def test_an_answer_is_never_overwritten(lab, tmp_path: Path, capsys):
    lab("--course")
    answered = tmp_path / "mine" / "01_one_neuron.ipynb"
    notebook = json.loads(answered.read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("spikes = None", "spikes = 6") for line in cell["source"]]
    answered.write_text(json.dumps(notebook), "utf-8")
    before = answered.read_bytes()
    capsys.readouterr()
    lab("--course")
    assert answered.read_bytes() == before
    assert "Kept your changed 01_one_neuron.ipynb" in capsys.readouterr().err


def test_solutions_go_with_the_course(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["lab", "--solutions"])
    assert stopped.value.code == 2
    assert "--solutions goes with --course" in capsys.readouterr().err
