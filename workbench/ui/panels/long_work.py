"""Long work on a page: its buttons, how far it is, and whether its result is out of date."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.panels.status import progress_bar
from workbench.ui.session.background import FORBIDDEN
from workbench.ui.session.results import Status


class WorkPanel:
    """Buttons that start and stop long work, how far it is, and whether its result is old.

    Parameters
    ----------
    context : Context
    trait : str
        That holds the result.
    about : str
        What it does and costs; shown until there is a result.
    start : Button
    stop : Button
    what : str
        The result, in the sentence that says it is out of date.
    result : callable, optional
        Returns the result that is shown, or None; what the trait holds, if not given.
    is_old : callable, optional
        Whether the result is out of date; once any setting differs, if not given.
    ready : callable, optional
        Whether the work can be started as things are.
    bounded : bool
        Whether the work bounds itself where people may start no long work.
    """

    def __init__(
        self,
        context: Context,
        trait: str,
        about: str,
        start: widgets.Button,
        stop: widgets.Button,
        what: str,
        *,
        result: Callable[[], object] | None = None,
        is_old: Callable[[], bool] | None = None,
        ready: Callable[[], bool] = lambda: True,
        bounded: bool = False,
    ):
        self.context, self.trait, self.what = context, trait, what
        self._result = result or (lambda: getattr(context.state, trait))
        self._is_old, self._ready = is_old, ready
        self.start, self.stop = start, stop
        self.about = widgets.HTML(f'<p class="swb-note">{escape(about)}</p>')
        self.status, self.age = widgets.HTML(), widgets.HTML()
        self.status.add_class("swb-work-status")
        self.age.add_class("swb-leftover")
        stop.disabled = True
        self._allowed = context.state.capabilities.long_work or bounded
        start.disabled = not self._allowed
        if not self._allowed:
            self.about.value = f'<p class="swb-note">{escape(about)} {escape(FORBIDDEN)}</p>'
        context.watch([f"{trait}_status"], self.show_status)
        context.watch(
            [trait, "loaded", "network", "data", "conversion", "simulation"],
            self.show_age,
            later=True,
        )

    @property
    def widgets(self) -> list[widgets.Widget]:
        """What stands below the form."""
        return [self.about, self.status, self.age]

    def show_status(self) -> None:
        """Show how far the work is; only one of the buttons can be pressed."""
        state = self.context.state
        status: Status = getattr(state, f"{self.trait}_status")
        busy = status.kind == "busy"
        self.start.disabled = busy or not self._allowed or not self._ready()
        self.stop.disabled = not busy
        self.status.value = _status_line(status)
        self.status.layout.display = "" if self.status.value else "none"

    def show_age(self) -> None:
        """Say that the result is of other settings, where it is."""
        state = self.context.state
        result = self._result()
        old = state.is_of_other_settings(result) if self._is_old is None else self._is_old()
        self.about.layout.display = "" if result is None else "none"
        self.age.layout.display = "" if old else "none"
        self.age.value = f"Out of date: {self.what} with other settings." if old else ""


def work_button(
    text: str, act: Callable[[], object], css: str, *, primary: bool = False
) -> widgets.Button:
    """A button that calls something when it is pressed."""
    button = widgets.Button(description=text)
    button.add_class("swb-work-button")
    button.add_class(css)
    if primary:
        button.add_class("swb-primary")
    button.on_click(lambda _button: act())
    return button


def _status_line(status: Status) -> str:
    """How the work goes on, with a bar where its share is known; nothing before it began."""
    if status == Status():
        return ""
    details = ""
    if status.details:
        details = (
            "<details><summary>Details for a report</summary>"
            f"<pre>{escape(status.details)}</pre></details>"
        )
    return (
        f'<div class="swb-work-line swb-{status.kind}" '
        f'role="{"alert" if status.kind == "error" else "status"}"><span class="swb-lamp"></span>'
        f'<span class="swb-status-text">{escape(status.text)}</span>'
        f"{progress_bar(status.progress)}</div>{details}"
    )
