"""The command line's `bench`: speed beside other simulators, or the results table of accuracy."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.bench import SUBJECT_NAMES
from workbench.cli.options import WrongUsage, count_of
from workbench.cli.output import aligned, print_json, print_text, progress, records, stage, tell
from workbench.errors import WorkbenchError
from workbench.methods.presets import PRESETS
from workbench.util.interrupts import EXIT_CODE

if TYPE_CHECKING:
    import pandas as pd

TABLE = Path("accuracy.csv")

STEPS_ONLY_ONE = "--steps: speed is measured with one number of steps"


def bench_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_bench` reads."""
    parser.add_argument(
        "--networks",
        nargs="+",
        metavar="NAME",
        help=f"of {', '.join(SUBJECT_NAMES)}, or bundled networks for --accuracy (default: all)",
    )
    parser.add_argument(
        "--steps",
        type=count_of,
        nargs="+",
        metavar="N",
        help="time steps (default: 100 and 50; of --accuracy: 1 2 4 8 16 32 100)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")
    speed = parser.add_argument_group("speed")
    speed.add_argument("--repeats", type=count_of, default=5, help="measurements (default: 5)")
    speed.add_argument("--quick", action="store_true", help="only check that everything runs")
    speed.add_argument(
        "--warm", action="store_true", help="only compile the kernels and cache them"
    )
    group = parser.add_argument_group(
        "accuracy",
        "Accuracy and cost of bundled networks by preset and steps, on test samples, beside the "
        "conversions of other packages that are installed. What the table's file holds already is "
        "not measured again: press Ctrl-C, and go on later with the same command.",
    )
    group.add_argument(
        "--accuracy", action="store_true", help="measure accuracies in place of speed"
    )
    group.add_argument(
        "--presets", nargs="+", metavar="NAME", help=f"of {', '.join(PRESETS)} (default: all)"
    )
    group.add_argument("--samples", type=count_of, help="test samples, at most (default: 2000)")
    group.add_argument(
        "--no-peers", action="store_true", help="measure this package's presets alone"
    )
    group.add_argument(
        "--table",
        type=Path,
        default=TABLE,
        metavar="FILE",
        help=f"CSV file to read and to add to (default: {TABLE})",
    )
    group.add_argument(
        "--figure",
        type=Path,
        metavar="FOLDER",
        help="draw loss against synaptic operations, one figure per network: .html, and .svg for "
        "both themes and .png where there is a Chromium",
    )
    parser.set_defaults(parser=parser)


def run_bench(options: argparse.Namespace) -> int:
    """Measure what is asked for.

    Returns
    -------
    int
        0, or 130 where Ctrl-C ended the measuring.
    """
    if options.accuracy:
        return _accuracy(options)
    given = [f"--{name}" for name in ("presets", "samples", "figure") if getattr(options, name)]
    if given or options.no_peers or options.table != TABLE:
        named = (given or ["--no-peers" if options.no_peers else "--table"])[0]
        raise WrongUsage(f"{named} belongs to --accuracy; give both")
    if options.steps is not None and len(options.steps) > 1:
        raise WrongUsage(STEPS_ONLY_ONE)
    if options.warm:
        _warm(options)
    else:
        _speed(options)
    return 0


def _warm(options: argparse.Namespace) -> None:
    from workbench.bench import warm

    seconds, kept = warm(stage)
    if options.json:
        print_json({"seconds": seconds, "kept": kept})
    elif kept:
        print_text(f"The kernels were compiled and cached in {seconds:.1f} s.")
    else:
        from workbench.simulation.kernels import NOT_KEPT

        raise WorkbenchError(
            f"The kernels were compiled in {seconds:.1f} s, but not cached: {NOT_KEPT}. Set "
            "NUMBA_CACHE_DIR to a folder of your own, now and for every session."
        )


def _speed(options: argparse.Namespace) -> None:
    from workbench.bench import bench
    from workbench.bench.measurement_table import table

    _check(options, "networks", SUBJECT_NAMES)
    result = bench(
        options.networks,
        steps=options.steps[0] if options.steps else None,
        repeats=options.repeats,
        quick=options.quick,
        notify=stage,
    )
    if options.json:
        print_json(result)
    else:
        print_text(table(result))


def _check(options: argparse.Namespace, name: str, accepted: Sequence[str]) -> None:
    """Refuse values of an option that are not accepted, as argparse does."""
    for value in getattr(options, name) or ():
        if value not in accepted:
            options.parser.error(
                f"argument --{name}: invalid choice: {value!r} (choose from {', '.join(accepted)})"
            )


def _accuracy(options: argparse.Namespace) -> int:
    from workbench.bench.accuracy import SAMPLES, STEPS, accuracy_table
    from workbench.bench.accuracy_figures import drawn
    from workbench.datasets import model_names

    _check(options, "networks", model_names())
    _check(options, "presets", tuple(PRESETS))
    try:
        table = accuracy_table(
            options.table,
            options.networks,
            options.presets,
            steps=options.steps or STEPS,
            samples=options.samples or SAMPLES,
            with_peers=not options.no_peers,
            notify=_begin,
            progress=progress(time_left=True, of="simulated steps"),
        ).table
    except KeyboardInterrupt:
        tell(f"Stopped. {options.table} keeps what was measured; the same command goes on.")
        return EXIT_CODE
    files = [] if options.figure is None else drawn(table, options.figure, tell)
    if options.json:
        print_json({"table": records(table), "files": list(map(str, files))})
        return 0
    parts = [_described(str(name), rows) for name, rows in table.groupby("network", sort=False)]
    parts.append(
        f"{options.table} has all columns. Settings were calibrated by calibration samples alone."
    )
    print_text("\n\n".join(parts))
    for path in files:
        print_text(f"Wrote {path}")
    return 0


def _begin(line: str) -> None:
    """Say what is measured now; in a terminal, in place of the bar that stands there."""
    stage(f"\r\x1b[K{line}" if sys.stderr.isatty() else line)


def _described(name: str, rows: pd.DataFrame) -> str:
    """Return accuracies of a network, a line for each method and a column for each T."""
    import pandas as pd

    first = rows.iloc[0]
    methods = list(rows["method"].unique())
    known = {(row["method"], row["steps"]): row["accuracy"] for _, row in rows.iterrows()}
    columns: dict[str, list[str]] = {"accuracy in %, T =": methods}
    for steps in sorted(rows["steps"].unique()):
        found = [known.get((method, steps), math.nan) for method in methods]
        columns[str(steps)] = ["-" if math.isnan(v) else f"{100 * v:.2f}" for v in found]
    head = (
        f"{name} ({first['training']}): analog {100 * first['ann']:.2f} % of "
        f"{first['samples']:,} test samples"
    )
    notes = rows.dropna(subset=["note"]).drop_duplicates(["method", "note"])
    told = [f"{row['method']}: not measured, {row['note']}" for _, row in notes.iterrows()]
    return "\n".join([head, aligned(pd.DataFrame(columns)), *told])
