"""A figure that shows itself: in notebooks by BokehJS of the installed package, without a CDN."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

from bokeh.models.ui import UIElement

from workbench.errors import WorkbenchError
from workbench.plot.still import still
from workbench.plot.style import plots_of
from workbench.util.handlers import Provided

VARIABLE = "WORKBENCH_FIGURES"
"""Set to "png", figures show themselves as pictures: for notebooks that run without a browser."""

pane = Provided("workbench.ui.bokeh_pane:BokehPane")
"""Shows a figure as a widget."""


class Figure:
    """A figure of a run. As the last line of a cell it shows itself.

    Parameters
    ----------
    figure : bokeh.models.UIElement

    Attributes
    ----------
    figure : bokeh.models.UIElement
        Bokeh's own figure, or a row of figures, to change it further.
    """

    def __init__(self, figure: UIElement):
        self.figure = figure
        self._pane: Any = None

    def __repr__(self) -> str:
        return f"Figure: {self.title}" if self.title else "Figure"

    @property
    def title(self) -> str:
        """What the figure shows, in one line."""
        titles = [plot.title.text for plot in plots_of(self.figure) if plot.title]
        return "; ".join(title for title in titles if title)

    @property
    def widget(self) -> Any:
        """The figure as a widget, for layouts of ipywidgets; always the same one."""
        if self._pane is None:
            self._pane = pane(self.figure)
        return self._pane

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the figure to a file; see `workbench.plot.save`."""
        from workbench.plot.saving import save

        return save(self, path, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if os.environ.get(VARIABLE) == "png":
            return self._picture()
        bundle = self.widget._repr_mimebundle_(include=include, exclude=exclude)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is None:
            return {"text/plain": repr(self)}
        return {**data, "text/plain": repr(self)}

    def _picture(self) -> dict[str, str]:
        try:
            png = still(self.figure)
        except WorkbenchError as error:
            return {"text/plain": f"{self!r} (no picture: {error})"}
        return {"image/png": b64encode(png).decode("ascii"), "text/plain": repr(self)}
