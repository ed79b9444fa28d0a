from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from controls import status_text

from workbench import workflow
from workbench.errors import ExportError, WorkbenchError
from workbench.ui.app import Workbench
from workbench.ui.session.scratch import Scratch
from workbench.util.capabilities import VIEWER
from workbench.util.package_data import notebooks_folder


def test_an_upload_is_known_by_its_name_alone() -> None:
    scratch = Scratch()
    first, second = (scratch.store("net.snn", content) for content in (b"1", b"2"))
    assert (str(first), repr(first), first.name) == ("net.snn",) * 3
    assert [Path(upload).read_bytes() for upload in (first, second)] == [b"1", b"2"]
    assert scratch.hide(f"'{os.fspath(first)}' is damaged") == "'net.snn' is damaged"
    assert scratch.holds(first) and not scratch.holds("/elsewhere/net.snn")
    scratch.close()
    assert not Path(first).exists()


def test_a_text_without_paths_of_the_folder_stays() -> None:
    scratch = Scratch()
    assert scratch.hide("/tmp/net.snn") == "/tmp/net.snn"
    scratch.store("a", b"")
    assert scratch.hide("/tmp/net.snn") == "/tmp/net.snn"
    scratch.close()


def test_a_persons_own_folder_takes_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VOILA_BASE_URL", raising=False)
    scratch = Scratch()
    assert scratch.place("net") == Path("net")
    assert scratch.place("folder/net") == Path("folder/net")
    assert scratch.place(str(tmp_path / "net")) == tmp_path / "net"
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    viewers = Scratch()
    assert viewers.holds(viewers.place("net"))
    for path in ("folder/net", str(tmp_path / "net"), "~/net"):
        with pytest.raises(ExportError, match="It names no folder"):
            viewers.place(path)
    viewers.close()


def test_an_upload_is_opened(bench: Workbench, tmp_path: Path) -> None:
    path = workflow.save(workflow.load("mlp"), tmp_path / "mine.snn")
    bench.actions.uploads.open("network", "C:\\work\\mine.snn", path.read_bytes())
    assert bench.wait(60)
    assert bench.state.status.kind == "done"
    assert bench.state.loaded is not None and bench.state.loaded.network.input_shape == (28, 28, 1)
    assert str(bench.state.network) == "mine.snn"
    assert "wb.load('mine.snn')  # the file that was uploaded" in bench.code()


def test_an_upload_of_another_kind_is_refused(bench: Workbench) -> None:
    bench.actions.uploads.open("data", "notes.txt", b"hello")
    assert "'notes.txt' is not accepted here; accepted: .npz" in status_text(bench)


@pytest.mark.parametrize("kind", ["network", "data"])
def test_an_upload_is_never_told_by_its_path(bench: Workbench, kind: str) -> None:
    name = {"network": "broken.snn", "data": "broken.npz"}[kind]
    told: list[str] = []
    bench.state.observe(
        lambda change: told.append(f"{change['new'].text} {change['new'].details}"), "status"
    )
    bench.actions.uploads.open(kind, name, b"nothing of the kind")
    assert bench.wait(60)
    folder = bench.actions.scratch._root()
    assert any(name in words for words in told)
    assert not any(folder in words for words in [*told, bench.code()])
    assert bench.state.status.kind == "error"


def test_a_dashboards_exports_are_downloaded_from_nowhere_in_particular(
    make_bench: Callable[..., Workbench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    bench = make_bench()
    for overwrite, words in ((False, "Exported"), (False, "net.snn exists"), (True, "Exported")):
        bench.actions.export("builtin", "net", samples=2, overwrite=overwrite)
        assert bench.wait(60)
        assert words in bench.state.export_status.text
        assert bench.actions.scratch._root() not in bench.state.export_status.text
    exported = bench.state.exported
    assert exported is not None and exported.folder == ""
    assert all(Path(file).is_file() for file in exported.files)
    assert "wb.load('net.snn')" in exported.run
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_exported_into_the_installed_package(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(notebooks_folder())
    bench.actions.export("builtin", "net")
    assert bench.wait(60)
    assert bench.state.exported is not None and bench.state.exported.folder == ""
    assert not (notebooks_folder() / "net.snn").exists()


def test_a_closed_one_makes_no_folder_again() -> None:
    scratch = Scratch(VIEWER)
    scratch.store("a.npz", b"1")
    scratch.close()
    for late in (lambda: scratch.store("b.npz", b"2"), lambda: scratch.place("net")):
        with pytest.raises(WorkbenchError, match=r"^The workbench is closed\. Open it again"):
            late()
