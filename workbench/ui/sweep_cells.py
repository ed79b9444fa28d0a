"""What the Sweep page says of points: their settings in words, and its tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from workbench.analysis.energy import microjoules
from workbench.methods.presets import PRESETS
from workbench.setting import Setting
from workbench.setting_values import Choice, Truth
from workbench.sweeps.grid import PRESET
from workbench.sweeps.typed_values import AUTO
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.messages import counted, short_count
from workbench.ui.session.sweep_order import STEPS
from workbench.ui.session.sweeping import Swept
from workbench.ui.widgets.explained_table import Cell, Table
from workbench.util.pareto import ACCURACY, AGREEMENT, measure_of

MOST_ROWS = 300
"""Of the table of all points: a page with thousands of rows is slow."""

MEASURES = {
    ACCURACY: "Share of the samples that are right",
    AGREEMENT: "Share of the samples in which the spiking network answers as the analog one, as "
    "there are no labels",
}
INTERVAL = (
    "{share}, with its interval of 95 % (Wilson), which narrows with more samples; undecided "
    "samples count as wrong."
)

ORDERS = {
    "accuracy": ("{measure}, best first", False),
    "length": ("time steps", True),
    "synops": ("SynOps", True),
    "energy": ("energy", True),
    "": ("order of the grid", True),
}
"""By what the table can be sorted: columns, with their words and whether small ones come first."""


def orders(measure: str) -> list[tuple[str, str]]:
    """Return what the table can be sorted by, for a menu."""
    return [(words.format(measure=measure), by) for by, (words, _) in ORDERS.items()]


def label_of(name: str) -> str:
    """What an axis is called."""
    return "Preset" if name == PRESET else SETTINGS[name].label


def value_told(name: str, value: Any) -> str:
    """Tell a value of an axis as its control does."""
    if name == PRESET:
        return PRESETS[value].label
    match SETTINGS[name]:
        case Setting(values=Choice(names=names)):
            return names.get(value, value)
        case Setting(values=Truth()):
            return "on" if value else "off"
    if value is None or value != value:  # a table has NaN for a value that is missing
        return AUTO
    if float(value).is_integer():
        return f"{int(value):,}"
    return repr(float(value))  # what differs looks different


def choice_told(swept: Swept, row: Any) -> str:
    """Tell the settings of a row: its values of the axes, and the steps."""
    told = [
        f"{label_of(name)} {value_told(name, row[name])}" for name in own_axes(swept)
    ]  # fmt: skip
    return ", ".join([*told, counted(int(row["length"]), "time step")])


def own_axes(swept: Swept) -> list[str]:
    """Return the axes without the steps, which every table has."""
    return [name for name in swept.order.grid if name != STEPS]


def front_table(swept: Swept, cost: str, words: str) -> Table:
    """The points that no other one beats in both accuracy and cost, the most accurate first."""
    front = swept.table.front(cost).iloc[::-1]
    return _table(
        swept,
        front,
        f"Pareto front: {counted(len(front), 'point')}. No other point has a higher "
        f"{measure_of(swept.table)} and is cheaper in {words}.",
    )


def points_table(swept: Swept, by: str) -> Table:
    """All points with figures, sorted by a column of `ORDERS`."""
    rows: pd.DataFrame = swept.table.measured
    if by:
        columns, ways = [by, "length"], [ORDERS[by][1], True]
        if by == "length":
            columns, ways = ["length", "accuracy"], [True, False]
        rows = rows.sort_values(columns, ascending=ways, kind="stable")
    shown = rows.iloc[:MOST_ROWS]
    more = f" The first {MOST_ROWS:,} of {len(rows):,}; the CSV file holds all."
    return _table(
        swept,
        shown,
        f"Measured: {counted(len(rows), 'point')}.{more if len(rows) > MOST_ROWS else ''}",
    )


def refused_table(swept: Swept) -> Table | None:
    """Points that could not run, those of all numbers of steps in a row; None where all could."""
    rows = swept.table[swept.table["accuracy"].isna()]
    if rows.empty:
        return None
    axes = own_axes(swept)
    lines: dict[tuple[str, ...], list[int]] = {}
    for row in rows.to_dict("records"):
        told = (*(value_told(name, row[name]) for name in axes), str(row["note"]))
        lines.setdefault(told, []).append(int(row["steps"]))
    return Table(
        caption=f"Could not run: {counted(len(rows), 'point')}.",
        header=(*(Cell(label_of(name)) for name in axes), Cell("time steps"), Cell("reason")),
        rows=tuple(
            (*map(Cell, values), Cell(_steps_told(steps)), Cell(reason))
            for (*values, reason), steps in lines.items()
        ),
    )


def _table(swept: Swept, rows: pd.DataFrame, caption: str) -> Table:
    axes = own_axes(swept)
    noted, measure = bool(rows["note"].astype(bool).any()), measure_of(swept.table)
    return Table(
        caption=caption,
        header=(
            *(Cell(label_of(name)) for name in axes),
            Cell("time steps", number=True),
            Cell("load"),
            Cell(measure, INTERVAL.format(share=MEASURES[measure]), number=True),
            Cell("loss", "Percentage points below the analog network.", number=True),
            Cell("SynOps", "Synaptic operations per sample.", number=True),
            Cell("energy", "Per sample, with memory traffic; an estimate.", number=True),
            *([Cell("note")] if noted else []),
        ),
        rows=tuple(_line(swept, axes, point, row, noted) for point, row in _records(rows)),
    )


def _records(rows: pd.DataFrame) -> Iterable[tuple[int, dict[Any, Any]]]:
    return zip(map(int, rows.index), rows.to_dict("records"), strict=True)


def _line(
    swept: Swept, axes: list[str], point: int, row: dict[str, Any], noted: bool
) -> tuple[Cell, ...]:
    low, high = 100 * row["accuracy_low"], 100 * row["accuracy_high"]
    load = Cell("Load", f"Load {choice_told(swept, row)}", action=f"point {point}")
    return (
        *(Cell(value_told(name, row[name])) for name in axes),
        Cell(f"{row['length']:,}", number=True),
        load,
        Cell(f"{100 * row['accuracy']:.1f} % ({low:.1f} to {high:.1f})", number=True),
        Cell(f"{row['loss']:.2f}", number=True),
        Cell(short_count(round(row["synops"])), number=True),
        Cell(microjoules(row["energy"]), number=True),
        *([Cell(str(row["note"]))] if noted else []),
    )


def _steps_told(steps: list[int]) -> str:
    return f"{steps[0]:,}" if len(steps) == 1 else f"{min(steps):,} to {max(steps):,}"
