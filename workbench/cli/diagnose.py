"""The command line's `diagnose`: where accuracy is lost, and what wins it back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from workbench.cli.options import count_of, data_options, settings_options, simulation_of
from workbench.cli.output import print_json, print_text, progress, records, stage
from workbench.cli.sources import spiking_of
from workbench.errors import WorkbenchError
from workbench.settings import Conversion, Simulation

if TYPE_CHECKING:
    import pandas as pd

SAMPLES = 200

ALWAYS = ("clipping", "quantization", "unevenness")
"""Causes that are shown though they change nothing."""


def diagnose_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_diagnose` reads, but for the network."""
    parser.add_argument(
        "--samples",
        type=count_of,
        default=SAMPLES,
        help="validation samples, or training samples where there are none, that are followed "
        f"through the layers (default: {SAMPLES})",
    )
    parser.add_argument(
        "--no-advice", action="store_true", help="only measure; try no other settings"
    )
    data_options(parser)
    settings_options(parser, Conversion, Simulation)
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")


def run_diagnose(options: argparse.Namespace) -> None:
    """Print the losses of every layer, and settings that help.

    Validation or training samples are followed: no setting is chosen by those of the test.

    Raises
    ------
    WorkbenchError
        If the network spikes already.
    """
    from workbench.methods.diagnosis import attribute, samples_for_choosing

    settings = simulation_of(options)
    network, spiking, data = spiking_of(options, settings)
    if network is None:
        raise WorkbenchError(
            f"{options.network} is a spiking network, whose analog one is not known. Diagnose the "
            "network that it was converted from."
        )
    x, y, part = samples_for_choosing(data, options.samples)
    stage("Following samples through the layers …")
    calibration = None if options.no_advice else data.calibration
    table = attribute(
        network, spiking, x, y, settings, calibration=calibration, progress=progress()
    )
    if options.json:
        print_json({"network": network.name, **table.attrs, "layers": records(table)})
        return
    print_text(described(table, f"{len(x):,} {part} samples", labelled=y is not None))


def described(table: pd.DataFrame, samples: str, *, labelled: bool) -> str:
    """Return a diagnosis as text.

    Parameters
    ----------
    table : DataFrame
        As `attribute` returns it.
    samples : str
        How many of which part, as "200 validation samples".
    labelled : bool
        Whether accuracy was measured, not agreement with the analog network.
    """
    from workbench.methods.attribution import PRICED

    ann, snn, unit = (table.attrs[name] for name in ("ann", "snn", "unit"))
    is_error = unit == "mse"
    what = "Mean squared error" if is_error else "Accuracy" if labelled else "Agreement"
    lines = [
        f"{what} on {samples}: analog {_amount(ann, is_error)}, spiking "
        f"{_amount(snn, is_error)}, change {_change(snn - ann, is_error)}",
        "",
    ]
    causes = [name for name in PRICED if name in ALWAYS or table[name].any()]
    columns = ["points", *causes]
    rows = [["layer", *columns, "saturated", "silent"]]
    for _, row in table.iterrows():
        changes = [_change(row[name], is_error, unit=False) for name in columns]
        shares = [
            "" if row[name] != row[name] else f"{row[name]:.1%}" for name in ("saturated", "silent")
        ]
        rows.append([row["layer"], *changes, *shares])
    rows.append(
        ["total", *(_change(table[n].sum(), is_error, unit=False) for n in columns), "", ""]
    )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first_cell, *cells in rows:
        numbers = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        lines.append("  ".join((f"{first_cell:<{widths[0]}}", *numbers)).rstrip())
    kind = "of the mean squared error" if is_error else "of accuracy, in percentage points"
    lines += ["", f"Changes {kind}, per layer and cause."]
    advised = table[table["advice"] != ""].drop_duplicates("advice")
    for _, row in advised.sort_values("measured_gain", ascending=False).iterrows():
        text, gain = row["advice"], row["measured_gain"]
        lines.append(f"With {text}: {_change(gain, is_error)} (measured on these samples)")
    return "\n".join(lines)


def _amount(value: float, is_error: bool) -> str:
    return f"{value:.4g}" if is_error else f"{value:.2f} %"


def _change(value: Any, is_error: bool, *, unit: bool = True) -> str:
    if is_error:
        return f"{value:+.3g}"
    return f"{value:+.2f}{' points' if unit else ''}"
