"""Undo and redo of settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.app import Workbench
from workbench.ui.session.all_settings import UNDONE
from workbench.ui.session.history import STEPS_KEPT
from workbench.ui.session.state import State


@pytest.fixture
def make_bench(make_workbench: Callable[..., Workbench]) -> Callable[..., Workbench]:
    """Whole workbenches: undo has buttons."""
    return make_workbench


def holding(state: State) -> dict[str, Any]:
    return {name: getattr(state, name) for name in UNDONE}


def test_nothing_is_undone_where_nothing_was_changed() -> None:
    state = State(percentile=99)
    assert (state.undoable, state.redoable) == ((), ())
    assert not state.undo() and not state.redo()
    assert state.percentile == 99


def test_a_change_is_undone_and_made_again() -> None:
    state = State()
    state.percentile = 99
    state.change(steps=7, threshold=2.0)
    assert state.undoable == ("threshold", "steps")
    assert state.undo()
    assert (state.percentile, state.steps, state.threshold) == (99, State().steps, 1.0)
    assert (state.undoable, state.redoable) == (("percentile",), ("threshold", "steps"))
    assert state.undo() and state.redo() and state.redo()
    assert (state.percentile, state.steps, state.threshold) == (99, 7, 2.0)
    assert not state.redo()


def test_a_new_change_ends_what_could_be_made_again() -> None:
    state = State()
    state.percentile = 99
    state.undo()
    state.sample = 3
    assert state.redoable == ()
    assert state.undoable == ("sample",)


def test_a_drag_is_one_step_and_the_next_one_another() -> None:
    state = State()
    for value in (99, 98, 97):
        state.change(percentile=value, gesture="a")
    for value in (96, 95):
        state.change(percentile=value, gesture="b")
    state.undo()
    assert state.percentile == 97
    state.undo()
    assert state.percentile == 99.9
    state.redo()
    assert state.percentile == 97
    state.change(percentile=96, gesture="a")  # the hand goes on after an undo: a step of its own
    state.undo()
    assert state.percentile == 97


def test_a_drag_back_to_where_it_began_is_no_step() -> None:
    state = State()
    for value in (99, 98, 99.9):
        state.change(percentile=value, gesture="a")
    assert state.undoable == ()


def test_live_is_no_setting_that_is_undone() -> None:
    state = State()
    state.percentile = 99
    state.live = False
    state.undo()
    assert (state.percentile, state.live) == (99.9, False)


def test_only_so_many_steps_are_kept() -> None:
    state = State()
    for number in range(STEPS_KEPT + 20):
        state.sample = number + 1
    while state.undo():
        pass
    assert state.sample == 20


def test_what_the_program_adjusts_belongs_to_the_change() -> None:
    state = State(network="counting", thresholds={"conv1": 2})
    state.network = "mlp"
    state.settle("conversion", lambda conversion: type(conversion)())
    assert state.thresholds == {}
    state.percentile = 99
    state.undo()
    assert (state.network, state.thresholds) == ("mlp", {})
    state.undo()
    assert (state.network, state.thresholds) == ("counting", {"conv1": 2})


def test_what_is_adjusted_late_is_not_there_again_after_an_undo() -> None:
    state = State(network="counting", thresholds={"conv1": 2})
    state.network = "mlp"
    state.percentile = 99  # before the network was read, and known to have no such layer
    state.settle(
        "conversion", lambda conversion: type(conversion)(percentile=conversion.percentile)
    )
    assert (state.percentile, state.thresholds) == (99, {})
    state.undo()
    assert (state.network, state.percentile, state.thresholds) == ("mlp", 99.9, {})


def test_a_choice_that_was_refused_is_in_no_step() -> None:
    state = State()
    state.network = "missing.snn"
    state.percentile = 99
    state.take_back("network", "missing.snn", "lenet")
    assert (state.network, state.undoable) == ("lenet", ("percentile",))
    state.undo()
    assert (state.network, state.percentile, state.undoable) == ("lenet", 99.9, ())


def test_the_same_name_as_another_text_is_the_same_choice(bench: Workbench) -> None:
    bench.actions.change(live=False)
    said = bench.state.status
    bench.state.network = "mlp"
    bench.state.network = "".join(["count", "ing"])  # as a page sends it
    assert bench.wait(60)
    assert not bench.state.outdated and bench.state.leftover == ""
    assert bench.state.status == said


values = st.sampled_from(
    [
        {"percentile": 99}, {"percentile": 95, "steps": 7}, {"thresholds": {"conv1": 2}},
        {"sample": 5}, {"network": "mlp"}, {"network": "lenet"}, {"units": "ms"},
    ]
)  # fmt: skip


@given(st.lists(values | st.sampled_from(["undo", "redo"]), max_size=30))
def test_undo_and_redo_go_to_and_fro(acts: list[Any]) -> None:
    state = State()
    began = holding(state)
    seen, place = [began], 0
    for act in acts:
        if act == "undo":
            assert state.undo() == (place > 0)
            place = max(0, place - 1)
        elif act == "redo":
            assert state.redo() == (place < len(seen) - 1)
            place = min(len(seen) - 1, place + 1)
        else:
            before = holding(state)
            state.change(**act)
            if holding(state) != before:
                seen, place = [*seen[: place + 1], holding(state)], place + 1
        assert holding(state) == seen[place]


def test_undo_runs_and_moves_the_controls(bench: Workbench, tmp_path: Path) -> None:
    first = bench.state.sample_run
    bench.state.percentile = 90
    assert bench.wait(60)
    bench.actions.undo()
    assert bench.wait(60)
    run = bench.state.sample_run
    assert run is not None and run is not first and not bench.state.outdated
    assert bench.state.spiking is not None
    assert bench.state.spiking.conversion.percentile == 99.9


@pytest.mark.slow
def test_undo_of_a_network_brings_its_settings_back(bench: Workbench) -> None:
    assert bench.state.spiking is not None
    layer = bench.state.spiking.layers[0]
    bench.state.thresholds = {layer: 2}
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.thresholds == {}
    bench.state.undo()
    assert bench.wait(60)
    assert (bench.state.network, bench.state.thresholds) == ("counting", {layer: 2})
    assert bench.state.status.kind == "done", bench.state.status.text


def test_a_file_that_is_refused_leaves_nothing_to_undo(bench: Workbench, tmp_path: Path) -> None:
    bench.state.network = str(tmp_path / "missing.snn")
    assert bench.wait(60)
    assert (bench.state.network, bench.state.undoable) == ("counting", ())


def test_buttons_say_what_they_undo(bench: Workbench) -> None:
    undo, redo = button(bench, "Undo"), button(bench, "Redo")
    assert undo.disabled and redo.disabled
    bench.state.change(percentile=90, steps=15)
    assert bench.wait(60)
    assert (undo.disabled, redo.disabled) == (False, True)
    assert undo.tooltip == "Undo the change of percentile, steps"
    undo.click()
    assert bench.wait(60)
    assert (bench.state.percentile, bench.state.steps) == (99.9, 20)
    assert (undo.disabled, redo.disabled) == (True, False)
    redo.click()
    assert bench.wait(60)
    assert bench.state.percentile == 90


def button(widget: Any, description: str) -> Any:
    if isinstance(widget, widgets.Button) and widget.description == description:
        return widget
    found = (button(child, description) for child in getattr(widget, "children", ()))
    return next((child for child in found if child is not None), None)


def test_a_slider_that_is_dragged_is_one_step(bench: Workbench) -> None:
    row = find(bench, "swb-percentile")
    slider = row.children[0]
    for value in slider.places[5:9]:
        slider.set_state({"gesture": "a", "value": value})  # what the page sends
    slider.set_state({"gesture": "b", "value": slider.places[9]})
    assert bench.wait(60)
    bench.state.undo()
    assert bench.state.percentile == slider.places[8]
    bench.state.undo()
    assert (bench.state.percentile, bench.state.undoable) == (99.9, ())
    assert bench.wait(60)
    assert slider.value == 99.9


def find(widget: Any, css: str) -> Any:
    if css in getattr(widget, "_dom_classes", ()):
        return widget
    found = (find(child, css) for child in getattr(widget, "children", ()))
    return next((child for child in found if child is not None), None)


@pytest.mark.parametrize("live", [True, False])
def test_settings_that_are_undone_to_those_shown_need_no_run(
    make_bench: Callable[..., Workbench], live: bool
) -> None:
    bench = make_bench()
    said = bench.state.status
    bench.state.live = live
    bench.state.percentile = 90
    assert bench.wait(60)
    bench.state.undo()
    assert bench.wait(60)
    assert not bench.state.outdated
    assert bench.state.status.kind == "done"
    if not live:
        assert bench.state.status == said
