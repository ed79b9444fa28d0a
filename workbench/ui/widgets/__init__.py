"""Small widgets of our own, for what ipywidgets lacks."""

from workbench.ui.widgets.download import DownloadButton
from workbench.ui.widgets.explained_table import ExplainedTable
from workbench.ui.widgets.page import Page

__all__ = ["DownloadButton", "ExplainedTable", "Page"]
