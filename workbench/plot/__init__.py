"""Every figure of the workbench, as a function from a run or a table to a figure of Bokeh.

``wb.plot.raster(run)`` returns Bokeh's figure; ``run.plot.raster()`` one that shows itself in a
notebook. `save` writes either to a page or an image. A plot that follows a running simulation is
a class beside its function, whose `update` changes the sources of one figure.
"""

from workbench.plot.accuracy_curve import accuracy, error
from workbench.plot.attribution_waterfall import attribution
from workbench.plot.compared_bars import class_accuracy, output_errors
from workbench.plot.confusion_matrix import confusion
from workbench.plot.core_bars import cores
from workbench.plot.correlation_bars import correlation
from workbench.plot.figure import Figure
from workbench.plot.histograms import activation_histogram, rate_histogram
from workbench.plot.maps import feature_maps
from workbench.plot.membrane_traces import potentials
from workbench.plot.operation_curves import operations
from workbench.plot.output_bars import outputs
from workbench.plot.pareto_front import pareto
from workbench.plot.race import output_race
from workbench.plot.rate_curves import rates
from workbench.plot.saving import save
from workbench.plot.scatter import correlation_scatter
from workbench.plot.spike_raster import raster
from workbench.plot.sweep_figures import sweep
from workbench.plot.targets import target_scatter
from workbench.plot.weight_histograms import weights

__all__ = [
    "Figure",
    "accuracy",
    "activation_histogram",
    "attribution",
    "class_accuracy",
    "confusion",
    "cores",
    "correlation",
    "correlation_scatter",
    "error",
    "feature_maps",
    "operations",
    "output_errors",
    "output_race",
    "outputs",
    "pareto",
    "potentials",
    "raster",
    "rate_histogram",
    "rates",
    "save",
    "sweep",
    "target_scatter",
    "weights",
]
