"""Plots: functions from results to columns, and figures that show them."""

from workbench.ui.plots.accuracy import AccuracyPlot
from workbench.ui.plots.cores import CoresPlot
from workbench.ui.plots.correlation import CorrelationPlot
from workbench.ui.plots.outputs import OutputsPlot
from workbench.ui.plots.raster import RasterPlot
from workbench.ui.plots.rates import RatesPlot

__all__ = ["AccuracyPlot", "CoresPlot", "CorrelationPlot", "OutputsPlot", "RasterPlot", "RatesPlot"]
