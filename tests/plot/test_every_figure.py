"""Every figure for runs that are odd: silent, short, wide, with one class or hundreds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import Range1d, Title
from runs import ANALOG, X, Y, dense_run, simulated

import workbench as wb
from workbench.errors import DataError, SettingsError, WorkbenchError
from workbench.plot.style import plots_of

NOTHING = np.zeros_like(X)


@cache
def odd(name: str) -> tuple[Any, Any, Any]:
    """An analog network, a run of it and labels."""
    runs: dict[str, Callable[[], tuple[Any, Any]]] = {
        "ordinary": lambda: (ANALOG, simulated()),
        "without any spike": lambda: (ANALOG, simulated(x=NOTHING, steps=2)),
        "one step": lambda: (ANALOG, simulated(steps=1)),
        "one sample": lambda: (ANALOG, simulated(x=X[:1])),
        "random input": lambda: (ANALOG, simulated(encoding="poisson")),
        "signed": lambda: (
            ANALOG, simulated(wb.Conversion(signed_neurons=True, initial_potential=0.5)),
        ),
        "outputs with a sign": lambda: (ANALOG, simulated(wb.Conversion(output_sign="membrane"))),
        "on and off": lambda: (
            ANALOG, simulated(wb.Conversion(reset="zero", output_sign="on_off")),
        ),
        "membranes decide": lambda: (ANALOG, simulated(readout="potential")),
        "long": lambda: (ANALOG, simulated(x=X[:1], steps=3000)),
        "one class": lambda: dense_run(4, 1, record_potentials="all"),
        "300 classes": lambda: dense_run(6, 300, samples=40, record_potentials="all"),
        "3,000 neurons": lambda: dense_run(4, 3_000, samples=2),
        "12,544 neurons": lambda: dense_run(4, 12_544, samples=2),
    }  # fmt: skip
    analog, run = runs[name]()
    return analog, run, analog.predictions(run.x)


ODD = (
    "without any spike", "signed",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            "ordinary", "one step", "one sample", "one class", "membranes decide", "300 classes",
            "3,000 neurons", "random input", "outputs with a sign", "on and off", "long",
            "12,544 neurons",
        )
    ),
)  # fmt: skip

FIGURES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "raster": lambda run, ann, y: run.plot.raster(-1),
    "raster in ms": lambda run, ann, y: run.plot.raster(units="ms"),
    "rates": lambda run, ann, y: run.plot.rates(units="ms"),
    "outputs": lambda run, ann, y: run.plot.outputs(labels=y, ann=ann),
    "output_race": lambda run, ann, y: run.plot.output_race(labels=y),
    "accuracy": lambda run, ann, y: run.plot.accuracy(y, ann),
    "accuracy alone": lambda run, ann, y: run.plot.accuracy(y),
    "error": lambda run, ann, y: run.plot.error(ann.forward(run.x), ann),
    "confusion": lambda run, ann, y: run.plot.confusion(y),
    "class_accuracy": lambda run, ann, y: run.plot.class_accuracy(y, ann),
    "class_accuracy alone": lambda run, ann, y: run.plot.class_accuracy(y),
    "target_scatter": lambda run, ann, y: run.plot.target_scatter(0.9 * ann.forward(run.x), ann),
    "output_errors": lambda run, ann, y: run.plot.output_errors(0.9 * ann.forward(run.x), ann),
    "output_errors alone": lambda run, ann, y: run.plot.output_errors(ann.forward(run.x)),
    "correlation": lambda run, ann, y: run.plot.correlation(ann),
    "correlation_scatter": lambda run, ann, y: run.plot.correlation_scatter(ann),
    "rate_histogram": lambda run, ann, y: run.plot.rate_histogram(),
    "activation_histogram": lambda run, ann, y: run.plot.activation_histogram(ann),
    "rate maps": lambda run, ann, y: run.plot.feature_maps("output"),
    "activation maps": lambda run, ann, y: run.plot.feature_maps(
        run.layers[-1], show="activations", ann=ann
    ),
    "difference maps": lambda run, ann, y: run.plot.feature_maps(
        run.layers[-1], show="difference", ann=ann
    ),
    "input maps": lambda run, ann, y: run.plot.feature_maps("in"),
    "potentials": lambda run, ann, y: run.plot.potentials("output"),
    "operations": lambda run, ann, y: run.plot.operations(ann),
    "weights": lambda run, ann, y: wb.plot.Figure(wb.plot.weights(ann)),
    "spiking weights": lambda run, ann, y: wb.plot.Figure(wb.plot.weights(run.recording.network)),
}


@pytest.mark.parametrize("name", ODD)
def test_every_figure_is_drawn_for_odd_runs(name: str) -> None:
    analog, run, labels = odd(name)
    for kind, draw in FIGURES.items():
        if kind == "potentials" and not run.recording.potentials:
            continue
        shown = draw(run, analog, labels)
        document = Document()
        document.add_root(shown.figure)
        assert document.to_json(deferred=False)
        for plot in plots_of(shown.figure):
            assert plot.title.text or kind, kind
            assert all(axis.axis_label for axis in plot.axis if axis.visible and _counts(axis))
            for shown_range in (plot.x_range, plot.y_range):
                if isinstance(shown_range, Range1d):
                    start, end = shown_range.start, shown_range.end
                    assert np.isfinite(start) and np.isfinite(end) and start != end, kind


def _counts(axis: Any) -> bool:
    """Whether an axis counts something: names beside bars say what they are themselves."""
    return not axis.major_label_overrides


@pytest.mark.parametrize("kind", FIGURES)
def test_figures_have_a_title_that_says_what_is_seen(kind: str) -> None:
    analog, run, labels = odd("ordinary")
    shown = FIGURES[kind](run, analog, labels)
    assert shown.title
    assert repr(shown) == f"Figure: {shown.title}"
    for plot in plots_of(shown.figure):
        assert isinstance(plot.title, Title)
        assert plot.title_location == "above"


def test_functions_and_methods_draw_the_same() -> None:
    _, run, labels = odd("ordinary")
    ours, theirs = (
        wb.plot.output_race(run, 2, labels=labels),
        run.plot.output_race(2, labels=labels),
    )
    assert [r.name for r in ours.renderers] == [r.name for r in theirs.figure.renderers]
    assert ours.title.text == theirs.title
    drawn = {name for name in dir(type(run.plot)) if not name.startswith("_")}
    assert drawn == set(wb.plot.__all__) - {
        "Figure", "save", "attribution", "cores", "pareto", "sweep", "weights",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(wb.plot.__all__) - {"Figure", "save"}))
def test_other_things_than_runs_are_refused(name: str) -> None:
    with pytest.raises(WorkbenchError, match="Expected a"):
        getattr(wb.plot, name)("run", *(["x"] if name in TAKES_MORE else []))


TAKES_MORE = (
    "accuracy", "activation_histogram", "class_accuracy", "confusion", "correlation",
    "correlation_scatter", "error", "feature_maps", "output_errors", "potentials",
    "target_scatter",
)  # fmt: skip


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda p: p.raster(6), "sample is 6; the run has the samples 0 to 5"),
        (lambda p: p.raster(layers="pool"), "has no layer 'pool'"),
        (lambda p: p.raster(units="s"), "units is 's'; accepted: steps, ms"),
        (lambda p: p.accuracy(), "Accuracy needs labels"),
        (lambda p: p.error(), "The error needs targets"),
        (lambda p: p.confusion(), "Confusion needs labels"),
        (lambda p: p.confusion(Y, classes=["a"]), "1 names for 4 classes"),
        (lambda p: p.outputs(classes=["a"]), "1 names for 4 classes"),
        (lambda p: p.class_accuracy(Y, classes=["a"]), "1 names for 4 classes"),
        (lambda p: p.output_errors(np.zeros((6, 4)), names=["a"]), "1 names for 4 outputs"),
        (lambda p: p.target_scatter(np.zeros(6)), "Targets have shape"),
        (lambda p: p.feature_maps("conv", show="weights"), "show is 'weights'; accepted: rates"),
        (lambda p: p.feature_maps("conv", show="difference"), "needs ann"),
        (lambda p: p.potentials("conv", neurons=[18]), "holds 18; accepted: 1 to 8 numbers from 0"),
        (lambda p: p.potentials("conv", neurons=range(9)), "names 9 neurons"),
        (lambda p: p.outputs(targets=np.zeros((6, 4))), "targets need ann"),
    ],
)
def test_refusals_name_the_remedy(draw: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((DataError, SettingsError), match=message):
        draw(odd("ordinary")[1].plot)


def test_what_was_not_recorded_is_said() -> None:
    run = simulated(record=(), record_potentials=())
    for draw in (run.plot.raster, run.plot.rate_histogram, run.plot.output_race):
        with pytest.raises(SettingsError, match=r"Simulation\(record="):
            draw()
    with pytest.raises(SettingsError, match="record_potentials"):
        run.plot.potentials("conv")
    some = simulated(record=("conv",))
    with pytest.raises(SettingsError, match="Layer 'out' was not recorded; recorded: conv"):
        some.plot.raster(layers=["output"])
    assert run.plot.rates().figure is not None
    assert run.plot.operations().figure is not None
