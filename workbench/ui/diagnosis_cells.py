"""The tables of the Diagnose page: losses with advice, and settings that were tried."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from workbench.analysis.energy import microjoules
from workbench.methods.diagnosis import NOTABLE
from workbench.methods.tuning_result import COSTS, Tuning
from workbench.plot.attribution_waterfall import causes_shown
from workbench.setting_values import Choice, Truth
from workbench.ui.explained_cells import NONE
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.diagnosing import Diagnosed
from workbench.ui.session.messages import counted, short_count
from workbench.ui.widgets.explained_table import Cell, Table

CAUSES = {
    "encoding": "Random input spikes are not the input itself.",
    "rounding": "Weights and biases are rounded to the grid.",
    "calibration": "Calibration has moved biases on purpose.",
    "clipping": "A neuron spikes at most once per step: activations above the scale are cut off.",
    "quantization": "A count of spikes is an integer: with T steps a neuron has T + 1 values.",
    "unevenness": (
        "Spikes do not come evenly: a neuron may spike too early, before inhibition arrives, and "
        "a plain neuron cannot take a spike back."
    ),
    "pooling": "Max pooling by another rule than the exact one.",
    "readout": (
        "The class by output spikes differs from that of the largest value: ties, and samples "
        "without an output spike."
    ),
}
SIZES = {
    "magnitude": (
        "size",
        "Mean absolute difference of decoded and analog activations, as a share of the layer's "
        "scale. A large difference may cost nothing.",
    ),
    "signed": (
        "bias",
        "Mean difference with its sign, as a share of the layer's scale: below 0 the layer spikes "
        "too little, above 0 too much.",
    ),
    "saturated": ("saturated", "Share of neurons that spiked at every step."),
    "silent": ("silent", "Share of neurons that never spiked."),
}
CORRELATION = "Pearson correlation of the decoded spike rates and the analog activations."
ADVICE = (
    "Of the settings that may help against the layer's largest loss, those that win most. They "
    "were tried on the same samples; the gain is of the whole network."
)
NO_ADVICE = (
    f"Nothing was tried where less than {NOTABLE} points are lost; elsewhere, nothing that was "
    "tried helps."
)


def words_of(changes: Mapping[str, Any]) -> str:
    """Tell changes of settings by the labels of their controls."""
    return ", ".join(f"{SETTINGS[name].label}: {_value(name, v)}" for name, v in changes.items())


def _value(name: str, value: Any) -> str:
    values = SETTINGS[name].values
    if isinstance(values, Choice):
        return values.names.get(value, value)
    if isinstance(values, Truth):
        return "on" if value else "off"
    return f"{value:g}"


def losses_table(found: Diagnosed, colours: Mapping[str, str]) -> Table:
    """What every layer loses, by cause, and what was measured to help.

    Parameters
    ----------
    found : Diagnosed
    colours : mapping of layer to colour
    """
    table, diagnosis = found.diagnosis.table, found.diagnosis
    is_error = table.attrs["unit"] == "mse"
    causes = list(causes_shown(table))
    rows = []
    for number, (record, advice) in enumerate(
        zip(table.to_dict("records"), found.advice, strict=True)
    ):
        name = str(record["layer"])
        told = (Cell(NONE, NO_ADVICE), Cell(NONE, number=True), Cell(""))
        if advice is not None:
            gain = _change(-advice.gain if is_error else advice.gain, is_error)
            words = words_of(advice.changes)
            apply = Cell("Apply", f"Apply to all layers: {words}", action=f"advice {number}")
            told = (Cell(words), Cell(gain, number=True), apply)
        rows.append(
            (
                Cell(name, colour=colours.get(name, "transparent")),
                *(_changed(record[key], is_error) for key in ("points", *causes)),
                *told,
                *(_share(record[key], signed=key == "signed") for key in SIZES),
                Cell(_plain(record["correlation"], ".3f"), number=True),
            )
        )
    unit = "change of the error" if is_error else "points"
    whole = (
        "All changes of the mean squared error in this row of the network."
        if is_error
        else "Percentage points of accuracy that change here; all rows add up to SNN less ANN."
    )
    by = "" if diagnosis.labelled else "; without labels, agreement with the ANN counts"
    return Table(
        caption=f"Losses per layer on {found.on}{by}. Click a heading to read what it means.",
        header=(
            Cell("layer"),
            Cell(unit, whole, number=True),
            *(Cell(cause, CAUSES[cause], number=True) for cause in causes),
            Cell("advised setting", ADVICE),
            Cell("measured gain", ADVICE, number=True),
            Cell("set it"),
            *(Cell(name, explanation, number=True) for name, explanation in SIZES.values()),
            Cell("correlation", CORRELATION, number=True),
        ),
        rows=tuple(rows),
        footer=(
            Cell("total"),
            *(_changed(table[key].sum(), is_error) for key in ("points", *causes)),
            *(Cell("", number=True) for _ in range(len(SIZES) + 4)),
        ),
    )


def tried_table(tuning: Tuning) -> Table:
    """Everything that a search has tried, what it chose first."""
    chosen = tuning.table["note"].str.startswith("chosen")
    order = [*tuning.table.index[chosen], *tuning.table.index[~chosen]]
    rows = []
    for number in order:
        record = tuning.table.loc[number]
        if tuning.row_settings[number] is None:
            gaps = (Cell(NONE, number=True),) * 6
            rows.append(
                (Cell(str(record["settings"])), Cell(""), *gaps, Cell(_note(record["note"])))
            )
            continue
        loss = f"{record['loss']:.2f} ± {record['loss_error']:.2f}"
        words = f"{record['settings']} with {counted(int(record['steps']), 'step')}"
        rows.append(
            (
                Cell(str(record["settings"])),
                Cell("Apply", f"Apply {words}", action=f"tried {number}"),
                Cell(f"{record['steps']:,}", number=True),
                Cell(loss, number=True),
                Cell(f"{record['accuracy']:.1%}", number=True),
                Cell(short_count(round(record["synops"])), number=True),
                Cell(microjoules(record["energy"]), number=True),
                Cell(f"{record['samples']:,}", number=True),
                Cell(_note(record["note"])),
            )
        )
    kind = "accuracy" if tuning.labelled else "agreement"
    points = counted(len(rows), "combination")
    return Table(
        caption=f"Tried: {points} of settings and steps. Combinations that are clearly worse, or "
        "cost more than a sufficient one, are measured on few samples.",
        header=(
            Cell("settings"),
            Cell("set it"),
            Cell("steps", number=True),
            Cell(
                "loss",
                "Percentage points below the analog network, with the standard error of the "
                "difference.",
                number=True,
            ),
            Cell(kind, number=True),
            Cell("SynOps", "Synaptic operations per sample.", number=True),
            Cell("energy", "Per sample, with memory traffic; an estimate.", number=True),
            Cell("samples", "Samples on which it was measured.", number=True),
            Cell("note"),
        ),
        rows=tuple(rows),
    )


def best_sentences(tuning: Tuning) -> list[str]:
    """Tell what a search found: what it is, what it keeps and costs, and how sure that is."""
    row = tuning.row
    if row is None:
        return ["Nothing was measured."]
    loss = f"{tuning.max_loss:g} points"
    found = (
        f"{COSTS[tuning.minimise]} with a loss of at most {loss}:"
        if tuning.met
        else f"Nothing that was tried loses at most {loss}. The nearest:"
    )
    steps = counted(int(row["steps"]), "step")
    kind = "accuracy" if tuning.labelled else "agreement with the ANN"
    kept = f"{'validation' if tuning.held_out else 'training'} sample"
    told = [
        f"{found} {row['settings']}, {steps}.",
        f"Loss {row['loss']:.2f} ± {row['loss_error']:.2f} points ({kind} {row['accuracy']:.1%}, "
        f"ANN {row['ann']:.1%}) on {counted(int(row['samples']), kept)}; with 95 % confidence at "
        f"most {row['loss_bound']:.2f} points; "
        f"{short_count(round(row['synops']))} SynOps and {microjoules(row['energy'])} per sample.",
    ]
    if tuning.stopped:
        told.append("The search was stopped before its end.")
    if tuning.met and not tuning.proven:
        told.append("Not proven: the upper bound is above the accepted loss. Take more samples.")
    if tuning.labelled and not tuning.held_out:
        told.append("Samples that the network was trained on lose less than new ones.")
    return told


def _changed(value: float, is_error: bool) -> Cell:
    return Cell(_change(float(value), is_error) if abs(value) > 1e-9 else "0", number=True)


def _change(value: float, is_error: bool) -> str:
    return f"{value:+.3g}" if is_error else f"{value:+.1f}"


def _share(value: float, *, signed: bool = False) -> Cell:
    return Cell(NONE if math.isnan(value) else f"{value:{'+' if signed else ''}.1%}", number=True)


def _plain(value: float, form: str) -> str:
    return NONE if math.isnan(value) else f"{value:{form}}"


def _note(note: str) -> str:
    return str(note).replace("max_loss", "the accepted loss")
