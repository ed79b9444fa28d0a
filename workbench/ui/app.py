"""The interactive workbench, as one widget for JupyterLab and Voila."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ipywidgets as widgets

from workbench.errors import WorkbenchError
from workbench.ui.binding import Context
from workbench.ui.live_page import LivePage
from workbench.ui.panels.data import DATA
from workbench.ui.panels.diagnose import DIAGNOSE
from workbench.ui.panels.explore import EXPLORE
from workbench.ui.panels.export import EXPORT, export_panel
from workbench.ui.panels.header import header_panel
from workbench.ui.panels.later import made
from workbench.ui.panels.layout import helps
from workbench.ui.panels.script import PYTHON
from workbench.ui.panels.sweep import SWEEP
from workbench.ui.panels.tab_page import TabPage, tabs
from workbench.ui.panels.tables import NETWORK
from workbench.ui.session.messages import CLOSED
from workbench.ui.widgets import Page

PAGES: tuple[TabPage, ...] = (
    EXPLORE,
    DIAGNOSE,
    SWEEP,
    DATA,
    EXPORT,
    NETWORK,
    PYTHON,
)
"""The tabs in their order. A page is declared in a file of its own and added here."""


class Workbench(LivePage):
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

    _form: widgets.VBox | None = None

    def parts(self, context: Context) -> Sequence[widgets.Widget]:
        """Return the head, and the tabs below it."""
        return [header_panel(context), tabs(context, PAGES)]

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
            form = made(self._context, export_panel)
            page = Page(helps=helps(form))
            self._form = widgets.VBox([page, form])
            page.on_shown(partial(self._send_again, self._form))
            self._form.add_class("swb-app")
            self._form.add_class("swb-export-cell")
            self._beside.append(self._form)
        return self._form
