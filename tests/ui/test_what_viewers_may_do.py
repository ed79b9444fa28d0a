"""What viewers of a dashboard can do, tried with the messages that a page could send."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from workbench import workflow
from workbench.errors import ExportError, ModelFileError, SettingsError
from workbench.exporters import built_in
from workbench.setting_values import Program
from workbench.ui.app import Workbench
from workbench.ui.session.loading import Loader
from workbench.ui.session.scratch import Scratch, plain_name
from workbench.ui.session.state import State
from workbench.ui.widgets import DownloadButton, UploadButton
from workbench.util.capabilities import OWNER, VIEWER

WATCHED: list[tuple[str, str]] = []
"""Files and programs that Python was asked for, while a test watches."""

_EVENTS = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename"}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}
_watching = False


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in _EVENTS | _PROGRAMS:
        WATCHED.append((event, str(arguments[0])))


sys.addaudithook(_on_audit)


@pytest.fixture
def watch() -> Iterator[list[tuple[str, str]]]:
    """What is opened and started during the test."""
    global _watching
    WATCHED.clear()
    _watching = True
    yield WATCHED
    _watching = False


@pytest.fixture
def viewers(make_bench: Callable[..., Workbench]) -> tuple[Workbench, list[Any]]:
    """A workbench in a dashboard, and everything in its kernel that a page can send messages to."""
    before = set(_instances)
    bench = make_bench(capabilities=VIEWER)
    return bench, [widget for key, widget in list(_instances.items()) if key not in before]


@pytest.fixture
def program(tmp_path: Path) -> tuple[Path, Path]:
    """A program, and the file that it makes when it runs."""
    path, ran = tmp_path / "python3.10", tmp_path / "ran"
    path.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path, ran


def receive(widget: Any, *, state: dict[str, Any] | None = None, custom: Any = None,
            buffers: tuple[bytes, ...] = ()) -> None:  # fmt: skip
    """Give a widget a message as it comes from a page."""
    data: dict[str, Any] = {"method": "custom", "content": custom}
    if state is not None:
        data = {"method": "update", "state": state, "buffer_paths": []}
    message = {"content": {"data": data}, "buffers": [memoryview(part) for part in buffers]}
    widget._handle_msg(message)


def told(bench: Workbench) -> str:
    assert bench.wait(60)
    status, export = bench.state.status, bench.state.export_status
    return " ".join((status.text, status.details, export.text, export.details))


def test_no_message_reaches_a_file_or_a_program_of_the_machine(
    viewers: tuple[Workbench, list[Any]],
    program: tuple[Path, Path],
    watch: list[tuple[str, str]],
    tmp_path: Path,
) -> None:
    bench, reachable = viewers
    np.savez(tmp_path / "secret.npz", x=np.zeros((3, 14, 14, 1)), y=np.zeros(3, int))
    workflow.save(workflow.load("mlp"), tmp_path / "secret.snn")
    watch.clear()
    hostile = [
        program[0],
        tmp_path,
        tmp_path / "secret.npz",
        tmp_path / "secret.snn",
        "/etc/passwd",
    ]
    for path in hostile:
        for widget in reachable:
            for trait in sorted(set(widget.keys) - {"_model_module", "_view_module"}):
                if trait.startswith("_") or trait in ("layout", "style", "children"):
                    continue
                if isinstance(getattr(widget, trait), str):
                    receive(widget, state={trait: str(path)})
            receive(widget, custom={"event": "click"})
            receive(widget, custom={"kind": "get", "path": str(path), "name": str(path)})
        assert bench.wait(60)
    assert len(reachable) > 50
    place = str(tmp_path)
    started = [name for event, name in watch if event in _PROGRAMS]
    assert not any(place in name or name == "/etc/passwd" for _, name in watch)
    assert set(started) <= {sys.executable}
    assert not program[1].exists()


def test_values_of_other_kinds_leave_a_workbench_that_works(
    viewers: tuple[Workbench, list[Any]],
) -> None:
    bench, reachable = viewers
    for value in (None, 7, -1, [], {}, "\0", "x" * 10_000, float("nan"), 10**30):
        for widget in reachable:
            for trait in ("value", "index", "selected_index", "places", "part_bytes"):
                if trait in widget.keys:
                    receive(widget, state={trait: value})
            receive(widget, custom=value)
        assert bench.wait(60)
        assert "Traceback" not in told(bench), value
        bench.state.change(percentile=97, steps=10, test_samples=0, live=True, sample=0)
        bench.state.change(network="counting", data=None)
        bench.actions.run()
        assert bench.wait(60)
        assert bench.state.status.kind == "done", (value, bench.state.status.text)


@pytest.mark.parametrize("setting", ["network", "data"])
def test_a_path_is_refused_in_the_same_words_whatever_lies_there(
    viewers: tuple[Workbench, list[Any]], setting: str, tmp_path: Path
) -> None:
    bench, _ = viewers
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 14, 14, 1)))
    (tmp_path / "b.npz").write_bytes(b"damaged")
    (tmp_path / "folder").mkdir()
    words = set()
    for name in ("a.npz", "b.npz", "missing.npz", "folder", "no/folder"):
        path = str(tmp_path / name)
        bench.actions.change(**{setting: path})
        words.add(told(bench).replace(path, "PATH").replace(name, "PATH"))
        assert path not in bench.code()
    assert len(words) == 1
    assert "Upload the file: this page cannot open files of its server." in words.pop()
    assert getattr(bench.state, setting) in ("counting", None)


@settings(deadline=None, max_examples=examples(60))
@given(text=st.text() | st.sampled_from(["/", "..", "~", "~root", "C:\\x", ".", "lenet\0", ""]))
def test_no_text_is_a_source_but_a_bundled_name(text: str) -> None:
    state, loader = State(capabilities=VIEWER), Loader(VIEWER)
    for setting in ("network", "data"):
        with pytest.raises(SettingsError, match="Upload the file"):
            state.change(**{setting: text})
        with pytest.raises(SettingsError, match="Upload the file"):
            setattr(state, setting, text)
        with pytest.raises(SettingsError, match="Upload the file"):
            loader.load(**{"network": "counting", "data": None, setting: Path(text)})
    assert (state.network, state.data) == ("lenet", None)


def test_programs_are_chosen_by_the_server_alone(
    viewers: tuple[Workbench, list[Any]],
    program: tuple[Path, Path],
    make_bench: Callable[..., Workbench],
    tmp_path: Path,
) -> None:
    bench, _ = viewers
    path, ran = program
    kept = 0
    for target in built_in().values():
        for option, each in target.declared.items():
            if isinstance(each.values, Program) or each.of_machine:
                bench.actions.export(target.name, "net", **{option: str(path)})
                assert f"{option} cannot be changed here" in told(bench)
                kept += 1
    assert kept == 6  # Lava's Python and its time, and the time of four other simulators
    assert not ran.exists()
    owner = make_bench("mlp", capabilities=OWNER)  # the test would notice
    owner.actions.export("loihi", str(tmp_path / "net"), lava_python=str(path))
    assert owner.wait(60)
    assert ran.exists()


def test_every_option_that_names_a_program_is_declared_as_one() -> None:
    named = {
        name: isinstance(each.values, Program)
        for target in built_in().values()
        for name, each in target.declared.items()
        if "python" in name or "interpreter" in name or isinstance(each.values, Program)
    }
    assert named == {"lava_python": True}


@settings(deadline=None, max_examples=examples(200))
@given(name=st.text() | st.from_regex(r"[./~\\\w:-]{1,12}", fullmatch=True))
def test_an_export_has_a_name_and_lies_in_the_sessions_folder(name: str) -> None:
    scratch = Scratch(VIEWER)
    try:
        place = scratch.place(name)
    except ExportError as error:
        assert "It names no folder, because the files are downloaded." in str(error)
        assert name not in ("net", "exported_network", "a.b", "a-1")
    else:
        assert place == Path(scratch._root()) / "exports" / name
        assert place.parent == Path(os.path.normpath(place)).parent
    finally:
        scratch.close()


@settings(deadline=None, max_examples=examples(200))
@given(name=st.text() | st.from_regex(r"[./~\\\w:\0-]{1,300}", fullmatch=True))
def test_an_uploads_name_is_a_name(name: str) -> None:
    plain = plain_name(name)
    assert Path("/folder", plain).parent == Path("/folder")
    assert plain not in ("", ".", "..") and not set(plain) & set('/\\:\0"<>|*?')
    assert len(plain.encode()) <= 200
    assert plain_name("C:\\work\\Mein Netz (2).keras") == "Mein Netz (2).keras"


HOSTILE_NAMES = (
    "../../evil.snn", "/etc/evil.snn", "C:evil.snn", "e\0vil.snn", "\ud800.snn",
    "x" * 5000 + ".snn", "..\\.snn",
)  # fmt: skip


def test_a_hostile_upload_stays_in_the_sessions_folder(
    viewers: tuple[Workbench, list[Any]], tmp_path: Path
) -> None:
    bench, reachable = viewers
    content = workflow.save(workflow.load("mlp"), tmp_path / "m.snn").read_bytes()
    button = next(w for w in reachable if isinstance(w, UploadButton) and ".snn" in w.accept)
    for number, name in enumerate(HOSTILE_NAMES):
        bench.state.network = "counting"
        assert bench.wait(60)
        about = {"kind": "part", "upload": str(number), "name": name, "size": len(content)}
        receive(button, custom={**about, "start": 0}, buffers=(content,))
        assert bench.wait(60)
        assert bench.state.status.kind == "done", (name, bench.state.status.text)
        assert bench.actions.scratch.holds(os.fspath(bench.state.network)), name


def test_files_come_back_by_download_alone(viewers: tuple[Workbench, list[Any]]) -> None:
    bench, _ = viewers
    bench.actions.export("builtin", "net", samples=2)
    assert "Exported net.snn" in told(bench)
    exported = bench.state.exported
    assert exported is not None and exported.folder == ""
    assert "/" not in exported.run.replace("/n", "")
    button = DownloadButton(exported.files[0])
    sent: list[Any] = []
    button.send = lambda content, buffers=None: sent.append((content, buffers))  # type: ignore[method-assign]
    receive(button, state={"file_name": "/etc/passwd", "path": "/etc/passwd"})
    receive(button, custom="get")
    assert sent == [({"kind": "file", "name": "net.snn"}, [Path(exported.files[0]).read_bytes()])]


def test_a_session_stores_no_more_than_it_may(
    viewers: tuple[Workbench, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, _ = viewers
    monkeypatch.setenv("SNN_WORKBENCH_UPLOAD_MB", "1")
    bench.actions.uploads.open("data", "large.npz", bytes(1_000_001))
    assert "The file has 2 MB; accepted: up to 1 MB." in told(bench)
    scratch = bench.actions.scratch
    for _ in range(5):
        scratch.store("small.npz", bytes(900_000))
    with pytest.raises(ModelFileError, match="stored 4 MB of the 5 MB that it may"):
        scratch.store("small.npz", bytes(900_000))
    scratch.store("rest.npz", bytes(500_000))
    with pytest.raises(ModelFileError, match="Reload the page to start again"):
        scratch.store("one.npz", bytes(1))


def test_a_viewer_sees_a_sentence_and_the_log_explains_its_number(
    viewers: tuple[Workbench, list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench, _ = viewers

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("no such thing: /srv/secret")

    monkeypatch.setattr(bench.actions.pipeline.converter, "run", fail)
    with caplog.at_level(logging.ERROR):
        bench.actions.run()
        bench.actions.export("builtin", "net")
        assert bench.wait(60)
    status, export = bench.state.status, bench.state.export_status
    for shown in (status, export):
        assert shown.text.startswith("Something went wrong on the server (error ")
        assert shown.details == ""
        assert "secret" not in shown.text
        number = shown.text.split("error ")[1][:6]
        explained = [line for line in caplog.messages if number in line]
        assert explained and "no such thing: /srv/secret" in explained[0]
        assert "Traceback" in explained[0]


def test_what_the_notebook_opens_is_known_by_its_name(
    make_bench: Callable[..., Workbench], tmp_path: Path
) -> None:
    path = workflow.save(workflow.load("counting"), tmp_path / "lesson.snn")
    bench = make_bench(str(path), capabilities=VIEWER)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert str(bench.state.network) == "lesson.snn"
    assert "wb.load('lesson.snn')" in bench.code()
    bench.actions.change(network="mlp")
    assert bench.wait(60)
    bench.actions.change(network=str(path))
    assert "Upload the file" in told(bench)
    (tmp_path / "broken.snn").write_bytes(b"nothing")
    broken = make_bench(str(tmp_path / "broken.snn"), capabilities=VIEWER)
    assert "broken.snn" in told(broken) and str(tmp_path) not in told(broken)
