"""Settings of the simulation."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.settings import ENCODINGS, READOUTS
from workbench.ui.binding import Context
from workbench.ui.panels.layout import (
    IntegerText,
    choice_row,
    number_row,
    row,
    section,
    slider_row,
    typed_integer,
)
from workbench.ui.session.state import UNITS

ENCODING_NAMES = {"constant": "constant current", "poisson": "Poisson spikes", "events": "events"}
UNIT_NAMES = {"steps": "steps, spikes per step", "ms": "ms, Hz"}
READOUT_NAMES = {"counts": "output spikes", "potential": "output potential"}


def simulation_panel(context: Context) -> widgets.VBox:
    """Steps, encoding, test samples, units, and what neurons do besides."""
    steps = slider_row(
        context,
        "steps",
        "Time steps",
        range(5, 501, 5),
        step=5,
        integer=True,
        tooltip="Of every sample's simulation; accuracy is shown after each of them",
        css="swb-steps",
    )
    # Frames of events are samples of another shape; a script that has them sets the encoding.
    encodings = [name for name in ENCODINGS if name != "events"]
    encoding = choice_row(
        context, "encoding", "Input as", encodings, ENCODING_NAMES, css="swb-encoding"
    )
    rate_row = number_row(
        context,
        "input_rate_hz",
        "Input rate (Hz)",
        step=50,
        tooltip="Of a full-scale input. A lower rate gives fewer, proportionally stronger input "
        "spikes: the mean current stays, the noise grows.",
        css="swb-rate",
    )
    length = number_row(
        context,
        "dt_ms",
        "Step (ms)",
        step=0.1,
        tooltip="Length of a time step, for rates in Hz and times in ms",
        css="swb-dt",
    )
    tests = slider_row(
        context,
        "test_samples",
        "Test samples",
        range(0, 1001, 50),
        step=50,
        integer=True,
        tooltip="On which accuracy is measured; 0 for none",
        css="swb-tests",
    )
    units = choice_row(context, "units", "Units", UNITS, UNIT_NAMES, css="swb-units")

    def only_where_it_matters() -> None:
        rate_row.layout.display = "" if context.state.encoding == "poisson" else "none"

    context.watch(["simulation"], only_where_it_matters)
    only_where_it_matters()
    return section(
        "Simulation",
        steps,
        tests,
        encoding,
        rate_row,
        length,
        units,
        _neurons(context),
    )


def _neurons(context: Context) -> widgets.Accordion:
    """What neurons do besides adding up and firing, folded in: none of it by default."""
    rows = [
        number_row(
            context,
            "refractory_steps",
            "Refractory (steps)",
            integer=True,
            tooltip="Steps after a spike in which a neuron ignores its input",
            css="swb-refractory",
        ),
        number_row(
            context,
            "leak",
            "Leak (thresholds)",
            step=0.01,
            tooltip="What a positive potential loses every step, as a fraction of the threshold",
            css="swb-leak",
        ),
        number_row(
            context,
            "delay_steps",
            "Delay (steps)",
            integer=True,
            tooltip="Steps that spikes take from a layer to the next; 0 within the step",
            css="swb-delay",
        ),
    ]
    seed = IntegerText(
        description="Seed", tooltip="Of random input spikes", continuous_update=False
    )
    context.bind(seed, "seed", show=str, read=typed_integer)
    seed_row = row(seed, css="swb-seed")
    readout = choice_row(
        context, "readout", "Decided by", READOUTS, READOUT_NAMES, css="swb-readout"
    )

    def only_where_it_matters() -> None:
        random = context.state.encoding != "constant"
        seed_row.layout.display = "" if random else "none"

    context.watch(["simulation"], only_where_it_matters)
    only_where_it_matters()
    box = widgets.Accordion(
        [widgets.VBox([*rows, seed_row, readout])],
        titles=("Neurons and readout",),
        selected_index=None,
    )
    box.add_class("swb-per-layer")
    box.add_class("swb-long-labels")
    return box
