"""Threshold and percentile of single layers, in place of the common ones."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets as widgets

from workbench.conversion.normalize import own_values
from workbench.network.population import Population
from workbench.ui.binding import Context, Link
from workbench.ui.palette import layer_colours
from workbench.ui.panels.layout import escape
from workbench.ui.session.sample_run import origins
from workbench.ui.widgets import replace_children

_STEPS = {"threshold": 0.05, "percentile": 0.1}


class PerLayerPanel:
    """A folded-in table of numbers, a row a layer with neurons."""

    def __init__(self, context: Context):
        self.context = context
        self._layers: tuple[str, ...] = ()
        self._origins: dict[str, str] = {}
        self._links: list[Link] = []
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
        self._origins = {} if spiking is None else origins(spiking)
        colours = layer_colours(layers, origins=self._origins)
        self._links = []
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
        replace_children(self._rows, rows)

    def _number(self, layer: str, setting: str) -> widgets.FloatText:
        """A field that shows what holds for a layer, and sets the layer's own value."""
        number = widgets.FloatText(step=_STEPS[setting], tooltip=setting)
        number.add_class("swb-number-input")

        def put(value: float) -> None:
            state = self.context.state
            own = dict(getattr(state, f"{setting}s"))
            own.pop(layer, None)
            if value != self._holds(layer, setting, own):
                own[layer] = value
            self.context.actions.change(**{f"{setting}s": own})

        def get() -> float:
            return self._holds(layer, setting, getattr(self.context.state, f"{setting}s"))

        self._links.append(Link(self.context, number, get=get, put=put))
        return number

    def _holds(self, layer: str, setting: str, own: Mapping[str, float]) -> float:
        """What holds for a layer: its own value, that of its source layer, or the common one."""
        state = self.context.state
        common = getattr(state, setting)
        source = self._origins.get(layer, layer)
        last = self._layers[-1]
        if setting == "percentile" and (
            source == self._origins.get(last, last) or state.normalization == "max"
        ):
            common = 100.0  # the output is not clipped unless somebody asks for it
        found = own_values(own, {layer: (layer, source)}).get(layer, common)
        return float(found)

    def refresh_values(self) -> None:
        """Show what holds for each layer."""
        for link in self._links:
            link.refresh()


def _is_set(population: Population) -> bool:
    """Whether threshold and percentile of a population are there to be set."""
    return population.kind == "if" and population.reset != "none"
