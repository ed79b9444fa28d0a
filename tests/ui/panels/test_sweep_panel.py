"""The Sweep page: its form, what it says before, during and after, and what a click does."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from controls import parts

from workbench.ui.app import Workbench
from workbench.ui.panels.sweep import about_told
from workbench.ui.session.results import Status
from workbench.ui.sweep_cells import value_told
from workbench.ui.widgets import DownloadButton, ExplainedTable
from workbench.util.capabilities import VIEWER
from workbench.util.optional import installed


def open_page(bench: Workbench) -> None:
    """Open the tab alone."""
    tabs = next(p for p in parts(bench) if "swb-pages" in getattr(p, "_dom_classes", ()))
    tabs.selected_index = tabs.titles.index("Sweep")
    assert bench.wait(60)


def part(bench: Any, css: str) -> Any:
    """What has a CSS class, of what is made by now."""
    return next(w for w in parts(bench) if css in getattr(w, "_dom_classes", ()))


def type_axis(bench: Workbench, number: int, name: str, text: str) -> None:
    menu, values = part(bench, f"swb-sweep-axis-{number}").children
    menu.value = name
    assert bench._ui.flush(60)
    values.value = text
    assert bench._ui.flush(60) and bench.wait(60)


def sweep_small(bench: Workbench) -> None:
    open_page(bench)
    type_axis(bench, 1, "percentile", "95, 99")
    type_axis(bench, 2, "reset", "subtract, zero")
    type_axis(bench, 3, "neurons", "if, signed")
    part(bench, "swb-sweep-samples").children[0].value = 20
    part(bench, "swb-sweep-longest").children[0].value = 4
    assert bench._ui.flush(60) and bench.wait(60)
    part(bench, "swb-sweep").click()
    assert bench.wait(60)


def problems(bench: Workbench) -> list[str]:
    """What stands beside each axis."""
    found = (w for w in parts(bench) if "swb-sweep-problem" in getattr(w, "_dom_classes", ()))
    return [w.value for w in found]


def tables(bench: Workbench, word: str) -> list[ExplainedTable]:
    found = (w for w in parts(bench) if isinstance(w, ExplainedTable))
    return [w for w in found if w.table.get("caption", "").startswith(word)]


def test_it_is_made_when_it_is_opened_and_says_what_it_would_take(bench: Workbench) -> None:
    assert bench.state.sweep_forecast is None
    open_page(bench)
    forecast = part(bench, "swb-sweep-forecast").value
    assert "144 points; 12 runs on " in forecast and "about " in forecast
    assert "validation sample" in forecast
    start, stop = part(bench, "swb-sweep"), part(bench, "swb-stop-sweep")
    assert start.description == "Sweep" and not start.disabled and stop.disabled
    assert part(bench, "swb-sweep-result").layout.display == "none"
    told = " ".join(str(getattr(w, "value", "")) for w in parts(bench))
    assert "Test samples are left out" in told and "On this server" not in told


def test_what_is_wrong_stands_beside_its_field_and_what_is_offered_is_accepted(
    bench: Workbench,
) -> None:
    open_page(bench)
    type_axis(bench, 1, "percentile", "99, high")
    told = problems(bench)
    assert "Percentile: &#x27;high&#x27; is not a number; accepted: 50 to 100." in told[0]
    assert "Accepted: -1 to 1." in told[1] and not told[2]
    start = part(bench, "swb-sweep")
    assert start.disabled and not part(bench, "swb-sweep-forecast").value
    start.click()  # a page could send it all the same
    assert bench.wait(60) and bench.state.swept_status == Status()
    type_axis(bench, 1, "percentile", "20")
    told = problems(bench)
    assert "percentile in the grid is 20.0; accepted: 50 to 100." in told[0]
    type_axis(bench, 1, "initial_potential", "0")
    told = problems(bench)
    assert "Another axis has this setting" in told[1]
    type_axis(bench, 1, "steps", "2, 4")
    assert not start.disabled
    assert part(bench, "swb-sweep-longest").layout.display == "none"
    type_axis(bench, 1, "steps", "1..20000")
    assert "accepted: up to 20,000" in part(bench, "swb-sweep-forecast").value and start.disabled
    menu, values = part(bench, "swb-sweep-axis-1").children
    for _, name in menu.options:
        menu.value = name
        assert bench._ui.flush(60)
        assert values.value
        told = problems(bench)[0]
        assert "swb-problem" not in told or "Another axis" in told, told


def test_points_are_shown_loaded_and_taken_back(bench: Workbench) -> None:
    sweep_small(bench)
    assert bench.state.swept_status.kind == "done", bench.state.swept_status
    (front,) = tables(bench, "Pareto front")
    (refused,) = tables(bench, "Could not run: 8 points")
    assert [c["text"] for c in refused.table["rows"][0]][:4] == [
        "95", "to zero", "signed neurons (may emit -1)", "1 to 4",
    ]  # fmt: skip
    part(bench, "swb-sweep-view").children[0].value = ("cost", "synops")
    assert bench.wait(60) and "cheaper in SynOps" in front.table["caption"]
    line = front.table["rows"][0]
    action = next(cell["action"] for cell in line if cell["action"])
    for strange in ("point 9999", "point x", {"a": 1}, None):
        front._handle_custom_msg({"action": strange}, [])
    assert bench.state.percentile == 99.9
    front._handle_custom_msg({"action": action}, [])
    assert bench.wait(60)
    state, swept = bench.state, bench.state.swept
    point = swept.table.loc[int(action.removeprefix("point "))]
    assert (state.percentile, state.reset, state.neurons, state.steps) == tuple(
        point[["percentile", "reset", "neurons", "steps"]]
    )
    loaded = part(bench, "swb-sweep-loaded")
    assert (
        f"Loaded: <b>Percentile {state.percentile:g}, Reset " in loaded.value
        and "Undo takes it back" in loaded.value
    )
    assert not any("Out of date: this sweep" in str(getattr(w, "value", "")) for w in parts(bench))
    bench.actions.undo()
    assert bench.wait(60)
    assert state.percentile == 99.9 and state.steps == 20 and not loaded.value
    bench.state.leak = 0.01
    assert bench.wait(60)
    assert any("Out of date: this sweep" in str(getattr(w, "value", "")) for w in parts(bench))


def test_a_click_on_a_mark_loads_its_point_and_the_table_is_saved(bench: Workbench) -> None:
    sweep_small(bench)
    pane = part(bench, "swb-pane-sweep").children[-1]
    menu, steps, *_ = part(bench, "swb-sweep-view").children
    views = dict(menu.options)
    assert {"accuracy by percentile", "map: percentile, reset"} <= views.keys()
    for view, source in ((("cost", "steps"), "front"), (("axes", "percentile", "reset"), "cells")):
        menu.value = view
        steps.value = 4
        assert bench._ui.flush(60)
        shown = pane._document.roots[0].select_one({"name": source})
        shown.selected.indices = [0]
        assert bench.wait(60)
        point = bench.state.swept.table.loc[int(shown.data["point"][0])]
        assert bench.state.percentile == point["percentile"]
        assert bench.state.steps == point["steps"]
        assert shown.selected.indices == []
        bench.actions.undo()
        assert bench.wait(60)
    assert steps.layout.display == ""
    unfold = next(w for w in parts(bench) if getattr(w, "title", "").startswith("All points (24)"))
    assert not tables(bench, "Measured")
    unfold.unfolded = True
    assert bench._ui.flush(60)
    (table,) = tables(bench, "Measured: 24 points.")
    part(bench, "swb-sweep-order").children[0].value = "length"
    assert bench._ui.flush(60)
    shown = [int(line[3]["text"]) for line in table.table["rows"]]
    assert shown == sorted(shown) and len(shown) == 24
    files = {
        w.file_name: w
        for w in parts(part(bench, "swb-sweep-view"))
        if isinstance(w, DownloadButton)
    }
    assert b"<html" in files["sweep.html"]._content()
    assert ("sweep.parquet" in files) == installed("pyarrow")
    if installed("pyarrow"):
        table = pd.read_parquet(BytesIO(files["sweep.parquet"]._content()))
        assert len(table) == 32 and table["note"].astype(bool).sum() == 8


def test_a_grid_without_a_point_that_can_run_says_why_in_every_view(bench: Workbench) -> None:
    open_page(bench)
    type_axis(bench, 1, "neurons", "signed, one_shot")
    type_axis(bench, 2, "reset", "zero, modulo")
    forecast = part(bench, "swb-sweep-forecast").value
    assert "48 points, 48 that cannot run: nothing is left to measure." in forecast
    part(bench, "swb-sweep").click()
    assert bench.wait(60) and bench.state.swept_status.kind == "done"
    assert "None of 48 points can run" in bench.state.swept_status.text
    assert not tables(bench, "Pareto front") and tables(bench, "Could not run: 48 points")
    assert part(bench, "swb-pane-sweep").layout.display == "none"
    assert part(bench, "swb-sweep-result").layout.display == ""
    figure = part(bench, "swb-pane-sweep").children[-1]._document.roots[0]
    for _, view in part(bench, "swb-sweep-view").children[0].options:
        part(bench, "swb-sweep-view").children[0].value = view
        assert bench._ui.flush(60) and figure.children


def test_another_network_and_back_shows_the_same_figure(bench: Workbench) -> None:
    sweep_small(bench)
    figure = part(bench, "swb-pane-sweep").children[-1]._document.roots[0]
    assert figure.children
    bench.state.network = "mlp"
    assert bench.wait(60) and not figure.children and bench.state.swept_status == Status()
    about = next(w for w in parts(bench) if "Test samples are left" in str(getattr(w, "value", "")))
    assert about.layout.display == ""
    bench.actions.undo()
    assert bench.wait(60) and figure.children  # the network that was swept


def test_without_labels_it_speaks_of_agreement(
    make_workbench: Callable[..., Workbench], two_inputs: Any
) -> None:
    network, data = two_inputs
    bench = make_workbench(network, data.x_train)
    sweep_small(bench)
    words = [label for label, _ in part(bench, "swb-sweep-view").children[0].options]
    words += [label for label, _ in part(bench, "swb-sweep-order").children[0].options]
    (front,) = tables(bench, "Pareto front")
    words += [front.table["caption"], *(cell["text"] for cell in front.table["header"])]
    (head,) = (w for w in parts(bench) if getattr(w, "title", "").endswith("agrees with the ANN)"))
    words += [head.title, head.summary]
    assert not [word for word in words if "accura" in word]
    assert sum("agree" in word for word in words) >= 9
    plot = part(bench, "swb-pane-sweep").children[-1]._document.roots[0].children[0]
    assert plot.yaxis[0].axis_label == "agreement with the ANN (%)"
    assert (
        b"accuracy (%)"
        not in next(
            w for w in parts(bench) if isinstance(w, DownloadButton) and w.file_name == "sweep.html"
        )._content()
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("percentile", 99.99999, "99.99999"), ("percentile", 99.999999, "99.999999"),
        ("percentile", 95.0, "95"), ("leak", 1e-12, "1e-12"), ("steps", 1200, "1,200"),
        ("percentile", np.float64(99.5), "99.5"), ("threads", float("nan"), "auto"),
        ("threads", 4.0, "4"), ("calibrate_steps", None, "auto"), ("per_channel", True, "on"),
    ],
)  # fmt: skip
def test_what_differs_looks_different(name: str, value: Any, told: str) -> None:
    assert value_told(name, value) == told


def test_viewers_read_their_bounds(make_workbench: Callable[..., Workbench]) -> None:
    bench = make_workbench(capabilities=VIEWER)
    open_page(bench)
    told = " ".join(str(getattr(w, "value", "")) for w in parts(bench))
    assert (
        "On this server a sweep has up to 300 points, 200 samples and 100 steps, and stops" in told
    )
    names = [name for _, name in part(bench, "swb-sweep-axis-1").children[0].options]
    assert "engine" not in names and "threads" not in names
    assert part(bench, "swb-sweep-samples").children[0].max == 200
    start, samples = part(bench, "swb-sweep"), part(bench, "swb-sweep-samples").children[0]
    assert not start.disabled
    samples.max, samples.value = 10**9, 10**8  # as a page could send it
    start.click()
    assert bench.wait(60)
    assert "accepted on this server: up to 200" in bench.state.swept_status.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about a second"), (1.2, "about 1 second"), (12.4, "about 12 seconds"),
        (43, "about 40 seconds"), (125, "about 3 minutes"), (8000, "about 3 hours"),
    ],
)  # fmt: skip
def test_times_are_told_as_roughly_as_they_are_known(seconds: float, words: str) -> None:
    assert about_told(seconds) == words
