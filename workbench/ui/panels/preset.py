"""Settings that belong together, chosen at once."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.methods.presets import PRESETS, preset, preset_of
from workbench.ui.binding import Context, Link
from workbench.ui.panels.layout import row

OWN = ""
"""Value of the menu where settings are those of no preset."""


def preset_panel(context: Context) -> widgets.VBox:
    """A menu that sets the fields of a preset, and shows which one the settings are."""
    state = context.state
    told = " ".join(f"{each.label}: {each.help}" for each in PRESETS.values())
    menu = widgets.Dropdown(
        options=[("own settings", OWN), *((each.label, name) for name, each in PRESETS.items())],
        description="Preset",
        tooltip=f"Settings that belong together. {told}",
    )

    def get() -> str:
        return preset_of(state.conversion, state.simulation) or OWN

    def put(name: str) -> None:
        if name == OWN:
            return  # These are set one by one.
        conversion, simulation = preset(name)
        fields = {"steps", "readout", "readout_after", *PRESETS[name].simulation}
        of_run = {field: getattr(simulation, field) for field in fields}
        context.actions.change(**vars(conversion), **of_run)

    link = Link(context, menu, get=get, put=put)
    context.watch(["conversion", "simulation"], link.refresh)
    box = widgets.VBox([row(menu, css="swb-preset")])
    box.add_class("swb-presets")
    return box
