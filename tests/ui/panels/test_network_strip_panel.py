"""The strip as a page meets it: what it is sent, and what comes of its messages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from controls import row

from workbench.network.counts import EXPLANATIONS
from workbench.ui.app import Workbench
from workbench.ui.network_strip import NetworkStrip
from workbench.ui.session.diagnosing import Diagnosed
from workbench.ui.session.layer_values import value_of


class View:
    """A page that shows the strip."""

    def __init__(self, strip: NetworkStrip, name: str = "view"):
        self.strip, self.name = strip, name
        self.got: list[tuple[dict[str, Any], list[bytes]]] = []
        strip.send = self._receive
        self.say("mount")

    def _receive(self, content: dict[str, Any], buffers: Any = None) -> None:
        if content["view"] == self.name:
            self.got.append((content, buffers or []))

    def say(self, kind: str, **content: Any) -> None:
        self.strip._on_message(self.strip, {"kind": kind, "view": self.name, **content}, [])


@pytest.fixture
def strip(bench: Workbench) -> NetworkStrip:
    (found,) = row(bench, "swb-strip-box").children
    assert isinstance(found, NetworkStrip)
    return found


def test_a_page_gets_the_run_when_it_shows_the_strip(bench: Workbench, strip: NetworkStrip) -> None:
    view = View(strip)
    ((content, buffers),) = view.got
    run = bench.state.sample_run
    assert run is not None
    assert (content["first"], content["last"], content["steps"]) == (0, 20, 20)
    for layer in content["layers"]:
        counts = np.frombuffer(buffers[layer["counts"]], np.uint32)
        np.testing.assert_array_equal(
            counts, np.bincount(run.spikes[layer["name"]][0], minlength=20)
        )
        events = np.frombuffer(buffers[layer["events"]], f"u{layer['width']}")
        np.testing.assert_array_equal(events, run.spikes[layer["name"]][1])
    values = np.frombuffer(buffers[content["race"]["values"]], np.float32)
    runners = content["race"]["outputs"]
    np.testing.assert_array_equal(values.reshape(20, -1)[-1], run.output_counts[runners])


def test_the_next_run_waits_until_the_page_took_the_last(
    bench: Workbench, strip: NetworkStrip
) -> None:
    view = View(strip)
    for sample in (1, 2, 3):
        bench.state.sample = sample
        assert bench.wait(60)
    assert len(view.got) == 1
    view.say("taken")
    assert [content["sample"] for content, _ in view.got] == [0, 3]
    view.say("taken")
    assert len(view.got) == 2
    view.say("unmount")
    bench.state.sample = 4
    assert bench.wait(60)
    assert len(view.got) == 2


@pytest.mark.slow
def test_a_long_run_comes_in_parts_that_fit(bench: Workbench, strip: NetworkStrip) -> None:
    view = View(strip)
    view.say("taken")
    strip.send = lambda content, buffers=None: (
        view._receive(content, buffers), view.say("taken")
    )  # fmt: skip
    bench.state.steps = 3000
    assert bench.wait(120)
    parts = [content for content, _ in view.got if content["steps"] == 3000]
    assert [part["first"] for part in parts] == [0, *(part["last"] for part in parts[:-1])]
    assert parts[-1]["last"] == 3000
    assert len({part["run"] for part in parts}) == 1


def test_cards_tell_what_the_tables_tell(bench: Workbench, strip: NetworkStrip) -> None:
    cards = strip.graph["cards"]
    spiking = bench.state.spiking
    assert spiking is not None
    assert [card["name"] for card in cards] == [p.name for p in spiking.populations]
    assert [card["kind"] for card in cards] == ["input", "neurons", "output"]
    shape, neurons = cards[1]["facts"]
    assert EXPLANATIONS["neurons"] in neurons["explanation"]
    assert shape["text"] == " × ".join(map(str, spiking.populations[1].shape))
    assert len(strip.picture) == 1
    assert set(strip.clips) == set(spiking.layers)


def test_a_drag_of_the_clip_line_is_one_change_to_undo(
    bench: Workbench, strip: NetworkStrip
) -> None:
    view, layer = View(strip), strip.graph["cards"][1]["name"]
    at = strip.clips[layer]["at"]
    for share in (0.9, 0.8, 0.7):
        view.say("clip", layer=layer, at=share * at, gesture="drag")
    assert bench.wait(60)
    assert set(bench.state.percentiles) == {layer}
    assert strip.clips[layer]["at"] == pytest.approx(0.7 * at, rel=0.05)
    assert strip.clips[layer]["value"] == value_of(bench.state, layer, "percentiles")
    bench.actions.undo()
    assert bench.wait(60)
    assert bench.state.percentiles == {}
    assert strip.clips[layer]["at"] == pytest.approx(at)
    view.say("clip", layer=layer, places=-1, gesture="key")
    assert bench.state.percentiles[layer] < bench.state.percentile


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "clip", "layer": "nowhere", "at": 1.0},
        {"kind": "clip", "layer": "input", "at": 1.0},
        {"kind": "clip", "at": 1.0},
        {"kind": "clip", "layer": "output", "at": float("nan")},
        {"kind": "focus", "layer": "nowhere"},
        {"kind": "mount"},
        {"kind": "mount", "view": 3},
    ],
)
def test_messages_that_make_no_sense_change_nothing(
    bench: Workbench, strip: NetworkStrip, content: dict[str, Any]
) -> None:
    before = bench.state.conversion
    strip._on_message(strip, content, [])
    strip._on_message(strip, "hello", [])
    assert bench.wait(60)
    assert bench.state.conversion is before and bench.state.focus == ""


def test_a_layer_in_focus_fills_the_raster_until_it_is_let_go(
    bench: Workbench, strip: NetworkStrip
) -> None:
    view, layer = View(strip), strip.graph["cards"][1]["name"]
    view.say("focus", layer=layer)
    assert bench.wait(60)
    assert strip.focus == bench.state.focus == layer
    view.say("focus", layer="")
    assert bench.wait(60)
    assert strip.focus == ""


def test_what_to_do_is_told_before_the_first_run_and_when_settings_changed(
    make_workbench: Any,
) -> None:
    bench = make_workbench(run=False)
    (strip,) = row(bench, "swb-strip-box").children
    assert "Press Run" in strip.remark and strip.graph == {}
    bench.actions.run()
    assert bench.wait(120)
    assert strip.remark == "" and strip.graph["cards"]
    bench.actions.change(live=False)
    bench.state.steps = 30
    assert bench.wait(60)
    assert strip.remark.startswith("Out of date")


def test_layers_that_lose_accuracy_are_marked_until_settings_change(
    bench: Workbench, strip: NetworkStrip
) -> None:
    layer, output = [card["name"] for card in strip.graph["cards"]][1:]
    table = pd.DataFrame({"layer": ["ANN", layer, output], "points": [0.0, -2.0, 0.5]})
    table.attrs["unit"] = "points"
    assert bench.state.sample_run is not None
    found: Any = SimpleNamespace(table=table, advice=())
    bench.state.diagnosis = Diagnosed(found, bench.state.sample_run.asked, "20 samples")
    assert bench.wait(60)
    assert set(strip.losses) == {layer}
    assert strip.losses[layer]["share"] == 1.0 and strip.losses[layer]["text"] == "−2"
    bench.state.percentile = 98.0
    assert bench.wait(60)
    assert strip.losses == {}


def test_a_page_cannot_have_views_without_number(bench: Workbench, strip: NetworkStrip) -> None:
    for number in range(100):
        for kind in ("mount", "taken"):
            strip._on_message(strip, {"kind": kind, "view": f"{kind}{number}"}, [])
    strip._on_message(strip, {"kind": "mount", "view": "x" * 10_000}, [])
    assert len(strip._views) <= 32 and max(map(len, strip._views)) <= 100
