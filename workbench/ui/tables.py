"""Tables of the workbench: from a network or a result to cells with their explanations."""

from __future__ import annotations

import math
from collections.abc import Mapping

from workbench.network.counts import EXPLANATIONS, formula
from workbench.network.graph import Network, Node
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Identity
from workbench.ui.results import SampleRun
from workbench.ui.widgets.explained_table import Cell, Table
from workbench.ui.words import short_count

COUNTED = {
    "parameters": "parameters",
    "neurons": "neurons",
    "synapses": "synapses",
    "operations": "ANN operations",
    "synapses_border_free": "border-free estimate",
}
_COSTS = {
    "spikes": "Spikes of the layer's neurons, for the shown sample.",
    "synops": (
        "Synaptic operations: one for every synapse that exists behind a spike, charged to the "
        "layer where the synapses end."
    ),
    "macs": (
        "Multiply-accumulates. A constant input current does not change, so it is computed once "
        "per sample, in the layers that the input reaches."
    ),
    "neuron_updates": "Neurons times steps: how often a membrane potential is updated.",
    "energy_pj": (
        "4.6 pJ per multiply-accumulate and 0.9 pJ per synaptic operation (45 nm, float32, "
        "Horowitz 2014). Memory traffic is not in it, and it is usually the larger part."
    ),
}




def number(value: float, explanation: str = "") -> Cell:
    """A cell with a number."""
    return Cell(f"{value:,.0f}", explanation, number=True)


def counts_table(network: Network, colours: Mapping[str, str]) -> Table:
    """The numbers people confuse, side by side, per layer and in total."""
    table = network.summary()
    # Where the neurons of a population stand: at the activation, if that is a layer of its own.
    layers = [node.name for node in network.nodes[1:] if node.name in colours]
    marked = {network.carrier(name): colours[name] for name in layers}
    rows = []
    for record in table.to_dict("records"):
        node = network[str(record["name"])]
        lines = formula(network, node)
        lines["synapses_border_free"] = (
            "Every input unit with the full fan-out, as if the image had no border: "
            f"{record['synapses_border_free']:,}, of which {record['synapses']:,} exist."
        )
        rows.append(
            (
                Cell(node.name, colour=marked.get(node.name, "transparent")),
                Cell(_kind(node)),
                Cell(" × ".join(map(str, record["output_shape"]))),
                *(number(record[key], f"{node.name}: {lines[key]}.") for key in COUNTED),
            )
        )
    totals = network.totals
    return Table(
        caption=f"What '{network.name}' consists of. Click a number or a heading to see where "
        "it comes from.",
        header=(
            Cell("layer"),
            Cell("kind"),
            Cell("output"),
            *(Cell(name, EXPLANATIONS[key], number=True) for key, name in COUNTED.items()),
        ),
        rows=tuple(rows),
        footer=(
            Cell("total"),
            Cell(""),
            Cell(""),
            *(number(getattr(totals, key), EXPLANATIONS[key]) for key in COUNTED),
        ),
    )


def _kind(node: Node) -> str:
    """Kind of a node's layer; an activation that is a layer of its own goes by its name."""
    if isinstance(node.layer, Identity):
        return type(node.activation).__name__
    return node.layer.kind


def populations_table(network: SpikingNetwork, colours: Mapping[str, str]) -> Table:
    """What each layer became."""
    rows = []
    for record in network.summary().to_dict("records"):
        rows.append(
            (
                Cell(str(record["name"]), colour=colours.get(str(record["name"]), "")),
                Cell({"if": "integrate and fire", "max_pool": "max pooling"}[str(record["kind"])]),
                number(record["neurons"]),
                number(record["synapses"]),
                Cell(f"{record['threshold']:.4g}", number=True),
                Cell(f"{record['scale']:.4g}", number=True),
                Cell(str(record["reset"])),
            )
        )
    return Table(
        caption="What each layer became",
        header=(
            Cell("layer"),
            Cell("neurons' rule"),
            Cell("neurons", EXPLANATIONS["neurons"], number=True),
            Cell(
                "synapses",
                "Connections that end at the layer's neurons. Average pooling has no neurons of "
                "its own: its connections are multiplied into those of the next layer, so there "
                "are more than in the network's own table.",
                number=True,
            ),
            Cell(
                "threshold",
                "A neuron spikes when its membrane potential reaches the threshold. 1 is the "
                "normalized threshold.",
                number=True,
            ),
            Cell(
                "scale λ",
                "The activation that one spike per step stands for: the chosen percentile of the "
                "layer's activations. With one scale per channel, their mean.",
                number=True,
            ),
            Cell("reset", "What a spike does to the membrane potential."),
        ),
        rows=tuple(rows),
    )


def trace_table(network: SpikingNetwork) -> Table:
    """What each step of the conversion did, with its deviation."""
    return Table(
        caption="Steps of the conversion",
        header=(
            Cell("step"),
            Cell("exact?", "An exact step leaves the outputs as they were, up to rounding."),
            Cell(
                "deviation",
                "Largest difference of the outputs before and after the step, relative to the "
                "largest output, on calibration samples.",
                number=True,
            ),
            Cell("remark"),
        ),
        rows=tuple(
            (Cell(step), Cell(exact), Cell(f"{deviation:.1e}", number=True), Cell(remark))
            for step, exact, deviation, remark in network.trace_rows
        ),
    )


def report_table(network: Network) -> Table:
    """What reading the file did to every layer of it."""
    return Table(
        caption="What reading the network did to its layers",
        header=(Cell("source layer"), Cell("kind"), Cell("what was done")),
        rows=tuple(tuple(Cell(str(text)) for text in row) for row in network.report_rows),
    )


def cost_table(run: SampleRun | None, colours: Mapping[str, str]) -> Table:
    """What the shown sample cost, layer by layer, with its agreement with the analog network."""
    rows, total = [], dict.fromkeys(_COSTS, 0.0)
    records = [] if run is None or run.operations is None else run.operations.to_dict("records")
    for record in records:
        name = str(record["layer"])
        for key in _COSTS:
            total[key] += float(record[key])
        value = math.nan if run is None else run.correlations.get(name, math.nan)
        rows.append(
            (
                Cell(name, colour=colours.get(name, "")),
                *(_cost(key, float(record[key])) for key in _COSTS),
                Cell("–" if math.isnan(value) else f"{value:.4f}", number=True),
            )
        )
    headings = ("spikes", "SynOps", "MACs", "neuron updates", "energy")
    return Table(
        caption="What the shown sample cost",
        header=(
            Cell("layer"),
            *(
                Cell(heading, explanation, number=True)
                for heading, explanation in zip(headings, _COSTS.values(), strict=True)
            ),
            Cell(
                "correlation",
                "Pearson correlation of the analog activations and the decoded spike rates, over "
                "all units of the layer, for the shown sample.",
                number=True,
            ),
        ),
        rows=tuple(rows),
        footer=(Cell("total"), *(_cost(key, total[key]) for key in _COSTS), Cell(""))
        if rows
        else (),
    )


def _cost(key: str, value: float) -> Cell:
    if key == "energy_pj":
        return Cell(f"{value / 1e6:,.3g} µJ", number=True)
    return Cell(short_count(round(value)), f"{value:,.0f}" if value >= 1e6 else "", number=True)
