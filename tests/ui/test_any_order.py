"""Whatever a person does in whatever order: what is shown is what holds, or is said to be old."""

from __future__ import annotations

import html
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from controls import every, row
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from ipywidgets.widgets import widget as registry

from workbench import workflow
from workbench.errors import SettingsError, WorkbenchError
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape
from workbench.settings import Conversion, Simulation
from workbench.ui.app import Workbench
from workbench.ui.panels.source import OWN
from workbench.ui.session.all_settings import ASKED

NETWORKS = ("counting", "mlp", "one.snn", "two.snn", "soft.snn", "text.snn", "gone.snn")
LARGE = ("lenet", "resnet", "resnet_plain", "fashion")
"""Bundled networks that take too long for every step of this test."""

WAIT_S = 300

ROWS = {
    f"swb-{name.replace('_', '-')}": name
    for name in (
        "percentile",
        "threshold",
        "initial_potential",
        "steps",
        "test_samples",
        "reset",
        "neurons",
        "per_channel",
        "normalization",
        "max_pool",
        "dt_ms",
        "spiking_pools",
        "encoding",
        "leak",
        "input_rate_hz",
        "refractory_steps",
        "delay_steps",
        "readout",
        "sample",
        "units",
    )
}

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "percentile": st.sampled_from([50, 99, 99.9, 12]),
        "threshold": st.sampled_from([0.5, 1, 2.25, "high"]),
        "thresholds": st.sampled_from([{}, {"conv1": 2}, {"hidden": 0.5}, {"output": 1.5}]),
        "reset": st.sampled_from(["subtract", "zero"]),
        "neurons": st.sampled_from(["if", "signed", "multi_threshold", "one_shot"]),
        "steps": st.sampled_from([1, 13, 20, 700, 0]),
        "encoding": st.sampled_from(["constant", "poisson"]),
        "leak": st.sampled_from([0, 0.01]),
        "sample": st.sampled_from([0, 4, 29, 30, 5000, -1]),
        "test_samples": st.sampled_from([0, 7, 20]),
        "units": st.sampled_from(["steps", "ms"]),
        "clamp_steps": st.sampled_from([{}, {"conv1": 3}]),
    },
)
"""Some of them are refused, at once or when they are run."""

NUMBERS = {
    "swb-percentile": st.sampled_from([90, 99.5, 300]),
    "swb-threshold": st.sampled_from([0.37, 4, -1]),
    "swb-steps": st.sampled_from([7, 7.5, 25]),
    "swb-sample": st.sampled_from([1, 12, 10**6]),
    "swb-dt-ms": st.sampled_from([0.5, 1, 0]),
}


def button(bench: Workbench, description: str) -> Any:
    return next(w for w in every(bench) if getattr(w, "description", "") == description)


def say(widget: Any, **state: Any) -> None:
    """Tell a widget what a page tells it."""
    widget.set_state(state)


def files(folder: Path) -> dict[str, str]:
    """Two networks of a shape of their own, samples for them, and what is refused."""
    random = np.random.default_rng(0)
    shape = (6, 5, 1)
    for name, units in (("one", 3), ("two", 4)):
        hidden = Dense(random.normal(0.1, 0.3, (30, 8)).astype(np.float32))
        head = Dense(random.normal(0, 0.3, (8, units)).astype(np.float32))
        nodes = (
            Node("input", Input(shape)),
            Node("flat", Reshape(shape, (30,)), inputs=("input",)),
            Node("hidden", hidden, Activation.RELU, ("flat",)),
            Node("output", head, inputs=("hidden",)),
        )
        workflow.save(Network(name, nodes), folder / f"{name}.snn")
    nodes = (*nodes[:2], Node("hidden", hidden, Activation.SOFTMAX, ("flat",)), nodes[3])
    workflow.save(Network("soft", nodes), folder / "soft.snn")
    np.savez(folder / "own.npz", x=random.random((30, *shape), np.float32))
    (folder / "text.snn").write_text("no archive")
    (folder / "text.npz").write_text("no archive")
    return {path.name: str(path) for path in folder.iterdir()}


class Session(RuleBasedStateMachine):
    """A person with a workbench, whose page is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.threads, self.widgets = set(threading.enumerate()), set(registry._instances)
        self.folder = tempfile.TemporaryDirectory()
        self.files = files(Path(self.folder.name))
        self.failed: list[Any] = []
        self.hook, threading.excepthook = threading.excepthook, self.failed.append
        self.closed = False
        self.asked_once = True
        self.bench = Workbench("counting", steps=10, test_samples=10)

    # What a person does

    @rule(name=st.sampled_from(NETWORKS))
    def open_network(self, name: str) -> None:
        self.act(lambda: self.bench.actions.change(network=self.place(name)))

    @rule(name=st.sampled_from(["own.npz", "mnist14", "mnist", "text.npz", None]))
    def open_samples(self, name: str | None) -> None:
        self.act(lambda: self.bench.actions.change(data=name and self.place(name)))

    @precondition(lambda self: not self.closed)
    @rule(kind=st.sampled_from(["network", "data"]), name=st.sampled_from(["one.snn", "own.npz"]))
    def type_a_path(self, kind: str, name: str) -> None:
        say(row(self.bench, f"swb-{kind}-path").children[0], value=self.place(name))

    @precondition(lambda self: not self.closed)
    @rule(kind=st.sampled_from(["network", "data"]), index=st.integers(0, 6))
    def choose_from_the_menu(self, kind: str, index: int) -> None:
        menu = row(self.bench, f"swb-{kind}-menu").children[0]
        if index < len(menu.options) and menu.options[index][1] not in LARGE:
            say(menu, index=index)

    @rule(kind=st.sampled_from(["network", "data"]), name=st.sampled_from(["two.snn", "own.npz"]))
    def upload(self, kind: str, name: str) -> None:
        content = Path(self.files[name]).read_bytes()
        self.act(lambda: self.bench.actions.uploads.open(kind, name, content))

    @rule(changes=CHANGES)
    def set_from_a_script(self, changes: dict[str, Any]) -> None:
        before = {name: getattr(self.bench.state, name) for name in (*ASKED, "units")}
        try:
            self.bench.state.change(**changes)
        except SettingsError:
            assert before == {name: getattr(self.bench.state, name) for name in before}

    @precondition(lambda self: not self.closed)
    @rule(css=st.sampled_from(sorted(NUMBERS)), data=st.data())
    def type_a_number(self, css: str, data: Any) -> None:
        say(row(self.bench, css).children[-1], value=data.draw(NUMBERS[css]))

    @precondition(lambda self: not self.closed)
    @rule(css=st.sampled_from(["swb-percentile", "swb-threshold"]), start=st.integers(0, 40))
    def drag_a_slider(self, css: str, start: int) -> None:
        slider = row(self.bench, css).children[0]
        gesture = str(time.perf_counter())
        for place in slider.places[start : start + 4]:
            say(slider, gesture=gesture, value=place)

    @precondition(lambda self: not self.closed)
    @rule()
    def move_two_controls_at_once(self) -> None:
        assert self.bench.wait(WAIT_S)  # what a page shows already, it does not send again
        state = self.bench.state
        acts = (
            lambda: say(row(self.bench, "swb-initial-potential").children[-1], value=0.25),
            lambda: say(row(self.bench, "swb-steps").children[-1], value=11),
        )
        together([*acts])
        assert (state.initial_potential, state.steps) == (0.25, 11)

    @precondition(lambda self: not self.closed)
    @rule(live=st.booleans())
    def toggle_live(self, live: bool) -> None:
        say(button(self.bench, "Live"), value=live)

    @rule()
    def run(self) -> None:
        self.act(self.bench.actions.run)

    @rule()
    def stop(self) -> None:
        self.bench.actions.stop()

    @rule(act=st.sampled_from(["Undo", "Redo", "Undo", "undo", "redo"]))
    def undo_or_redo(self, act: str) -> None:
        if act.islower():
            getattr(self.bench.state, act)()
        elif not self.closed:
            button(self.bench, act).click()

    @rule(
        kind=st.sampled_from(["builtin", "builtin", "nir", "loihi", "toaster"]),
        name=st.sampled_from(["net", "other", ""]),
        samples=st.sampled_from([0, 3, -1]),
        overwrite=st.booleans(),
    )
    def export(self, kind: str, name: str, samples: int, overwrite: bool) -> None:
        path = name and str(Path(self.folder.name) / "exports" / name)
        export = self.bench.actions.export
        self.act(lambda: export(kind, path, samples=samples, overwrite=overwrite))

    @rule()
    def wait_and_look(self) -> None:
        assert self.bench.wait(WAIT_S)
        if not self.closed:
            self.check_what_holds()
            self.check_what_is_shown()
            self.check_code()

    @precondition(lambda self: not self.closed)
    @rule(sure=st.integers(0, 3))
    def close(self, sure: int) -> None:
        if sure == 0:
            self.bench.close()
            self.closed = True

    def act(self, act: Callable[[], object]) -> None:
        """Do what a closed workbench refuses in a sentence, or does nothing about."""
        try:
            act()
        except WorkbenchError as error:
            assert self.closed and "The workbench is closed" in str(error)

    def place(self, name: str) -> str:
        # Another text each time, as from a page.
        return "".join([*self.files.get(name, name)]) if name != "gone.snn" else "/nowhere/gone.snn"

    # What must be so

    def check_what_holds(self) -> None:
        state = self.bench.state
        status, run = state.status, state.sample_run
        assert status.kind in ("done", "idle", "stopped", "error"), status
        assert "Unexpected" not in status.text, status
        assert state.export_status.kind != "busy"
        assert "Unexpected" not in state.export_status.text, state.export_status
        if state.live:
            assert status.kind != "idle", status
        if status.kind != "done":
            return
        assert run is not None and run.done and not state.outdated and not state.leftover
        assert (run.steps, run.sample) == (state.steps, state.sample)
        assert state.spiking is not None and state.spiking.conversion == state.conversion
        assert state.loaded is not None and run.title == state.loaded.title
        if state.accuracy is None:
            assert state.test_samples == 0 or state.loaded.dataset.y_test is None
        else:
            assert state.accuracy.asked is run.asked and state.accuracy.done

    def check_what_is_shown(self) -> None:
        bench, state = self.bench, self.bench.state
        for css, setting in ROWS.items():
            value = getattr(state, setting)
            shown = [part.value for part in row(bench, css).children if hasattr(part, "value")]
            assert shown == [value] * len(shown), (css, shown, value)
        for kind in ("network", "data"):
            asked = getattr(state, kind)
            menu = row(bench, f"swb-{kind}-menu").children[0]
            bundled = [option for _, option in menu.options if option != OWN]
            assert menu.value == (asked if asked in bundled else OWN if asked else "(fitting)")
        assert button(bench, "Live").value == state.live
        assert button(bench, "Undo").disabled == (not state.undoable)
        assert button(bench, "Redo").disabled == (not state.redoable)
        assert (
            html.escape(state.status.text).replace("\n", "<br>")
            in row(bench, "swb-status-box").value
        )
        told = row(bench, "swb-figures").children[0]
        old = bool(state.leftover or state.outdated)
        assert (told.layout.display == "") == old == ("Out of date" in told.value)
        assert ("swb-dimmed" in bench._dom_classes) == old
        assert "swb-computing" not in bench._dom_classes
        page = row(bench, "swb-export-result")
        assert (page.children[0].layout.display == "") == state.export_outdated
        shown = state.exported is not None and state.export_status.kind != "error"
        files = state.exported.files if shown and state.exported is not None else ()
        names = [Path(child.path).name for child in row(bench, "swb-downloads").children]
        assert names == [Path(file).name for file in files]
        assert all(Path(file).is_file() for file in files)
        assert html.escape(bench.code()) in "".join(
            getattr(part, "value", "")
            for part in every(bench)
            if hasattr(part, "layout") and isinstance(getattr(part, "value", None), str)
        )

    def check_code(self) -> None:
        state = self.bench.state
        called: dict[str, list[Any]] = {"load": [], "convert": [], "simulate": []}
        part: Any = type("Part", (), {"__getitem__": lambda self, _asked: self})()
        data = SimpleNamespace(calibration=None, x_test=part, y_test=part)
        outcome = type("Outcome", (), {"__getattr__": lambda self, _name: lambda *_: self})()
        known = SimpleNamespace(
            load=called["load"].append,
            convert=lambda _network, _x, chosen: called["convert"].append(chosen),
            simulate=lambda _network, _x, chosen: called["simulate"].append(chosen) or outcome,
            datasets=SimpleNamespace(
                load=lambda _name: data,
                from_npz=lambda _path: data,
                for_network=lambda _network: data,
            ),
            Conversion=Conversion,
            Simulation=Simulation,
        )
        code = self.bench.code().removeprefix("import workbench as wb\n")
        exec(code, {"wb": known, "print": lambda *_: None})
        assert called["load"] == [str(state.network)]
        assert called["convert"] == [state.conversion]
        assert {chosen.steps for chosen in called["simulate"]} == {state.steps}

    def teardown(self) -> None:
        try:
            self.wait_and_look()
            self.bench.close()
            self.bench.close()
            assert self.bench.wait(WAIT_S)
            left = set(registry._instances) - self.widgets
            assert not left, len(left)
            until = time.monotonic() + WAIT_S
            while (threads := set(threading.enumerate()) - self.threads) and (
                time.monotonic() < until
            ):
                time.sleep(0.01)
            assert not threads
            assert self.bench.state.status.kind != "busy"
            assert not self.failed, self.failed
        finally:
            threading.excepthook = self.hook
            self.bench.close()
            self.folder.cleanup()


def together(acts: list[Callable[[], object]]) -> None:
    """Do several things on a thread each."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def examined(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Session,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_is_shown_is_what_holds_whatever_is_done() -> None:
    examined(4, 10)


@pytest.mark.slow
def test_what_is_shown_is_what_holds_through_many_sessions() -> None:
    examined(25, 30)
