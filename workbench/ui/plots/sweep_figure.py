"""What a sweep found, as it comes: accuracy against a cost, along one axis, or over two."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import ipywidgets as widgets
import pandas as pd
from bokeh.models import Rect, Scatter, TapTool

from workbench.plot.saving import page_of
from workbench.plot.sweep_figures import sweep
from workbench.plot.sweep_front import SweepFront
from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape, row
from workbench.ui.plots.card import Card
from workbench.ui.session.state import State
from workbench.ui.session.sweep_order import STEPS
from workbench.ui.session.sweeping import Swept, swept_in
from workbench.ui.sweep_cells import label_of
from workbench.ui.widgets import DownloadButton
from workbench.util.optional import installed
from workbench.util.pareto import ACCURACY, AGREEMENT, measure_of

OFFERED = ("steps", "synops", "energy")
"""Costs on the horizontal axis of the front."""

SHORT = {"steps": "time steps", "synops": "SynOps", "energy": "energy"}

ANY = 0
"""Stands for all numbers of steps."""

MOST_MAPPED = 4
"""Axes of which each pair has a map."""

View = tuple[str, ...]
"""("cost", name of a cost), or ("axes", name, ...)."""


class SweepCard(Card):
    """The figure of a sweep. A click on a mark tells `on_point`.

    Attributes
    ----------
    on_point : callable
        Gets the number of the point that was clicked. Called on whatever thread the click arrives.
    on_view : callable
        Called without arguments when another view is chosen, likewise.
    """

    page = "sweep"
    name = "sweep"
    title = "What a sweep found"
    tables = ("points",)
    reads = ("swept", "loaded")
    wide = True

    def __init__(self, context: Context):
        super().__init__(context)
        self.on_point: Callable[[int], object] = lambda _point: None
        self.on_view: Callable[[], object] = lambda: None
        self.menu = widgets.Dropdown(
            options=_costs(ACCURACY),
            description="Show",
            tooltip="What the figure shows. Of points that differ in other settings, a line and a "
            "map show the most accurate.",
        )
        self.steps = widgets.Dropdown(
            options=[("any", ANY)],
            description="Time steps",
            tooltip="Steps of the points that a line or a map shows; any: the most accurate ones",
        )
        self.steps.add_class("swb-sweep-steps")
        for menu in (self.menu, self.steps):
            menu.observe(self._on_menu, "value")
        saved = [DownloadButton("sweep.html", content=self._html, label="HTML",
                                hint="Save the interactive figure as a page")]  # fmt: skip
        if installed("pyarrow"):
            saved.append(DownloadButton("sweep.parquet", content=self._parquet, label="Parquet",
                                        hint="Save the whole table as Parquet"))  # fmt: skip
        self.told = widgets.HTML()
        self.head = (row(self.menu, self.steps, *saved, css="swb-sweep-view"), self.told)
        self._remark: Any = None
        self._front: tuple[tuple[Any, ...], SweepFront] | None = None
        self._shown: tuple[Any, ...] = ()
        self._held: Any = None
        """The table that is shown: while it is held, no other one has its id."""

    @property
    def view(self) -> View:
        """What is chosen to be shown."""
        chosen: View = self.menu.value
        return chosen

    @property
    def cost(self) -> str:
        """By what points are cheap in the chosen view."""
        return self.view[1] if self.view[0] == "cost" else STEPS

    def show(self) -> None:
        swept = swept_in(self.context.state)
        self._offer(swept)
        if swept is None or swept.table.empty:
            self.figure.children, self._front = [], None
            self._shown, self._held = (), None
            return
        shown = (id(swept.table), self.view, self.steps.value)
        if self._shown == shown:
            return
        self._shown, self._held = shown, swept.table
        key = (varied(swept), *self.view)
        if self.view[0] == "axes":
            self._front = None
            self._place(self._drawn(swept))
        elif self._front is not None and self._front[0] == key:
            self._front[1].update(swept.table)
        else:
            front = SweepFront(varied(swept), self.cost)
            front.update(swept.table)
            self._front = (key, front)
            self._place(front.figure)
        self.title = self.figure.children[0].title.text
        remark = "" if self._remark is None else self._remark.text
        self.told.value = f'<p class="swb-note">{escape(remark)}</p>'

    def _drawn(self, swept: Swept) -> Any:
        """Return a new figure of the chosen view."""
        if self.view[0] == "cost":
            return sweep(swept.table, (), cost=self.cost)
        table, steps = swept.table, self.steps.value
        if steps != ANY and STEPS not in self.view:
            chosen = table[table["steps"] == steps]
            table = table if chosen.empty else chosen
        return sweep(table, self.view[1:])

    def _place(self, plot: Any) -> None:
        """Show a figure, and listen to clicks on its marks, which look as before when clicked."""
        plot.title_location = None  # the head says it, and lines of the page are wrapped
        self._remark, plot.above = next(iter(plot.above), None), []
        for each in plot.renderers:
            each.nonselection_glyph = each.selection_glyph = None
        marks = [each for each in plot.renderers if isinstance(each.glyph, (Rect, Scatter))]
        for each in marks:
            source = each.data_source
            source.selected.on_change("indices", self._listener(source))
        plot.add_tools(TapTool(renderers=marks))
        self.figure.children = [plot]
        self.fit_type()

    def _listener(self, source: Any) -> Callable[[str, object, list[int]], None]:
        def on_change(_attribute: str, _old: object, new: list[int]) -> None:
            points = source.data["point"]
            if new and 0 <= new[0] < len(points):
                self.on_point(int(points[new[0]]))
                # So that a click on the same mark tells it again.
                self.context.ui.post(partial(source.selected.update, indices=[]))

        return on_change

    def _offer(self, swept: Swept | None) -> None:
        """Offer the views that there are, and keep the chosen one where it is among them."""
        axes = () if swept is None else varied(swept)
        measure = ACCURACY if swept is None else measure_of(swept.table)
        offered = _costs(measure)
        offered += [(f"{measure} by {label_of(name).lower()}", ("axes", name)) for name in axes]
        offered += [
            (f"map: {label_of(one).lower()}, {label_of(other).lower()}", ("axes", one, other))
            for one, other in itertools.combinations(axes[:MOST_MAPPED], 2)
        ]
        if list(self.menu.options) != offered:
            replace_options(self.menu, offered)
        steps = [] if swept is None else swept.order.grid[STEPS]
        counts = [("any", ANY), *((f"{value:,}", value) for value in steps)]
        if list(self.steps.options) != counts:
            replace_options(self.steps, counts)
        matters = self.view[0] == "axes" and STEPS not in self.view and len(steps) > 1
        self.steps.layout.display = "" if matters else "none"

    def _on_menu(self, _change: object) -> None:
        if not self.context.ui.is_current:
            self.on_view()

    def summary(self, state: State) -> str:
        swept = swept_in(state)
        if swept is None or swept.table.measured.empty:
            return "Nothing was measured yet."
        best = swept.table.front(self.cost).iloc[-1]
        share, steps = f"{best['accuracy']:.1%}", f"{int(best['length']):,} time steps"
        if measure_of(swept.table) == AGREEMENT:
            return f"The best point agrees with the analog network in {share}, with {steps}."
        return (
            f"The most accurate point has {share} with {steps}; the analog network "
            f"{best['ann']:.1%}."
        )

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        swept = swept_in(state)
        return None if swept is None else swept.table

    def _html(self) -> bytes:
        swept = swept_in(self.context.state)
        if swept is None:
            return b""
        return page_of(self._drawn(swept)).encode()

    def _parquet(self) -> bytes:
        swept = swept_in(self.context.state)
        file = BytesIO()
        if swept is not None:
            pd.DataFrame(swept.table).to_parquet(file, index=False)
        return file.getvalue()


def replace_options(menu: widgets.Dropdown, offered: list[tuple[str, Any]]) -> None:
    """Offer other choices, and keep the chosen one where it is among them."""
    chosen, known = menu.value, [value for _, value in offered]
    menu.options = offered
    menu.value = chosen if chosen in known else known[0]


def varied(swept: Swept) -> tuple[str, ...]:
    """Return the axes with several values, the steps last."""
    grid = swept.order.grid
    names = [name for name, values in grid.items() if len(values) > 1]
    return tuple(sorted(names, key=lambda name: name == STEPS))


def _costs(measure: str) -> list[tuple[str, View]]:
    return [(f"{measure} against {SHORT[cost]}", ("cost", cost)) for cost in OFFERED]
