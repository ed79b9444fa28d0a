from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from runs import dense_run

import workbench as wb
from workbench.plot import from_run, output_bars, race
from workbench.plot.from_run import sample_view
from workbench.plot.output_bars import OutputsPlot, bar_columns, mark_columns, named_classes
from workbench.plot.palette import ANALOG, TRUE_CLASS
from workbench.plot.sample_view import SampleView

MakeRun = Callable[..., SampleView]


def test_the_choice_is_drawn_full(make_run: MakeRun) -> None:
    run = make_run({"out": ([0, 1, 2], [1, 1, 2])}, {"out": 3}, choice=1)
    columns = bar_columns(run)
    assert columns["top"] == [0, 2, 1]
    assert [alpha == 1 for alpha in columns["alpha"]] == [False, True, False]


def test_an_output_that_is_read_by_its_potential_shows_what_it_would_have_sent() -> None:
    _, run = dense_run(9, 3, readout="potential")
    top = bar_columns(sample_view(run, 1, ()))["top"]
    output = run.recording.network.output
    rates = run.outputs(activation=False)[1] / output.scale
    assert top == np.trunc(np.round(rates * run.steps, 9)).tolist()
    assert any(top)


def test_true_class_and_analog_choice_are_marked_in_two_rows(make_run: MakeRun) -> None:
    run = make_run({"out": ([0], [1])}, {"out": 3}, true_class=2, analog_choice=2)
    marks = mark_columns(run)
    assert marks["x"] == [2, 2]
    assert marks["text"] == ["ANN", "true"]
    assert marks["colour"] == [ANALOG, TRUE_CLASS]
    assert marks["y"][0] < marks["y"][1]  # type: ignore[operator]


def test_words_at_the_sides_stay_inside_the_frame(make_run: MakeRun) -> None:
    run = make_run({"out": ([0], [1])}, {"out": 100}, true_class=1, analog_choice=98)
    assert mark_columns(run)["align"] == ["right", "left"]
    run = make_run({"out": ([0], [1])}, {"out": 10}, true_class=0, analog_choice=9)
    assert mark_columns(run)["align"] == ["center", "center"]


def test_an_unlabelled_sample_has_no_true_class(make_run: MakeRun) -> None:
    run = make_run({"out": ([0], [1])}, {"out": 3}, analog_choice=0)
    assert mark_columns(run)["text"] == ["ANN"]


def test_classes_are_named_as_far_as_there_is_room(make_run: MakeRun) -> None:
    run = make_run({"out": ([0], [1])}, {"out": 2}, classes=("cat", "dog"))
    plot = OutputsPlot()
    plot.update(run)
    assert plot.figure.xaxis[0].major_label_overrides == {0.0: "cat", 1.0: "dog"}
    many = make_run({"out": ([0], [1])}, {"out": 100})
    plot.update(many)  # the names of the network before are gone
    names = list(plot.figure.xaxis[0].major_label_overrides.values())
    assert names[:2] == ["0", "15"]
    assert len(names) == 7
    assert plot.figure.x_range.end > 99


@pytest.mark.parametrize(
    ("classes", "named", "turned"),
    [
        (tuple(map(str, range(10))), 10, False),
        (tuple(map(str, range(24))), 6, False),
        (("automobile",) * 10, 10, True),
        (("automobile",) * 20, 2, False),
        (("cat", "dog"), 2, False),
        (("only",), 1, False),
        ((), 0, False),
    ],
)
def test_names_do_not_overlap(classes: tuple[str, ...], named: int, turned: bool) -> None:
    places, are_turned = named_classes(classes)
    assert (len(places), are_turned) == (named, turned)


def test_long_names_are_turned_and_numbers_after_them_are_not(make_run: MakeRun) -> None:
    names = ("T-shirt/top", "trouser", "a name beyond all measure", "dress")
    plot = OutputsPlot()
    plot.update(make_run({"out": ([0], [1])}, {"out": 4}, classes=names))
    axis = plot.figure.xaxis[0]
    shown = list(axis.major_label_overrides.values())
    assert shown[:2] == ["T-shirt/top", "trouser"]
    assert len(shown[2]) == 12
    assert axis.major_label_orientation == pytest.approx(math.pi / 4)
    plot.update(make_run({"out": ([0], [1])}, {"out": 4}))
    assert axis.major_label_orientation == "horizontal"


def test_marks_stay_inside_the_frame_without_any_spike(make_run: MakeRun) -> None:
    run = make_run({"out": ([], [])}, {"out": 3}, true_class=1, analog_choice=1)
    plot = OutputsPlot()
    plot.update(run)
    assert max(plot.marks.data["y"]) < plot.figure.y_range.end


def test_outputs_that_never_spike_are_not_said_to_be_without_spikes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whose layers take turns, and whose values are all 0."""
    said: list[str] = []
    for module in (output_bars, race):
        monkeypatch.setattr(module.Remark, "show", lambda _self, text: said.append(text))
    for code in ("rate", "phase", "ttfs"):
        said.clear()
        run = dark_run(code)
        assert not run.outputs(activation=False).any()
        wb.plot.outputs(run)
        wb.plot.output_race(run)
        assert ("no output spikes" in said) is (code == "rate"), code


def test_one_sample_is_decoded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []

    def values(network: object, total: np.ndarray, *rest: object, **more: object) -> np.ndarray:
        decoded.append(len(total))
        return of_outputs(network, total, *rest, **more)  # type: ignore[arg-type]

    of_outputs = from_run.values
    monkeypatch.setattr(from_run, "values", values)
    for code in ("rate", "ttfs"):
        analog, run = dense_run(9, 3, conversion=wb.Conversion(code=code))
        decoded.clear()
        view = sample_view(run, 1, (), targets=np.zeros((3, 3)), ann=analog)
        np.testing.assert_array_equal(view.outputs, run.outputs()[1])
        assert decoded == [1]
        if code == "ttfs":
            np.testing.assert_array_equal(view.output_counts, run.outputs()[1])


def dark_run(code: str) -> Any:
    """A run of a dense layer on samples of zeros."""
    _, run = dense_run(9, 3, conversion=wb.Conversion(code=code))
    snn = run.recording.network
    return wb.simulate(snn, np.zeros((1, 9), np.float32), wb.Simulation(steps=8, record="all"))
