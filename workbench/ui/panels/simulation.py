"""Settings of the simulation."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.rows import choice_row, row, section, slider_row


def simulation_panel(context: Context) -> widgets.VBox:
    """Steps, encoding, test samples, units, and what neurons do besides."""
    steps = slider_row(
        context,
        "steps",
        widgets.IntSlider(
            min=5,
            max=500,
            step=5,
            description="Time steps",
            tooltip="Of every sample's simulation; accuracy is shown after each of them",
        ),
        widgets.BoundedIntText(min=1, max=1_000_000),
        css="swb-steps",
        show=lambda value: max(5, min(500, value)),
    )
    encoding = choice_row(
        context,
        "encoding",
        "Input as",
        [
            ("constant current", "constant"),
            ("Poisson spikes", "poisson"),
        ],
        css="swb-encoding",
    )
    rate = widgets.BoundedFloatText(
        min=0.001,
        max=1e6,
        step=50,
        description="Input rate (Hz)",
        tooltip="A lower rate gives fewer, proportionally stronger input spikes: the mean current "
        "stays, the noise grows.",
    )
    context.bind(rate, "input_rate_hz")
    rate_row = row(rate, css="swb-rate")
    length = widgets.BoundedFloatText(
        min=0.001,
        max=1000,
        step=0.1,
        description="Step (ms)",
        tooltip="Length of a time step, for rates in Hz and times in ms",
    )
    context.bind(length, "dt_ms")
    tests = slider_row(
        context,
        "test_samples",
        widgets.IntSlider(
            min=0,
            max=1000,
            step=50,
            description="Test samples",
            tooltip="On which accuracy is measured; 0 for none",
        ),
        widgets.BoundedIntText(min=0, max=1_000_000),
        css="swb-tests",
        show=lambda value: min(1000, value),
    )
    units = choice_row(
        context,
        "units",
        "Units",
        [("steps, spikes per step", "steps"), ("ms, Hz", "ms")],
        css="swb-units",
    )

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
        row(length, css="swb-dt"),
        units,
        _neurons(context),
    )


def _neurons(context: Context) -> widgets.Accordion:
    """What neurons do besides adding up and firing, folded in: none of it by default."""
    numbers = {
        "refractory_steps": widgets.BoundedIntText(
            min=0,
            max=1_000_000,
            description="Refractory (steps)",
            tooltip="Steps after a spike in which a neuron ignores its input",
        ),
        "leak": widgets.BoundedFloatText(
            min=0,
            max=1,
            step=0.01,
            description="Leak (thresholds)",
            tooltip="What a positive potential loses every step, as a fraction of the threshold",
        ),
        "delay_steps": widgets.BoundedIntText(
            min=0,
            max=1000,
            description="Delay (steps)",
            tooltip="Steps that spikes take from a layer to the next; 0 within the step",
        ),
        "seed": widgets.BoundedIntText(
            min=0, max=2**31 - 1, description="Seed", tooltip="Of random input spikes"
        ),
    }
    for setting, number in numbers.items():
        context.bind(number, setting)
    rows = {
        setting: row(number, css=f"swb-{setting.removesuffix('_steps')}")
        for setting, number in numbers.items()
    }
    readout = choice_row(
        context,
        "readout",
        "Decided by",
        [("output spikes", "counts"), ("output potential", "potential")],
        css="swb-readout",
    )

    def only_where_it_matters() -> None:
        random = context.state.encoding != "constant"
        rows["seed"].layout.display = "" if random else "none"

    context.watch(["simulation"], only_where_it_matters)
    only_where_it_matters()
    box = widgets.Accordion(
        [widgets.VBox([*rows.values(), readout])],
        titles=("Neurons and readout",),
        selected_index=None,
    )
    box.add_class("swb-per-layer")
    box.add_class("swb-long-labels")
    return box
