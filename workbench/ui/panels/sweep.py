"""The Sweep page: a grid of settings to measure, the front that fills, and points to load."""

from __future__ import annotations

import math
from typing import Any

import ipywidgets as widgets

from workbench.errors import SettingsError, WorkbenchError
from workbench.ui.binding import Context
from workbench.ui.panels.figures import card_box, head_of, show
from workbench.ui.panels.layout import escape, row, section
from workbench.ui.panels.long_work import WorkPanel, work_button
from workbench.ui.panels.sweep_axis import AxisField
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.plots import cards
from workbench.ui.plots.sweep_figure import SHORT, SweepCard, replace_options
from workbench.ui.session.messages import counted
from workbench.ui.session.sweep_forecast import Forecast
from workbench.ui.session.sweep_order import STEPS, axes_offered
from workbench.ui.session.sweeping import is_of_another_base, swept_in
from workbench.ui.sweep_cells import choice_told, front_table, orders, points_table, refused_table
from workbench.ui.widgets import Disclosure, ExplainedTable
from workbench.ui.widgets.explained_table import Table
from workbench.util.pareto import ACCURACY, measure_of

SAMPLES, LONGEST = 200, 64

NOTHING = Table("", (), ())

AXES = ("percentile", "initial_potential", "")
"""What the form begins with."""

WHAT_IT_DOES = (
    "Measures every combination of the axes and draws accuracy against cost. All numbers of steps "
    "up to the longest come from the same runs. Settings that are not an axis stay as they are. "
    "Everything else goes on meanwhile. Test samples are left out, because settings are not chosen "
    "by those: validation samples are taken, or training samples where there are none."
)
BOUNDED = (
    "On this server a sweep has up to {points:,} points, {samples:,} samples and {steps:,} steps, "
    "and stops after {seconds:g} s; Resume goes on."
)


class SweepPanel:
    """Axes and sizes; then the figure, the points of the front, and what could not run.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context):
        self.context, self.sweeps = context, context.actions.studies.sweeps
        bounds = self.sweeps.bounds
        offered = axes_offered(context.actions.capabilities)
        self.fields = [
            AxisField(number, offered, name, bounds.points, self._on_form)
            for number, name in enumerate(AXES, 1)
        ]
        self.samples = widgets.BoundedIntText(
            min(SAMPLES, bounds.samples), 1, bounds.samples, description="Samples",
            tooltip="Samples on which each point is measured; 200 leave an uncertainty of about 3 "
            "points at 95 % accuracy",
        )  # fmt: skip
        self.longest = widgets.BoundedIntText(
            min(LONGEST, bounds.steps), 1, bounds.steps, description="Longest run (steps)",
            tooltip="Accuracy is told for 1, 2, 3, 4, 6, 8, 12, 16, ... steps up to this one",
        )  # fmt: skip
        for control in (self.samples, self.longest):
            control.observe(self._on_form, "value")
        start = work_button("Sweep", self._start, "swb-sweep", primary=True)
        stop = work_button("Stop", self.sweeps.stop, "swb-stop-sweep")
        stop.tooltip = "Stop the sweep; what was measured stays, and Resume goes on"
        about = WHAT_IT_DOES
        if bounds.seconds is not None:
            about = f"{about} {BOUNDED.format(**vars(bounds))}"
        self._problem = ""
        self.work = WorkPanel(
            context, "swept", about, start, stop, "this sweep is of a network",
            result=lambda: swept_in(context.state),
            is_old=lambda: is_of_another_base(context.state, swept_in(context.state)),
            ready=self._is_ready, bounded=bounds.seconds is not None,
        )  # fmt: skip
        self.forecast = widgets.HTML()
        self.forecast.add_class("swb-sweep-forecast")
        axes = widgets.VBox([field.box for field in self.fields])
        axes.add_class("swb-sweep-axes")
        self._longest_row = row(self.longest, css="swb-sweep-longest")
        sizes = widgets.HBox(
            [row(self.samples, css="swb-sweep-samples"), self._longest_row, start, stop]
        )
        sizes.add_class("swb-tune-form")
        card = next(kind(context) for kind in cards("sweep"))
        assert isinstance(card, SweepCard)
        self.card = card
        self.card.on_point = self._load
        self.card.on_view = lambda: context.ui.post(self.show, key=self.show)
        self.head = head_of(self.card)
        self.loaded = widgets.HTML()
        self.loaded.add_class("swb-sweep-loaded")
        self._changes: dict[str, Any] = {}
        self.front = ExplainedTable(self._on_action)
        self.refused = ExplainedTable()
        self.refused.add_class("swb-sweep-refused")
        self.all = ExplainedTable(self._on_action)
        for table in (self.front, self.refused, self.all):
            table.add_class("swb-sweep-table")
        self.order = widgets.Dropdown(
            options=orders(ACCURACY), description="Sort by", tooltip="Order of the table",
        )  # fmt: skip
        self.order.observe(self._on_order, "value")
        self.unfold = Disclosure("All points")
        self.unfold.observe(self._on_order, "unfolded")
        inside = widgets.VBox([row(self.order, css="swb-sweep-order"), self.all])
        inside.add_class("swb-folded-inside")
        everything = widgets.VBox([self.unfold, inside])
        everything.add_class("swb-folded")
        self._everything = everything
        self._plot = card_box(self.head, self.card)
        self.result = widgets.VBox([self._plot, self.loaded, self.front, self.refused, everything])
        self.result.add_class("swb-sweep-result")
        self.box = section(
            "Which settings are worth their cost?", axes, sizes, self.forecast, *self.work.widgets,
            self.result,
        )  # fmt: skip
        self.box.add_class("swb-page-box")
        context.watch(["swept", "loaded"], self.show)
        context.watch(["sweep_forecast", "swept_status"], self.show_forecast)
        context.watch(["conversion", "simulation"], self.show_loaded, later=True)
        self._known: tuple[Any, ...] = ()
        context.watch(["status", "swept_status"], self.show_settled, later=True)

    # On whatever thread a change comes from.

    def _on_form(self, _change: object = None) -> None:
        self.context.ui.post(self.show_form, key=self.show_form)

    def _on_order(self, _change: object) -> None:
        self.context.ui.post(self.show_points, key=self.show_points)

    def _start(self) -> None:
        axes, problems = self._read()
        if axes is None or any(problems):
            self._on_form()
            return
        self.sweeps.start(axes, self.samples.value, self.longest.value)

    def _on_action(self, action: str) -> None:
        self._load(int(action.removeprefix("point ")))

    def _load(self, point: int) -> None:
        swept = swept_in(self.context.state)
        if swept is None or point not in swept.table.index:
            return
        try:
            changes = swept.changes(point)
        except WorkbenchError as error:
            self.context.actions.refuse(str(error))
            return
        self.context.actions.change(**changes)
        self.context.ui.post(self._tell_loaded, changes, choice_told(swept, swept.table.loc[point]))

    def _is_ready(self) -> bool:
        found: Forecast | None = self.context.state.sweep_forecast
        return not self._problem and (found is None or not found.problem)

    def _read(self) -> tuple[dict[str, list[Any]] | None, list[str]]:
        """Return the axes of the form, and for each field what is wrong with it."""
        axes: dict[str, list[Any]] = {}
        problems = []
        for field in self.fields:
            problem = ""
            try:
                if (found := field.read()) is not None:
                    name, values = found
                    if name in axes:
                        problem = "Another axis has this setting; choose a different one."
                    axes[name] = values
            except SettingsError as error:
                problem = str(error)
            problems.append(problem)
        return (None if any(problems) else axes), problems

    # On the UI thread.

    def show_form(self) -> None:
        """Offer values, say what is wrong with them, and ask what the sweep would take."""
        for field in self.fields:
            field.offer()
        axes, problems = self._read()
        for field, problem in zip(self.fields, problems, strict=True):
            field.tell(problem)
        self._problem = next(filter(None, problems), "")
        self._longest_row.layout.display = "none" if axes is not None and STEPS in axes else ""
        if axes is not None and self.context.state.swept_status.kind != "busy":
            self.sweeps.forecast(axes, self.samples.value, self.longest.value)
        self.show_forecast()

    def show_settled(self) -> None:
        """Ask again what the sweep would take, once a run with other settings has ended."""
        state = self.context.state
        known = (state.loaded, state.conversion, state.simulation, state.swept_status.kind)
        settled = state.status.kind != "busy" or not self._known  # not while a slider moves
        if settled and known != self._known:
            self._known = known
            self.show_form()

    def show_forecast(self) -> None:
        """Show what the sweep would take, and name the button by it."""
        found: Forecast | None = self.context.state.sweep_forecast
        told = "" if self._problem or found is None else forecast_told(found)
        kind = "swb-problem" if found is not None and found.problem else "swb-note"
        self.forecast.value = f'<p class="{kind}" role="status">{escape(told)}</p>' if told else ""
        resumes = found is not None and found.known > 0 and found.runs > 0
        self.work.start.description = "Resume" if resumes else "Sweep"
        self.work.start.tooltip = (
            "Measure the points that are missing" if resumes else "Measure every point of the grid"
        )
        self.work.show_status()

    def show(self) -> None:
        """Show what has been measured by now."""
        swept = swept_in(self.context.state)
        measured = swept is not None and len(swept.table) > 0
        self.result.layout.display = "" if measured else "none"
        show(self.card, self.head)
        if swept is None or not measured:
            return
        none = swept.table.measured.empty  # only why nothing ran is of interest
        for each in (self._plot, self.front, self._everything):
            each.layout.display = "none" if none else ""
        cost = self.card.cost
        self.front.show(NOTHING if none else front_table(swept, cost, SHORT[cost]))
        offered = orders(measure_of(swept.table))
        if list(self.order.options) != offered:
            replace_options(self.order, offered)
        refused = refused_table(swept)
        self.refused.layout.display = "none" if refused is None else ""
        if refused is not None:
            self.refused.show(refused)
        missing = swept.points - len(swept.table)
        more = f" of {swept.points:,}" if missing else ""
        self.unfold.title = f"All points ({len(swept.table.measured):,}{more})"
        self.show_points()

    def show_points(self) -> None:
        """Show the table of all points, where it is in sight."""
        swept = swept_in(self.context.state)
        if swept is not None and self.unfold.unfolded:
            self.all.show(points_table(swept, self.order.value))

    def _tell_loaded(self, changes: dict[str, Any], words: str) -> None:
        self._changes = changes
        self.loaded.value = (
            f'<p class="swb-best" role="status">Loaded: <b>{escape(words)}</b>. '
            "Undo takes it back.</p>"
        )

    def show_loaded(self) -> None:
        """Say no more what was loaded once other settings hold."""
        state = self.context.state
        if any(getattr(state, name) != value for name, value in self._changes.items()):
            self._changes, self.loaded.value = {}, ""


def forecast_told(found: Forecast) -> str:
    """Say what a sweep would take."""
    if found.problem or not found.points:
        return found.problem
    told = counted(found.points, "point")
    if found.known:
        told += f", {found.known:,} of them measured"
    if found.refused:
        told += f", {found.refused:,} that cannot run"
    if not found.runs:
        return f"{told}: nothing is left to measure."
    left = " to go" if found.known else ""
    on = counted(found.samples, f"{found.part} sample")
    time = "" if found.seconds is None else f": {about_told(found.seconds)}"
    return f"{told}; {counted(found.runs, 'run')}{left} on {on}{time}."


def about_told(seconds: float) -> str:
    """Tell a time that is known about: one or two digits."""
    if seconds < 1:
        return "about a second"
    if seconds < 90:
        digits = 0 if seconds < 10 else -1 if seconds >= 30 else 0
        return f"about {counted(int(round(seconds, digits)), 'second')}"
    if seconds < 5400:
        return f"about {counted(math.ceil(seconds / 60), 'minute')}"
    return f"about {counted(math.ceil(seconds / 3600), 'hour')}"


def sweep_panel(context: Context) -> widgets.VBox:
    """The Sweep page."""
    return SweepPanel(context).box


SWEEP = TabPage("Sweep", sweep_panel)
