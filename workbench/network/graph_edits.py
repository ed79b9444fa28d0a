"""Edits of a graph of nodes; `Network` offers them as methods, and checks what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.errors import ConversionError
from workbench.network.node import Node

Nodes = tuple[Node, ...]


def replaced(nodes: Nodes, changes: Mapping[str, Node | Sequence[Node]], network: str) -> Nodes:
    """Return nodes with others in the places of some; see `Network.replacing`.

    Parameters
    ----------
    nodes : tuple of Node
        In topological order.
    changes : mapping of str to Node or sequence of Node
    network : str
        Name, for messages.
    """
    if unknown := changes.keys() - {node.name for node in nodes}:
        raise ConversionError(
            f"Network '{network}' has no nodes named {sorted(unknown)}. Replace nodes that it has."
        )
    result: list[Node] = []
    moved: dict[str, str] = {}  # what readers of a node read now, where that has another name
    for node in nodes:
        change = changes.get(node.name, node)
        group = (change,) if isinstance(change, Node) else tuple(change)
        own = {member.name for member in group}
        for member in group:
            # Within the group a name means the member that has it.
            inputs = tuple(name if name in own else moved.get(name, name) for name in member.inputs)
            result.append(member if inputs == member.inputs else replace(member, inputs=inputs))
        if group:
            moved[node.name] = group[-1].name
        elif len(node.inputs) == 1:
            moved[node.name] = moved.get(node.inputs[0], node.inputs[0])
        elif any(node.name in other.inputs for other in nodes):
            raise ConversionError(
                f"Node '{node.name}' reads {len(node.inputs)} nodes, so that its readers cannot "
                "read its source instead. Put another node in its place."
            )
    return tuple(result)


def needed(nodes: Nodes) -> Nodes:
    """Return the input, the output, and the nodes on which the output depends."""
    names = {nodes[0].name, nodes[-1].name}
    for node in reversed(nodes):
        if node.name in names:
            names.update(node.inputs)
    return tuple(node for node in nodes if node.name in names)
