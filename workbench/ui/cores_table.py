"""What the layers of a network take of a chip, as a table; it names the colours of the plot."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.ui.tables import NONE, number
from workbench.ui.widgets.explained_table import Cell, Table

HELD = {
    "compartments": ("neurons", "Compartments: the neurons that a core holds."),
    "synapse_bytes": ("synapse memory", "A byte a synapse; the chip's index is not in it."),
    "input_axons": ("input axons", "Different sources that the neurons of a core read."),
    "output_axons": ("output axons", "A neuron counts once for each core that it reaches."),
}
"""Columns of `workbench.export.loihi.resource_map`: heading and explanation."""


def cores_table(table: pd.DataFrame, colours: Mapping[str, str]) -> Table:
    """Return a row a layer: its cores, and what its fullest core holds.

    Parameters
    ----------
    table : DataFrame
        A row a core, as `workbench.export.loihi.resource_map` gives it.
    colours : dict of layer to colour
    """
    header = [Cell("layer"), Cell("cores", number=True), Cell("neurons", number=True)]
    header.append(Cell("synapses", number=True))
    header += [Cell(f"{name}, fullest core", text, number=True) for name, text in HELD.values()]
    rows = []
    for layer, cores in table.groupby("layer", sort=False):
        first, last = int(cores.index[0]), int(cores.index[-1])
        places = f"Core {first}." if first == last else f"Cores {first} to {last}."
        rows.append(
            (
                Cell(str(layer), colour=colours.get(str(layer), "")),
                number(len(cores), f"{places} Cores are counted on over all chips."),
                number(cores["compartments"].sum()),
                number(cores["synapse_bytes"].sum()),
                *(_fullest(cores, held) for held in HELD),
            )
        )
    total = Cell("in all"), number(len(table)), number(table["compartments"].sum())
    footer = (*total, number(table["synapse_bytes"].sum()), *[Cell(NONE, number=True)] * len(HELD))
    return Table("What the layers take of the chip", tuple(header), tuple(rows), footer)


def _fullest(cores: pd.DataFrame, held: str) -> Cell:
    """What the fullest core of a layer holds, with its share of the limit."""
    most, share = int(cores[held].max()), cores[f"{held}_share"].max()
    if pd.isna(share):
        return number(most, "No limit is published.")
    return Cell(f"{most:,} ({share:.0%})", f"{share:.1%} of what a core can hold.", number=True)
