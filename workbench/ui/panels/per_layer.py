"""Settings of single layers, in place of the common ones."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.plot.palette import layer_colours
from workbench.setting import Setting
from workbench.setting_values import Integer
from workbench.ui.binding import Context, Link
from workbench.ui.panels.layout import as_integer, escape, folded
from workbench.ui.session.all_settings import SETTINGS, trait_of
from workbench.ui.session.layer_values import PER_LAYER, value_of, with_value
from workbench.ui.widgets import replace_children


class PerLayerPanel:
    """A folded-in table of numbers, one row per layer with neurons."""

    def __init__(self, context: Context):
        self.context = context
        self._layers: tuple[str, ...] = ()
        self._links: list[Link] = []
        self._rows = widgets.VBox([])
        self._same = widgets.Button(
            description="Same for all", tooltip="Remove all values of single layers"
        )
        self._same.add_class("swb-small")
        self._same.on_click(
            lambda _button: context.actions.change(**{name: {} for name in PER_LAYER})
        )
        self.box = folded("Per layer", self._rows, self._same)
        self.box.add_class("swb-per-layer")
        context.watch(["converted"], self.refresh_layers)
        context.watch({*map(trait_of, PER_LAYER)}, self.refresh_values, later=True)

    def refresh_layers(self) -> None:
        """Make a row for each layer when the network is another one."""
        spiking = self.context.state.spiking
        layers = () if spiking is None else spiking.layers
        if layers == self._layers:
            return
        self._layers = layers
        origins = {} if spiking is None else spiking.origins
        colours = layer_colours(layers, origins=origins)
        self._links = []
        heads = "".join(
            f'<span title="{escape(SETTINGS[name].help)}">{_noun(name)}</span>'
            for name in PER_LAYER
        )
        head = widgets.HTML(f'<div class="swb-layer-head"><span></span>{heads}</div>')
        rows: list[widgets.Widget] = [head]
        for name in layers:
            population = None if spiking is None else spiking.population(name)
            if population is None or population.kind != "if" or population.is_step:
                continue  # no neurons whose settings count
            label = widgets.HTML(
                f'<span class="swb-dot" style="background:{colours[name]}"></span>'
                f'<span class="widget-label" title="{escape(name)}">{escape(name)}</span>'
            )
            label.add_class("swb-layer-name")
            box = widgets.HBox([label, *(self._number(name, setting) for setting in PER_LAYER)])
            box.add_class("swb-row")
            rows.append(box)
        replace_children(self._rows, rows)

    def _number(self, layer: str, setting: str) -> widgets.FloatText:
        """A field that shows what holds for a layer, and sets the layer's own value."""
        each, integer = SETTINGS[setting], isinstance(PER_LAYER[setting].each, Integer)
        number = widgets.FloatText(
            step=each.step or (1 if integer else 0.1),
            description=_noun(setting),
            tooltip=f"{layer}: {each.help}",
        )
        number.add_class("swb-number-input")

        def put(value: float) -> None:
            own = with_value(self.context.state, layer, setting, value)
            self.context.actions.change(**{setting: own})

        def get() -> float:
            return value_of(self.context.state, layer, setting)

        read = as_integer if integer else float
        self._links.append(Link(self.context, number, get=get, put=put, read=read))
        return number

    def refresh_values(self) -> None:
        """Show what holds for each layer."""
        for link in self._links:
            link.refresh()


def _noun(setting: str) -> str:
    """What a column holds: the name of the common setting, or its own."""
    each: Setting = SETTINGS[PER_LAYER[setting].common or setting]
    return escape(each.label.lower())
