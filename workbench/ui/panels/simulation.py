"""Settings of the simulation."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.rows import choice_row, row, section, slider_row


def simulation_panel(context: Context) -> widgets.VBox:
    """Steps, encoding, test samples and units."""
    steps = slider_row(
        context,
        "steps",
        widgets.IntSlider(min=5, max=500, step=5, description="Time steps"),
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
            ("Bernoulli spikes", "bernoulli"),
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
    length = widgets.BoundedFloatText(min=0.001, max=1000, step=0.1, description="Step (ms)")
    context.bind(length, "dt_ms")
    tests = slider_row(
        context,
        "test_samples",
        widgets.IntSlider(min=0, max=1000, step=50, description="Test samples"),
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
    return section("Simulation", steps, tests, encoding, rate_row, row(length, css="swb-dt"), units)
