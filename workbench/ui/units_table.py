"""The units of a layer that is looked into, as a table to pick from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.ui.session.inside import Inside
from workbench.ui.widgets.explained_table import Cell, Table

ROWS = 12
"""Units that are listed besides the picked ones."""

COLUMNS = {
    "spikes": ("spikes", "Spikes of the unit, less those taken back."),
    "rate_spikes_per_step": ("rate", "Spikes per step."),
    "decoded_activation": ("SNN", "The activation that the spikes represent."),
    "ann_activation": ("ANN", "The activation of the analog network."),
    "difference": ("difference", "By how much the spikes represent more than the ANN has."),
}


def units_table(inside: Inside, picked: Mapping[int, str]) -> Table:
    """List the picked units, and those that differ most or, without an ANN, spike most.

    Parameters
    ----------
    inside : Inside
    picked : mapping of unit to colour
    """
    units = inside.units
    column = "difference" if "difference" in units else "spikes"
    order = np.argsort(-units[column].abs().to_numpy(), kind="stable")
    listed = [*picked, *(int(unit) for unit in order[:ROWS] if int(unit) not in picked)]
    places = [name for name in ("row", "column", "depth", "channel") if name in units]
    numbers = {name: words for name, words in COLUMNS.items() if name in units}
    rows = []
    for unit in listed:
        values = units.iloc[unit]
        what = f"unit {unit:,} of {inside.layer}"
        hint = f"Let {what} go" if unit in picked else f"Pick {what}: see its potential and inputs"
        name = Cell(f"{unit:,}", hint, picked.get(unit, "transparent"), action=str(unit))
        where = [Cell(f"{int(values[place])}", number=True) for place in places]
        shown = [Cell(f"{values[key]:.4g}", number=True) for key in numbers]
        rows.append((name, *where, *shown))
    what = "differ most from the ANN" if column == "difference" else "spike most"
    return Table(
        caption=f"Units of {inside.layer} that {what}. Click a number to pick the unit.",
        header=(
            Cell("unit"),
            *(Cell(place, number=True) for place in places),
            *(Cell(name, about, number=True) for name, about in numbers.values()),
        ),
        rows=tuple(rows),
    )
