"""Threshold and percentile of single layers, in place of the common ones."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from workbench.network.population import Population
from workbench.ui.binding import Context
from workbench.ui.palette import layer_colours
from workbench.ui.panels.rows import escape
from workbench.ui.sample_run import origins

_LIMITS = {"threshold": (0.01, 100.0, 0.05), "percentile": (50.0, 100.0, 0.1)}


class PerLayerPanel:
    """A folded-in table of numbers, a row a layer with neurons."""

    def __init__(self, context: Context):
        self.context = context
        self._layers: tuple[str, ...] = ()
        self._inputs: dict[tuple[str, str], widgets.BoundedFloatText] = {}
        self._rows = widgets.VBox([])
        self._same = widgets.Button(
            description="Same for all", tooltip="Use the common threshold and percentile again"
        )
        self._same.add_class("swb-small")
        self._same.on_click(lambda _button: context.actions.change(thresholds={}, percentiles={}))
        self.box = widgets.Accordion(
            [widgets.VBox([self._rows, self._same])], titles=("Per layer",), selected_index=None
        )
        self.box.add_class("swb-per-layer")
        context.watch(["converted"], self.refresh_layers)
        context.watch(["conversion"], self.refresh_values)

    def refresh_layers(self) -> None:
        """Make a row for each layer when the network is another one."""
        spiking = self.context.state.spiking
        layers = () if spiking is None else spiking.layers
        if layers == self._layers:
            return
        self._layers = layers
        colours = {} if spiking is None else layer_colours(layers, origins=origins(spiking))
        self._inputs = {}
        head = widgets.HTML(
            '<div class="swb-layer-head"><span></span><span>threshold</span>'
            "<span>percentile</span></div>"
        )
        rows: list[widgets.Widget] = [head]
        for name in layers:
            if spiking is None or not _is_set(spiking.population(name)):
                continue
            label = widgets.HTML(
                f'<span class="swb-dot" style="background:{colours[name]}"></span>'
                f'<span class="widget-label">{escape(name)}</span>'
            )
            label.add_class("swb-layer-name")
            box = widgets.HBox(
                [label, self._number(name, "threshold"), self._number(name, "percentile")]
            )
            box.add_class("swb-row")
            rows.append(box)
        self._rows.children = rows
        self.refresh_values()

    def _number(self, layer: str, setting: str) -> widgets.BoundedFloatText:
        low, high, step = _LIMITS[setting]
        number = widgets.BoundedFloatText(value=high, min=low, max=high, step=step, tooltip=setting)
        number.add_class("swb-number-input")
        self._inputs[layer, setting] = number

        def on_value(change: dict[str, Any]) -> None:
            if self.context.ui.is_current:
                return
            state = self.context.state
            own = dict(getattr(state, f"{setting}s"))
            own.pop(layer, None)
            if change["new"] != getattr(state, setting):
                own[layer] = change["new"]
            self.context.actions.change(**{f"{setting}s": own})

        number.observe(on_value, "value")
        return number

    def refresh_values(self) -> None:
        """Show what holds for each layer, its own value or the common one."""
        state = self.context.state
        last = self._layers[-1] if self._layers else ""
        for (layer, setting), number in self._inputs.items():
            common = getattr(state, setting)
            if setting == "percentile" and (layer == last or state.normalization == "max"):
                common = 100.0  # the output is not clipped unless somebody asks for it
            value = getattr(state, f"{setting}s").get(layer, common)
            if number.value != value:
                number.value = value


def _is_set(population: Population) -> bool:
    """Whether threshold and percentile of a population are there to be set."""
    return population.kind == "if" and population.reset != "none"
