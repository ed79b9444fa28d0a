"""The command line's `sweep`: every point of a grid of settings, with what it costs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.options import (
    WrongUsage,
    conversion_of,
    count_of,
    data_options,
    from_options,
    given_settings,
    settings_options,
    simulation_of,
)
from workbench.cli.output import (
    aligned,
    check_table,
    end_search,
    progress,
    records,
    stage,
    tell,
)
from workbench.cli.sources import analog_of
from workbench.errors import SettingsError
from workbench.setting import parsed, settings_of
from workbench.settings import Conversion, Simulation
from workbench.settings_file import file_text
from workbench.sweeps.typed_values import can_be_typed, typed_values
from workbench.util.interrupts import stopping_on_interrupt

if TYPE_CHECKING:
    from workbench.sweeps.result import Sweep

PARTS = ("validation", "train", "test")
COSTS = ("steps", "synops", "energy", "spikes", "latency")


def sweep_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_sweep` reads, but for the network."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_axis,
        metavar="NAME=VALUES",
        help="an axis of the grid: a setting, as it is called in Python, or preset; with its "
        "values, as in percentile=99,99.9 or steps=1..128 or steps=8..64..8. Given again, it adds "
        "values, or another axis.",
    )
    parser.add_argument(
        "--grid",
        type=Path,
        metavar="FILE",
        help="a TOML file with the axes, as in percentile = [99, 99.9]; --set overrides them",
    )
    parser.add_argument(
        "--samples",
        type=_count_or_all,
        default=1000,
        metavar="N",
        help="samples on which points are measured, at most, or 'all' (default: 1000)",
    )
    parser.add_argument(
        "--part",
        choices=PARTS,
        help="part of the data set (default: validation, or train where there is none)",
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="a Parquet file that keeps the points: the next sweep measures what it lacks",
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="of a Dask scheduler whose workers compute"
    )
    parser.add_argument(
        "--cost",
        choices=COSTS,
        default="steps",
        help="what the printed Pareto front weighs against accuracy (default: steps)",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the whole table as CSV")
    parser.add_argument(
        "--parquet", type=Path, metavar="FILE", help="write the whole table as Parquet"
    )
    data_options(parser)
    settings_options(parser, Conversion, Simulation)
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")


def run_sweep(options: argparse.Namespace) -> int:
    """Print the Pareto front, and write the table where that is asked for.

    Returns
    -------
    int
        0; 1 where no point could be measured, 130 where Ctrl-C ended the sweep.

    Raises
    ------
    WorkbenchError
        As `sweep` does.
    """
    from workbench.sweeps.grid import axes_of
    from workbench.sweeps.sweep import sweep

    grid = {**_grid_of(options.grid), **_joined(options.set)}
    if not grid:
        raise WrongUsage("no axis is given; accepted: --set NAME=VALUES, or --grid FILE")
    with from_options():
        axes_of(grid)
    conversion, simulation = conversion_of(options), simulation_of(options)
    # A preset of the grid sets what is not given; what is given counts, also if as the default.
    has_base = options.settings is not None or options.preset is not None
    named = {name: getattr(simulation, name) for name in given_settings(options, Simulation)}
    has_conversion = (
        options.preset is not None
        or bool(given_settings(options, Conversion))
        or conversion != Conversion()
    )
    check_table(options.csv)
    check_table(options.parquet, parquet=True)
    network, data = analog_of(options, simulation, "Sweep")
    stage("Measuring the grid …")
    with stopping_on_interrupt(tell) as stopped:
        table = sweep(
            network,
            data,
            grid,
            samples=options.samples,
            part=options.part,
            conversion=conversion if has_conversion else None,
            simulation=simulation if has_base else named,
            store=options.store,
            cluster=options.cluster,
            progress=progress(time_left=True),
            cancelled=stopped.is_set,
        )
    measured = not table.measured.empty
    return end_search(
        options,
        table,
        lambda: told(table, options.cost),
        lambda: described(table, options.cost),
        measured=measured,
        stopped=table.stopped,
        good=measured,
    )


def told(table: Sweep, cost: str) -> dict[str, Any]:
    """Return a sweep for programs to read."""
    return {
        "axes": list(table.grid_axes),
        "stopped": table.stopped,
        "cost": cost,
        "front": records(table.front(cost)),
        "table": records(table),
    }


def described(table: Sweep, cost: str) -> str:
    """Return a sweep as text: the front, and why points have no figures."""
    import pandas as pd

    from workbench.util.pareto import ACCURACY, measure_of

    measured = table.measured
    parts = [
        f"{len(table):,} point{'s' * (len(table) != 1)}"
        + (", stopped before the end" if table.stopped else "")
    ]
    if len(measured):
        first, front, measure = measured.iloc[0], table.front(cost), measure_of(measured)
        low, high = 100 * front["accuracy_low"], 100 * front["accuracy_high"]
        own = {name: front[name] for name in table.grid_axes}
        shown = pd.DataFrame(
            {
                **own,
                "steps": front["length"],
                measure: [f"{100 * value:.2f} %" for value in front["accuracy"]],
                "95 %": [f"{a:.2f} to {b:.2f}" for a, b in zip(low, high, strict=True)],
                "undecided": [f"{100 * value:.2f} %" for value in front["undecided"]],
                "synops": [f"{value:,.0f}" for value in front["synops"]],
                "energy nJ": [f"{value / 1e3:,.0f}" for value in front["energy"]],
            }
        )
        part = "training" if first["part"] == "train" else first["part"]
        parts[0] += f", {first['samples']:,} {part} samples"
        told = (
            f"Analog network: {100 * first['ann']:.2f} %."
            if measure == ACCURACY
            else "Without labels: agreement with the analog network."
        )
        parts.append(
            f"{told} No other point has a higher {measure} and is cheaper in {cost}:"
            f"\n\n{aligned(shown)}"
        )
    notes = table[table["accuracy"].isna()]["note"]
    counts = notes.value_counts(sort=False)
    parts += [f"Not measured ({count}): {note}" for note, count in counts.items()]
    return "\n\n".join(parts)


def _joined(given: list[tuple[str, list[Any]]]) -> dict[str, list[Any]]:
    """Return axes by name; an option that is given again adds values to its axis."""
    axes: dict[str, list[Any]] = {}
    for name, values in given:
        axes.setdefault(name, []).extend(values)
    return axes


def _axis(text: str) -> tuple[str, list[Any]]:
    """Read an axis; what it raises, argparse shows as wrong usage."""
    name, equals, given = text.partition("=")
    if not equals or not name.strip() or not given.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE,VALUE")
    name = name.strip().replace("-", "_")
    setting = {**settings_of(Conversion), **settings_of(Simulation)}.get(name)
    if not can_be_typed(setting):
        raise argparse.ArgumentTypeError(
            f"{name}: values of single layers and names are given in a file: --grid"
        )
    try:
        return name, typed_values(given, setting)
    except SettingsError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _count_or_all(text: str) -> int | None:
    return None if text == "all" else count_of(text)


def _grid_of(path: Path | None) -> dict[str, Any]:
    """Read the axes of a file: at its top, or in a table [grid]."""
    if path is None:
        return {}
    with from_options():
        given = parsed(file_text(path))
    inner = given.get("grid")
    return inner if isinstance(inner, dict) and len(given) == 1 else given
