"""A widget over one session: its state, its threads, and what a page shows of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from workbench import datasets
from workbench.errors import WorkbenchError
from workbench.methods.presets import preset_fields
from workbench.ui.binding import Context
from workbench.ui.cells import replace_former
from workbench.ui.panels.layout import helps
from workbench.ui.panels.row_extras import tend_rows
from workbench.ui.session.actions import Actions
from workbench.ui.session.all_settings import ASKED
from workbench.ui.session.code import code_of
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.sources import lent
from workbench.ui.session.state import State
from workbench.ui.session.surprises import keep_tracebacks_private
from workbench.ui.session.ui_thread import UIThread
from workbench.ui.stand_in import StandIn
from workbench.ui.widgets import Page, close_tree, send_values
from workbench.util.capabilities import Capabilities, of_this_process


class LivePage(widgets.VBox):
    """What the workbench and the demos have in common; `parts` is what a kind of page shows.

    Parameters
    ----------
    network, data, preset, run, capabilities, **settings
        As of `Workbench`.
    """

    def __init__(
        self,
        network: Any = "lenet",
        data: Any = None,
        *,
        preset: str | None = None,
        run: bool = True,
        capabilities: Capabilities | None = None,
        **settings: Any,
    ):
        replace_former(self)
        capabilities = of_this_process() if capabilities is None else capabilities
        if not capabilities.tracebacks:
            keep_tracebacks_private()
        if preset is not None:
            settings = {**preset_fields(preset), **settings}
        if data is not None and not isinstance(data, (str, os.PathLike, datasets.Dataset)):
            data = datasets.from_arrays(data)
        scratch = Scratch(capabilities)
        network, data = (
            lent(setting, asked, scratch, capabilities)
            for setting, asked in (("network", network), ("data", data))
        )
        self.state = State(network=network, data=data, capabilities=capabilities, **settings)
        self._ui = UIThread(on_error=self._on_error, name="workbench-ui")
        self.actions = Actions(self.state, self._ui, scratch)
        context = Context(self.state, self.actions, self._ui)
        # Before the panels: what is out of date is dim when they say so.
        context.watch([*ASKED, "status", "loaded", "sample_run"], self._dim, later=True)
        parts = self.parts(context)
        page = Page(helps=helps(*parts))
        page.on_shown(partial(self._send_again, self))
        tend_rows(context, page)
        context.bind(page, "presentation", trait="presentation")
        page.observe(self._on_window, ["plot_room", "wide"])
        super().__init__([page, *parts])
        self._stand_in = StandIn(
            self.model_id, self._what, ask=self._ask_for_picture, tell=page.send
        )
        page.on_picture(self._stand_in.take)
        context.watch(["sample_run", "status"], self._stand_in.stir)
        self._page = page
        self.add_class("swb-app")
        self._context: Context | None = context
        self._beside: list[widgets.Widget] = []  # shown elsewhere; they close with this
        if run:
            self.actions.run()

    def parts(self, context: Context) -> Sequence[widgets.Widget]:
        """Return what stands on the page, from top to bottom."""
        raise NotImplementedError(f"{type(self).__name__} has no parts")

    def __repr__(self) -> str:
        state, name = getattr(self, "state", None), type(self).__name__
        return f"{name}()" if state is None else f"{name}({state.network!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = self._stand_in.beside(super()._repr_mimebundle_(**kwargs))
        self._page.mark = self._stand_in.mark
        return bundle

    def code(self) -> str:
        """Return the lines of Python that reproduce what the page shows."""
        return code_of(self.state)

    def wait(self, timeout: float | None = 60.0) -> bool:
        """Block until all requested work is done and shown; for scripts.

        Returns
        -------
        bool
            False when `timeout` (seconds) ran out.
        """
        return self.actions.wait(timeout)

    def close(self) -> None:
        """Stop all work, remove the widget from the page and free its memory."""
        # Python closes one, too, whose settings were refused: it has no parts yet.
        if hasattr(self, "actions"):
            self.actions.close()
        if hasattr(self, "_ui"):
            self._ui.shutdown(1)
        if getattr(self, "_context", None) is not None:
            self._stand_in.close()
            beside, self._beside, self._context = self._beside, [], None
            close_tree(*self.children, self.layout, *beside)
            # A notebook remembers what its cells returned: the widget itself may stay.
            self.set_trait("children", ())
            self.state.let_go()
        super().close()

    def _send_again(self, shown: widgets.Widget) -> None:
        """Send what a page shows: what changed while the page was made has not reached it."""

        def send() -> None:
            if self._context is not None:
                send_values(shown, *(self._beside if shown is self else ()))

        self._ui.post(send, key=("shown", shown.model_id))

    def _what(self) -> str:
        state = self.state
        return (
            f"the workbench with {state.network if isinstance(state.network, str) else 'a network'}"
        )

    def _ask_for_picture(self) -> None:
        def ask() -> None:
            if self._context is None:
                return
            if self.state.status.kind == "busy":
                self._stand_in.stir()
            else:
                self._page.ask_for_picture()

        self._ui.post(ask, key="picture")

    def _on_window(self, change: dict[str, Any]) -> None:
        name = change["name"]
        self._ui.post(self.state.set_trait, name, change["new"], key=name)

    def _dim(self) -> None:
        """Dim what is out of date; after a delay, if the new result is being computed."""
        state = self.state
        old, busy = bool(state.leftover or state.outdated), state.status.kind == "busy"
        wanted = () if not old else ("swb-computing",) if busy else ("swb-dimmed",)
        others = set(self._dom_classes) - {"swb-dimmed", "swb-computing"}
        self.set_trait("_dom_classes", (*sorted(others), *wanted))  # in one message

    def _on_error(self, error: Exception) -> None:
        # On the UI thread. Showing a failure must not fail the same way again and again.
        if isinstance(error, WorkbenchError):
            return
        status = self.actions.surprise(error)
        if self.state.status != status:
            self.state.set_trait("status", status)
