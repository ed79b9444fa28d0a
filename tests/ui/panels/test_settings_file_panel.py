"""Saving and loading settings, by the messages that a page sends."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from controls import every, row

from workbench.settings import Conversion, Simulation
from workbench.settings_file import MOST_BYTES, settings_to_toml
from workbench.ui.app import Workbench
from workbench.ui.widgets import DownloadButton, UploadButton
from workbench.util.capabilities import VIEWER


class Page:
    """The two buttons, as a page speaks to them."""

    def __init__(self, bench: Workbench, monkeypatch: pytest.MonkeyPatch):
        self.bench = bench
        self.save, self.load, self.reset = row(bench, "swb-settings-file").children
        assert isinstance(self.save, DownloadButton) and isinstance(self.load, UploadButton)
        self.sent: list[Any] = []
        for kind in (DownloadButton, UploadButton):
            monkeypatch.setattr(
                kind, "send", lambda _self, content, buffers=None: self.sent.append(buffers)
            )

    def saved(self) -> str:
        self.save._handle_custom_msg("get", [])
        (content,) = self.sent.pop()
        return bytes(content).decode()

    def loaded(self, content: bytes | str, name: str = "mine.toml") -> str:
        """What stands below the buttons afterwards."""
        data = content.encode() if isinstance(content, str) else content
        about = {"kind": "part", "upload": "a", "name": name, "size": len(data), "start": 0}
        self.load._handle_custom_msg(about, [memoryview(data)])
        assert self.bench.wait(60)
        return str(row(self.bench, "swb-settings-note").value)


@pytest.fixture
def page(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(bench, monkeypatch)


def test_what_is_saved_comes_back(page: Page) -> None:
    state = page.bench.state
    state.change(percentile=98, thresholds={"conv1": 2}, leak=0.01, steps=7, threads=2)
    asked = state.conversion, state.simulation
    text = page.saved()
    assert tomllib.loads(text)["conversion"]["thresholds"] == {"conv1": 2}
    state.change(percentile=99, thresholds={}, leak=0, steps=9, threads=None, reset="zero")
    assert "Loaded mine.toml." in page.loaded(text)
    assert (state.conversion, state.simulation) == asked
    assert state.status.kind == "done", state.status.text
    assert row(page.bench, "swb-percentile").children[1].value == 98
    assert state.sample_run is not None and state.sample_run.steps == 7


def test_a_load_is_one_change_and_what_is_left_out_goes_to_its_default(page: Page) -> None:
    state, seen = page.bench.state, []
    state.change(threshold=2.0, steps=9)
    state.observe(lambda change: seen.append(change["name"]), ["conversion", "simulation"])
    page.loaded("percentile = 98\nsteps = 7")
    assert (state.conversion, state.simulation) == (Conversion(percentile=98), Simulation(steps=7))
    assert sorted(seen) == ["conversion", "simulation"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[simulation]\nsteps = 0", "mine.toml: Simulation.steps is 0; accepted: integers from 1"),
        ("colour = 'red'", "mine.toml: The file has no setting colour"),
        ("= =", "mine.toml: The settings are not valid TOML"),
        (b"\xff\xfe", "mine.toml is not text in UTF-8"),
        (b"#" * (MOST_BYTES + 1), "accepted: up to 1 MB"),
    ],
)
def test_a_refused_file_is_told_and_changes_nothing(
    page: Page, content: bytes | str, words: str
) -> None:
    state = page.bench.state
    before = state.conversion, state.simulation
    note = page.loaded(content)
    assert "Loaded" not in note
    assert words in state.status.text
    if len(content) <= MOST_BYTES:  # Others are refused before they arrive.
        assert f"Not loaded. {words}" in html.unescape(note)
    assert state.status.kind == "error"
    assert (state.conversion, state.simulation) == before


def test_a_name_cannot_inject(page: Page) -> None:
    assert "<img" not in page.loaded("steps = 7", name="<img src=x onerror=alert(1)>.toml")


def test_everything_goes_back_to_its_default_and_is_undone_at_once(page: Page) -> None:
    state = page.bench.state
    state.change(percentile=98, reset="zero", steps=7, encoding="poisson")
    asked = state.conversion, state.simulation
    page.reset.click()
    assert page.bench.wait(60)
    assert (state.conversion, state.simulation) == (Conversion(), Simulation())
    state.undo()
    assert (state.conversion, state.simulation) == asked


def test_viewers_load_all_but_how_the_server_computes(
    make_bench: Callable[..., Workbench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench(capabilities=VIEWER, threads=1)
    page = Page(bench, monkeypatch)
    asked = Simulation(
        steps=7, engine="dense", threads=900, batch_size=10**6, record_potentials="all"
    )
    note = page.loaded(settings_to_toml(Conversion(percentile=98), asked))
    assert "sets them: engine, record_potentials, batch_size, threads." in note
    assert bench.state.conversion == Conversion(percentile=98)
    assert bench.state.simulation == Simulation(steps=7, threads=1)
    assert bench.state.status.kind == "done"
    bench.actions.change(engine="dense", steps=9)
    assert bench.wait(60)
    assert "engine cannot be changed here" in bench.state.status.text
    assert bench.state.simulation == Simulation(steps=7, threads=1)


def test_viewers_have_no_controls_of_how_the_server_computes(
    make_bench: Callable[..., Workbench],
) -> None:
    classes = {
        css
        for widget in every(make_bench(capabilities=VIEWER))
        for css in getattr(widget, "_dom_classes", ())
    }
    assert "swb-percentile" in classes
    assert not classes & {"swb-engine", "swb-threads", "swb-batch-size"}
