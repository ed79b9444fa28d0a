"""Membrane potentials of the picked neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.plot.clock import Clock
from workbench.plot.membrane_traces import Trace, traces_figure
from workbench.plot.style import counted
from workbench.ui.plots.card import Card
from workbench.ui.plots.inside_marks import picked_colours
from workbench.ui.session.inside import place_words
from workbench.ui.session.state import State


class PotentialsCard(Card):
    """A line per picked neuron of the focused layer, with the threshold and spikes."""

    name = "potentials"
    title = "Membrane potentials"
    tables = ("potentials",)
    reads = ("inside", "units")
    page = "inside"
    place = 10

    def draw(self, state: State) -> Any:
        inside = state.inside
        self.title = "Membrane potentials: click a neuron in a map, the raster or the table"
        if inside is None or not inside.traces:
            return None
        self.title = f"Membrane potentials in {inside.layer}"
        clock = Clock.of(inside.run.recording)
        marks = picked_colours(state)
        colours = [marks.get(trace.neuron, "") or "#8c8c8c" for trace in inside.traces]
        return traces_figure(inside.traces, inside.threshold, clock, state.units, colours)

    def summary(self, state: State) -> str:
        inside = state.inside
        if inside is None or not inside.traces:
            return ""
        shape = inside.population.shape
        clock = Clock.of(inside.run.recording)
        told = ((trace, place_words(trace.neuron, shape)) for trace in inside.traces)
        return " ".join(_told(trace, place, clock) for trace, place in told)

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        inside = state.inside
        if inside is None or not inside.traces:
            return None
        clock = Clock.of(inside.run.recording)
        tables = []
        for trace in inside.traces:
            steps = np.arange(1, len(trace.potential) + 1)
            sent = np.zeros(len(steps), np.int64)
            sent[trace.spikes] = np.sign(trace.signs)
            times = clock.columns(steps)
            table = pd.DataFrame({"layer": inside.layer, "unit": trace.neuron, **times})
            table["potential_thresholds"] = trace.potential
            tables.append(table.assign(spike=sent))
        return pd.concat(tables, ignore_index=True)


def _told(trace: Trace, place: str, clock: Clock) -> str:
    spikes = trace.spikes if trace.spikes is not None else np.zeros(0, np.int64)
    first = f", the first at {clock.at(int(spikes[0]) + 1)}" if len(spikes) else ""
    where = f" ({place})" if place else ""
    low, high = trace.potential.min(), trace.potential.max()
    return (
        f"Neuron {trace.neuron:,}{where}: {counted(len(spikes), 'spike')}{first}; potential after "
        f"each step from {low:.3g} to {high:.3g} thresholds."
    )
