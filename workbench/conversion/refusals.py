"""What of a network has no spiking form: refused before anything is made, all problems at once.

Layers are named as in the source.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from workbench.errors import ConversionError, UnsupportedLayerError
from workbench.network.activation import Step
from workbench.network.graph import Network, Node
from workbench.network.naming import named_after, origin_of
from workbench.settings import Conversion


def check_weights(network: Network) -> None:
    """Refuse weights that are not numbers.

    Raises
    ------
    ConversionError
        Naming the first such layer.
    """
    for node in network.nodes:
        parts = [getattr(node.layer, part.name) for part in fields(node.layer)]
        for part in parts:
            if isinstance(part, np.ndarray) and not np.isfinite(part).all():
                raise ConversionError(
                    f"{node.name} has weights that are NaN or infinite, so its outputs are "
                    "meaningless. Train again, with a lower learning rate, or save an earlier "
                    "state of the model."
                )


def check_forms(network: Network, source: Network, conversion: Conversion) -> None:
    """Refuse what has no spiking form.

    Parameters
    ----------
    network : Network
        After its exact passes.
    source : Network
        Ahead of them, as ingest made it.
    conversion : Conversion

    Raises
    ------
    UnsupportedLayerError
        Naming every such layer.
    """
    problems = []
    if len(network.nodes) == 1:
        problems.append(f"Network '{network.name}' has no layers, so there is nothing to convert.")
    for node in network.nodes[1:]:
        layer = node.layer
        if not node.activation.hidden and node is not network.output:
            problems.append(_no_activation(network, source, node))
        elif (
            isinstance(node.activation, Step)
            and node is not network.output
            and conversion.neurons == "one_shot"
        ):
            problems.append(
                f"{_layer_of(network, source, node)} is a step function, which has no one-shot "
                "form, as it fires in every step; supported: rectifiers and clips. Convert with "
                "Conversion(neurons='if')."
            )
        elif not layer.linear and not layer.maximum:
            problems.append(
                f"{node.name} ({layer.kind}) has no spiking form; supported: linear maps, and max "
                "pooling. Leave it out of the saved model."
            )
        elif layer.disagreement:
            problems.append(
                f"{node.name} ({layer.kind}) has no spiking form, as it is not a linear map: "
                f"{layer.disagreement}. Make both agree, or set linear = False."
            )
    if problems:
        raise UnsupportedLayerError(problems)


def _layer_of(network: Network, source: Network, node: Node) -> str:
    """Name of the source's layer that a node belongs to."""
    origin = origin_of(network, node.name, source.names)
    layers = [layer for layer, _, _ in source.report_rows]
    if origin in layers:
        return origin
    # Ingest names the nodes of a layer that it lowered to several after it.
    return named_after(origin, layers) or origin


def _no_activation(network: Network, source: Network, node: Node) -> str:
    """Say why an activation has no spiking form where it stands."""
    name, label = _layer_of(network, source, node), node.activation.label
    behind = _readers(network, node)
    if not any(other.layer.mixing for other in behind):
        readers = ", ".join(dict.fromkeys(_layer_of(network, source, n) for n in behind))
        return (
            f"{name} is a {label} that {readers} reads, which has no spiking form; supported: at "
            f"the output. Leave {readers} out of the saved model."
        )
    return (
        f"{name} is a {label} inside the network, which has no spiking form; supported there: "
        "rectifiers, clips and steps. Replace it by relu."
    )


def _readers(network: Network, node: Node) -> list[Node]:
    """Nodes that depend on a node, in order."""
    found = {node.name}
    for other in network.nodes:
        if found.intersection(other.inputs):
            found.add(other.name)
    return [other for other in network.nodes if other.name in found - {node.name}]
