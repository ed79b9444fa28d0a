import gc
import random
import threading
import time
import weakref
from typing import Any

import numpy as np
import pytest
from bokeh.document.models import DocumentModelManager
from bokeh.models import ColumnDataSource, FixedTicker
from bokeh.plotting import figure
from fake_browser import FakeBrowser

from workbench.errors import WorkbenchError
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.bokeh_pane import pane as pane_module


class Plot:
    """A pane with a line whose source is named "rows"."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({"x": np.arange(3.0), "y": np.zeros(3)}, name="rows")
        self.figure = figure(name="figure", title="before", x_range=(0, 10), y_range=(0, 10))
        self.figure.line("x", "y", source=self.source)
        self.pane = BokehPane(self.figure)
        self.browser = FakeBrowser(self.pane)

    def stream(self, *values: float, rollover: int | None = None) -> None:
        x = np.array(values, dtype=float)
        self.source.stream({"x": x, "y": -x}, rollover=rollover)

    def shown(self) -> bool:
        mine = {name: list(column) for name, column in self.source.data.items()}
        return self.browser.rows() == mine


@pytest.fixture
def plot() -> Plot:
    return Plot()


def test_changes_before_the_first_view_are_part_of_its_document(plot: Plot) -> None:
    plot.stream(3)
    plot.figure.title.text = "after"
    assert plot.browser.inbox == []
    plot.browser.mount()
    assert plot.browser.rows()["x"] == [0, 1, 2, 3]
    assert plot.browser.model("figure").title.text == "after"


def test_streamed_rows_arrive_once(plot: Plot) -> None:
    plot.browser.mount()
    for n in range(3, 20):
        plot.stream(n)
        plot.browser.receive()
    assert plot.browser.rows()["x"] == list(range(20))
    # Whole columns once after the mount, single rows from then on.
    assert plot.browser.kinds()[0] == ["ColumnDataChanged"]
    assert plot.browser.kinds()[1:] == [["ColumnsStreamed"]] * 16


def test_at_most_two_patches_are_in_flight_and_the_rest_is_folded_into_one(plot: Plot) -> None:
    plot.browser.mount()
    plot.stream(*range(3, 100))
    plot.browser.receive()
    for n in range(100, 120):
        plot.stream(n)
    assert len(plot.browser.inbox) == 2
    plot.browser.receive()
    assert plot.browser.rows()["x"] == list(range(120))
    assert plot.browser.kinds()[1:] == [["ColumnsStreamed"]] * 3


def test_what_is_changed_while_a_pane_is_held_is_one_patch(plot: Plot) -> None:
    plot.browser.mount()
    sent = len(plot.browser.patches)
    with plot.pane.held():
        plot.stream(3)
        plot.figure.title.text = "after"
        with plot.pane.held():
            plot.stream(4)
        assert plot.browser.inbox == []
    plot.browser.receive()
    assert len(plot.browser.patches) == sent + 1
    assert plot.shown()
    assert plot.browser.model("figure").title.text == "after"


def test_whole_columns_swallow_the_rows_around_them(plot: Plot) -> None:
    plot.browser.mount()
    plot.stream(3), plot.stream(4)
    plot.stream(5)
    plot.source.data = {"x": np.arange(2.0), "y": np.arange(2.0)}
    plot.stream(2)
    plot.source.patch({"y": [(0, 7.0)]})
    plot.browser.receive()
    assert plot.browser.rows() == {"x": [0, 1, 2], "y": [7, 1, -2]}
    assert plot.browser.kinds()[-1] == ["ColumnDataChanged"]


def test_rows_and_single_columns_do_not_mix_up(plot: Plot) -> None:
    plot.browser.mount()
    plot.stream(3), plot.stream(4)
    plot.source.data["y"] = np.full(5, 9.0)
    plot.stream(5)
    plot.browser.receive()
    assert plot.shown()
    plot.stream(6), plot.stream(7)
    plot.stream(8)
    plot.source.data["y"] = np.full(9, 8.0)
    plot.browser.receive()
    assert plot.shown()


def test_an_array_that_is_filled_again_is_sent_as_it_was(plot: Plot) -> None:
    plot.browser.mount()
    buffer = np.zeros(1)
    for n in range(3, 9):
        buffer[:] = n
        plot.source.stream({"x": buffer, "y": buffer})
    plot.browser.receive()
    assert plot.browser.rows()["x"] == list(range(9))


def test_rollover_holds_in_the_browser_too(plot: Plot) -> None:
    plot.browser.mount()
    for n in range(3, 200):
        plot.stream(n, rollover=50)
        if n % 7 == 0:
            plot.browser.receive()
    plot.browser.receive()
    assert plot.browser.rows()["x"] == list(range(150, 200))


def test_models_added_later_bring_their_rows_once(plot: Plot) -> None:
    plot.browser.mount()
    plot.figure.title.text, plot.figure.title.align = "two patches", "center"
    added = ColumnDataSource({"x": np.arange(2.0), "y": np.arange(2.0)}, name="added")
    plot.figure.line("x", "y", source=added)
    added.stream({"x": np.array([2.0]), "y": np.array([2.0])})
    plot.browser.receive()
    added.stream({"x": np.array([3.0]), "y": np.array([3.0])})
    plot.browser.receive()
    added.stream({"x": np.array([4.0]), "y": np.array([4.0])})
    plot.browser.receive()
    assert plot.browser.rows("added")["x"] == [0, 1, 2, 3, 4]


def test_the_last_value_of_a_property_wins(plot: Plot) -> None:
    plot.browser.mount()
    for n in range(10):
        plot.figure.title.text = str(n)
    plot.browser.receive()
    assert plot.browser.model("figure").title.text == "9"
    assert len(plot.browser.patches) == 3


def test_a_second_view_gets_its_own_document_and_no_row_twice(plot: Plot) -> None:
    plot.browser.mount()
    plot.stream(3), plot.stream(4), plot.stream(5)
    second = FakeBrowser(plot.pane, "second")
    second.mount()
    plot.browser.receive()
    plot.stream(6)
    for view in (plot.browser, second, plot.browser, second):
        view.receive()
    assert plot.browser.rows()["x"] == second.rows()["x"] == list(range(7))
    assert plot.pane.view_count == 2


def test_a_view_that_was_forgotten_draws_afresh(
    plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot.browser.mount()
    plot.stream(3), plot.stream(4)
    later = time.monotonic() + 100
    monkeypatch.setattr(pane_module.time, "monotonic", lambda: later)
    plot.stream(5)
    assert plot.pane.view_count == 0
    plot.browser.receive()
    assert plot.pane.view_count == 1
    assert plot.browser.rows()["x"] == list(range(6))


def test_a_dead_view_does_not_keep_the_last_change_from_a_living_one(
    plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.ui.bokeh_pane.views.PATIENCE_S", 0.05)
    plot.browser.mount()
    FakeBrowser(plot.pane, "dead").say("mount")
    plot.browser.receive()
    plot.stream(3), plot.stream(4)
    plot.browser.receive()
    plot.stream(5)
    deadline = time.monotonic() + 60
    while plot.browser.rows()["x"] != list(range(6)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
        plot.browser.receive()


# A document built in the middle of a change has one column ahead of the other for a frame.
@pytest.mark.filterwarnings("ignore:ColumnDataSource's columns must be of the same length")
def test_rows_streamed_by_a_thread_while_views_come_and_go() -> None:
    plot = Plot()
    stop = threading.Event()

    def produce() -> None:
        for n in range(3, 2000):
            plot.stream(n)
        stop.set()

    thread = threading.Thread(target=produce)
    thread.start()
    while not stop.is_set():
        plot.browser.mount()
        for _ in range(5):
            plot.browser.receive()
            time.sleep(0.001)
        plot.browser.say("unmount")
    thread.join()
    plot.browser.mount()
    assert plot.browser.rows()["x"] == list(range(2000))


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 8))]
)
def test_any_mixture_of_changes_ends_in_the_same_rows(seed: int) -> None:
    choose = random.Random(seed)
    plot = Plot()
    views = [plot.browser, FakeBrowser(plot.pane, "second")]
    plot.browser.mount()

    def replace() -> None:
        size = choose.randrange(5)
        plot.source.data = {"x": np.arange(float(size)), "y": np.zeros(size)}

    def patch() -> None:
        size = len(plot.source.data["y"])
        if size:
            plot.source.patch({"y": [(choose.randrange(size), choose.random())]})

    def column() -> None:
        size = len(plot.source.data["y"])
        plot.source.data["y"] = np.array([choose.random() for _ in range(size)])

    changes: list[Any] = [
        replace,
        patch,
        column,
        lambda: plot.stream(*range(choose.randrange(4))),
        lambda: plot.stream(choose.random(), rollover=6),
        lambda: setattr(plot.figure.title, "text", str(choose.random())),
        lambda: choose.choice(views).receive(acknowledge=choose.random() < 0.5),
        lambda: choose.choice(views).say("mount"),
    ]
    for _ in range(150):
        choose.choice(changes)()
    for view in views:
        view.say("mount")
    for _ in range(5):
        choose.choice(changes[:6])()
    for view in views * 3:
        view.receive()
    assert plot.pane.error == ""
    for view in views:
        assert view.rows() == {name: list(c) for name, c in plot.source.data.items()}
        assert view.model("figure").title.text == plot.figure.title.text


def test_changes_of_the_browser_reach_python_and_do_not_come_back(plot: Plot) -> None:
    seen: list[float] = []
    plot.figure.x_range.on_change("end", lambda _attr, _old, new: seen.append(new))
    plot.browser.mount()
    event = {
        "kind": "ModelChanged",
        "model": {"id": plot.figure.x_range.id},
        "attr": "end",
        "new": 42.0,
    }
    plot.browser.say("events", events=[event])
    assert seen == [42.0]
    assert plot.browser.inbox == []


def test_a_change_that_cannot_be_sent_is_shown_and_later_ones_still_arrive(plot: Plot) -> None:
    plot.browser.mount()
    plot.source.data = {"x": [object()], "y": [1.0]}
    assert plot.pane.error.startswith("A change of the plot could not be sent: SerializationError")
    plot.source.data = {"x": [1.0], "y": [1.0]}
    plot.browser.receive()
    assert plot.browser.rows()["x"] == [1]
    plot.browser.mount()
    assert plot.pane.error == ""


def test_an_exception_of_a_callback_is_shown(plot: Plot) -> None:
    def fail(_attr: str, _old: object, _new: object) -> None:
        raise ValueError("no such sample")

    plot.figure.x_range.on_change("end", fail)
    plot.browser.mount()
    event = {
        "kind": "ModelChanged",
        "model": {"id": plot.figure.x_range.id},
        "attr": "end",
        "new": 4.0,
    }
    plot.browser.say("events", events=[event])
    assert plot.pane.error == "A callback of the plot failed: ValueError: no such sample"


def test_an_unknown_component_is_shown_as_an_error(plot: Plot) -> None:
    plot.browser.say("bokehjs", component="jquery")
    assert "'jquery'; supported: bokeh" in plot.pane.error


def test_what_goes_wrong_in_a_browser_can_be_observed(plot: Plot) -> None:
    plot.browser.say("error", message="The plot could not be drawn: no canvas")
    assert plot.pane.browser_error == "The plot could not be drawn: no canvas"


def test_messages_that_are_not_ours_are_ignored(plot: Plot) -> None:
    plot.browser.say("anywidget-command")
    assert plot.pane.error == ""


def test_a_model_is_shown_by_one_pane(plot: Plot) -> None:
    with pytest.raises(WorkbenchError, match="already shown by another pane"):
        BokehPane(plot.figure)


def test_a_closed_pane_lets_go_of_its_model(plot: Plot) -> None:
    plot.browser.mount()
    plot.pane.close()
    plot.browser.inbox.clear()
    plot.stream(3)
    assert plot.browser.inbox == []
    assert BokehPane(plot.figure).document is plot.figure.document


@pytest.mark.slow
def test_models_that_a_thread_brings_in_are_known_to_the_browser(plot: Plot) -> None:
    plot.browser.mount()
    axis = plot.figure.xaxis[0]

    def change() -> None:
        for number in range(600):
            axis.ticker = FixedTicker(ticks=[number])
            plot.source.data = {"x": np.arange(2.0) + number, "y": np.zeros(2)}

    thread = threading.Thread(target=change)
    thread.start()
    while thread.is_alive():
        plot.browser.receive()  # acknowledging sends the next patch, from this thread
    thread.join()
    plot.browser.receive()
    plot.browser.receive()
    assert plot.pane.error == ""
    assert plot.browser.model("figure").xaxis[0].ticker.ticks == [599]
    assert plot.shown()


def test_a_model_that_comes_in_while_a_view_mounts_is_sent_whole(
    plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    axis = plot.figure.xaxis[0]
    threads: list[threading.Thread] = []
    before = DocumentModelManager.flush_synced

    def flush_synced(models: DocumentModelManager, *args: Any) -> None:
        if not threads:  # the document has been written, and is not yet taken for known
            ticker = FixedTicker(ticks=[7])
            threads.append(threading.Thread(target=lambda: setattr(axis, "ticker", ticker)))
            threads[0].start()
            while ticker.document is None:
                time.sleep(0.001)
        before(models, *args)

    monkeypatch.setattr(DocumentModelManager, "flush_synced", flush_synced)
    plot.browser.mount()
    threads[0].join()
    plot.browser.receive()
    assert plot.pane.error == ""
    assert plot.browser.model("figure").xaxis[0].ticker.ticks == [7]


def test_models_that_were_replaced_are_let_go(plot: Plot) -> None:
    gone = []
    for place in range(3):
        plot.figure.xaxis.ticker = FixedTicker(ticks=[place])
        gone.append(weakref.ref(plot.figure.xaxis[0].ticker))
    plot.figure.xaxis.ticker = FixedTicker(ticks=[3])
    plot.figure.title.text = "another change"
    gc.collect()
    assert [model() for model in gone] == [None] * 3
