"""Tables of the workbench: from a network or a result to cells with their explanations."""

from __future__ import annotations

import math
from collections.abc import Mapping

from workbench.analysis.energy import microjoules
from workbench.conversion.layer_report import role
from workbench.network.counts import EXPLANATIONS, formula
from workbench.network.graph import Network, Node
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Identity
from workbench.ui.session.messages import short_count
from workbench.ui.session.results import SampleRun
from workbench.ui.widgets.explained_table import Cell, Table

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
        "Synaptic operations: one for every synapse that a spike reaches, counted in the layer "
        "where the synapses end."
    ),
    "macs": (
        "Multiply-accumulates. A constant input current does not change, so it is computed once "
        "per sample, in the layers that the input reaches."
    ),
    "neuron_updates": "Neurons times steps: how often a membrane potential is updated.",
    "energy_pj": (
        "4.6 pJ per multiply-accumulate and 0.9 pJ per synaptic operation (45 nm, float32, "
        "Horowitz 2014). Memory traffic is not included; it usually costs more."
    ),
    "energy_memory_pj": (
        "With memory: a weight is read per synaptic operation, each membrane potential is read and "
        "written in every step, each spike's address is written and read. An access costs what the "
        "smallest memory costs that holds the layer (8 KB, 32 KB, 1 MB, DRAM). An estimate."
    ),
    "energy_ann_pj": (
        "The same layer in an ordinary network of the same precision, with 8-bit weights and as "
        "many bits per activation as the steps can distinguish, with the same memory. Compare it "
        "with the column before."
    ),
}

NONE = "–"
"""What a cell shows where there is nothing to tell."""

_SHARES = {
    "ON": (
        "Spikes have no sign, so a layer whose values have one takes several populations. ON "
        "carries what is above zero."
    ),
    "OFF": (
        "Spikes have no sign, so a layer whose values have one takes several populations. OFF "
        "carries what is below zero, and acts on the next layer with the opposite weights."
    ),
    "step": (
        "Represents the jump of an activation: it spikes at every step where its sum is above it."
    ),
}
_STEP = (
    "A neuron of a step function has no memory: it spikes at every step in which its sum is above "
    "zero."
)


def number(value: float, explanation: str = "") -> Cell:
    """A cell with a number."""
    return Cell(f"{value:,.0f}", explanation, number=True)


def counts_table(
    network: Network, colours: Mapping[str, str], origins: Mapping[str, str] | None = None
) -> Table:
    """The numbers people confuse, side by side, per layer and in total.

    Parameters
    ----------
    network : Network
    colours : mapping of population name to colour
    origins : mapping of population name to layer name
        Layer that each population belongs to; its own name where this has none.
    """
    table = network.summary()
    marked: dict[str, str] = {}
    for population, colour in colours.items():
        layer = (origins or {}).get(population, population)
        if layer in set(table["name"]):
            # Where its neurons stand: at the activation, if that is a layer of its own.
            marked.setdefault(network.carrier(layer), colour)
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
        caption=f"What '{network.name}' consists of. Click a number or a heading to see how it is "
        "counted.",
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
        population = network.population(str(record["name"]))
        is_neural, is_step = population.kind == "if", population.is_step
        rows.append(
            (
                Cell(population.name, colour=colours.get(population.name, "")),
                Cell(*_rule(population)),
                number(record["neurons"]),
                number(record["synapses"]),
                Cell(
                    f"{record['threshold']:.4g}" if is_neural and not is_step else NONE,
                    _STEP if is_step else "",
                    number=True,
                ),
                Cell(NONE if is_step else f"{record['scale']:.4g}", number=True),
                Cell(population.reset_rule.label if is_neural else NONE),
            )
        )
    return Table(
        caption="Populations of the spiking network",
        header=(
            Cell("population"),
            Cell("units", "What the units do, and which part of a layer's values they represent."),
            Cell("neurons", EXPLANATIONS["neurons"], number=True),
            Cell(
                "synapses",
                "Connections that end at the population's neurons. Average pooling has no "
                "neurons of its own: its connections are multiplied into those of the next "
                "layer, so this number is larger than in the table of the network.",
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
                "The activation that one spike per step represents: the chosen percentile of the "
                "layer's activations. With one scale per channel, their mean.",
                number=True,
            ),
            Cell("reset", "What a spike does to the membrane potential."),
        ),
        rows=tuple(rows),
    )


def layer_facts(
    network: Network | None, spiking: SpikingNetwork, population: Population
) -> list[dict[str, str]]:
    """Return what a layer's card tells, each with its explanation, as the tables explain it."""
    shape = " × ".join(map(str, population.shape))
    if population is spiking.input:
        return [{"text": shape, "explanation": f"{population.name}: {shape} inputs per sample."}]
    rule, share = _rule(population)
    facts = [{"text": shape, "explanation": f"{population.name}: {rule}. {share}".strip()}]
    if population.kind == "if":
        told = f"{shape} = {population.size:,} units"
        if network is not None and population.origin in network.names:
            told = formula(network, network[population.origin])["neurons"]
        explanation = f"{population.name}: {told}. {EXPLANATIONS['neurons']}"
        count = "1 neuron" if population.size == 1 else f"{population.size:,} neurons"
        facts.append({"text": count, "explanation": explanation})
    else:
        explanation = f"{population.name}: units that pass spikes on, without a membrane."
        facts.append({"text": f"{population.size:,} units", "explanation": explanation})
    return facts


def _rule(population: Population) -> tuple[str, str]:
    """What a population's units do, and why there are several populations of a layer."""
    if population.kind == "max_pool":
        return "max pooling", ""
    rule = "step" if population.is_step else "integrate and fire"
    share = role(population.name, population.origin)
    if not share:
        return rule, _STEP if rule == "step" else ""
    return f"{rule}, {share} of {population.origin}", _SHARES[share]


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


def report_table(network: SpikingNetwork) -> Table:
    """What became of every layer of the source."""
    trace = {step: (exact, deviation) for step, exact, deviation, _ in network.trace_rows}
    rows = []
    for layer, kind, action, became, steps in network.report_rows:
        told = "; ".join(
            f"Step '{step}': {trace[step][0]}, deviation {trace[step][1]:.1e}"
            for step in steps.split(", ")
            if step in trace
        )
        rows.append((Cell(layer), Cell(kind), Cell(action), Cell(became or NONE, told)))
    return Table(
        caption="What the source's layers became",
        header=(
            Cell("source layer"),
            Cell("kind"),
            Cell("when read", "What reading the network did to the layer."),
            Cell(
                "when converted",
                "What conversion made of the layer. Click an entry to see which step did it, and "
                "by how much that changed the outputs.",
            ),
        ),
        rows=tuple(rows),
    )


def cost_table(run: SampleRun | None, colours: Mapping[str, str]) -> Table:
    """Cost of the shown sample, layer by layer, with its agreement with the analog network."""
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
                Cell(NONE if math.isnan(value) else f"{value:.4f}", number=True),
            )
        )
    energies = ("energy, compute", "energy with memory", "quantized ANN")
    headings = ("spikes", "SynOps", "MACs", "neuron updates", *energies)
    return Table(
        caption="Cost of the shown sample",
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
    if key.endswith("_pj"):
        return Cell(microjoules(value), number=True)
    return Cell(short_count(round(value)), f"{value:,.0f}" if value >= 1e6 else "", number=True)
