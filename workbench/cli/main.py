"""The command `snn-workbench`: what the workbench does, from a shell or somebody's CI.

Exit codes: 0 done, 1 refused with a reason, 2 wrong usage, which includes values of options
that are not accepted, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench import __version__
from workbench.cli.bench import bench_options, run_bench
from workbench.cli.dashboard import dashboard_options, run_dashboard
from workbench.cli.diagnose import diagnose_options, run_diagnose
from workbench.cli.docs import docs_options, run_docs
from workbench.cli.doctor import run_doctor
from workbench.cli.export import export_options, run_export, target_options
from workbench.cli.options import (
    WrongUsage,
    changed_options,
    count_of,
    data_options,
    from_options,
    network_options,
    reading_of,
    settings_options,
    share_of,
    simulation_of,
)
from workbench.cli.output import (
    aligned,
    print_json,
    print_result,
    progress_log,
    records,
    stage,
    tell,
    warnings_told,
)
from workbench.cli.result import run_result
from workbench.cli.sources import spiking_of
from workbench.cli.sweep import run_sweep, sweep_options
from workbench.cli.tune import run_tune, tune_options
from workbench.errors import WorkbenchError
from workbench.settings import Conversion, Simulation
from workbench.settings_reference import settings_records, settings_table
from workbench.util.interrupts import EXIT_CODE, end_now, ending_soon

if TYPE_CHECKING:
    from workbench.network.graph import Network

NETWORK_HELP = (
    "a bundled name (lenet, mlp, maxpool, resnet, resnet_plain, fashion, counting), or a .keras, "
    ".h5, .json, .onnx, .nir or .snn file"
)


COMPLETING = "_ARGCOMPLETE"
"""Set where a shell asks what it could complete."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    with ending_soon() as pressed:
        try:
            code = _main(arguments)
        except KeyboardInterrupt:
            if not pressed.wait(0.1):
                print("snn-workbench: stopped", file=sys.stderr)
                return EXIT_CODE
            end_now()
        except Exception:
            if not pressed.is_set():
                raise
        if pressed.is_set():  # whatever became of it, such as an import that failed
            end_now()
        return code


def _main(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else list(map(str, arguments))
    if COMPLETING in os.environ:
        _complete()
    options = command_parser(targets="export" in given).parse_args(given)
    try:
        with warnings_told(), progress_log():
            code = int(options.run(options) or 0)
        sys.stdout.flush()
        return code
    except WrongUsage as error:
        print(f"snn-workbench: {error}", file=sys.stderr)
        return 2
    except WorkbenchError as error:
        print(f"snn-workbench: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads, such as `head`, has enough; Python would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complete() -> None:
    """Answer a shell that completes the command, and end."""
    with suppress(ImportError):
        import argcomplete

        argcomplete.autocomplete(command_parser())


def command_parser(*, targets: bool = True) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; the documentation prints its help.

    Parameters
    ----------
    targets : bool
        Whether the command `export` has the options of all targets, which takes longer.
    """
    parser = argparse.ArgumentParser(
        prog="snn-workbench",
        description="Turn trained neural networks into spiking ones, watch, tune and export them.",
    )
    parser.add_argument("--version", action="version", version=f"snn-workbench {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = _command(commands, "lab", _lab, "open the workbench in JupyterLab")
    lab.add_argument(
        "folder", nargs="?", default=".", help="folder to work in (default: the current one)"
    )
    lab.add_argument("--port", type=int, help="port on this machine (default: the next free one)")
    lab.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: only this machine)",
    )
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    lab.add_argument(
        "--course",
        action="store_true",
        help="copy the notebooks of the course into the folder, and open the first one; files that "
        "were changed are left as they are",
    )
    lab.add_argument(
        "--solutions",
        action="store_true",
        help="with --course: copy solutions and notes for teachers, too",
    )
    lab.set_defaults(parser=lab)

    dashboard = _command(commands, "dashboard", run_dashboard, "serve the workbench with Voila")
    dashboard_options(dashboard)

    inspect = _command(
        commands,
        "inspect",
        _inspect,
        "count a network's neurons and synapses, report what became of its layers",
    )
    network_options(inspect, NETWORK_HELP)
    _json_option(inspect)

    convert = _command(commands, "convert", _convert, "write the spiking form of a network")
    network_options(convert, NETWORK_HELP)
    convert.add_argument("file", type=Path, help="the .snn file to write")
    data_options(convert)
    settings_options(convert, Conversion)
    _json_option(convert)

    run = _command(commands, "run", _run, "simulate test samples: accuracy or error, and cost")
    network_options(run, NETWORK_HELP, nargs="?")
    run.add_argument(
        "--snn-toolbox",
        type=Path,
        metavar="FILE",
        help="a configuration file of snn_toolbox, instead of network, samples and settings",
    )
    run.add_argument("--samples", type=count_of, help="test samples (default: all)")
    run.add_argument(
        "--min-accuracy",
        type=share_of,
        metavar="SHARE",
        help="exit with 1 where the accuracy is below this share, as 0.98",
    )
    run.add_argument(
        "--report",
        type=Path,
        metavar="FOLDER",
        help="write a page with figures of the run, and its tables as CSV; the layers that "
        "--record names are drawn",
    )
    data_options(run)
    settings_options(run, Conversion, Simulation)
    _json_option(run)
    run.set_defaults(parser=run)

    summary = "trace lost accuracy to layers and causes, and advise settings"
    diagnose = _command(commands, "diagnose", run_diagnose, summary)
    network_options(diagnose, NETWORK_HELP)
    diagnose_options(diagnose)

    summary = "find the cheapest settings that lose few points of accuracy"
    tune = _command(commands, "tune", run_tune, summary)
    network_options(tune, NETWORK_HELP)
    tune_options(tune)

    summary = "measure a grid of settings: accuracy, cost, and the Pareto front"
    sweep = _command(commands, "sweep", run_sweep, summary)
    network_options(sweep, NETWORK_HELP)
    sweep_options(sweep)

    summary = "write a network for another simulator or chip"
    export = _command(commands, "export", run_export, summary)
    network_options(export, NETWORK_HELP)
    found = None
    if targets:
        from workbench.exporters import all_targets

        found = all_targets()
    export_options(export, found)
    data_options(export)
    settings_options(export, Conversion)
    _json_option(export)
    if found is not None:
        target_options(export, found.by_name.values())

    settings = _command(commands, "settings", _settings, "list every setting, as Markdown")
    _json_option(settings)

    summary = "compare speed with other simulators, or measure the accuracy of all presets"
    bench_options(_command(commands, "bench", run_bench, summary))

    summary = "examine the installation: versions, optional parts, and what is wrong"
    _json_option(_command(commands, "doctor", run_doctor, summary))

    docs_options(_command(commands, "docs", run_docs, "open the documentation in the browser"))
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser


def _json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs to read")


def _lab(options: argparse.Namespace) -> int:
    from workbench.launch import lab

    if options.solutions and not options.course:
        options.parser.error("--solutions goes with --course")
    return lab(
        options.folder,
        port=options.port,
        host=options.host,
        browser=not options.no_browser,
        course=options.course,
        solutions=options.solutions,
        notify=tell,
    )


def _inspect(options: argparse.Namespace) -> None:
    from workbench.datasets import dataset_names
    from workbench.network.counts import EXPLANATIONS
    from workbench.network.graph import Network
    from workbench.workflow import load

    network = load(options.network, **reading_of(options))
    table, report = network.summary(), network.report
    analog = network if isinstance(network, Network) else None  # a spiking one has no totals
    trained_on = network.data if network.data in dataset_names() else None  # a file says anything
    if options.json:
        totals = {} if analog is None else vars(analog.totals)
        told = {"layers": records(table), "totals": totals, "report": records(report)}
        print_json({"network": network.name, "data": trained_on, **told})
        return
    print(f"Network '{network.name}'\n")
    print(table.to_string(index=False))
    print(f"\nWhat the source's layers became\n\n{aligned(report)}")
    if analog is None:
        return
    black, white = (f"{value:g}" for value in analog.pixel_range)
    print(f"\nCompared with its source: {analog.verification}.")
    print(f"Takes images with pixels from {black} to {white}.")
    print(f"Trained on: {trained_on or 'not known'}.\n\nTotals")
    for name, value in vars(analog.totals).items():
        print(f"  {name.replace('_', ' '):<22} {value:>13,}")
        print(textwrap.indent(textwrap.fill(EXPLANATIONS[name], 92), " " * 6))


def _convert(options: argparse.Namespace) -> None:
    from workbench.workflow import save

    network, spiking, _ = spiking_of(options)
    if network is None:
        raise WorkbenchError(
            f"{options.network} is a spiking network already. Convert the analog network that it "
            "was made from."
        )
    path = save(spiking, options.file)
    if options.json:
        told = {"trace": records(spiking.trace), "report": records(spiking.report)}
        print_json({"file": str(path), "hash": spiking.content_hash, **told})
        return
    print(f"{aligned(spiking.report)}\n\n{spiking.summary().to_string(index=False)}")
    print(f"\n{spiking.trace.to_string(index=False)}\n\nWrote {path}")


def _run(options: argparse.Namespace) -> None:
    if (options.network is None) == (options.snn_toolbox is None):
        options.parser.error("give either a network, or --snn-toolbox and a file")
    if options.snn_toolbox is not None:
        _run_toolbox(options)
        return
    settings = simulation_of(options)
    network, spiking, data = spiking_of(options, settings)
    result = run_result(spiking, data, options.samples, settings, network, options.report)
    if options.json:
        print_json(result)
    else:
        print_result(result)
    _require_accuracy(result, options.min_accuracy)


def _require_accuracy(result: dict[str, Any], least: float | None) -> None:
    """Refuse a result that is less accurate than asked for."""
    if least is None:
        return
    accuracy = result.get("accuracy")
    if accuracy is None:
        raise WorkbenchError(
            f"--min-accuracy is {least:g}, but the accuracy is not known; accepted: a network of "
            "classes, and samples with labels."
        )
    if accuracy < least:
        raise WorkbenchError(
            f"The accuracy is {accuracy:g}, below --min-accuracy {least:g}. See what costs "
            f"accuracy: snn-workbench diagnose {result['network']}"
        )


def _run_toolbox(options: argparse.Namespace) -> None:
    """Run what a configuration file of snn_toolbox asks for, and tell what became of its keys."""
    from workbench import datasets
    from workbench.ingest.snn_toolbox import from_snn_toolbox
    from workbench.workflow import convert, load

    with from_options():
        given = vars(options)
        seeded = {name: given[name] for name in ("seed", "threads") if name in given}
        Simulation(**seeded)
    changed = changed_options(
        options, but=("snn_toolbox", "json", "min_accuracy", "report", *seeded)
    )
    if changed:
        options.parser.error(
            f"{', '.join(changed)} cannot be combined with --snn-toolbox; change them in "
            f"{options.snn_toolbox}"
        )
    job = from_snn_toolbox(options.snn_toolbox)
    if not options.json:
        print(f"{job}\n")
    stage(f"Reading {job.model} …")
    network = cast("Network", load(job.model))  # the files looked for hold no spiking networks
    shape = network.input_shape
    data = datasets.from_snn_toolbox(
        job.data, samples=job.samples, input_shape=shape, rescale=job.rescale
    )
    data.validate(shape, network.classes)
    stage("Converting …")
    spiking = convert(network, data.calibration, job.conversion)
    settings = dataclasses.replace(job.simulation, **seeded)
    ann = network if job.evaluate_ann else None
    result = run_result(spiking, data, None, settings, ann, options.report)
    if options.json:
        print_json({**result, "snn_toolbox": [vars(line) for line in job.lines]})
    else:
        print_result(result)
    _require_accuracy(result, options.min_accuracy)


def _settings(options: argparse.Namespace) -> None:
    if options.json:
        kinds = (Conversion, Simulation)
        print_json({kind.__name__.lower(): settings_records(kind) for kind in kinds})
        return
    print(settings_table(), end="")
