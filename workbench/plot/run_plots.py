"""The figures of a run, as its attribute `plot`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from workbench.plot.accuracy_curve import accuracy, error
from workbench.plot.compared_bars import class_accuracy, output_errors
from workbench.plot.confusion_matrix import confusion
from workbench.plot.correlation_bars import correlation
from workbench.plot.figure import Figure
from workbench.plot.histograms import activation_histogram, rate_histogram
from workbench.plot.maps import feature_maps
from workbench.plot.membrane_traces import potentials
from workbench.plot.operation_curves import operations
from workbench.plot.output_bars import outputs
from workbench.plot.race import output_race
from workbench.plot.rate_curves import rates
from workbench.plot.scatter import correlation_scatter
from workbench.plot.spike_raster import raster
from workbench.plot.targets import target_scatter


def _of_run(draw: Callable[..., Any]) -> Callable[..., Figure]:
    """Return a method that draws the run that it belongs to."""

    @functools.wraps(draw)
    def method(self: RunPlots, *arguments: Any, **options: Any) -> Figure:
        return Figure(draw(self._run, *arguments, **options))

    method.__annotations__ = {**method.__annotations__, "return": "Figure"}
    return method


class RunPlots:
    """Every figure of a run: ``run.plot.raster(sample=3)`` is ``wb.plot.raster(run, sample=3)``.

    Each method takes what the function of its name takes behind the run, and returns a `Figure`,
    which shows itself in notebooks, and whose `figure` is Bokeh's own.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Any):
        self._run = run

    def __repr__(self) -> str:
        names = (name for name in dir(type(self)) if not name.startswith("_"))
        return f"Figures of a run: {', '.join(names)}"

    raster = _of_run(raster)
    rates = _of_run(rates)
    outputs = _of_run(outputs)
    output_race = _of_run(output_race)
    accuracy = _of_run(accuracy)
    error = _of_run(error)
    confusion = _of_run(confusion)
    class_accuracy = _of_run(class_accuracy)
    output_errors = _of_run(output_errors)
    target_scatter = _of_run(target_scatter)
    correlation = _of_run(correlation)
    correlation_scatter = _of_run(correlation_scatter)
    rate_histogram = _of_run(rate_histogram)
    activation_histogram = _of_run(activation_histogram)
    feature_maps = _of_run(feature_maps)
    potentials = _of_run(potentials)
    operations = _of_run(operations)
