from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from controls import every, row
from networks import dense_network

from workbench import datasets
from workbench.ui.app import Workbench
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.widgets import Gallery


def gallery(bench: Workbench) -> Gallery:
    return next(w for w in every(row(bench, "swb-data")) if isinstance(w, Gallery))


def numbers(bench: Workbench) -> list[int]:
    return [each["number"] for each in gallery(bench).thumbnails]


def choose(bench: Workbench, number: Any) -> None:
    gallery(bench)._on_message(None, {"choose": number}, [])
    assert bench.wait(60)


def tap(bench: Workbench, pane: str, name: str, index: int) -> None:
    """Click on a glyph of a plot."""
    shown = next(w for w in every(row(bench, f"swb-pane-{pane}")) if isinstance(w, BokehPane))
    (source,) = (m for m in shown.document.models if getattr(m, "name", "") == name
                 and hasattr(m, "selected"))  # fmt: skip
    source.selected.indices = [index]
    assert bench.wait(60)


def test_the_hardest_samples_are_pictured_and_a_click_opens_one(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench(test_samples=60)
    accuracy = bench.state.accuracy
    assert accuracy is not None and accuracy.answers is not None
    hardest = accuracy.answers.hardest().tolist()
    assert numbers(bench) == hardest[:24]
    pictures = gallery(bench).thumbnails
    assert all(each["picture"].startswith("data:image/png;base64,") for each in pictures)
    choose(bench, hardest[3])
    assert bench.state.sample == hardest[3] == gallery(bench).shown
    assert numbers(bench) == hardest[:24]  # the list stays
    for wrong in (hardest[30], "3", True, None):  # not among those that are shown
        choose(bench, wrong)
        assert bench.state.sample == hardest[3]
    more = next(w for w in every(row(bench, "swb-samples")) if w._model_name == "ButtonModel")
    assert more.description == "Show 24 more"
    more.click()
    assert bench.wait(60)
    assert numbers(bench) == hardest[:48]
    assert more.description == "Show 12 more"


def test_a_cell_of_the_matrix_lists_its_samples(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench(test_samples=60)
    accuracy = bench.state.accuracy
    assert accuracy is not None
    answers: Any = accuracy.answers
    tap(bench, "confusion", "confusion", 0)  # true 0, predicted 0
    expected = np.flatnonzero((answers.labels == 0) & (answers.snn == 0))
    assert sorted(numbers(bench)) == expected.tolist()
    chooser = row(bench, "swb-sample-lists")
    assert chooser.value == "cell 0 0"
    assert chooser.options[-1][0] == f"True 0, SNN says 0 ({len(expected)})"
    chooser.value = "neither"
    assert bench.wait(60)
    wrong = ~answers.snn_right & ~answers.ann_right
    assert sorted(numbers(bench)) == np.flatnonzero(wrong).tolist()
    bench.state.percentile = 80  # another run: another list under the same name
    assert bench.wait(60)
    assert chooser.value == "neither"
    assert [key for _, key in chooser.options][-1] == "undecided"


def test_without_a_measurement_the_tab_says_what_to_do(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench(test_samples=0)
    note, content = row(bench, "swb-data").children
    assert "<b>Test samples</b> above 0" in note.value
    assert content.layout.display == "none"
    bench.state.test_samples = 20
    assert bench.wait(60)
    assert "Accuracy" in note.value
    assert content.layout.display == ""


def test_samples_without_labels_say_so(
    make_bench: Callable[..., Workbench], own_files: dict[str, str]
) -> None:
    bench = make_bench(**own_files)
    note, content = row(bench, "swb-data").children
    assert "The samples have no labels" in note.value
    assert content.layout.display == "none"


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_regression_has_errors_and_a_point_opens_its_sample(
    make_bench: Callable[..., Workbench], outputs: int
) -> None:
    random = np.random.default_rng(0)
    network = dense_network(random.normal(0, 1, (3, outputs)), name="lines")
    x = random.random((30, 3)).astype(np.float32)
    targets = network.forward(x) + 0.37
    bench = make_bench(network, datasets.from_arrays(x, targets, name="lines"))
    titles = "".join(getattr(w, "title", "") for w in every(row(bench, "swb-data-plots")))
    assert "Outputs and targets" in titles and "Error of each output" in titles
    tap(bench, "confusion", "targets", 7 * outputs)
    assert bench.state.sample == 7
    assert numbers(bench)
