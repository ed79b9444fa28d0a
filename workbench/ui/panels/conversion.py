"""Settings of the conversion."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from workbench.network.activation import Activation, softmax_axis
from workbench.network.layer import Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.neuron_rules import KEEPING_SUM
from workbench.settings import Conversion
from workbench.ui.binding import Context
from workbench.ui.panels.layout import settings_rows, shown_where_it_matters
from workbench.ui.session.state import State


def conversion_rows(context: Context, chosen: Callable[[str], bool]) -> dict[str, widgets.HBox]:
    """Return the rows of the chosen settings of the conversion that have one, by name."""
    rows = settings_rows(context, Conversion, chosen)
    conditions = {
        "output_sign": _has_sign,
        "max_pool": lambda state: _has(state, MaxPool2D),
        "spiking_pools": lambda state: _has(state, AveragePool2D),
        "neurons": lambda state: state.conversion.reset in KEEPING_SUM,
        "taps": lambda state: state.conversion.neurons == "multi_threshold",
        "payload": lambda state: state.conversion.neurons == "one_shot",
        "initial_potential": lambda state: state.conversion.neurons != "one_shot",
        "calibrate": lambda state: state.conversion.neurons != "one_shot",
        "percentile": lambda state: state.conversion.normalization != "mmse",
        "levels": _uses_levels,
        "calibrate_steps": lambda state: state.conversion.simulates,
        "calibrate_samples": lambda state: state.conversion.simulates,
        "calibrate_rounds": lambda state: state.conversion.calibrate != "none",
    }
    shown_where_it_matters(context, ["loaded", "conversion"], rows, conditions)
    return rows


def _uses_levels(state: State) -> bool:
    conversion = state.conversion
    one_shot = conversion.neurons == "one_shot"
    return conversion.normalization == "mmse" or one_shot or conversion.spike_code.has_slots


def _has(state: State, kind: type[Layer]) -> bool:
    network = state.analog
    return network is not None and any(isinstance(node.layer, kind) for node in network.nodes)


def _has_sign(state: State) -> bool:
    """Whether outputs below zero can make a difference."""
    network = state.analog
    activation = network.output.activation if network is not None else Activation.SOFTMAX
    return softmax_axis(activation) is None and not activation.nonnegative
