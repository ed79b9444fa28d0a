"""Options of the command line for settings, and the settings made from them."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from workbench.errors import WorkbenchError
from workbench.methods.presets import KNOWN_TARGETS, PRESETS, preset
from workbench.setting import Setting, Settings, settings_of
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Program, Truth
from workbench.settings import POLARITIES, Conversion, Simulation
from workbench.settings_file import load_settings

_Kind = TypeVar("_Kind", bound=Settings)
AUTO = "auto"
"""Word on the command line for None, where a setting may be that."""


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
    return sorted(
        f"--{name.replace('_', '-')}"
        for name, value in vars(options).items()
        if name not in skipped and value != options.parser.get_default(name)
    )


def count_of(text: str) -> int:
    """Read an integer from 1; what it raises, argparse shows as wrong usage."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 1")
    return int(text)


def share_of(text: str) -> float:
    """Read a share from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1, as 0.98")
    return value


def _layer_value(number: Callable[[str], float], text: str) -> tuple[str, float]:
    """Read a layer's name and a number."""
    name, _, value = text.rpartition("=")
    try:
        read = number(value)
    except ValueError:
        read = math.nan
    if not name or math.isnan(read):
        raise argparse.ArgumentTypeError(f"{text!r} is not LAYER=VALUE with a number as value")
    return name, read


def _integer_or_auto(text: str) -> int | None:
    """Read an integer, or the word for None; a ValueError is wrong usage to argparse."""
    return None if text == AUTO else int(text)


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
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size; write height and width as in 28,28"
        )
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
    parser.add_argument(
        "--output", metavar="NAME", help="which output to use, for a model with several"
    )
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of a .json architecture (default: the file beside it with its name)",
    )
    parser.add_argument(
        "--pixel-range",
        type=_range,
        metavar="BLACK,WHITE",
        help="values that the network takes for black and white in images (default: 0,255 where "
        "it rescales them itself or takes integers, else 0,1)",
    )


def reading_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `workbench.workflow.load` besides the network."""
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


def data_options(parser: argparse.ArgumentParser) -> None:
    """Add `--data`, and what tells how to read it, for `workbench.cli.sources`."""
    group = parser.add_argument_group("samples")
    group.add_argument(
        "--data",
        help="samples: mnist, mnist14, fashion, an .npz file, or a folder of .npy files or of "
        "images, one subfolder per class (default: those that the network was trained on, or that "
        "fit it); or recordings of events (.bin, .aedat, .aedat4)",
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


def _event_options(group: Any) -> None:
    """Add the options that `events_of` reads; the network sets what is not given."""
    group.add_argument(
        "--polarity",
        choices=POLARITIES,
        help="channels: one for OFF and one for ON; merged: both in one (default: what fits the "
        "network)",
    )
    group.add_argument("--window-ms", type=float, help="milliseconds of the recording per step")
    group.add_argument(
        "--window-events",
        type=count_of,
        help="events per step (default: the recording is divided into as many parts as steps)",
    )
    group.add_argument(
        "--sensor-size",
        type=_image_size,
        metavar="H,W",
        help="height and width of the sensor in pixels, where files do not give them",
    )


def events_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `workbench.datasets.from_events` besides the recordings."""
    names = ("polarity", "window_ms", "window_events", "sensor_size")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def settings_options(parser: argparse.ArgumentParser, *kinds: type[Settings]) -> None:
    """Add an option for every setting of some classes, and `--settings` for a file of them.

    Options that are not given are no attributes of the result, so that the file's values, or the
    defaults, stay.
    """
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="a TOML file of settings, as the workbench and wb.save_settings write it; options "
        "override it",
    )
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        metavar=f"{{{','.join(PRESETS)}}}",
        help="settings that belong together, for as many steps as the run or the calibration has; "
        "options override them",
    )
    for kind in kinds:
        group = parser.add_argument_group(f"{kind.__name__.lower()} settings")
        for each in settings_of(kind).values():
            add_option(group, each, f"{each.help}{{}} (default: {shown_default(each)})")
        for name in kind.older:
            group.add_argument(
                f"--{name.replace('_', '-')}",
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=argparse.SUPPRESS,
            )


def add_option(group: Any, each: Setting, told: str, **more: Any) -> None:
    """Add the option of a declared setting, which is no attribute of the result if not given.

    Parameters
    ----------
    group : argument group of argparse
    each : Setting
    told : str
        Its help, with ``{}`` where it is said that the option may be given several times.
    **more
        As argparse has it.
    """
    repeated = isinstance(each.values, (PerLayer, LayerNames))
    text = told.replace("{}", " May be given several times." if repeated else "")
    group.add_argument(
        each.flag,
        help=text.replace("%", "%%"),
        default=argparse.SUPPRESS,
        **_form(each),
        **more,
    )


def _form(each: Setting) -> dict[str, Any]:
    """How the option of a setting is written, as arguments of argparse."""
    match each.values:
        case Number():
            return {"type": float, "metavar": "NUMBER"}
        case Integer(none=none):
            return {"type": _integer_or_auto if none else int, "metavar": "N"}
        case Truth():
            return {"action": argparse.BooleanOptionalAction}
        case Choice(words=words, older=older):
            return {"choices": [*words, *older], "metavar": f"{{{','.join(words)}}}"}
        case PerLayer(each=inner):
            read = partial(_layer_value, int if isinstance(inner, Integer) else float)
            return {"type": read, "metavar": "LAYER=VALUE", "action": "append"}
        case LayerNames():
            return {"metavar": "LAYER", "action": "append"}
        case Program():
            return {"metavar": "PATH"}
    raise TypeError(f"{each.name} has values that the command line does not support")


def shown_default(each: Setting) -> str:
    """A default as it is written on the command line."""
    default = each.default
    if default is None:
        return AUTO
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, (dict, tuple)):
        return ", ".join(default) or "none"
    if isinstance(each.values, Program):
        return default or each.values.none
    return str(default)


def read_option(each: Setting, value: Any, before: Any) -> Any:
    """Return what `add_option` read as the setting's value; of single layers, it adds to others."""
    match each.values:
        case PerLayer():
            return {**before, **dict(value)}
        case LayerNames():
            return "all" if value == ["all"] else tuple(value)
    return value


def conversion_of(options: argparse.Namespace) -> Conversion:
    """Make settings of the conversion from options and the file that they name."""
    return _made(options, Conversion)


def simulation_of(options: argparse.Namespace) -> Simulation:
    """Make settings of the simulation from options and the file that they name."""
    return _made(options, Simulation)


def given_settings(options: argparse.Namespace, kind: type[Settings]) -> list[str]:
    """Return the names of the settings that have options of their own on the command line."""
    names = settings_of(kind)
    flags = {name: each.flag.removeprefix("--").replace("-", "_") for name, each in names.items()}
    given = [name for name, flag in flags.items() if hasattr(options, flag)]
    older = [each.name for name, each in kind.older.items() if hasattr(options, name)]
    return list(dict.fromkeys([*given, *older]))


def _base(options: argparse.Namespace) -> tuple[Settings, ...]:
    """Return the settings that options override: of a file or of a preset."""
    if options.settings is not None and options.preset is not None:
        raise WrongUsage("--settings and --preset: give one of the two")
    if options.settings is not None:
        return load_settings(options.settings)
    if options.preset is None:
        return ()
    given = vars(options)
    steps = given.get("steps", given.get("calibrate_steps"))
    target = given.get("target")  # of an export; those of other packages refuse for themselves
    with from_options():
        return preset(options.preset, steps, target=target if target in KNOWN_TARGETS else None)


def _made(options: argparse.Namespace, kind: type[_Kind]) -> _Kind:
    with from_options():
        stored = _base(options)
        base = next((each for each in stored if isinstance(each, kind)), kind())
        given: dict[str, Any] = {}
        for name, each in settings_of(kind).items():
            option = each.flag.removeprefix("--").replace("-", "_")
            if hasattr(options, option):
                given[name] = read_option(each, getattr(options, option), getattr(base, name))
        given |= {name: getattr(options, name) for name in kind.older if hasattr(options, name)}
        return dataclasses.replace(base, **given)  # type: ignore[type-var]
