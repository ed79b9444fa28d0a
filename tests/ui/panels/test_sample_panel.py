from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import ipywidgets as widgets
from controls import every, row

from workbench import workflow
from workbench.datasets import Dataset
from workbench.network.graph import Network
from workbench.ui.app import Workbench
from workbench.ui.widgets import Filmstrip


def test_the_sample_is_pictured_and_judged(bench: Workbench) -> None:
    panel = row(bench, "swb-sample-panel")
    picture = panel.children[0]
    before = picture.value
    assert before.startswith("<img")
    bench.state.sample = 5
    assert bench.wait(60)
    assert picture.value != before
    run = bench.state.sample_run
    assert run is not None
    answer = row(bench, "swb-answer-box").value
    assert f"<span>true</span> <b>{run.true_class}</b>" in answer
    assert f"<span>SNN says</span> <b>{run.choice}</b>" in answer
    assert ('aria-label="right"' in answer) == (run.choice == run.true_class)


def test_classes_have_names_where_the_samples_know_them(
    make_bench: Callable[..., Workbench],
) -> None:
    clothed = replace(workflow.load("mlp"), data="fashion")
    bench = make_bench(clothed, test_samples=0)
    loaded, run = bench.state.loaded, bench.state.sample_run
    assert loaded is not None and run is not None
    assert loaded.title == "mlp on fashion"
    assert run.classes == loaded.dataset.classes
    name = loaded.dataset.classes[run.true_class]
    assert f"<b>{name}</b>" in row(bench, "swb-answer-box").value
    film = next(w for w in every(bench) if isinstance(w, Filmstrip))
    assert name in next(f["words"] for f in film.frames if f["number"] == bench.state.sample)
    assert "wb.datasets.load('fashion')" in bench.code()


def test_a_neighbour_or_any_other_sample_is_chosen(bench: Workbench) -> None:
    film = next(w for w in every(bench) if isinstance(w, Filmstrip))
    assert [frame["number"] for frame in film.frames] == [1998, 1999, 0, 1, 2]
    assert film.frames[2]["words"] == f"Sample 0: {bench.state.sample_run.true_class}"
    film.value = 1  # as a click or an arrow key does
    assert bench.wait(60)
    assert bench.state.sample == bench.state.sample_run.sample == 1
    assert [frame["number"] for frame in film.frames] == [1999, 0, 1, 2, 3]
    bench.state.sample = 7
    assert bench.wait(60)
    assert film.value == 7
    panel = row(bench, "swb-sample-panel")
    next(w for w in every(panel) if isinstance(w, widgets.Button)).click()
    assert 0 <= bench.state.sample < 2000


def test_every_input_is_pictured(
    make_bench: Callable[..., Workbench], two_inputs: tuple[Network, Dataset]
) -> None:
    bench = make_bench(*two_inputs)
    picture = row(bench, "swb-sample-panel").children[0]
    assert picture.value.count("<img") == 2
    assert "<figcaption>facts</figcaption>" in picture.value
