"""The values between what drives the neurons of a layer and what their spikes stand for."""

from __future__ import annotations

import numpy as np

from workbench.methods.own_answer import own_answer
from workbench.methods.values_in_turns import answer_in_turns
from workbench.network.graph import Network, Node
from workbench.network.population import Population
from workbench.network.readout import on_and_off
from workbench.network.spiking import SpikingNetwork
from workbench.simulation.neuron_options import Dynamics

Stages = dict[str, np.ndarray]


def neuron_stages(
    spiking: SpikingNetwork,
    population: Population,
    node: Node,
    dynamics: Dynamics,
    total: np.ndarray,
    counts: np.ndarray,
    steps: int,
    shift: np.ndarray | None = None,
) -> Stages:
    """Return a layer's activation as its drive gives it, clipped, quantized, and as it was sent.

    Parameters
    ----------
    spiking : SpikingNetwork
    population : Population
        Of neurons.
    node : Node
        The layer of the rewritten network that it carries.
    dynamics : Dynamics
    total : ndarray of int64, shape (samples, units)
        Drive of the whole run, bias included, in grid units.
    counts : ndarray of int32, shape (samples, units)
        Sums of payloads that the layer behind has got; values, where layers take turns.
    steps : int
        Over which they are averaged.
    shift : ndarray of int64, shape (units,), optional
        What calibration has added to the biases; part of `total`.

    Returns
    -------
    dict of ndarray of float64, shape (samples, *layer shape)
        "rounding" is f(z_S), with z_S of the weights on the grid, without what has been added to
        biases; "calibration", where that is something, f(z_S) with it; "clipping" C(z_S);
        "quantization" Q(z_S); "unevenness" a_S. An output that is read from its membrane has the
        first alone: it is its drive.
    """
    is_output = population is spiking.output

    def activation(spikes: np.ndarray) -> np.ndarray:
        if population.read == "on_off":
            on, off = on_and_off(population, spikes)
            spikes = on - off
        return spiking.decode(population.name, spikes, steps)

    def answer(total: np.ndarray) -> np.ndarray:
        if spiking.spike_code.in_turns:
            return answer_in_turns(spiking, population, total)
        return own_answer(population, dynamics, total, steps)

    # As spikes: a drive of a threshold is worth one spike, and of graded ones a payload of 1.
    driven = total / max(1, population.threshold)
    if population.reset == "none":
        driven = answer(total).astype(np.float64)
    if is_output:
        exact = activation(driven / (2 if population.read == "on_off" else 1))
    else:
        exact = node.activation(activation(driven))
    if is_output and (not dynamics.fires or population.read == "membrane"):
        return {"rounding": exact}
    if population.reset == "none":
        return {"rounding": exact, "unevenness": activation(counts)}
    if is_output:
        clipped = activation(np.clip(driven, 0, population.most_sent(steps)))
    else:
        clipped = np.minimum(exact, activation(np.full_like(driven, population.most_sent(steps))))
    stages = {"rounding": exact}
    if shift is not None:
        unmoved = node.activation(activation(driven - steps * shift / population.threshold))
        stages = {"rounding": unmoved, "calibration": exact}
    return stages | {
        "clipping": clipped,
        "quantization": activation(answer(total)),
        "unevenness": activation(counts),
    }


def bias_shifts(network: Network, spiking: SpikingNetwork) -> dict[str, np.ndarray]:
    """Return what calibration has added to biases, in grid units, by layer.

    The rest of a bias is what the layers before it give where all neurons are silent.

    Parameters
    ----------
    network : Network
        After the exact passes of the conversion.
    spiking : SpikingNetwork
    """
    conversion = spiking.conversion
    if conversion.calibrate != "bias" and conversion.normalization != "search":
        return {}
    silent: dict[str, np.ndarray] = {}
    shifts: dict[str, np.ndarray] = {}
    for node in network.nodes:
        inputs = [silent[name] for name in node.inputs]
        sums = node.layer.forward(*inputs) if inputs else None
        if sums is None or node.name in spiking.layers:
            silent[node.name] = np.zeros((1, *node.layer.output_shape))
        else:
            silent[node.name] = node.activation(sums)
        if sums is None or node is network.output or node.name not in spiking.layers:
            continue
        population = spiking.population(node.name)
        if population.kind == "if" and population.reset != "none":
            bits = conversion.resolution_bits + population.extra_bits
            plain = np.ldexp(sums[0] / population.scale, bits).reshape(-1)
            shift = population.bias - np.rint(plain).astype(np.int64)
            if np.abs(shift).max(initial=0) > 1:  # more than the last digit
                shifts[node.name] = shift
    return shifts
