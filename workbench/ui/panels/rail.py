"""The rail at the left: what is open, a preset, three settings, and all others behind "More"."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.conversion import conversion_rows
from workbench.ui.panels.estimate import estimate_line
from workbench.ui.panels.input_by_hand import input_by_hand
from workbench.ui.panels.layout import folded, grouped
from workbench.ui.panels.per_layer import PerLayerPanel
from workbench.ui.panels.preset import preset_panel
from workbench.ui.panels.settings_file import settings_file_panel
from workbench.ui.panels.simulation import simulation_rows
from workbench.ui.panels.source import source_panel
from workbench.ui.session.state import SETTINGS
from workbench.ui.widgets import Disclosure

FIRST = ("percentile", "threshold", "steps")
"""Settings that are always in sight."""

GROUPS = ("Normalization", "Neurons", "Input", "Read-out", "Calibration")
"""Groups behind "More" in their order; others follow."""


def rail_panel(context: Context) -> widgets.VBox:
    """All controls. Where a page is narrow they are folded in below the plots."""
    rows = {**conversion_rows(context), **simulation_rows(context)}
    first = widgets.VBox([*(rows.pop(name) for name in FIRST), estimate_line(context)])
    first.add_class("swb-first")
    more = folded(
        "More",
        *grouped(dict(sorted(rows.items(), key=_place))),
        PerLayerPanel(context).box,
        settings_file_panel(context),
    )
    more.add_class("swb-more")
    inside = widgets.VBox(
        [source_panel(context), preset_panel(context), first, input_by_hand(context), more]
    )
    inside.add_class("swb-rail-inside")
    box = widgets.VBox([Disclosure("Controls"), inside])
    box.add_class("swb-controls")
    return box


def _place(named: tuple[str, widgets.Widget]) -> int:
    group = SETTINGS[named[0]].group
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)
