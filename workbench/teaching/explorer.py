"""What all explorers share: controls, figures that follow them, and a sentence with each figure."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets

from workbench.errors import SettingsError, WorkbenchError
from workbench.plot.figure import VARIABLE
from workbench.plot.still import PICTURE_WIDTH, still
from workbench.teaching.controls import Control, control_row
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.cells import replace_former
from workbench.ui.panels.layout import helps
from workbench.ui.stand_in import StandIn
from workbench.ui.widgets import Page, close_tree


class CoursePage(Page):
    """The style sheet of the workbench and, after it, that of the course."""

    _css = Page._css + (Path(__file__).parent / "teaching.css").read_text("utf-8")


@dataclass(frozen=True)
class Plot:
    """A figure of an explorer.

    Parameters
    ----------
    title : str
        What it shows.
    figure : bokeh.models.UIElement, or None
        None where words and tables alone say it.
    """

    title: str
    figure: Any = None


class Explorer(widgets.VBox):
    """Controls beside figures. The figures show what the simulator computes for the controls.

    A kind of explorer declares `title` and `controls`, makes its `plots`, and brings them up to
    date in `show`.

    Parameters
    ----------
    **values
        Of the controls, by their names.

    Attributes
    ----------
    values : mapping of str to float or str
        Of the controls, now.
    sentences : tuple of str
        What each figure shows, in words.
    cards : list of Widget
        One for each of `plots`, with its title and its sentence.
    page : Page
        Brings the style sheet, and tells whether a browser has room for larger type (`wide`).

    Raises
    ------
    SettingsError
        If there is no such control, or it does not accept the value.
    """

    title: ClassVar[str] = ""
    controls: ClassVar[Mapping[str, Control]] = {}

    def __init__(self, **values: Any):
        replace_former(self)
        self._closed = True
        self.values: dict[str, Any] = {
            name: control.start for name, control in self.controls.items()
        }
        self.values.update(self._checked(values))
        self.plots: Sequence[Plot] = self.make()
        self._lines = [widgets.HTML() for _ in self.plots]
        self._show_control: dict[str, Any] = {}
        rows = []
        for name, control in self.controls.items():
            one, self._show_control[name] = control_row(name, control, partial(self._put, name))
            rows.append(one)
        left = widgets.VBox(rows)
        left.add_class("swb-section")
        left.add_class("swb-lesson-controls")
        self.cards = [self._card(*each) for each in zip(self.plots, self._lines, strict=True)]
        cards = widgets.VBox(self.cards)
        cards.add_class("swb-lesson-plots")
        both = widgets.Box([left, cards])
        both.add_class("swb-lesson-both")
        title = f'<span class="swb-lesson-title" role="heading" aria-level="3">{self.title}</span>'
        page = CoursePage(helps=helps(left))
        super().__init__([page, widgets.HTML(title), both])
        self.add_class("swb-app")
        self.add_class("swb-lesson")
        self.page = page
        self._stand_in = StandIn(
            self.model_id, lambda: self.title, ask=page.ask_for_picture, tell=page.send
        )
        page.on_picture(self._stand_in.take)
        self._closed = False
        self._refresh()

    def make(self) -> Sequence[Plot]:
        """Return the figures, without anything in them."""
        raise NotImplementedError(f"{type(self).__name__} makes no figures")

    def show(self) -> Sequence[str]:
        """Bring the figures up to date; return what each shows, a sentence or two."""
        raise NotImplementedError(f"{type(self).__name__} shows nothing")

    @property
    def sentences(self) -> tuple[str, ...]:
        return self._sentences

    def set(self, **values: Any) -> None:
        """Move controls, as a person would.

        Parameters
        ----------
        **values
            By the names of controls.

        Raises
        ------
        SettingsError
            If there is no such control, or it does not accept the value.
        """
        checked = self._checked(values)
        if checked.items() <= self.values.items():
            return
        self.values.update(checked)
        self._refresh()

    def close(self) -> None:
        """Remove the explorer from its page and free its memory."""
        if not self._closed:
            self._closed = True
            self._stand_in.close()
            close_tree(*self.children, self.layout)
            self.set_trait("children", ())
        super().close()

    def __repr__(self) -> str:
        values = ", ".join(
            f"{name}={value!r}" for name, value in getattr(self, "values", {}).items()
        )
        return f"{type(self).__name__}({values})"

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        for name in values:
            if name not in self.controls:
                raise SettingsError(
                    f"{type(self).__name__} has no control {name!r}; it has "
                    f"{', '.join(self.controls)}."
                )
        return {name: self.controls[name].checked(name, value) for name, value in values.items()}

    def _put(self, name: str, value: Any) -> None:
        # A widget that shows a value says so as if a person had moved it.
        if self._closed or self.values[name] == value:
            return
        self.values[name] = value
        self._refresh()

    def _refresh(self) -> None:
        for name, show in self._show_control.items():
            show(self.values[name])
        self.add_class("swb-lesson-busy")
        try:
            self._sentences = tuple(self.show())
        finally:
            self.remove_class("swb-lesson-busy")
        for line, sentence in zip(self._lines, self._sentences, strict=True):
            line.value = f'<div role="status">{sentence}</div>'
        self._stand_in.stir()

    @staticmethod
    def _card(plot: Plot, line: widgets.HTML) -> widgets.VBox:
        title = f'<span class="swb-card-title" role="heading" aria-level="4">{plot.title}</span>'
        line.add_class("swb-lesson-line")
        inside = [widgets.HTML(title), line]
        if plot.figure is not None:
            inside.append(BokehPane(plot.figure))
        card = widgets.VBox(inside)
        card.add_class("swb-lesson-card")
        return card

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if os.environ.get(VARIABLE) == "png":
            return {"text/html": self._still(), "text/plain": repr(self)}
        bundle = self._stand_in.beside(super()._repr_mimebundle_(**kwargs))
        self.page.mark = self._stand_in.mark
        return bundle

    def _still(self) -> str:
        """Return what a page without a kernel shows: the figures as they are, with their words."""
        parts = [f"<p><strong>{html.escape(self.title)}</strong></p>"]
        for plot, sentence in zip(self.plots, self._sentences, strict=True):
            parts.append(f"<p><em>{plot.title}.</em> {sentence}</p>")
            if plot.figure is None:
                continue
            try:
                png = still(plot.figure)
            except WorkbenchError as error:
                parts.append(f"<p>No picture: {html.escape(str(error))}</p>")
                continue
            data = b64encode(png).decode("ascii")
            alt = html.escape(plot.title, quote=True)
            parts.append(
                f'<img src="data:image/png;base64,{data}" alt="{alt}" width="{PICTURE_WIDTH}">'
            )
        return "\n".join(parts)
