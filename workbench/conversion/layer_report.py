"""What became of every layer of the source: read from the networks after each pass.

Passes keep the names of the nodes they change, so comparing a network with the one before tells
which nodes were taken up by which, moved, or given parts. Passes know nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.conversion.passes.conversion_pass import Stage
from workbench.conversion.passes.shift_logits import shift_logits
from workbench.conversion.rewriting import ALL
from workbench.network.graph import Network, Node
from workbench.network.naming import named_after
from workbench.network.population import Population

ReportRow = tuple[str, str, str, str, str]
"""Source layer, its kind, what ingest did, what became of it, and in which steps."""

ROLES = {"on": "ON", "off": "OFF", "step": "step"}
"""Populations that share one activation, by the end of their names."""

_VERBS = {each.name: each.joins for each in ALL}
_OUTPUTS = {
    "": "output neurons",
    "membrane": "output neurons, spikes and membrane read together",
    "on_off": "ON and OFF output neurons",
}
_NAMED = 3


def role(population: str, layer: str) -> str:
    """Return a population's share of a layer's activation: "ON", "OFF", "step", or "" for all.

    Parameters
    ----------
    population, layer : str
        Names; the population's is the layer's with an ending where it has but a share.
    """
    if not population.startswith(f"{layer}_"):
        return ""
    return ROLES.get(population[len(layer) + 1 :].strip("_"), "")


def report_rows(
    source: Network,
    stages: Sequence[Stage],
    populations: Iterable[Population],
) -> tuple[ReportRow, ...]:
    """Say per source layer what ingest and conversion did to it.

    Parameters
    ----------
    source : Network
        As ingest made it.
    stages : sequence of Stage
        The network after every pass, in order.
    populations : iterable of Population
        What the last of these networks became.

    Returns
    -------
    tuple of (layer, kind, action, became, steps)
        A row a row of `source.report_rows`, or a node where the source has no such rows. `steps`
        are names of passes, separated by commas.
    """
    histories = {node.name: NodeHistory(node.name) for node in source.nodes}
    before = source
    for stage in stages:
        _follow(histories, before, stage)
        before = stage.network
    spiking = {population.name: population for population in populations}
    rows = source.report_rows or tuple((n.name, n.layer.kind, "kept") for n in source.nodes)
    report = []
    for (layer, kind, action), nodes in zip(rows, _nodes_of_rows(source, rows), strict=True):
        became = _became(layer, [histories[name] for name in nodes], source, before, spiking)
        steps = dict.fromkeys(step for name in nodes for step in histories[name].steps)
        if not nodes and not action.startswith("removed"):
            action = "left out: the output does not depend on it"
        report.append((layer, kind, action, became, ", ".join(steps)))
    return tuple(report)


@dataclass
class NodeHistory:
    """Where the work of one node of the source is done now.

    Parameters
    ----------
    place : str
        Node of the present network that does it.
    verb : str
        How it came there; "" where it is the node itself.
    remarks : list of str
        What was changed at the node's own place.
    parts : list of str
        Nodes that were added to share the work.
    steps : list of str
        Passes that had to do with it.
    """

    place: str
    verb: str = ""
    remarks: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def _follow(histories: dict[str, NodeHistory], before: Network, stage: Stage) -> None:
    """Bring histories up to date after a pass."""
    step, after = stage.name, stage.network
    old = {node.name: node for node in before.nodes}
    new = {node.name: node for node in after.nodes}
    added = [node for node in after.nodes if node.name not in old]
    owners = {node.name: _owner(node, after, old) for node in added}
    for history in histories.values():
        place, parts = (
            history.place,
            [name for name, owner in owners.items() if owner == history.place],
        )
        if place not in new:
            history.place = _heir(old[place], before, new)
            history.verb = _VERBS[step]
            history.steps.append(step)
        elif history.verb:
            continue  # What happens to the place is told there.
        elif parts:
            history.parts += parts
            history.steps.append(step)
        elif step == shift_logits.name and place == after.output.name:
            history.remarks.append("one constant added to all its sums")
            history.steps.append(step)
        elif remark := _remark(old[place], new[place], before, stage):
            history.remarks.append(remark)
            history.steps.append(step)


def _heir(node: Node, before: Network, new: dict[str, Node]) -> str:
    """Node that took up the work of one that is gone.

    That is its source; of what moves units, its reader; of a part of a layer, the layer.
    """
    while node.name not in new:
        owner = named_after(node.name, new)
        if owner is not None:
            return owner
        if node.layer.moves() is not None and not node.layer.idle:
            node = before.consumers(node.name)[0]
        else:
            node = before[node.inputs[0]]
    return node.name


def _owner(node: Node, after: Network, old: dict[str, Node]) -> str:
    """Node of the network before a pass that an added one is named after, or is next to."""
    ahead = node
    while ahead.name not in old and ahead.inputs:
        ahead = after[ahead.inputs[0]]
    behind = node
    while behind.name not in old and after.consumers(behind.name):
        behind = after.consumers(behind.name)[0]
    return named_after(node.name, (ahead.name, behind.name)) or ahead.name


def _remark(node: Node, after: Node, before: Network, stage: Stage) -> str:
    """Say what a pass did to a node that keeps its place, as far as a reader asks for it."""
    if not node.activation.hidden and after.activation.hidden:
        return f"its {node.activation.label} moved to the output"
    if not node.layer.maximum:
        return ""
    if not after.layer.maximum:
        return "" if stage.kind == "exact" else f"replaced by average pooling: {stage.remark}"
    passed = {other.name for other in before.nodes} - _upstream(before, node)
    if after.inputs != node.inputs and after.inputs[0] in passed:
        return f"moved after {after.inputs[0]}"
    return ""


def _upstream(network: Network, node: Node) -> set[str]:
    """Names of the nodes that a node depends on."""
    needed = set(node.inputs)
    for other in reversed(network.nodes):
        if other.name in needed:
            needed.update(other.inputs)
    return needed


def _nodes_of_rows(network: Network, rows: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    """Nodes that each report row is about, the one with the layer's name first.

    Ingest numbers the nodes of a layer that is used again, and names the nodes of a layer that it
    lowered to several after it.
    """
    free = {node.name: None for node in network.nodes}
    first_uses = {layer for layer, _, _ in rows}
    seen: dict[str, int] = {}
    owned: list[list[str]] = []
    for layer, _, _ in rows:
        number = seen.get(layer, 0) + 1
        name = layer
        if number > 1:
            name = f"{layer}_{number}"
            while name in first_uses:  # A layer of its own that happens to be called so.
                number += 1
                name = f"{layer}_{number}"
        seen[layer] = number
        owned.append([name] if name in free else [])
        free.pop(name, None)
    mains = {nodes[0]: nodes for nodes in owned if nodes}
    for name in free:
        main = named_after(name, mains)
        if main is not None:
            mains[main].append(name)
    return owned


def _became(
    layer: str,
    histories: list[NodeHistory],
    source: Network,
    final: Network,
    spiking: dict[str, Population],
) -> str:
    """Say in words what the nodes of one source layer became."""
    if not histories:
        return ""
    parts = [name for name, _ in source.input_parts]
    if layer in parts:
        return f"part {parts.index(layer) + 1} of {len(parts)} of the input vector"
    main = histories[0]
    if main.verb:
        return f"{main.verb} {main.place}"
    own = [
        name
        for history in histories
        if not history.verb
        for name in (history.place, *history.parts)
    ]
    found = [population for name, population in spiking.items() if name in own]
    words = _as_neurons(layer, found, final) if found else _as_connections(own, final, spiking)
    return "; ".join([*main.remarks, words])


def _as_neurons(layer: str, populations: list[Population], final: Network) -> str:
    """Name the populations of a layer, those of one kind together."""
    groups: dict[str, list[Population]] = {}
    for population in populations:
        groups.setdefault(_kind(population, final), []).append(population)
    return "; ".join(_grouped(layer, kind, members) for kind, members in groups.items())


def _kind(population: Population, final: Network) -> str:
    if population.kind != "if":
        return {"input": "input", "max_pool": "spiking max pooling"}[population.kind]
    if population.name == final.output.name:
        return _OUTPUTS[population.read]
    return "shares" if role(population.name, population.origin) else "neurons"


def _grouped(layer: str, kind: str, members: list[Population]) -> str:
    if kind == "shares":
        shares = list(dict.fromkeys(role(member.name, member.origin) for member in members))
        several = len(shares) > 1
        kind = f"{', '.join(shares[:-1])} and {shares[-1]} neurons" if several else "neurons"
    if kind == "neurons" and all(member.is_step for member in members):
        kind = "step neurons"
    names = [member.name for member in members]
    return kind if names == [layer] else f"{kind}: {', '.join(names)}"


def _as_connections(own: list[str], final: Network, spiking: dict[str, Population]) -> str:
    """Say which populations the connections end at that a layer without neurons is part of."""
    reached: dict[str, None] = {}
    waiting = list(own)
    seen = set(waiting)
    while waiting:
        for node in final.consumers(waiting.pop(0)):
            if node.name in spiking:
                reached[node.name] = None
            elif node.name not in seen:
                seen.add(node.name)
                waiting.append(node.name)
    named = list(reached)[:_NAMED]
    more = f" and {len(reached) - _NAMED} more" if len(reached) > _NAMED else ""
    return f"part of the connections to {', '.join(named)}{more}"
