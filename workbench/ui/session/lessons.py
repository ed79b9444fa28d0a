"""What settings mean for the network at hand: a sentence with its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.ui.session.messages import counted
from workbench.ui.session.state import State

Lesson = Callable[[State, SpikingNetwork, Population], str]


def lessons(state: State) -> dict[str, str]:
    """Return a sentence for each setting that has one, by the setting's name.

    The layer that serves as an example is the last one before the output.
    """
    spiking = state.spiking
    if spiking is None:
        return {}
    neural = [p for p in spiking.populations if p.kind == "if" and not p.is_step]
    if not neural:
        return {}
    example = neural[-2] if len(neural) > 1 else neural[-1]
    told = {name: lesson(state, spiking, example) for name, lesson in LESSONS.items()}
    return {name: text for name, text in told.items() if text}


def _percentile(state: State, _network: SpikingNetwork, layer: Population) -> str:
    conversion = state.conversion
    own = {layer.name, layer.origin} & set(conversion.percentiles)
    if conversion.normalization != "percentile" or own or layer.levels or layer.ceiling:
        return ""
    value, clipped = conversion.percentile, 100 - conversion.percentile
    return (
        f"The {value:.6g}th percentile of {layer.name} is {_scale(layer)}: {clipped:.3g} % of its "
        "activations are clipped."
    )


def _threshold(state: State, _network: SpikingNetwork, layer: Population) -> str:
    one = float(np.mean(layer.scale)) * _theta(state, layer)
    return f"Now one spike per step of {layer.name} stands for an activation of {one:.3g}."


def _steps(state: State, _network: SpikingNetwork, layer: Population) -> str:
    smallest = float(np.mean(layer.scale)) * _theta(state, layer) / state.steps
    return (
        f"In {counted(state.steps, 'step')} a neuron of {layer.name} can tell activations apart "
        f"that differ by {smallest:.2g}, as one spike more or less does."
    )


def _initial(state: State, _network: SpikingNetwork, layer: Population) -> str:
    start = state.conversion.initial_potential
    missing = float(np.mean(layer.scale)) * _theta(state, layer) * (1 - start)
    return f"A neuron of {layer.name} first fires when it has gathered {missing:.3g}."


def _delay(state: State, network: SpikingNetwork, _layer: Population) -> str:
    deep = _projections_between(network)
    late = counted(deep * state.simulation.delay_steps, "step")
    return f"The input first reaches the output after {late}, through {counted(deep, 'layer')}."


def _rest(state: State, _network: SpikingNetwork, layer: Population) -> str:
    most = 1 / (1 + state.simulation.refractory_steps)
    return f"A neuron of {layer.name} fires in at most {100 * most:.3g} % of the steps."


def _bits(state: State, _network: SpikingNetwork, layer: Population) -> str:
    return f"The threshold of {layer.name} is {layer.threshold:,} on that grid."


LESSONS: Mapping[str, Lesson] = {
    "percentile": _percentile,
    "threshold": _threshold,
    "steps": _steps,
    "initial_potential": _initial,
    "delay_steps": _delay,
    "refractory_steps": _rest,
    "resolution_bits": _bits,
}
"""What can be said of a network, by setting."""


def _theta(state: State, layer: Population) -> float:
    """The threshold that is set for a layer."""
    own, common = state.conversion.thresholds, state.conversion.threshold
    return own.get(layer.name, own.get(layer.origin, common))


def _projections_between(network: SpikingNetwork) -> int:
    """How many projections the shortest path from the input to the output has."""
    passed, reached = 0, {network.input.name}
    while network.output.name not in reached:
        beyond = {each.target for each in network.projections if each.source in reached}
        if beyond <= reached:
            break
        passed, reached = passed + 1, reached | beyond
    return passed


def _scale(layer: Population) -> str:
    mean = float(np.mean(layer.scale))
    return f"{mean:.3g}" if np.ndim(layer.scale) == 0 or np.size(layer.scale) == 1 else (
        f"{mean:.3g} on average over its channels"
    )  # fmt: skip
