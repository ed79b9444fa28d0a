"""Settings of the conversion."""

from __future__ import annotations

import math

import ipywidgets as widgets

from workbench.network.activation import Activation, softmax_axis
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.ui.binding import Context
from workbench.ui.panels.per_layer import PerLayerPanel
from workbench.ui.panels.rows import choice_row, row, section, slider_row

LAST = 3.05
"""Slider place that means the percentile 100."""


def percentile_place(percentile: float) -> float:
    """Where a percentile lies on the slider: fine near 100, as ``-log10(100 - percentile)``."""
    if percentile >= 100:
        return LAST
    return max(-1.7, min(LAST - 0.05, -math.log10(100 - percentile)))


def percentile_at(place: float) -> float:
    """Percentile at a place of the slider, with two digits of its distance from 100."""
    if place > LAST - 0.025:
        return 100.0
    return round(100 - float(f"{10**-place:.2g}"), 6)


def conversion_panel(context: Context) -> widgets.VBox:
    """Percentile, thresholds, initial potential, reset and pooling."""
    percentile = slider_row(
        context,
        "percentile",
        widgets.FloatSlider(
            min=-1.7,
            max=LAST,
            step=0.05,
            description="Percentile",
            tooltip="Of a layer's activations that reach one spike per step; higher ones are cut "
            "off. Lower it and neurons fire more often",
        ),
        widgets.BoundedFloatText(min=50, max=100, step=0.1),
        css="swb-percentile",
        show=percentile_place,
        read=percentile_at,
    )
    threshold = slider_row(
        context,
        "threshold",
        widgets.FloatLogSlider(
            min=-1,
            max=1,
            step=0.02,
            description="Threshold",
            tooltip="Potential at which neurons fire; 1 is what the scale makes one spike per step",
        ),
        widgets.BoundedFloatText(min=0.01, max=100, step=0.05),
        css="swb-threshold",
        show=lambda value: max(0.1, min(10.0, value)),
        read=lambda value: float(f"{value:.3g}"),
    )
    initial = slider_row(
        context,
        "initial_potential",
        widgets.FloatSlider(
            min=-1,
            max=1,
            step=0.05,
            description="Start potential",
            tooltip="Of every neuron, in thresholds; 0.5 rounds rates instead of rounding down",
        ),
        widgets.BoundedFloatText(min=-1, max=1, step=0.05),
        css="swb-initial",
        read=lambda value: round(value, 4),
    )
    reset = choice_row(
        context,
        "reset",
        "Reset",
        [("by subtraction", "subtract"), ("to zero", "zero"), ("modulo threshold", "modulo")],
        css="swb-reset",
    )
    normalization = choice_row(
        context,
        "normalization",
        "Scale by",
        [("percentile", "percentile"), ("maximum", "max")],
        css="swb-normalization",
    )
    channels = widgets.Checkbox(description="One scale per channel", indent=False)
    context.bind(channels, "per_channel")
    signed = widgets.Checkbox(
        description="Neurons take spikes back",
        indent=False,
        tooltip="A neuron that was inhibited too late sends -1: needs reset by subtraction",
    )
    context.bind(signed, "signed_neurons")
    signed_row = row(signed, css="swb-signed")
    pools = widgets.Checkbox(description="Neurons for average pooling", indent=False)
    context.bind(pools, "spiking_pools")
    pools_row = row(pools, css="swb-spiking-pools")
    pooling = choice_row(
        context,
        "max_pool",
        "Max pooling",
        [
            ("most active input", "fir"),
            ("most active, forgetting", "exp"),
            ("most active of 32 steps", "avg"),
            ("exact", "exact"),
            ("average instead", "average"),
        ],
        css="swb-max-pool",
    )

    sign = choice_row(
        context,
        "output_sign",
        "Outputs below 0",
        [
            ("chosen by the data", "auto"),
            ("read from membranes", "membrane"),
            ("ON and OFF neurons", "on_off"),
            ("read as 0", "none"),
        ],
        css="swb-output-sign",
    )

    def only_where_it_matters() -> None:
        network = context.state.analog
        activation = network.output.activation if network is not None else Activation.SOFTMAX
        has_sign = softmax_axis(activation) is None and not activation.nonnegative
        sign.layout.display = "" if has_sign else "none"
        has_maximum = network is not None and any(
            isinstance(node.layer, MaxPool2D) for node in network.nodes
        )
        has_average = network is not None and any(
            isinstance(node.layer, AveragePool2D) for node in network.nodes
        )
        pooling.layout.display = "" if has_maximum else "none"
        pools_row.layout.display = "" if has_average else "none"
        signed_row.layout.display = "" if context.state.reset == "subtract" else "none"

    context.watch(["loaded", "conversion"], only_where_it_matters)
    only_where_it_matters()
    return section(
        "Conversion",
        percentile,
        threshold,
        initial,
        reset,
        signed_row,
        normalization,
        row(channels, css="swb-channels"),
        pools_row,
        pooling,
        sign,
        PerLayerPanel(context).box,
    )
