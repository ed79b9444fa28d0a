"""What the layers of a network take of a chip, as a table; it names the colours of the plot."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.ui.explained_cells import NONE, number
from workbench.ui.widgets.explained_table import Cell, Table

HELD = {
    "compartments": ("neurons", "compartments"),
    "synapse_bytes": ("memory", "bytes of synapse memory, one byte per synapse"),
    "input_axons": ("axons in", "input axons, one for each source that its neurons read"),
    "output_axons": ("axons out", "output axons, one per neuron and core that it reaches"),
}
"""Columns of `workbench.exporters.loihi.resource_map`: heading and unit."""


def cores_table(table: pd.DataFrame, colours: Mapping[str, str]) -> Table:
    """Return a row a layer: its cores, and what its fullest core holds.

    Parameters
    ----------
    table : DataFrame
        A row a core, as `workbench.exporters.loihi.resource_map` gives it.
    colours : dict of layer to colour
    """
    header = [Cell("layer"), Cell("cores", number=True), Cell("neurons", number=True)]
    header.append(Cell("synapses", number=True))
    header += [
        Cell(name, f"Of the layer's fullest core: {unit}.", number=True)
        for name, unit in HELD.values()
    ]
    rows = []
    for layer, cores in table.groupby("layer", sort=False):
        first, last = int(cores.index[0]), int(cores.index[-1])
        places = f"Core {first}." if first == last else f"Cores {first} to {last}."
        rows.append(
            (
                Cell(str(layer), colour=colours.get(str(layer), "")),
                number(len(cores), f"{places} Cores are numbered over all chips."),
                number(cores["compartments"].sum()),
                number(cores["synapse_bytes"].sum()),
                *(_fullest(cores, held) for held in HELD),
            )
        )
    total = Cell("in all"), number(len(table)), number(table["compartments"].sum())
    footer = (*total, number(table["synapse_bytes"].sum()), *[Cell(NONE, number=True)] * len(HELD))
    caption = "What the layers use of the chip. On the right: how full the fullest core is"
    return Table(caption, tuple(header), tuple(rows), footer)


def _fullest(cores: pd.DataFrame, held: str) -> Cell:
    """How full a layer's fullest core is; what it holds, where no limit is published."""
    most, share = int(cores[held].max()), cores[f"{held}_share"].max()
    told = f"{most:,} {HELD[held][1]}"
    if pd.isna(share):
        return number(most, f"{told}. No limit of a core is published.")
    return Cell(f"{share:.0%}", f"{told}: {share:.1%} of what a core can hold.", number=True)
