"""The pages for visitors: what a visit changes, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import workbench as wb
from workbench.datasets.handwriting import Stroke
from workbench.errors import SettingsError
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.ui.demos.compare import WAYS
from workbench.ui.demos.fooling import TRICKS, closest
from workbench.ui.session.own_input import OwnInput
from workbench.ui.session.results import Loaded
from workbench.ui.widgets import DrawCanvas, Gallery
from workbench.ui.widgets.tree import _tree

SEVEN = Stroke((0.3, 0.2, 0.7, 0.2, 0.45, 0.85), 0.08, False)


def parts(page: Any, kind: type[Any]) -> list[Any]:
    return [widget for widget in _tree([page]) if isinstance(widget, kind)]


@pytest.fixture(scope="module")
def draw() -> Iterator[Any]:
    page = wb.demo("draw", network="mlp")
    assert page.wait()
    page.fooling.wait()
    assert page.wait()
    yield page
    page.close()


def test_a_stroke_on_the_canvas_is_answered(draw: Any) -> None:
    (canvas,) = parts(draw, DrawCanvas)
    plain = {"points": list(SEVEN.points), "width": SEVEN.width, "erase": False}
    canvas.value = [plain]
    assert draw.wait()
    run = draw.state.sample_run
    assert run.words == "Drawing" and run.true_class == -1
    assert run.choice == run.analog_choice == 7
    assert draw.state.accuracy is None  # all power goes to the drawing
    canvas.value = []
    assert draw.wait() and draw.state.sample_run.words == "Sample 0"


def test_layers_begin_one_after_the_other(draw: Any) -> None:
    assert draw.wait()
    run = draw.state.sample_run
    starts = [int(run.spikes[name][0][0]) for name in run.layers]
    assert starts == sorted(starts) and len(set(starts)) == len(starts)


def test_a_sample_of_the_gallery_is_shown_without_tricks(draw: Any) -> None:
    (gallery,) = parts(draw, Gallery)
    offered = [each["number"] for each in gallery.thumbnails]
    assert offered == closest(draw.state.loaded)
    draw.state.own_input = OwnInput(noise=0.4)
    gallery._on_choose(offered[2])
    assert draw.wait()
    assert draw.state.sample == offered[2] and draw.state.own_input == OwnInput()
    assert gallery.shown == offered[2]
    draw.state.own_input = OwnInput(strokes=(SEVEN,))
    assert draw.wait() and gallery.shown == -1


def test_the_closest_samples_are_those_with_the_smallest_margin(draw: Any) -> None:
    loaded = draw.state.loaded
    outputs = np.sort(loaded.network.forward(loaded.dataset.x_test[:100]), axis=1)
    margins = outputs[:, -1] - outputs[:, -2]
    found = closest(loaded, 5, 100)
    assert margins[found].max() <= np.delete(margins, found).min()


def test_of_a_single_output_the_closest_are_nearest_to_where_its_class_changes() -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(4, 1)).astype(np.float32)
    node = Node("out", Dense(weights), Activation.SIGMOID, ("in",))
    network = Network("two", (Node("in", Input((4,))), node))
    x = random.random((60, 4), np.float32)
    data = wb.datasets.from_arrays(x)
    found = closest(Loaded(network, data, network, data), 5, 60)
    distance = np.abs(network.forward(x)[:, 0] - 0.5)
    assert distance[found].max() <= np.delete(distance, found).min()


def test_nobody_draws_for_a_network_that_takes_no_image() -> None:
    node = Node("out", Dense(np.eye(4, 3, dtype=np.float32)), inputs=("in",))
    network = Network("vector", (Node("in", Input((4,))), node))
    x = np.random.default_rng(0).random((20, 4), np.float32)
    page = wb.demo("draw", network=network, data=x)
    try:
        assert page.wait()
        assert page.canvas.disabled
        assert "No drawing: vector takes 4 values" in page.problem.value
    finally:
        page.close()


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.label)
def test_a_trick_is_played_and_taken_back(draw: Any, trick: Any) -> None:
    draw.state.own_input = OwnInput()
    (button,) = (
        each for each in parts(draw, object) if getattr(each, "description", "") == trick.label
    )
    if button.disabled:
        assert trick.moves and len(draw.state.analog.input_shape) == 1
        return
    button.value = True
    assert draw.wait()
    assert all(getattr(draw.state.own_input, name) == v for name, v in trick.changes.items())
    button.value = False
    assert draw.wait() and draw.state.own_input == OwnInput()


def test_both_sides_show_the_same_sample() -> None:
    page = wb.demo("compare", network="mlp")
    try:
        assert page.wait()
        rate, once = page.sides
        assert once.state.code == "ttfs" and rate.state.code == "rate"
        rate.state.sample = 7
        assert page.wait()
        assert [side.state.sample_run.sample for side in page.sides] == [7, 7]
        assert once.state.sample_run.choice == once.state.sample_run.analog_choice
        once.choice.value = "few"
        assert page.wait()
        assert (once.state.code, once.state.steps) == ("rate", WAYS["few"].steps)
        assert once.state.sample == 7
    finally:
        page.close()


def test_the_point_of_the_settings_moves_and_leaves_a_trace() -> None:
    page = wb.demo("tuning", network="mlp", test_samples=50, run=False)
    try:
        (card,) = (each for each in page.figures.cards.values() if each.name == "tradeoff")
        assert not card.figure.legend[0].visible  # of nothing
        page.actions.run()
        assert page.wait()
        assert card.figure.legend[0].visible
        for steps in (20, 5):
            page.state.steps = steps
            assert page.wait()
        table = card.table(page.state, "results")
        assert table["steps"].tolist() == [100, 20, 5]
        assert table["energy_ratio"].is_monotonic_decreasing
        run, accuracy = page.state.sample_run, page.state.accuracy
        energy = run.operations[["energy_memory_pj", "energy_ann_pj"]].sum()
        assert card.now.data["x"] == pytest.approx([energy.iloc[0] / energy.iloc[1]])
        assert card.now.data["y"] == pytest.approx([accuracy.snn[-1]])
        page.state.network = "counting"
        assert page.wait()
        assert len(card.table(page.state, "results")) == 1  # another network, another plot
    finally:
        page.close()


def test_a_way_keeps_what_holds_for_both_sides() -> None:
    page = wb.demo("compare", network="counting", percentile=98.0, left="few")
    try:
        page.sides[1].choice.value = "rate"
        assert page.wait()
        assert [side.state.percentile for side in page.sides] == [98.0, 98.0]
        assert page.sides[1].state.steps == WAYS["rate"].steps
    finally:
        page.close()
    assert page.children == () and all(not side.children for side in page.sides)
    with pytest.raises(SettingsError, match="right is 'x'; accepted: rate, few"):
        wb.demo("compare", right="x")


def test_there_is_no_other_demo() -> None:
    with pytest.raises(SettingsError, match="no demo 'paint'; there are draw, tuning, compare"):
        wb.demo("paint")
