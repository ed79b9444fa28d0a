"""What is made when it is first looked at shows the same as what was there from the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from controls import open_all, parts, row

from workbench.ui.app import PAGES, Workbench
from workbench.ui.panels.later import Later, made
from workbench.ui.panels.rail import other_settings
from workbench.ui.session.results import Status
from workbench.ui.widgets import Page

SHOWN = (
    "value", "description", "tooltip", "options", "disabled", "title", "summary", "table",
    "thumbnails", "shown", "text", "file_name", "places",
)  # fmt: skip


def described(part: Any) -> list[tuple[Any, ...]]:
    """What can be seen of a part of the page."""
    return [
        (
            type(each).__name__,
            tuple(getattr(each, "_dom_classes", ())),
            each.layout.display if hasattr(each, "layout") else None,
            {name: getattr(each, name) for name in SHOWN if hasattr(each, name)},
        )
        for each in parts(part)
    ]


def test_what_is_opened_late_shows_what_was_opened_at_once(
    bench: Workbench, tmp_path: Path
) -> None:
    open_all(bench)
    state, context = bench.state, bench._context
    assert context is not None
    early = {page.title: box for page, box in zip(PAGES, row(bench, "swb-pages").children,
                                                  strict=True)}  # fmt: skip
    early["More"] = row(bench, "swb-more").children[1]
    make = {page.title: page.make for page in PAGES[1:]} | {"More": other_settings}
    state.change(percentile=98, thresholds={state.spiking.layers[0]: 2}, encoding="poisson")
    assert bench.wait(60)
    bench.actions.export("builtin", str(tmp_path / "net"))
    assert bench.wait(60)
    state.set_trait("diagnosis_status", Status("busy", "Following …", progress=0.5))
    state.change(steps=9, sample=3)
    assert bench.wait(60)
    for title, of_page in make.items():
        (shown,) = early[title].children
        assert described(made(context, of_page)) == described(shown), title


def test_tabs_are_empty_until_they_are_opened(bench: Workbench) -> None:
    tabs, page = row(bench, "swb-pages"), next(w for w in parts(bench) if isinstance(w, Page))
    assert [bool(box.children) for box in tabs.children] == [True] + [False] * (len(PAGES) - 1)
    place = tabs.selected_index = tabs.titles.index("Export")
    assert bench.wait(60)
    assert "swb-export-target" in page.helps
    assert [bool(box.children) for box in tabs.children].count(True) == 2
    (content,) = tabs.children[place].children
    tabs.selected_index = 0
    tabs.selected_index = place
    assert bench.wait(60)
    assert tabs.children[place].children == (content,)


def test_a_panel_need_not_know_what_happened_before(bench: Workbench) -> None:
    context, shown, told = bench._context, widgets.HTML(), []
    assert context is not None

    def make(given: Any) -> widgets.Widget:
        given.watch(["simulation"], lambda: shown.set_trait("value", str(bench.state.steps)))
        return shown

    later = Later(replace(context, on_grown=[told.append]), make)
    bench.state.steps = 8
    later.open()
    later.open()
    assert bench.wait(60)
    assert later.box.children == (shown,) and told == [shown]
    assert shown.value == "8"
    bench.state.steps = 11
    assert bench.wait(60)
    assert shown.value == "11"
    shown.close()


@pytest.mark.slow
def test_a_data_tab_made_late_does_not_mix_two_networks(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench("lenet", steps=10, test_samples=20)
    assert bench.wait(60)
    bench.state.live = False
    bench.state.network = "fashion"
    assert bench.wait(60)
    data = row(bench, "swb-data")
    assert "No answers yet" in data.children[0].value or "swb-empty" in data.children[0].value
    bench.actions.run()
    assert bench.wait(120)
    assert "fashion" in data.children[0].value
