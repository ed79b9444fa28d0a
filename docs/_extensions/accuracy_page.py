"""The page with the measured accuracies, from the table that the command line has written.

``docs/reference/accuracy.csv`` and the figures in ``docs/images/accuracy`` are made by::

    snn-workbench bench --accuracy --table docs/reference/accuracy.csv --figure docs/images/accuracy
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.bench.accuracy import method_names, settings_text
from workbench.bench.accuracy_file import Known
from workbench.datasets import model_names
from workbench.methods.presets import PRESETS, preset

TABLE = Path(__file__).resolve().parents[1] / "reference" / "accuracy.csv"
FIGURES = Path(__file__).resolve().parents[1] / "images" / "accuracy"

COST_STEPS = (4, 8, 32)
"""Steps whose costs are shown; the file has all."""

INTRODUCTION = Path(__file__).with_suffix(".md")
"""What stands above the tables, with places for what they tell."""


def accuracy_page() -> str:
    """Return the page as Markdown."""
    known = Known.read(TABLE)
    steps, samples = known.table["steps"].unique(), int(known.table["samples"].max())
    methods = dict.fromkeys(method_names(), steps)
    table = known.only(model_names(), methods, dict.fromkeys(model_names(), samples)).table
    table["method"] = [_method(row) for _, row in table.iterrows()]
    kinds = table.drop_duplicates("network").groupby("training")["network"].agg(list).to_dict()
    head = (
        INTRODUCTION.read_text("utf-8")
        .rstrip()
        .format(
            samples=samples,
            one=100 / samples,
            rounded=_listed(kinds.get("count-like rounding", [])),
            plain=_listed(kinds.get("plain ReLU", [])),
            dates=" to ".join(dict.fromkeys((table["date"].min(), table["date"].max()))),
            processors="; ".join(table["processor"].unique()),
        )
    )
    parts = [_network(name, table) for name in table["network"].unique()]
    return "\n\n".join([head, *parts]) + "\n"


def _method(row: pd.Series) -> str:
    """Name a method; that of a preset whose settings have changed since then says so."""
    method = str(row["method"])
    settings = "" if row["settings"] is pd.NA else row["settings"]
    if method in PRESETS and settings != settings_text(*preset(method, row["steps"])):
        return f"{method}, earlier settings"
    return method


def _listed(names: list[str]) -> str:
    *most, last = [f"`{name}`" for name in names] or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def _network(name: str, table: pd.DataFrame) -> str:
    rows = table[table["network"] == name]
    first = rows.iloc[0]
    parts = [f"## {name}", f"Trained with {first['training']}. ANN: {100 * first['ann']:.2f} %."]
    for picture, theme in ((f"{name}.svg", "light"), (f"{name}_dark.svg", "dark")):
        if (FIGURES / picture).exists():
            parts.append(
                f"```{{image}} ../images/accuracy/{picture}\n:class: only-{theme}\n"
                f":alt: Accuracy that {name} loses against synaptic operations\n```"
            )
    parts += ["Accuracy in %, by time steps:", _accuracies(rows)]
    costs = _costs(rows[rows["accuracy"].notna()])
    parts += ["What it costs, per sample:", costs]
    notes = rows.dropna(subset=["note"]).drop_duplicates(["method", "note"])
    parts += [f"{row['method']}: not measured, {row['note']}." for _, row in notes.iterrows()]
    return "\n\n".join(parts)


def _accuracies(rows: pd.DataFrame) -> str:
    steps = sorted(rows["steps"].unique())
    known = {(row["method"], row["steps"]): row["accuracy"] for _, row in rows.iterrows()}
    lines = [_line("method", *steps), "|---|" + "---:|" * len(steps)]
    for method in rows["method"].unique():
        found = (known.get((method, each), float("nan")) for each in steps)
        lines.append(_line(method, *(f"{100 * v:.2f}" if v == v else "" for v in found)))
    return "\n".join(lines)


def _costs(rows: pd.DataFrame) -> str:
    lines = [
        _line(
            "method", "steps", "agreement with the ANN", "undecided", "spikes per neuron",
            "SynOps", "energy: arithmetic, nJ", "with memory, nJ", "quantized ANN, nJ",
        ),
        "|---|" + "---:|" * 8,
    ]  # fmt: skip
    for _, row in rows[rows["steps"].isin(COST_STEPS)].iterrows():
        energies = (row[f"energy_{kind}_nj"] for kind in ("compute", "memory", "ann"))
        lines.append(
            _line(
                row["method"],
                row["steps"],
                f"{100 * row['agreement']:.2f} %",
                f"{100 * row['undecided']:.2f} %",
                f"{row['spikes_per_neuron']:.3g}",
                f"{row['synops']:,.0f}",
                *(f"{value:,.0f}" if value == value else "" for value in energies),
            )
        )
    return "\n".join(lines)


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
