"""Small widgets of our own, for what ipywidgets lacks."""

from workbench.ui.widgets.card_head import CardHead
from workbench.ui.widgets.copy import CopyButton
from workbench.ui.widgets.disclosure import Disclosure
from workbench.ui.widgets.download import DownloadButton
from workbench.ui.widgets.draw_canvas import DrawCanvas
from workbench.ui.widgets.explained_table import ExplainedTable
from workbench.ui.widgets.filmstrip import Filmstrip, Frame
from workbench.ui.widgets.gallery import Gallery, Thumbnail
from workbench.ui.widgets.page import Page
from workbench.ui.widgets.slider import Slider
from workbench.ui.widgets.tree import close_tree, replace_children, send_values
from workbench.ui.widgets.upload import UploadButton

__all__ = [
    "CardHead",
    "CopyButton",
    "Disclosure",
    "DownloadButton",
    "DrawCanvas",
    "ExplainedTable",
    "Filmstrip",
    "Frame",
    "Gallery",
    "Page",
    "Slider",
    "Thumbnail",
    "UploadButton",
    "close_tree",
    "replace_children",
    "send_values",
]
