from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.cli.main import main
from workbench.errors import WorkbenchError
from workbench.launch.dashboards import (
    course_pages,
    dashboards_in,
    find_dashboard,
    shipped_dashboards,
)
from workbench.ui.demos.catalogue import DEMOS


def test_every_demo_has_a_notebook_that_says_what_it_is_about() -> None:
    shipped = {each.name: each for each in shipped_dashboards()}
    assert set(shipped) == {"dashboard", *(f"demo_{name}" for name in DEMOS)}
    assert all(each.title and each.about.endswith(".") for each in shipped.values())
    assert all(each.picture("light") != each.picture("dark") for each in shipped.values())
    for name in DEMOS:
        assert f'wb.demo(\\"{name}\\")' in shipped[f"demo_{name}"].path.read_text("utf-8")


def notebook(path: Path, *cells: tuple[str, str], **metadata: Any) -> None:
    """Write a notebook of cells, each a kind and a source; code cells have a saved picture."""
    picture = {"output_type": "display_data", "data": {"image/png": "aWNv\n"}, "metadata": {}}
    outputs = {"code": {"outputs": [picture]}, "markdown": {}}
    content = [{"cell_type": kind, "source": source, **outputs[kind]} for kind, source in cells]
    path.write_text(json.dumps({"cells": content, "metadata": metadata}), "utf-8")


@pytest.mark.parametrize(
    ("text", "title", "about"),
    [
        ("# Spikes *here*\n\nMove [it](x.md). Then look.", "Spikes *here*", "Move it."),
        ("Draw a `7`\nand wait\n\n# Later", "Later", ""),
        ("# A\n\n**The question.** Who *waits*? Not you.", "A", "Who waits?"),
        ("# A\n\n***\n\n* one\n\n**Bold** words. More.", "A", "Bold words."),
        ("- a list", "my demo", ""),
        ("", "my demo", ""),
    ],
)
def test_a_notebook_of_ones_own_is_described_by_its_text(
    text: str, title: str, about: str, tmp_path: Path
) -> None:
    notebook(tmp_path / "my_demo.ipynb", ("markdown", text), ("code", "1"))
    (page,) = dashboards_in(tmp_path)
    assert (page.title, page.about) == (title, about)
    assert page.picture("light") == page.picture("dark") == "data:image/png;base64,aWNv"


def test_a_picture_beside_a_notebook_comes_before_its_outputs(tmp_path: Path) -> None:
    notebook(tmp_path / "mine.ipynb", ("code", "1"))
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "mine.svg").write_bytes(b"<svg/>")
    (page,) = dashboards_in(tmp_path)
    content = base64.b64encode(b"<svg/>").decode()
    assert page.picture("light") == page.picture("dark") == f"data:image/svg+xml;base64,{content}"
    (tmp_path / "mine-dark.png").write_bytes(b"dark")
    assert page.picture("light") != page.picture("dark")
    (tmp_path / "mine-dark.png").write_bytes(bytes(2**20 + 1))  # too large for a card
    assert page.picture("light") == page.picture("dark")


def test_dashboards_come_before_other_notebooks_of_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        notebook(tmp_path / f"{name}.ipynb", ("code", "1"))
    assert [page.name for page in dashboards_in(tmp_path)] == ["a", "b"]
    notebook(tmp_path / "c.ipynb", snn_workbench={"dashboard": {"title": "C", "about": "See."}})
    assert [page.name for page in dashboards_in(tmp_path)] == ["c"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, r"no notebook in the folder .* --all"),
        ("{", r"'bad.ipynb' cannot be read as a notebook: .*Open and save it"),
        ("[]", r"'bad.ipynb' cannot be read"),
        ('{"cells": [1], "metadata": {}}', r"'bad.ipynb' cannot be read"),
        ('{"metadata": {"snn_workbench": {"dashboard": {}}}}', r"'bad.ipynb' cannot be read"),
    ],
)
def test_a_folder_without_dashboards_is_refused(
    content: str | None, told: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "bad.ipynb").write_text(content)
    with pytest.raises(WorkbenchError, match=told):
        dashboards_in(tmp_path)


def test_a_dashboard_is_found_with_and_without_its_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("demo_draw", "demo_draw.ipynb"):
        assert find_dashboard(Path(name)).name == "demo_draw.ipynb"
    own = tmp_path / "demo_draw.ipynb"
    own.write_text("{}")
    assert find_dashboard(Path("demo_draw.ipynb")) == own.resolve()  # one's own comes first


@pytest.mark.parametrize("name", ["nothing", "../data/digits", "demo_draw/x", "~no-such-person/x"])
def test_what_is_not_there_is_refused_with_the_names_there_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        WorkbenchError, match=r"no notebook or folder .*there are demo_draw, demo_tuning, "
    ):
        find_dashboard(Path(name))


def test_the_command_line_lists_the_dashboards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [each.name for each in shipped_dashboards()]
    assert all(each.about in line for each, line in zip(shipped_dashboards(), lines, strict=True))


def test_the_command_line_lists_the_pages_of_the_course(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--course", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [each.name for each in course_pages()]
    assert lines[0].startswith("1_one_neuron") and "2_rates" in lines[1]
    assert find_dashboard(Path("1_one_neuron")) == course_pages()[0].path
    assert all(each.picture("light") != each.picture("dark") for each in course_pages())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--course", "--all"], "--all and --course serve different pages"),
        (["--course", "mine.ipynb"], "--course serves pages that come with the package"),
        (["--all", "mine.ipynb"], "--all serves pages that come with the package"),
    ],
)
def test_what_is_to_be_served_is_said_once(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboard", *options]) == 2
    assert told in capsys.readouterr().err
