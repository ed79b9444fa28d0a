"""A Bokeh document inside ipywidgets, in JupyterLab and in Voila, without asking a CDN."""

from workbench.ui.bokeh_pane.pane import BokehPane

__all__ = ["BokehPane"]
