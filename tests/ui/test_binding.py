from __future__ import annotations

import threading
from collections.abc import Iterator

import ipywidgets as widgets
import pytest

from workbench.ui.binding import Context, Link
from workbench.ui.panels.layout import setting_row
from workbench.ui.session.actions import Actions
from workbench.ui.session.state import State
from workbench.ui.session.ui_thread import UIThread
from workbench.ui.widgets import Slider


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


def test_a_handle_at_the_nearest_place_writes_nothing_until_it_is_moved(context: Context) -> None:
    slider = Slider([1, 2, 4])
    context.bind(slider, "threshold")
    context.state.threshold = 3.7
    context.ui.flush()
    slider.set_state({"value": 4.0})  # where the page shows it
    context.ui.flush()
    assert (context.state.threshold, slider.value) == (3.7, 3.7)
    slider.set_state({"value": 2.0})
    slider.set_state({"value": 4.0})
    context.ui.flush()
    assert context.state.threshold == 4


def test_a_menu_shows_values_that_it_does_not_offer(context: Context) -> None:
    context.state.encoding = "events"
    menu = setting_row(context, "encoding", without=["events", "poisson"]).children[0]
    assert menu.value == "events"
    context.state.encoding = "poisson"
    context.ui.flush()
    assert menu.value == "poisson"


def test_a_link_reads_and_writes_what_it_is_told_to(context: Context) -> None:
    held = {"value": 1.0}
    number = widgets.FloatText()
    link = Link(context, number, get=lambda: held["value"], put=lambda v: held.update(value=v))
    held["value"] = 0.1 + 0.2
    link.refresh()
    assert number.value == 0.1 + 0.2
    number.value = 7.5
    assert held["value"] == 7.5


def test_messages_of_one_widget_may_come_in_any_order(context: Context) -> None:
    slider = widgets.FloatSlider(min=50, max=100)
    context.bind(slider, "percentile")
    late = threading.Event()

    def hold(_change: object) -> None:
        if threading.current_thread() is first:
            late.wait(10)

    slider.unobserve_all("value")
    slider.observe(hold, "value")  # before the link hears of it
    context.bind(slider, "percentile")
    first = threading.Thread(target=slider.set_trait, args=("value", 60))
    first.start()
    slider.set_trait("value", 70)
    late.set()
    first.join()
    context.ui.flush()
    assert context.state.percentile == slider.value
