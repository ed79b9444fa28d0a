"""Settings of the conversion."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from workbench.network.activation import Activation, softmax_axis
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.settings import MAX_POOLS, NORMALIZATIONS, OUTPUT_SIGNS, RESETS
from workbench.ui.binding import Context
from workbench.ui.panels.layout import choice_row, row, section, slider_row
from workbench.ui.panels.per_layer import PerLayerPanel

PERCENTILES = sorted(
    {round(100 - float(f"{10**-place:.2g}"), 6) for place in np.arange(-1.7, 3.01, 0.05)} | {100.0}
)
"""Places of the slider, fine near 100: distances from 100 with two digits, 20 a decade."""

THRESHOLDS = [float(f"{10**place:.3g}") for place in np.arange(-1, 1.01, 0.02)]
INITIAL_POTENTIALS = [round(float(place), 2) for place in np.arange(-1, 1.01, 0.05)]

RESET_NAMES = {"subtract": "by subtraction", "zero": "to zero", "modulo": "modulo threshold"}
NORMALIZATION_NAMES = {"percentile": "percentile", "max": "maximum"}
MAX_POOL_NAMES = {
    "exact": "exact",
    "fir": "most active input",
    "exp": "most active, forgetting",
    "recent": "most active of 32 steps",
    "relu": "plain neurons (relu of differences)",
    "average_pooling": "average pooling instead",
}
OUTPUT_SIGN_NAMES = {
    "auto": "chosen by the data",
    "membrane": "read from membranes",
    "on_off": "ON and OFF neurons",
    "none": "read as 0",
}


def conversion_panel(context: Context) -> widgets.VBox:
    """Percentile, thresholds, initial potential, reset and pooling."""
    percentile = slider_row(
        context,
        "percentile",
        "Percentile",
        PERCENTILES,
        step=0.1,
        tooltip="Of a layer's activations that reach one spike per step; higher ones are cut "
        "off. Lower it and neurons fire more often",
        css="swb-percentile",
    )
    threshold = slider_row(
        context,
        "threshold",
        "Threshold",
        THRESHOLDS,
        step=0.05,
        tooltip="Potential at which neurons fire; 1 is what the scale makes one spike per step",
        css="swb-threshold",
    )
    initial = slider_row(
        context,
        "initial_potential",
        "Initial potential",
        INITIAL_POTENTIALS,
        step=0.05,
        tooltip="Of every neuron, in thresholds; 0.5 rounds rates instead of rounding down",
        css="swb-initial",
    )
    reset = choice_row(context, "reset", "Reset", RESETS, RESET_NAMES, css="swb-reset")
    normalization = choice_row(
        context,
        "normalization",
        "Scale by",
        NORMALIZATIONS,
        NORMALIZATION_NAMES,
        css="swb-normalization",
    )
    channels = widgets.Checkbox(description="One scale per channel", indent=False)
    context.bind(channels, "per_channel")
    signed = widgets.Checkbox(
        description="Signed neurons (may emit -1)",
        indent=False,
        tooltip="A neuron that was inhibited too late emits -1; needs reset by subtraction",
    )
    context.bind(signed, "signed_neurons")
    signed_row = row(signed, css="swb-signed")
    pools = widgets.Checkbox(description="Neurons for average pooling", indent=False)
    context.bind(pools, "spiking_pools")
    pools_row = row(pools, css="swb-spiking-pools")
    pooling = choice_row(
        context, "max_pool", "Max pooling", MAX_POOLS, MAX_POOL_NAMES, css="swb-max-pool"
    )
    sign = choice_row(
        context,
        "output_sign",
        "Output sign",
        OUTPUT_SIGNS,
        OUTPUT_SIGN_NAMES,
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
