"""A value in every code: what a neuron sends for it, as the package's own simulator has it.

A coding is a code with the settings that the course shows it with: of neurons, of the input, or of
how spikes carry activations. What codes are, and what a spike is worth, is in
`workbench.spike_codes` and `workbench.neuron_rules`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.run import Run
from workbench.settings import Conversion
from workbench.spike_codes import CODES, SpikeCode
from workbench.teaching.lone_neuron import NEURON, neuron_network, rate_curve, run_alone

EARLY = 0.5
"""What an uneven input brings too much per step in its first half, and too little later."""


@dataclass(frozen=True)
class Coding:
    """One way to send a value.

    Parameters
    ----------
    label : str
        What menus and rows show.
    meaning : str
        What stands for the value; goes on after "The value is in".
    conversion, simulation : mapping
        Fields of `Conversion` and `Simulation` that are not the default.
    from_input : bool
        Whether the input spikes, and its spikes are shown: one value per sample.
    has_levels : bool
        Whether values are rounded to `Conversion.levels` levels.
    """

    label: str
    meaning: str
    conversion: Mapping[str, Any] = field(default_factory=dict)
    simulation: Mapping[str, Any] = field(default_factory=dict)
    from_input: bool = False
    has_levels: bool = False

    @property
    def code(self) -> SpikeCode:
        """How spikes carry activations."""
        return CODES[self.conversion.get("code", "rate")]

    @property
    def settles(self) -> bool:
        """Whether the value is the sum of what was sent, however long the run is."""
        return self.has_levels or self.code.in_turns

    @property
    def feels_order(self) -> bool:
        """Whether neurons send while they listen, so that the order of their input matters."""
        return not self.settles and not self.from_input


_ROUNDED: Mapping[str, Any] = {"initial_potential": 0.5}

CODINGS: Mapping[str, Coding] = {
    "rate": Coding("rate", "the number of spikes", _ROUNDED),
    "events": Coding(
        "events",
        "the number of events of a sensor: one whenever a pixel has gathered enough light",
        _ROUNDED,
        {"encoding": "events"},
        from_input=True,
    ),
    "poisson": Coding(
        "Poisson",
        "the number of spikes, which come at random",
        _ROUNDED,
        {"encoding": "poisson", "input_rate_hz": 1000.0},
        from_input=True,
    ),
    "signed": Coding(
        "signed", "the number of spikes, less those of -1", {**_ROUNDED, "neurons": "signed"}
    ),
    "multi_threshold": Coding(
        "multi-threshold",
        "the sum of spikes of size 1, 1/2, 1/4 and 1/8, either way",
        {"neurons": "multi_threshold"},
    ),
    "one_shot": Coding(
        "one-shot",
        "the sum of a few spikes of size 1, 2, 4, ... levels; then there is silence",
        {"neurons": "one_shot"},
        has_levels=True,
    ),
    "phase": Coding(
        "phase",
        "the time of the spikes: they are binary digits, the largest first",
        {"code": "phase"},
        has_levels=True,
    ),
    "ttfs_steps": Coding(
        "first spike",
        "the time of one spike, in steps: the earlier, the larger",
        {"code": "ttfs_steps"},
        has_levels=True,
    ),
    "ttfs": Coding(
        "first spike, exact",
        "the time of one spike, which is not rounded to steps",
        {"code": "ttfs"},
    ),
}
"""By name, in the order in which they are shown."""


@dataclass(frozen=True, eq=False)
class CodedValues:
    """What neurons have sent for their values.

    Parameters
    ----------
    spikes : DataFrame
        neuron, time (steps, above 0; a spike in the first step is at 1), payload.
    so_far : ndarray of float64, shape (values, steps)
        Value that the spikes up to each step stand for.
    """

    spikes: pd.DataFrame
    so_far: np.ndarray


def coded(name: str, values: np.ndarray, steps: int, *, uneven: bool = False) -> CodedValues:
    """Send values from 0 to 1, each by a neuron of its own.

    Parameters
    ----------
    name : str
        One of `CODINGS`.
    values : ndarray, shape (values,)
    steps : int
        Of the run; where layers take turns, of the window in which the neurons send.
    uneven : bool
        Whether the input brings `EARLY` too much per step in its first half, and so much less
        later that the mean is the value. Neurons that know all of their input before they send,
        and spikes of the input, are the same either way.
    """
    coding = CODINGS[name]
    chosen = dict(coding.conversion)
    if coding.has_levels:
        chosen["levels"] = steps
    conversion = Conversion(percentile=100, **chosen)
    if coding.from_input:
        shown = frames(values, steps) if name == "events" else np.stack([values, values * 0], 1)
        run = run_alone(neuron_network(), shown, conversion, steps=steps, **coding.simulation)
        table = run.spikes(run.layers[0]).rename(columns={"sample": "neuron"})
        table = table[table["unit"] == 0].drop(columns="unit")
    else:
        drive = _uneven if uneven and coding.feels_order else _even
        run = drive(values, steps, conversion)
        table = run.spikes(NEURON).drop(columns="sample").rename(columns={"unit": "neuron"})
    return _decoded(coding, run, table, len(values), steps)


def _even(values: np.ndarray, steps: int, conversion: Conversion) -> Run:
    return run_alone(neuron_network(values), np.array([[1.0, 0.0]]), conversion, steps=steps)


def _uneven(values: np.ndarray, steps: int, conversion: Conversion) -> Run:
    first = steps // 2
    kernel = np.stack([values + EARLY, values - EARLY * first / (steps - first), values * 0 + 1])
    nodes = (
        Node("input", Input((3,))),
        Node(NEURON, Dense(kernel), Activation.RELU, ("input",)),
        Node("output", Dense(np.ones((len(values), 1))), Activation.RELU, (NEURON,)),
    )
    shown = np.zeros((1, steps, 3), bool)
    shown[0, :first, 0] = shown[0, first:, 1] = True
    network = Network("uneven", nodes)
    return run_alone(network, shown, conversion, steps=steps, encoding="events")


def frames(values: np.ndarray, steps: int) -> np.ndarray:
    """Return the events of sensor pixels that are neurons themselves; bool, (values, steps, 2).

    The second line is silent, as in all inputs of lone neurons.
    """
    counts = rate_curve(values, steps, initial_potential=0.5)
    events = np.diff(counts, prepend=0) > 0
    return np.stack([events, np.zeros_like(events)], axis=-1)


def _decoded(coding: Coding, run: Run, table: pd.DataFrame, values: int, steps: int) -> CodedValues:
    network, code = run.recording.network, coding.code
    window = network.send_windows[NEURON] if code.in_turns else 0
    payload = table.get("payload", pd.Series(1.0, table.index)).to_numpy()
    if code.is_continuous:
        since = table["time"].to_numpy() - window
        worth, time = 1 - since, since * steps
    else:
        slot = table["step"].to_numpy() - window * steps
        worth, time = payload, slot + 1.0
        if code.weight is not None:
            worth = code.weight(slot, steps) / steps
    worth = worth * float(np.max(network.population(NEURON).scale))
    after = np.clip(np.ceil(time).astype(np.int64) - 1, 0, steps - 1)
    so_far = np.zeros((values, steps))
    np.add.at(so_far, (table["neuron"].to_numpy(), after), worth)
    so_far = so_far.cumsum(axis=1)
    if coding.has_levels and code.weight is None:
        so_far = so_far / steps
    elif not coding.settles:
        so_far = so_far / np.arange(1, steps + 1)
    sent = {"neuron": table["neuron"].to_numpy(), "time": time, "payload": payload}
    return CodedValues(pd.DataFrame(sent), so_far)


LENGTHS = (1, 2, 4, 8, 16, 32, 64)
"""Steps for which errors are known."""

_ALL = np.linspace(0, 1, 101)


@functools.cache
def mean_errors(name: str, uneven: bool = False) -> tuple[float, ...]:
    """Return the mean absolute error over all values from 0 to 1, for each of `LENGTHS`."""
    coding = CODINGS[name]
    if coding.settles or (uneven and coding.feels_order):
        ends = [coded(name, _ALL, steps, uneven=uneven).so_far[:, -1] for steps in LENGTHS]
    else:  # a longer run begins as a shorter one
        so_far = coded(name, _ALL, LENGTHS[-1]).so_far
        ends = [so_far[:, steps - 1] for steps in LENGTHS]
    return tuple(float(np.abs(end - _ALL).mean()) for end in ends)


def table_of_codes(heads: Sequence[str], rows: Mapping[str, Sequence[str]], looked: str) -> str:
    """Return a table with a row for each code, as HTML; the code that is looked at is bold."""
    head = "".join(f"<th scope='col' class='swb-count'>{each}</th>" for each in heads)
    body = ""
    for name, cells in rows.items():
        mark = " aria-current='true'" if name == looked else ""
        row = "".join(f"<td class='swb-count'>{cell}</td>" for cell in cells)
        body += f"<tr{mark}><th scope='row'>{CODINGS[name].label}</th>{row}</tr>"
    return (
        "<div class='swb-lesson-scroll'><table class='swb-lesson-table swb-codes'><thead><tr>"
        f"<th scope='col'>code</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
