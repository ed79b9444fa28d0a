"""What holds for single layers: values of their own, or the common ones."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.conversion.normalize import own_values
from workbench.setting_values import PerLayer
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.state import State

PER_LAYER = {
    name: each.values for name, each in SETTINGS.items() if isinstance(each.values, PerLayer)
}
"""Settings with a value per layer."""


def value_of(
    state: State, layer: str, setting: str, own: Mapping[str, float] | None = None
) -> float:
    """Return what holds for a layer: its own value, that of its source layer, or the common one.

    Parameters
    ----------
    state : State
        With a converted network.
    layer : str
        Name of a population.
    setting : str
        One of `PER_LAYER`.
    own : mapping of layer to float, optional
        Own values; those of the state by default.
    """
    common = PER_LAYER[setting].common
    value = getattr(state, common) if common else 0
    spiking = state.spiking
    origins = {} if spiking is None else spiking.origins
    source = origins.get(layer, layer)
    if setting == "percentiles" and (
        (spiking is not None and source == origins[spiking.output.name])
        or state.conversion.normalization == "max"
    ):
        value = 100  # the output is not clipped unless somebody asks for it
    held = getattr(state, setting) if own is None else own
    return float(own_values(held, {layer: (layer, source)}).get(layer, value))


def with_value(state: State, layer: str, setting: str, value: float) -> dict[str, float]:
    """Return the own values of all layers once one has another; none that is the common one."""
    own = dict(getattr(state, setting))
    own.pop(layer, None)
    if value != value_of(state, layer, setting, own):
        own[layer] = value
    return own
