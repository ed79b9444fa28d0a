"""The network strip: its cards, what it plays, and what moving a clip line does."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.plot.palette import TRUE_CLASS, layer_colours
from workbench.plot.style import short_names
from workbench.ui.binding import Context
from workbench.ui.explained_cells import layer_facts
from workbench.ui.network_strip import NetworkStrip
from workbench.ui.network_strip.graph_layout import graph_layout
from workbench.ui.network_strip.strip import Shown
from workbench.ui.sample_picture import pictures
from workbench.ui.session.activations import bars, percentile_at
from workbench.ui.session.all_settings import ASKED, SETTINGS
from workbench.ui.session.clipping import clip_of, clips, settings_at, settings_beside
from workbench.ui.session.layer_values import PER_LAYER
from workbench.ui.session.own_input import shown_input
from workbench.ui.session.results import SampleRun

LONGEST_NAME = 18
"""Letters of a layer's name that a card has room for."""

BEFORE = "The network and its firing appear here once it has run. Press Run."


class NetworkStripPanel:
    """Keeps a strip up to date with the state.

    Parameters
    ----------
    context : Context
    **traits
        How the strip plays, as of `NetworkStrip`.
    """

    def __init__(self, context: Context, **traits: Any):
        self.context = context
        self.strip = NetworkStrip(on_clip=self._on_clip, on_focus=self._on_focus, **traits)
        self._drawn: tuple[object, ...] = ()
        self.box = widgets.VBox([self.strip])
        self.box.add_class("swb-strip-box")
        context.watch(["sample_run", "converted"], self.show_run, later=True)
        context.watch(["converted", "conversion"], self.show_clips, later=True)
        context.watch(["loaded", "sample_run"], self.show_picture, later=True)
        context.watch(["focus"], self.show_focus)
        context.watch(["units"], self.show_units)
        context.watch([*ASKED, "status", "sample_run"], self.show_remark, later=True)
        context.watch(
            ["diagnosis", "network", "data", "conversion", "simulation"],
            self.show_losses,
            later=True,
        )
        for show in (self.show_run, self.show_units, self.show_remark):
            show()

    @property
    def _network(self) -> SpikingNetwork | None:
        """The network whose spikes are shown, or else the one that is ready to run."""
        run = self.context.state.sample_run
        if run is not None and run.playback is not None:
            return run.playback.network
        return self.context.state.spiking

    def show_run(self) -> None:
        """Show the cards of the network and play its run."""
        run, network = self.context.state.sample_run, self._network
        if network is None:
            return
        self._show_graph(network, run)
        if run is None or run.playback is None:
            self.strip.play(None)
            return
        runners = run.playback.race.runners(_output_of(run, run.true_class))
        about = {
            "classes": [_class_name(run, output) for output in runners],
            "true": _output_of(run, run.true_class),
            "regression": run.targets is not None,
            "targets": [] if run.targets is None else [float(run.targets[i]) for i in runners],
            "sample": run.sample,
        }
        self.strip.play(Shown(run.playback, about, runners))

    def _show_graph(self, network: SpikingNetwork, run: SampleRun | None) -> None:
        has_input = run is not None and run.has_input
        connections = [(p.source, p.target) for p in network.projections]
        shapes = [(p.name, p.kind, p.shape, p.signed) for p in network.populations]
        drawn = (network.source_hash, has_input, shapes, connections)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        analog = self.context.state.analog
        names = [population.name for population in network.populations]
        layout = graph_layout(names, connections)
        layers = names if has_input else names[1:]
        colours = layer_colours(layers, has_input=has_input, origins=network.origins)
        short = short_names(names, LONGEST_NAME)
        ways = {(p.source, p.target): [m.kind for m in p.maps] for p in network.projections}
        cards = [
            {
                "name": population.name,
                "label": short[population.name],
                "kind": _kind(network, population),
                "shape": list(population.shape),
                "size": population.size,
                "colour": colours.get(population.name, ""),
                "place": layout.places[population.name],
                "spikes": population.name in layers,
                "facts": layer_facts(analog, network, population),
            }
            for population in network.populations
        ]
        edges = [
            {
                "source": edge.source,
                "target": edge.target,
                "lane": edge.lane,
                "way": ", ".join(ways[edge.source, edge.target]),
            }
            for edge in layout.edges
        ]
        self.strip.graph = {
            "cards": cards, "edges": edges, "lanes": layout.lanes, "true_colour": TRUE_CLASS,
        }  # fmt: skip
        if self.context.state.focus not in names:
            self.context.state.set_trait("focus", "")

    def show_clips(self) -> None:
        """Show the activations of each layer, and where it clips."""
        converted, state = self.context.state.converted, self.context.state
        if converted is None:
            return
        shown = {}
        for population in converted.spiking.populations:
            clip = clip_of(state, population.name) if clips(population) else None
            histogram = converted.activations.layers.get(population.name)
            if clip is None or histogram is None:
                continue
            heights, top = bars(histogram)
            accepted = PER_LAYER[clip.setting]
            assert accepted.common is not None
            label = SETTINGS[accepted.common].label
            above = 100 - percentile_at(histogram, clip.at)
            shown[population.name] = {
                "bars": [round(float(height), 3) for height in heights],
                "top": top,
                "at": clip.at,
                "setting": label.lower(),
                "value": clip.value,
                "low": accepted.each.low,
                "high": accepted.each.high,
                "help": (
                    f"{population.name}: a spike at every step stands for the activation "
                    f"{clip.at:.3g}, so {above:.2g} % of the activations above zero are clipped. "
                    f"The largest on the calibration samples is {top:.3g}. {label} {clip.value:g}: "
                    "drag the line or use the arrow keys."
                ),
            }
        if shown != self.strip.clips:
            self.strip.clips = shown

    def show_picture(self) -> None:
        """Show the sample whose spikes are played."""
        state = self.context.state
        run, loaded = state.sample_run, state.loaded
        if run is None or loaded is None or run.sample >= len(loaded.dataset.x_test):
            return
        x = shown_input(loaded, run.sample, run.asked.own_input)
        shown = pictures(x, loaded.network.input_parts)
        if [list(each) for each in shown] != self.strip.picture:
            self.strip.picture = [list(each) for each in shown]

    def show_focus(self) -> None:
        """Show which layer is looked at."""
        self.strip.focus = self.context.state.focus

    def show_units(self) -> None:
        """Show times and rates in the units that are chosen."""
        self.strip.units = self.context.state.units

    def show_remark(self) -> None:
        """Say what to do before the first run, and what is out of date."""
        state = self.context.state
        if state.sample_run is None:
            self.strip.remark = "" if state.status.kind == "busy" else BEFORE
        elif (state.leftover or state.outdated) and state.status.kind != "busy":
            self.strip.remark = "Out of date: this run had other settings."
        else:
            self.strip.remark = ""

    def show_losses(self) -> None:
        """Colour the layers at which a diagnosis of the present settings found losses."""
        state, found = self.context.state, self.context.state.diagnosis
        if found is None or state.is_of_other_settings(found):
            self.strip.losses = {}
            return
        table = found.diagnosis.table
        is_error = table.attrs["unit"] == "mse"
        sign = 1 if is_error else -1
        lost = {
            str(record["layer"]): sign * float(record["points"])
            for record in table.to_dict("records")
        }
        most = max(lost.values(), default=0.0)
        what = "mean squared error" if is_error else "points of accuracy"
        self.strip.losses = {
            layer: {
                "share": amount / most,
                "text": f"{sign * amount:+.2g}".replace("-", "−"),
                "help": f"{layer}: the diagnosis found that {amount:.3g} {what} are lost here."
                if not is_error
                else f"{layer}: the diagnosis found that the {what} grows by {amount:.3g} here.",
            }
            for layer, amount in lost.items()
            if amount >= max(0.05 * most, 1e-9)
        }

    # On whatever thread a message of the page comes.

    def _on_focus(self, layer: str) -> None:
        state, network = self.context.state, self._network
        known = () if network is None else network.layers
        if layer == "" or layer in known:
            self.context.ui.post(state.set_trait, "focus", layer, key="focus")

    def _on_clip(self, layer: str, gesture: object, **moved: Any) -> None:
        state = self.context.state
        with state.lock:  # what holds for the layer is read, too
            if state.spiking is None or layer not in state.spiking.layers:
                return
            if not clips(state.spiking.population(layer)):
                return
            changes = (
                settings_at(state, layer, moved["at"])
                if "at" in moved
                else settings_beside(state, layer, moved["places"])
            )
            if changes:
                self.context.actions.change(gesture=gesture, **changes)


def _kind(network: SpikingNetwork, population: Population) -> str:
    if population is network.input:
        return "input"
    if population is network.output:
        return "output"
    return "pool" if population.kind == "max_pool" else "neurons"


def _output_of(run: SampleRun, choice: int) -> int:
    """Return the number of the output that stands for a class; a single one for the second."""
    outputs = run.playback.race.values.shape[1] if run.playback else 0
    return choice if outputs > 1 or run.targets is not None else choice - 1


def _class_name(run: SampleRun, output: int) -> str:
    """Return the name of the class that an output stands for."""
    if run.targets is not None:
        return f"output {output}"
    names = run.classes
    outputs = run.playback.race.values.shape[1] if run.playback else len(names)
    return str(names[output + len(names) - outputs])


def network_strip_panel(context: Context, **traits: Any) -> widgets.VBox:
    """The network with its firing, and the time bar; `traits` are of the `NetworkStrip`."""
    return NetworkStripPanel(context, **traits).box
