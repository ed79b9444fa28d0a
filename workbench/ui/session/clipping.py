"""Where activations of a layer are clipped, and which setting moves that place.

A layer clips at ``theta * lambda``, the activation that a spike at every step stands for. Where a
percentile chooses lambda, that percentile moves it; elsewhere the threshold does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.ui.session.activations import percentile_at
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.layer_values import PER_LAYER, value_of, with_value
from workbench.ui.session.state import State


@dataclass(frozen=True)
class Clip:
    """Where a layer clips.

    Parameters
    ----------
    at : float
        Activation, in the units of the analog network.
    setting : "percentiles" or "thresholds"
        What moves it.
    value : float
        Of the setting, as it holds for the layer.
    """

    at: float
    setting: str
    value: float


def clips(population: Population) -> bool:
    """Whether a population has a place at which it clips."""
    return population.kind == "if" and not population.is_step


def moved_by(state: State, population: Population) -> str:
    """Return the setting that moves the place at which a population clips."""
    is_output = state.spiking is not None and population.name == state.spiking.output.name
    trained = population.levels > 0 and not is_output  # its scale is part of the network
    by_percentile = state.conversion.normalization == "percentile" and not trained
    return "percentiles" if by_percentile else "thresholds"


def clip_of(state: State, layer: str) -> Clip | None:
    """Return where a layer clips with the settings of the state; None where nothing is clipped.

    What is set but not converted yet is foreseen.
    """
    converted, spiking = state.converted, state.spiking
    if converted is None or spiking is None:
        return None
    population = spiking.population(layer)
    if not clips(population):
        return None
    setting = moved_by(state, population)
    value = value_of(state, layer, setting)
    threshold = value_of(state, layer, "thresholds")
    at = _scale(spiking, population) * threshold
    histogram = converted.activations.layers.get(layer)
    if state.conversion != spiking.conversion and setting == "percentiles" and histogram:
        at = float(histogram.percentile(value)[0]) * threshold or at
    return Clip(at, setting, value)


def settings_at(state: State, layer: str, at: float) -> dict[str, Any]:
    """Return the settings with which a layer clips at an activation, or as near as can be."""
    converted, spiking = state.converted, state.spiking
    if converted is None or spiking is None or not np.isfinite(at) or at <= 0:
        return {}
    population = spiking.population(layer)
    setting = moved_by(state, population)
    if setting == "percentiles":
        histogram = converted.activations.layers.get(layer)
        if histogram is None:
            return {}
        percent = percentile_at(histogram, at / value_of(state, layer, "thresholds"))
        # As fine as a person means it: near 100 the distance from 100 is what counts.
        value = round(100 - float(f"{100 - percent:.2g}"), 6)
    else:
        value = float(f"{at / _scale(spiking, population):.3g}")
    return _set(state, layer, setting, value)


def settings_beside(state: State, layer: str, places: int) -> dict[str, Any]:
    """Return the settings so many places of the setting's slider above, or below, what holds."""
    if state.spiking is None:
        return {}
    setting = moved_by(state, state.spiking.population(layer))
    common = PER_LAYER[setting].common
    assert common is not None
    offered = np.array(SETTINGS[common].places, float)
    value = value_of(state, layer, setting)
    above = np.searchsorted(offered, value, side="right") - 1  # the place at or below the value
    start = above if places > 0 or value in offered else above + 1
    place = int(np.clip(start + places, 0, len(offered) - 1))
    return _set(state, layer, setting, float(offered[place]))


def _scale(spiking: SpikingNetwork, population: Population) -> float:
    """Return lambda, of channels their mean."""
    return float(np.mean(population.scale))


def _set(state: State, layer: str, setting: str, value: float) -> dict[str, Any]:
    accepted = PER_LAYER[setting].each
    value = min(max(value, accepted.low), accepted.high)
    return {setting: with_value(state, layer, setting, value)}
