"""How nodes are named after one another: parts of a layer begin with its name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.network.graph import Network


def free_name(wanted: str, taken: set[str]) -> str:
    """Return a name that no node has, and take it."""
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted


def named_after(name: str, names: Iterable[str]) -> str | None:
    """Which of some names another one is named after, the longest if several; None if none."""
    return max((each for each in names if name.startswith(f"{each}_")), key=len, default=None)


def origin_of(network: Network, name: str, known: Collection[str]) -> str:
    """Return which known node another one is, is a part of, or else follows.

    Parameters
    ----------
    network : Network
        That has the node, maybe after passes.
    name : str
    known : collection of str
        Names of nodes, for instance of the network ahead of the passes.
    """
    node = network[name]
    while node.name not in known:
        owner = named_after(node.name, known)
        if owner is not None or not node.inputs:
            return owner or node.name
        node = network[node.inputs[0]]
    return node.name
