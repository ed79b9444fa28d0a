"""Inside a layer, as the page shows it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, Plot
from controls import row

from workbench.plot.style import plots_of
from workbench.ui.app import Workbench
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.plots.type_size import PRESENTED
from workbench.ui.widgets import CardHead, ExplainedTable


@pytest.fixture
def bench(make_bench: Callable[..., Workbench]) -> Workbench:
    return make_bench("lenet", steps=16, test_samples=0)


def parts(widget: Any, kind: type) -> Iterator[Any]:
    if isinstance(widget, kind):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child, kind)


def plots(bench: Workbench, card: str) -> list[Plot]:
    (pane,) = parts(row(bench, f"swb-pane-{card}"), BokehPane)
    return list(plots_of(pane.document.roots[0]))


def data(plot: Plot, name: str) -> dict[str, Any]:
    """Columns of a named source."""
    (found,) = plot.select({"type": ColumnDataSource, "name": name})
    return dict(found.data)


def tap(plot: Plot, x: float, y: float) -> None:
    plot._trigger_event(Tap(plot, x=x, y=y))


def test_a_click_in_the_raster_shows_the_units_potential_and_inputs(bench: Workbench) -> None:
    inside = row(bench, "swb-inside")
    chips, state = row(bench, "swb-picked"), bench.state
    assert not chips.children and not plots(bench, "potentials")
    raster = plots(bench, "raster")[0]
    assert state.sample_run is not None
    step, unit = state.sample_run.spikes["dense1"]
    # dense1 is the third of four bands, and unit 0 the top of it.
    tap(raster, float(step[0] + 1), 2 - 0.06 - (unit[0] + 0.5) / 128 * 0.88)
    assert bench.wait(60)
    assert state.picked == (("dense1", int(unit[0])),)
    assert [chip.description for chip in chips.children] == [f"dense1 {unit[0]} ✕"]
    (potentials,) = plots(bench, "potentials")
    assert data(potentials, "potentials")["neuron"] == [unit[0]]
    (inputs,) = plots(bench, "inputs")
    assert len(data(inputs, "inputs")["value"]) == 12
    assert data(raster, "picked")["y"] == pytest.approx([2 - 0.06 - (unit[0] + 0.5) / 128 * 0.88])
    assert len(plots(bench, "maps")) == 3 and len(plots(bench, "distributions")) == 2
    said = {head.file_name: head.summary for head in parts(inside, CardHead)}
    assert all(said.values()), said
    assert f"Neuron {unit[0]}: " in said["potentials"]
    chips.children[0].click()
    assert bench.wait(60) and not chips.children and not plots(bench, "potentials")
    assert state.focus == "dense1" and plots(bench, "maps")


def test_units_are_picked_from_the_map_and_the_table(bench: Workbench) -> None:
    (menu,) = (part for part in parts(row(bench, "swb-inside"), ExplainedTable))
    bench.actions.inspector.focus("output")
    assert bench.wait(60)
    tap(plots(bench, "maps")[0], 7.5, 0.5)
    assert bench.wait(60) and bench.state.picked == (("output", 7),)
    menu._handle_custom_msg({"action": "3"}, [])
    assert bench.wait(60) and bench.state.picked == (("output", 7), ("output", 3))
    for wrong in ({"action": "10"}, {"action": "x"}, {"action": 3}, "action"):
        menu._handle_custom_msg(wrong, [])
    assert bench.wait(60) and len(bench.state.picked) == 2
    (scatter,) = plots(bench, "agreement")
    rings = scatter.select_one({"name": "picked"}).data_source.data
    assert len(rings["x"]) == 2


def test_what_is_drawn_during_a_presentation_has_its_type(bench: Workbench) -> None:
    def sizes() -> list[float]:
        axes = [plot.yaxis[0] for name in ("potentials", "maps") for plot in plots(bench, name)]
        return [float(axis.major_label_text_font_size[:-2]) for axis in axes]

    bench.actions.inspector.pick("output", 7)
    assert bench.wait(60)
    own = sizes()
    bench.state.presentation = True
    assert bench.wait(60)
    large = [pytest.approx(PRESENTED * size) for size in own]
    assert sizes() == large
    bench.actions.inspector.pick("output", 7)
    bench.actions.inspector.pick("output", 3)
    assert bench.wait(60)
    assert sizes() == large
    bench.state.presentation = False
    assert bench.wait(60)
    assert sizes() == pytest.approx(own)


def test_every_table_of_the_inside_has_its_numbers(bench: Workbench) -> None:
    bench.actions.inspector.pick("conv2", 2544)
    assert bench.wait(60)
    sent: queue.Queue[tuple[Any, Any]] = queue.Queue()
    lines = {}
    for head in parts(row(bench, "swb-inside"), CardHead):
        head.send = lambda content, buffers=None: sent.put((content, buffers))
        head._handle_custom_msg({"kind": "table", "name": head.tables[0]}, [])
        content, buffers = sent.get(timeout=60)
        lines[content["name"]] = bytes(buffers[0]).decode().split("\n")
    assert lines["potentials.csv"][0] == "layer,unit,time_steps,time_ms,potential_thresholds,spike"
    assert len(lines["potentials.csv"]) == 1 + 16 + 1
    assert len(lines["inputs.csv"]) == 1 + 1600 + 1
    for name in ("agreement.csv", "distributions.csv", "maps.csv"):
        assert lines[name][0].startswith("unit,row,column,channel,spikes,rate_spikes_per_step")
        assert len(lines[name]) == 1 + 14 * 14 * 32 + 1
