"""The pages for visitors: what a visit changes, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import workbench as wb
from workbench.datasets.handwriting import Stroke
from workbench.errors import SettingsError
from workbench.ui.demos.compare import WAYS
from workbench.ui.demos.fooling import TRICKS, closest
from workbench.ui.session.own_input import OwnInput
from workbench.ui.widgets import DrawCanvas, Gallery
from workbench.ui.widgets.tree import _tree

SEVEN = Stroke((0.3, 0.2, 0.7, 0.2, 0.45, 0.85), 0.08, False)


def parts(page: Any, kind: type[Any]) -> list[Any]:
    return [widget for widget in _tree([page]) if isinstance(widget, kind)]


@pytest.fixture(scope="module")
def draw() -> Iterator[Any]:
    page = wb.demo("draw", network="mlp")
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
    page = wb.demo("tuning", network="mlp", test_samples=50)
    try:
        assert page.wait()
        for steps in (20, 5):
            page.state.steps = steps
            assert page.wait()
        (card,) = (each for each in page.figures.cards.values() if each.name == "tradeoff")
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


def test_there_is_no_other_demo() -> None:
    with pytest.raises(SettingsError, match="no demo 'paint'; there are draw, tuning, compare"):
        wb.demo("paint")
