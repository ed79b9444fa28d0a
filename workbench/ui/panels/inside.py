"""Inside one layer: its plots, the picked units, and a table to pick units from."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.plot.palette import LAYERS
from workbench.ui.binding import Context
from workbench.ui.panels.figures import FiguresPanel
from workbench.ui.plots.inside_marks import picked_colours
from workbench.ui.session.inside import Unit
from workbench.ui.units_table import units_table
from workbench.ui.widgets import ExplainedTable, replace_children

NONE = "choose a layer …"
HINT = "Click a spike above, or choose a layer here, to see its neurons' membrane potentials."


class InsidePanel:
    """A layer to choose and what can be seen in it.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context):
        self.context = context
        title = widgets.HTML(
            '<span class="swb-heading" role="heading" aria-level="2">Inside</span>'
        )
        self.layer = widgets.Dropdown(
            options=[(NONE, "")], description="Layer", tooltip="The layer to look into."
        )
        self.layer.observe(self._on_layer, "value")
        self.picked = widgets.HBox([])
        self.picked.add_class("swb-picked")
        self.hint = widgets.HTML(HINT)
        self.hint.add_class("swb-note")
        head = widgets.HBox([title, self.layer, self.picked, self.hint])
        head.add_class("swb-inside-head")
        self.plots = FiguresPanel(context, "inside").box
        self.table = ExplainedTable(on_action=self._on_pick)
        self._buttons: dict[Unit, widgets.Button] = {}
        self.box = widgets.VBox([head, self.plots, self.table])
        self.box.add_class("swb-inside")
        context.watch(["sample_run"], self.show_layers, later=True)
        context.watch(["focus", "picked"], self.show_picked)
        context.watch(["inside", "picked"], self.show_units)
        self.show_picked()
        self.show_units()

    def show_layers(self) -> None:
        """Offer the layers of the network that is shown."""
        run = self.context.state.sample_run
        layers = [] if run is None else list(run.layers)
        options = [(NONE, ""), *((name, name) for name in layers)]
        if list(self.layer.options) != options:
            self.layer.options = options
            self.show_picked()

    def show_picked(self) -> None:
        """Show the focused layer, and a button for each picked unit that lets it go."""
        state = self.context.state
        known = {value for _, value in self.layer.options}
        if state.focus in known and self.layer.value != state.focus:
            self.layer.value = state.focus
        self.hint.layout.display = "none" if state.focus else ""
        picked = state.picked  # read once: another thread may pick meanwhile
        if tuple(self._buttons) == tuple(picked):
            return
        self._buttons = {
            unit: self._button(unit, LAYERS[place % len(LAYERS)])
            for place, unit in enumerate(picked)
        }
        replace_children(self.picked, self._buttons.values())

    def _button(self, picked: Unit, colour: str) -> widgets.Button:
        layer, unit = picked
        button = widgets.Button(
            description=f"{layer} {unit:,} ✕", tooltip=f"Let unit {unit:,} of {layer} go"
        )
        button.layout.border_left = f"5px solid {colour}"
        button.add_class("swb-small")
        button.on_click(lambda _button: self.context.actions.inspector.pick(layer, unit))
        return button

    def show_units(self) -> None:
        """Show the units that differ most from the analog network, and the picked ones."""
        inside = self.context.state.inside
        shown = "" if inside is not None else "none"
        self.plots.layout.display = self.table.layout.display = shown
        if inside is not None:
            self.table.show(units_table(inside, picked_colours(self.context.state, inside.layer)))

    def _on_layer(self, change: dict[str, str]) -> None:
        if not self.context.ui.is_current:
            self.context.actions.inspector.focus(change["new"] or "")

    def _on_pick(self, key: str) -> None:
        inside = self.context.state.inside
        if inside is not None:
            self.context.actions.inspector.pick(inside.layer, int(key))


def inside_panel(context: Context) -> widgets.VBox:
    """The part of the page that looks into a layer."""
    return InsidePanel(context).box
