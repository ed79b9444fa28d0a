"""Membrane potentials of the picked neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.plot.membrane_traces import Trace, traces_figure
from workbench.plot.style import counted, time_scale
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
        step = time_scale(state.units, inside.run.recording.settings.dt_ms)
        marks = picked_colours(state)
        colours = [marks.get(trace.neuron, "") or "#8c8c8c" for trace in inside.traces]
        return traces_figure(inside.traces, inside.threshold, step, state.units, colours)

    def summary(self, state: State) -> str:
        inside = state.inside
        if inside is None or not inside.traces:
            return ""
        shape = inside.population.shape
        return " ".join(_told(trace, place_words(trace.neuron, shape)) for trace in inside.traces)

    def table(self, state: State, name: str) -> pd.DataFrame | None:
        inside = state.inside
        if inside is None or not inside.traces:
            return None
        dt_ms = inside.run.recording.settings.dt_ms
        tables = []
        for trace in inside.traces:
            steps = np.arange(1, len(trace.potential) + 1)
            sent = np.zeros(len(steps), np.int64)
            sent[trace.spikes] = np.sign(trace.signs)
            table = pd.DataFrame({"layer": inside.layer, "unit": trace.neuron, "time_steps": steps})
            table["time_ms"] = steps * dt_ms
            table["potential_thresholds"] = trace.potential
            tables.append(table.assign(spike=sent))
        return pd.concat(tables, ignore_index=True)


def _told(trace: Trace, place: str) -> str:
    spikes = trace.spikes if trace.spikes is not None else np.zeros(0, np.int64)
    first = f", the first at step {spikes[0] + 1}" if len(spikes) else ""
    where = f" ({place})" if place else ""
    low, high = trace.potential.min(), trace.potential.max()
    return (
        f"Neuron {trace.neuron:,}{where}: {counted(len(spikes), 'spike')}{first}; potential after "
        f"each step from {low:.3g} to {high:.3g} thresholds."
    )
