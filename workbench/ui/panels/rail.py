"""The rail at the left: what is open, a preset, three settings, and all others behind "More"."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.conversion import conversion_rows
from workbench.ui.panels.estimate import estimate_line
from workbench.ui.panels.input_by_hand import input_by_hand
from workbench.ui.panels.later import folded_later
from workbench.ui.panels.layout import grouped
from workbench.ui.panels.per_layer import PerLayerPanel
from workbench.ui.panels.preset import preset_panel
from workbench.ui.panels.settings_file import settings_file_panel
from workbench.ui.panels.simulation import simulation_rows
from workbench.ui.panels.source import source_panel
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.widgets import Disclosure

FIRST = ("percentile", "threshold", "steps")
"""Settings that are always in sight."""

GROUPS = ("Normalization", "Neurons", "Input", "Read-out", "Calibration")
"""Groups behind "More" in their order; others follow."""


def rail_panel(context: Context) -> widgets.VBox:
    """All controls. Where a page is narrow they are folded in below the plots."""
    rows = _rows(context, FIRST.__contains__)
    first = widgets.VBox([*(rows[name] for name in FIRST), estimate_line(context)])
    first.add_class("swb-first")
    more = folded_later(context, "More", other_settings)
    more.add_class("swb-more")
    inside = widgets.VBox(
        [source_panel(context), preset_panel(context), first, input_by_hand(context), more]
    )
    inside.add_class("swb-rail-inside")
    box = widgets.VBox([Disclosure("Controls"), inside])
    box.add_class("swb-controls")
    return box


def other_settings(context: Context) -> widgets.VBox:
    """All settings that are not always in sight, in their groups."""
    rows = _rows(context, lambda name: name not in FIRST)
    groups = grouped(dict(sorted(rows.items(), key=_place)))
    return widgets.VBox([*groups, PerLayerPanel(context).box, settings_file_panel(context)])


def _rows(context: Context, chosen: Callable[[str], bool]) -> dict[str, widgets.HBox]:
    return {**conversion_rows(context, chosen), **simulation_rows(context, chosen)}


def _place(named: tuple[str, widgets.Widget]) -> int:
    group = SETTINGS[named[0]].group
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)
