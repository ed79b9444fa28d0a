from __future__ import annotations

from pathlib import Path

import pytest
from controls import status_text

from workbench import workflow
from workbench.ui.app import Workbench
from workbench.ui.session.results import Status


def test_export_writes_files_and_says_how_they_compare(bench: Workbench, tmp_path: Path) -> None:
    result = status_text(bench)
    bench.actions.export("builtin", str(tmp_path / "new" / "net"), samples=3)
    assert status_text(bench) == result  # the run's own result stays
    assert "Exported" in bench.state.export_status.text
    exported = bench.state.exported
    assert exported is not None
    assert all(Path(file).is_file() for file in exported.files)
    assert exported.parity.startswith("Exact, compared with the simulator: ")


@pytest.mark.parametrize(
    ("target", "path", "words"),
    [
        ("builtin", "file/net", "is a file, not a folder"),
        ("toaster", "net", "no export target 'toaster'"),
        ("builtin", " ", "Give a name for the files."),
    ],
)
def test_an_export_that_cannot_be_is_refused_in_words(
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    path: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    bench.actions.export(target, path)
    assert bench.wait(60)
    assert words in bench.state.export_status.text
    assert bench.state.export_status.kind == "error"
    assert bench.state.status.kind == "done"
    assert bench.state.exported is None


def test_exporting_uses_the_present_settings(bench: Workbench, tmp_path: Path) -> None:
    bench.actions.change(live=False, threshold=2.0)
    bench.actions.export("builtin", str(tmp_path / "net"))
    assert bench.wait(60)
    assert workflow.load(tmp_path / "net.snn").conversion.threshold == 2.0


def test_what_is_told_of_an_export_ends_with_the_settings_it_was_of(
    bench: Workbench, tmp_path: Path
) -> None:
    bench.actions.export("builtin", str(tmp_path / "net"), samples=-1)
    assert bench.wait(60)
    assert "Test samples is -1" in bench.state.export_status.text
    bench.state.percentile = 98
    assert bench.wait(60)
    assert bench.state.export_status == Status()


def test_every_export_that_is_ordered_is_written(bench: Workbench, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        bench.actions.export("builtin", str(tmp_path / name))
    assert bench.wait(60)
    assert {path.name for path in tmp_path.glob("*.snn")} == {"one.snn", "two.snn", "three.snn"}
    assert "Exported three.snn" in bench.state.export_status.text


def test_an_export_leaves_what_is_open_as_it_is(bench: Workbench, tmp_path: Path) -> None:
    order = bench.actions._request()
    bench.state.network = "mlp"
    assert bench.wait(60)
    loaded = bench.actions.pipeline.loader.loaded
    request, of_order = bench.actions.pipeline.opened(order)
    assert (request.network, of_order.network.name) == ("counting", "counting")
    assert bench.actions.pipeline.loader.loaded is loaded
    bench.state.network = str(tmp_path / "missing.snn")
    assert bench.wait(60)
    assert bench.state.network == "mlp"


def test_files_of_other_settings_are_said_to_be_old(bench: Workbench, tmp_path: Path) -> None:
    bench.actions.export("builtin", str(tmp_path / "net"))
    assert bench.wait(60)
    assert not bench.state.export_outdated
    bench.state.change(steps=15, sample=3)  # not part of the files
    assert not bench.state.export_outdated
    bench.state.percentile = 90
    assert bench.wait(60)
    assert bench.state.export_outdated
    bench.state.undo()
    assert not bench.state.export_outdated
