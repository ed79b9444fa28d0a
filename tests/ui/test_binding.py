from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as widgets
import pytest

from workbench.ui.actions import Actions
from workbench.ui.binding import Context
from workbench.ui.state import State
from workbench.ui.ui_thread import UIThread


@pytest.fixture
def context() -> Iterator[Context]:
    state, ui = State(live=False), UIThread()
    actions = Actions(state, ui)
    yield Context(state, actions, ui)
    actions.close()
    ui.shutdown()


def test_the_widget_moves_the_setting(context: Context) -> None:
    slider = widgets.FloatSlider(min=50, max=100)
    context.bind(slider, "percentile")
    assert slider.value == 99.9
    slider.value = 75
    assert context.state.percentile == 75


def test_the_setting_moves_the_widget_on_the_ui_thread(context: Context) -> None:
    slider = widgets.FloatSlider(min=50, max=100)
    context.bind(slider, "percentile")
    context.state.percentile = 80
    context.ui.flush()
    assert slider.value == 80
    assert context.state.percentile == 80


def test_two_widgets_of_one_setting_follow_each_other(context: Context) -> None:
    slider, number = widgets.IntSlider(min=1, max=50), widgets.BoundedIntText(min=1, max=1000)
    context.bind(slider, "steps", show=lambda value: min(50, value))
    context.bind(number, "steps")
    number.value = 400
    context.ui.flush()
    assert context.state.steps == 400  # the slider's end does not pull it back
    assert slider.value == 50
    slider.value = 20
    context.ui.flush()
    assert number.value == 20


def test_a_refused_value_returns_to_what_holds(context: Context) -> None:
    text = widgets.FloatText()
    context.bind(text, "percentile")
    text.value = 300
    context.ui.flush()
    assert text.value == 99.9
    assert context.state.status.kind == "error"


def test_a_change_of_another_setting_leaves_the_widget_alone(context: Context) -> None:
    slider = widgets.FloatSlider(min=50, max=100)
    context.bind(slider, "percentile")
    seen: list[object] = []
    slider.observe(seen.append, "value")
    context.state.threshold = 2.0
    context.ui.flush()
    assert seen == []


def test_quick_changes_are_shown_by_the_newest(context: Context) -> None:
    shown: list[float] = []
    context.watch(["conversion"], lambda: shown.append(context.state.percentile))
    for value in range(60, 90):
        context.state.percentile = value
    context.ui.flush()
    assert shown[-1] == 89
