"""A Bokeh document inside ipywidgets, in JupyterLab and in Voila, without asking a CDN."""

from workbench.ui.bokeh_pane.pane import TIME_CURSOR, BokehPane

__all__ = ["TIME_CURSOR", "BokehPane"]
