"""Options of the command line that stand for settings, and the settings made from them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from workbench.errors import WorkbenchError
from workbench.settings import (
    ENCODINGS,
    ENGINES,
    MAX_POOLS,
    NORMALIZATIONS,
    OLDER_MAX_POOLS,
    OUTPUT_SIGNS,
    POLARITIES,
    READOUTS,
    RESETS,
    Conversion,
    Simulation,
)


class WrongUsage(Exception):
    """An option of the command line has a value that is not accepted."""


@contextmanager
def from_options() -> Iterator[None]:
    """Take refusals of what is made from options alone as wrong usage."""
    try:
        yield
    except WorkbenchError as error:
        raise WrongUsage(str(error)) from error


def changed_options(options: argparse.Namespace, but: Iterable[str]) -> list[str]:
    """Return the options whose values are not the defaults of `options.parser`, but for some."""
    skipped = {"run", "parser", *but}
    return [
        f"--{name.replace('_', '-')}"
        for name, value in vars(options).items()
        if name not in skipped and value != options.parser.get_default(name)
    ]


def count_of(text: str) -> int:
    """Read an integer from 1; what it raises, argparse shows as wrong usage."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 1")
    return int(text)


def _layer_value(text: str) -> tuple[str, float]:
    """Read a layer's name and a number."""
    name, _, value = text.rpartition("=")
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not name or math.isnan(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no LAYER=VALUE with a number as value")
    return name, number


def _shape(text: str) -> tuple[int, ...]:
    """Read sizes with commas between them."""
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shape; write integers as in 28,28,1")
    return tuple(int(part) for part in parts)


def _image_size(text: str) -> tuple[int, ...]:
    """Read a height and a width with a comma between them."""
    shape = _shape(text)
    if len(shape) != 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write height and width as in 28,28")
    return shape


def _range(text: str) -> tuple[float, ...]:
    """Read the values of black and white with a comma between them."""
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low = high = float("nan")
    if not low < high:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range; write as in --pixel-range=-1,1")
    return low, high


def network_options(parser: argparse.ArgumentParser, network_help: str, **options: Any) -> None:
    """Add the network and what tells how to read it, for `reading_of`."""
    parser.add_argument("network", help=network_help, **options)
    parser.add_argument(
        "--input-shape",
        type=_shape,
        metavar="H,W,C",
        help="shape of one sample, for a model that takes inputs of variable size",
    )
    parser.add_argument("--output", metavar="NAME", help="which output of a model with several")
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of a .json architecture (default: the file beside it with its name)",
    )
    parser.add_argument(
        "--pixel-range",
        type=_range,
        metavar="BLACK,WHITE",
        help="values that the network takes for black and white in pictures (default: 0,255 where "
        "it rescales them itself or takes integers, else 0,1)",
    )


def reading_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `workbench.workflow.load` is told besides the network."""
    return {
        "weights": options.weights,
        "input_shape": options.input_shape,
        "output": options.output,
        "pixel_range": options.pixel_range,
    }


ARRAYS = ("x", "y", "x_test", "y_test")
"""Arrays of a data set that have options for their names."""


def arrays_of(options: argparse.Namespace) -> dict[str, str]:
    """Return the names of arrays that are given."""
    return {name: value for name in ARRAYS if (value := getattr(options, name)) is not None}


def conversion_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `conversion_of` reads, and `--data`."""
    default = Conversion()
    group = parser.add_argument_group("conversion")
    group.add_argument(
        "--data",
        help="samples: mnist, mnist14, an .npz file, or a folder of .npy files or of images, a "
        "subfolder a class (default: fitting); or recordings of events (.bin, .aedat, .aedat4)",
    )
    group.add_argument(
        "--image-size",
        type=_image_size,
        metavar="H,W",
        help="height and width to which the images of a folder are resized",
    )
    for name in ARRAYS:
        group.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="NAME",
            help=f"which array of an .npz file, or of a folder of .npy files, is {name}",
        )
    _event_options(parser.add_argument_group("recordings of events"))
    group.add_argument("--percentile", type=float, default=default.percentile)
    group.add_argument("--normalization", choices=NORMALIZATIONS, default=default.normalization)
    group.add_argument("--per-channel", action="store_true")
    group.add_argument("--threshold", type=float, default=default.threshold)
    group.add_argument("--reset", choices=RESETS, default=default.reset)
    group.add_argument("--initial-potential", type=float, default=default.initial_potential)
    group.add_argument("--signed-neurons", action="store_true", help="signed neurons (may emit -1)")
    group.add_argument(
        "--max-pool",
        choices=MAX_POOLS,
        type=lambda name: OLDER_MAX_POOLS.get(name, name),
        default=default.max_pool,
        help="how max pooling spikes; relu leaves nothing but plain neurons, for every export",
    )
    group.add_argument(
        "--spiking-pools", action="store_true", help="average pooling gets neurons of its own"
    )
    group.add_argument(
        "--output-sign",
        choices=OUTPUT_SIGNS,
        default=default.output_sign,
        help="how outputs below zero are read",
    )
    for name in ("threshold", "percentile"):
        group.add_argument(
            f"--layer-{name}",
            action="append",
            default=[],
            type=_layer_value,
            metavar="LAYER=VALUE",
            help=f"the {name} of one layer; may be given several times",
        )


def _event_options(group: Any) -> None:
    """Add the options that `events_of` reads; the network sets what is not given."""
    group.add_argument(
        "--polarity",
        choices=POLARITIES,
        help="channels: one for OFF, one for ON (default: channels or merged, as the network)",
    )
    group.add_argument("--window-ms", type=float, help="time that a step shows")
    group.add_argument(
        "--window-events",
        type=count_of,
        help="events that a step shows (default: the recording in as many parts as steps)",
    )
    group.add_argument(
        "--sensor-size", type=_image_size, metavar="H,W", help="where files do not say it"
    )


def events_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `workbench.datasets.from_events` is told besides the recordings."""
    names = ("polarity", "window_ms", "window_events", "sensor_size")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def conversion_of(options: argparse.Namespace) -> Conversion:
    """Make settings from options."""
    with from_options():
        return Conversion(
            percentile=options.percentile,
            normalization=options.normalization,
            per_channel=options.per_channel,
            threshold=options.threshold,
            thresholds=dict(options.layer_threshold),
            percentiles=dict(options.layer_percentile),
            reset=options.reset,
            initial_potential=options.initial_potential,
            signed_neurons=options.signed_neurons,
            max_pool=options.max_pool,
            spiking_pools=options.spiking_pools,
            output_sign=options.output_sign,
        )


def simulation_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `simulation_of` reads."""
    default = Simulation()
    group = parser.add_argument_group("simulation")
    group.add_argument("--steps", type=int, default=default.steps)
    group.add_argument("--dt-ms", type=float, default=default.dt_ms, help="length of a step")
    group.add_argument(
        "--encoding",
        choices=[*ENCODINGS, "bernoulli"],
        default=default.encoding,
        help="events: --data is a recording of an event camera, or a folder of them; bernoulli is "
        "the older name of poisson at one spike per step",
    )
    group.add_argument(
        "--input-rate-hz",
        type=float,
        default=default.input_rate_hz,
        help=f"rate of a full-scale input with --encoding poisson ({default.input_rate_hz:g})",
    )
    group.add_argument("--refractory-steps", type=int, default=default.refractory_steps)
    group.add_argument("--leak", type=float, default=default.leak, help="per step, of a threshold")
    group.add_argument(
        "--delay-steps",
        type=int,
        default=default.delay_steps,
        help="steps from layer to layer",
    )
    group.add_argument("--readout", choices=READOUTS, default=default.readout)
    group.add_argument("--engine", choices=ENGINES, default=default.engine)
    group.add_argument("--seed", type=int, default=default.seed)
    group.add_argument("--threads", type=int)


def simulation_of(options: argparse.Namespace) -> Simulation:
    """Make settings from options."""
    with from_options():
        return Simulation(
            steps=options.steps,
            dt_ms=options.dt_ms,
            encoding=options.encoding,
            input_rate_hz=options.input_rate_hz,
            refractory_steps=options.refractory_steps,
            leak=options.leak,
            delay_steps=options.delay_steps,
            readout=options.readout,
            engine=options.engine,
            seed=options.seed,
            threads=options.threads,
        )
