from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli.main import main
from workbench.errors import WorkbenchError
from workbench.launch.dashboards import find_dashboard, shipped_dashboards
from workbench.ui.demos.catalogue import DEMOS


def test_every_demo_has_a_notebook_that_says_what_it_is_about() -> None:
    shipped = {each.name: each for each in shipped_dashboards()}
    assert set(shipped) == {"dashboard", *(f"demo_{name}" for name in DEMOS)}
    assert all(each.title and each.about.endswith(".") for each in shipped.values())
    for name in DEMOS:
        assert f'wb.demo(\\"{name}\\")' in shipped[f"demo_{name}"].path.read_text("utf-8")


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
    with pytest.raises(WorkbenchError, match=r"no notebook .*there are dashboard, demo_compare, "):
        find_dashboard(Path(name))


def test_the_command_line_lists_the_dashboards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [each.name for each in shipped_dashboards()]
    assert all(each.about in line for each, line in zip(shipped_dashboards(), lines, strict=True))
