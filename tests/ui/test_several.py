"""Two workbenches in one notebook, and one workbench that is shown twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_browser import FakeBrowser

from workbench.ui.app import Workbench
from workbench.ui.bokeh_pane import BokehPane


def parts(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def test_what_is_set_in_one_workbench_is_not_set_in_the_other(
    make_bench: Callable[..., Workbench],
) -> None:
    one, other = make_bench(), make_bench("mlp")
    before, run = other.state.conversion, other.state.sample_run
    one.state.percentile = 90
    one.actions.change(live=False, sample=3)
    assert one.wait(60) and other.wait(60)
    assert other.state.conversion == before and other.state.sample_run is run
    assert (other.state.live, other.state.sample, other.state.undoable) == (True, 0, ())
    one.state.undo()
    assert other.state.conversion == before


@pytest.mark.slow
def test_one_is_closed_while_the_other_runs(make_bench: Callable[..., Workbench]) -> None:
    one, other = make_bench(), make_bench("mlp")
    began = threading.Event()
    other.state.observe(lambda change: began.set() if change["new"].steps > 20 else None,
                        "sample_run")  # fmt: skip
    one.state.steps = 400_000
    other.state.steps = 1_500
    assert began.wait(60)
    one.close()
    assert other.wait(120)
    run = other.state.sample_run
    assert other.state.status.kind == "done", other.state.status
    assert run is not None and run.done and run.steps == 1_500
    assert all(part.comm is not None for part in parts(other))
    other.state.steps = 30
    assert other.wait(60)
    assert other.state.sample_run is not None and other.state.sample_run.steps == 30


def test_both_views_of_a_workbench_show_every_run(bench: Workbench) -> None:
    panes = [part for part in parts(bench) if isinstance(part, BokehPane)]
    pairs = [(FakeBrowser(pane, "one"), FakeBrowser(pane, "other")) for pane in panes]
    for pair in pairs:
        for view in pair:
            view.mount()
    for percentile in (99, 90):
        bench.state.percentile = percentile
        assert bench.wait(60)
        for pair in pairs:
            for view in (*pair, *pair):
                view.receive()
            assert columns(pair[0]) == columns(pair[1])
    assert any(any(source.values()) for pair in pairs for source in columns(pair[0]))
    # One is taken off the page: the other goes on.
    for first, _ in pairs:
        first.say("unmount")
    kept = [columns(first) for first, _ in pairs]
    bench.state.percentile = 60
    assert bench.wait(60)
    for _, second in pairs:
        second.receive()
    assert [columns(first) for first, _ in pairs] == kept
    assert [columns(second) for _, second in pairs] != kept


def columns(view: FakeBrowser) -> list[dict[str, str]]:
    assert view.document is not None
    sources = [m for m in view.document.models if hasattr(m, "column_names") and m.name]
    return [
        {column: repr(list(source.data[column])) for column in sorted(source.data)}
        for source in sorted(sources, key=lambda source: str(source.name))
    ]
