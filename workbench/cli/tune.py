"""The command line's `tune`: the cheapest settings that lose few points of accuracy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.options import (
    WrongUsage,
    add_option,
    count_of,
    data_options,
    shown_default,
    simulation_of,
)
from workbench.cli.output import (
    aligned,
    check_table,
    end_search,
    print_text,
    progress,
    records,
    stage,
    tell,
)
from workbench.cli.sources import analog_of
from workbench.methods.presets import KNOWN_TARGETS
from workbench.setting import settings_of
from workbench.settings import Simulation
from workbench.util.interrupts import stopping_on_interrupt

if TYPE_CHECKING:
    import pandas as pd

    from workbench.methods.tuning_result import Tuning

MINIMISED = ("steps", "synops", "energy")

SHOWN = 15
"""Rows of the table that are printed, at most."""

NOT_SHARED = ("steps", "readout", "record", "record_potentials")
"""Settings of the simulation that are tried, or that make no difference."""


def tune_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `run_tune` reads, but for the network."""
    parser.add_argument(
        "--max-loss",
        type=float,
        default=0.5,
        metavar="POINTS",
        help="percentage points of accuracy that may be lost (default: 0.5)",
    )
    parser.add_argument(
        "--minimise",
        choices=MINIMISED,
        default="steps",
        help="what is to be small: time steps, synaptic operations, or energy (default: steps)",
    )
    parser.add_argument(
        "--samples",
        type=count_of,
        help="validation samples, or training samples where there are none, on which the best "
        "settings are compared, at most (default: 2000)",
    )
    parser.add_argument(
        "--try-steps",
        type=count_of,
        nargs="+",
        metavar="N",
        help="numbers of time steps to try (default: 1 2 3 4 6 8 12 16 24 32 64)",
    )
    parser.add_argument(
        "--target", choices=KNOWN_TARGETS, help="an export target that has to express the settings"
    )
    parser.add_argument(
        "--save-settings",
        type=Path,
        metavar="FILE",
        help="write the settings that were found to a TOML file, for --settings",
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="of a Dask scheduler whose workers compute"
    )
    data_options(parser)
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="a TOML file of settings; those of the simulation hold for all runs, options override "
        "them",
    )
    parser.set_defaults(preset=None)
    group = parser.add_argument_group("settings of all runs")
    for name, each in settings_of(Simulation).items():
        if name not in NOT_SHARED:
            add_option(group, each, f"{each.help}{{}} (default: {shown_default(each)})")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write all that was tried as CSV")
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")


def run_tune(options: argparse.Namespace) -> int:
    """Print the settings that were found, and what else was tried with as many samples.

    Returns
    -------
    int
        0; 1 where nothing loses so little, 130 where Ctrl-C ended the search.

    Raises
    ------
    WorkbenchError
        As `tune` does.
    """
    from workbench.methods.tuning import SAMPLES, STEPS, tune

    if not 0 <= options.max_loss <= 100:
        raise WrongUsage(f"--max-loss is {options.max_loss:g}; accepted: 0 to 100 points")
    simulation = simulation_of(options)
    check_table(options.csv)
    check_table(options.save_settings)
    network, data = analog_of(options, simulation, "Tune")
    stage("Trying settings …")
    with stopping_on_interrupt(tell) as stopped:
        found = tune(
            network,
            data,
            options.max_loss,
            options.minimise,
            samples=options.samples or SAMPLES,
            steps=options.try_steps or STEPS,
            simulation=simulation,
            target=options.target,
            cluster=options.cluster,
            progress=progress(time_left=True),
            cancelled=stopped.is_set,
        )
    code = end_search(
        options,
        found.table,
        lambda: told(found),
        lambda: described(found),
        measured=bool(found.table["samples"].notna().any()),
        stopped=found.stopped,
        good=found.met,
    )
    if options.save_settings is not None and found.row is not None:
        from workbench.settings_file import save_settings

        path = save_settings(options.save_settings, found.conversion, found.simulation)
        if not options.json:
            print_text(f"\nWrote {path}: snn-workbench run {options.network} --settings {path}")
    return code


def told(found: Tuning) -> dict[str, Any]:
    """Return what was found for programs to read."""
    chosen = found.table[found.table["note"].str.startswith("chosen")]
    return {
        "network": found.network,
        "max_loss": found.max_loss,
        "minimise": found.minimise,
        "met": found.met,
        "proven": found.proven,
        "held_out": found.held_out,
        "labelled": found.labelled,
        "stopped": found.stopped,
        "chosen": next(iter(records(chosen)), None),
        "conversion": found.conversion.to_dict(),
        "simulation": found.simulation.to_dict(),
        "table": records(found.table),
    }


def described(found: Tuning) -> str:
    """Return what was found as text."""
    parts = [repr(found)]
    table = found.table
    last = table[table["samples"].notna() & (table["samples"] == table["samples"].max())]
    if len(last):
        last = last.assign(is_above=last["loss_bound"] > found.max_loss)
        shown = _shown(last.sort_values(["is_above", found.minimise, "loss"]).head(SHOWN))
        more = f"\n\n{len(last) - SHOWN} more rows: --json" if len(last) > SHOWN else ""
        parts.append(f"The best on as many samples:\n\n{aligned(shown)}{more}")
    refused = table[table["samples"].isna()]
    parts += [f"Refused: {row['settings']}: {row['note']}" for _, row in refused.iterrows()]
    return "\n\n".join(parts)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that matter to people, as text."""
    import pandas as pd

    return pd.DataFrame(
        {
            "steps": table["steps"],
            "accuracy": [f"{100 * value:.2f} %" for value in table["accuracy"]],
            "loss": [f"{value:.2f}" for value in table["loss"]],
            "at most": [f"{value:.2f}" for value in table["loss_bound"]],
            "synops": [f"{value:,.0f}" for value in table["synops"]],
            "energy nJ": [f"{value / 1e3:,.0f}" for value in table["energy"]],
            "settings": table["settings"],
        }
    )
