"""The four numbers people confuse: parameters, neurons, synapses and operations.

Each is defined once, in `EXPLANATIONS`, which the user interface and `snn-workbench inspect`
show beside the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.network.naming import origin_of
from workbench.util.handlers import Provided

if TYPE_CHECKING:
    from workbench.network.graph import Network, Node

EXPLANATIONS = {
    "parameters": (
        "Stored weights and biases. A weight that a convolution uses at many places is stored, "
        "and counted, once. This is the number Keras' summary prints."
    ),
    "neurons": (
        "Units with a membrane potential, as conversion by default makes them. Input pixels, and "
        "units that only pass values on (flatten, average pooling, max pooling), are not counted. "
        "Settings that give pooling neurons of its own (max_pool='relu', spiking_pools) add to "
        "them."
    ),
    "synapses": (
        "Connections that exist. A shared weight counts once per place it is used; a kernel tap "
        "that falls outside the image does not count. Pooling connections count in their own row."
    ),
    "operations": (
        "ANN operations of one forward pass: two per multiply-accumulate, plus one addition per "
        "unit that has a bias (a bias vector that is all zero adds none) or per extra summand of "
        "an addition layer."
    ),
    "synapses_border_free": (
        "Border-free estimate (snn_toolbox): every input unit multiplied by the full fan-out, as "
        "if the image had no border. Shown for comparison; it is larger than what exists, "
        "because border pixels lie under fewer kernel positions."
    ),
    "macs": "Multiply-accumulates of one forward pass: one per synapse that has a weight.",
}


arranged = Provided("workbench.conversion.rewriting:arranged")
"""Gives the network in which conversion's neurons stand."""


@dataclass(frozen=True)
class Totals:
    """Counts of a whole network; what each means stands in `EXPLANATIONS`."""

    parameters: int
    neurons: int
    synapses: int
    macs: int
    operations: int
    synapses_border_free: int


def formula(network: Network, node: Node) -> dict[str, str]:
    """Say in numbers how each count of one node comes about.

    Returns
    -------
    dict of str to str
        A line for parameters, neurons, synapses and operations.
    """
    layer = node.layer
    lines = {
        "parameters": f"{layer.parameter_count:,} stored numbers",
        "neurons": _neuron_formula(network, node),
        "synapses": layer.synapse_formula,
        "operations": f"2 x {layer.macs:,} MACs + {layer.additions:,} additions",
    }
    kernel = getattr(layer, "kernel", None)
    if kernel is not None:
        stored = " x ".join(map(str, kernel.shape))
        stored_bias = getattr(layer, "bias", None)
        bias = 0 if stored_bias is None else stored_bias.size
        lines["parameters"] = f"{stored} weights + {bias:,} biases = {layer.parameter_count:,}"
    return lines


def _neuron_formula(network: Network, node: Node) -> str:
    carriers = _carriers(network)[node.name]
    if not carriers:
        return "0: its units only pass values on"
    lines = []
    for carrier in carriers:
        layer = carrier.layer
        units = f"{' x '.join(map(str, layer.output_shape))} = {layer.output_size:,} units"
        populations = network.arranged.neurons(carrier) // layer.output_size
        if populations > 1:
            sign = f"({carrier.activation.label} has a sign)"
            units += f", in {populations} populations each {sign}"
        lines.append(units)
    return "; ".join(lines)


def _carriers(network: Network) -> dict[str, list[Node]]:
    """Nodes with neurons that conversion by default puts in the place of each node."""
    found: dict[str, list[Node]] = {node.name: [] for node in network.nodes}
    for node in network.arranged.nodes[1:]:
        if network.arranged.is_neural(node):
            found[origin_of(network.arranged, node.name, found)].append(node)
    return found


def summary(network: Network) -> pd.DataFrame:
    """Counts per layer.

    Returns
    -------
    DataFrame
        A row a node after the input: name, kind, activation, output_shape, parameters, neurons,
        synapses, macs, operations, synapses_border_free.
    """
    counted: set[int] = set()
    carriers = _carriers(network)
    rows = [
        (
            node.name,
            node.layer.kind,
            node.activation.label,
            node.layer.output_shape,
            _parameters(node, counted),
            sum(network.arranged.neurons(carrier) for carrier in carriers[node.name]),
            node.layer.synapse_count,
            node.layer.macs,
            2 * node.layer.macs + node.layer.additions,
            node.layer.border_free_synapses,
        )
        for node in network.nodes[1:]
    ]
    columns = ["name", "kind", "activation", "output_shape", *Totals.__dataclass_fields__]
    return pd.DataFrame(rows, columns=columns)


def _parameters(node: Node, counted: set[int]) -> int:
    """Stored numbers of a node that no earlier node shares with it."""
    arrays = node.layer.arrays()
    new = [array for array in arrays if id(array) not in counted]
    counted.update(id(array) for array in arrays)
    shared = sum(array.size for array in arrays) - sum(array.size for array in new)
    return node.layer.parameter_count - shared + node.activation.parameter_count


def totals(network: Network) -> Totals:
    """Sum the columns of `summary`."""
    table = summary(network)
    return Totals(**{name: int(table[name].sum()) for name in Totals.__dataclass_fields__})
