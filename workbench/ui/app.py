"""The interactive workbench, as one widget for JupyterLab and Voila."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import ipywidgets as widgets

from workbench import datasets
from workbench.errors import WorkbenchError
from workbench.methods.presets import preset_fields
from workbench.ui.binding import Context
from workbench.ui.cells import replace_former
from workbench.ui.panels.data import DATA
from workbench.ui.panels.diagnose import DIAGNOSE
from workbench.ui.panels.explore import EXPLORE
from workbench.ui.panels.export import EXPORT, export_panel
from workbench.ui.panels.header import header_panel
from workbench.ui.panels.layout import helps
from workbench.ui.panels.row_extras import tend_rows
from workbench.ui.panels.script import PYTHON
from workbench.ui.panels.tab_page import TabPage, tabs
from workbench.ui.panels.tables import NETWORK
from workbench.ui.session.actions import Actions
from workbench.ui.session.code import code_of
from workbench.ui.session.messages import CLOSED
from workbench.ui.session.scratch import Scratch
from workbench.ui.session.sources import lent
from workbench.ui.session.state import ASKED, State
from workbench.ui.session.surprises import keep_tracebacks_private
from workbench.ui.session.ui_thread import UIThread
from workbench.ui.widgets import Page, close_tree, send_values
from workbench.util.capabilities import Capabilities, of_this_process

PAGES: tuple[TabPage, ...] = (
    EXPLORE,
    DIAGNOSE,
    DATA,
    EXPORT,
    NETWORK,
    PYTHON,
)
"""The tabs in their order. A page is declared in a file of its own and added here."""


class Workbench(widgets.VBox):
    """Open a network and watch what happens inside while tuning.

    Parameters
    ----------
    network : str, path, Network or keras.Model
        A bundled name ("lenet", "mlp", "fashion", ...), a file, or a model.
    data : None, str, path, Dataset, array or source of batches
        Samples; None takes the bundled ones that the network was trained on, or that fit it.
        Arrays, loaders and generators become a data set, as of `wb.datasets.from_arrays`.
    preset : str, optional
        Name of settings that belong together, as of `wb.preset`; what else is given counts more.
    run : bool
        Whether to start at once.
    capabilities : Capabilities, optional
        What people may do with this machine. By default everything in JupyterLab and in scripts;
        in a page that Voila serves, only to upload, try and download.
    **settings
        First values of any setting, such as ``percentile=99`` or ``steps=50``, and
        ``presentation=True`` for large type, the answer and three controls alone.

    Raises
    ------
    SettingsError
        If a setting or preset does not exist or a value is not accepted.
    DataError
        If `data` is an array or a source of batches that holds no samples.

    Examples
    --------
    >>> bench = Workbench("lenet")  # doctest: +SKIP
    >>> bench.state.percentile = 99  # moves the slider and runs  # doctest: +SKIP
    >>> print(bench.code())  # doctest: +SKIP
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
        context.watch([*ASKED, "status", "loaded", "sample_run"], self._dim)
        header, pages = header_panel(context), tabs(context, PAGES)
        page = Page(helps=helps(header, pages))
        page.on_shown(partial(self._send_again, self))
        tend_rows(context, page)
        context.bind(page, "presentation", trait="presentation")
        page.observe(self._on_window, "window_height")
        super().__init__([page, header, pages])
        self.add_class("swb-app")
        self._context: Context | None = context
        self._form: widgets.VBox | None = None
        if run:
            self.actions.run()

    def __repr__(self) -> str:
        state = getattr(self, "state", None)
        return "Workbench()" if state is None else f"Workbench({state.network!r})"

    def code(self) -> str:
        """Return the lines of Python that reproduce what the workbench shows."""
        return code_of(self.state)

    def export_form(self) -> widgets.VBox:
        """Return the form of the Export page once more, for a cell of its own.

        It is the same form each time, and closes with the workbench. It writes the network as the
        workbench has converted it at that moment, and shows links to the files, the comparison with
        the simulator, and the line of Python that does the same.

        Raises
        ------
        WorkbenchError
            If the workbench is closed.
        """
        if self._context is None:
            raise WorkbenchError(CLOSED)
        if self._form is None:
            form = export_panel(self._context)
            page = Page(helps=helps(form))
            self._form = widgets.VBox([page, form])
            page.on_shown(partial(self._send_again, self._form))
            self._form.add_class("swb-app")
            self._form.add_class("swb-export-cell")
        return self._form

    def wait(self, timeout: float | None = 60.0) -> bool:
        """Block until all requested work is done and shown; for scripts.

        Returns
        -------
        bool
            False when `timeout` (seconds) ran out.
        """
        return self.actions.wait(timeout)

    def close(self) -> None:
        """Stop all work, remove the workbench from the page and free its memory."""
        # Python closes one, too, whose settings were refused: it has no parts yet.
        if hasattr(self, "actions"):
            self.actions.close()
        if hasattr(self, "_ui"):
            self._ui.shutdown(1)
        if getattr(self, "_context", None) is not None:
            form, self._form, self._context = self._form, None, None
            close_tree(*self.children, self.layout, *([form] if form else []))
            # A notebook remembers what its cells returned: the workbench itself may stay.
            self.set_trait("children", ())
            self.state.let_go()
        super().close()

    def _send_again(self, shown: widgets.Widget) -> None:
        """Send what a page shows: what changed while the page was made has not reached it."""

        def send() -> None:
            if self._context is not None:
                send_values(shown)

        self._ui.post(send, key=("shown", shown.model_id))

    def _on_window(self, change: dict[str, Any]) -> None:
        self._ui.post(self.state.set_trait, "window_height", change["new"], key="window_height")

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
