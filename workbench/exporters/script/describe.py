"""A spiking network as Brian2 script material: literals that read well, arrays set apart.

Kernels and window geometry are stored, not synapses: the script expands them in a few lines
of NumPy. The files stay as small as the weights (a convolution's synapses are hundreds of
times more), and somebody who reads the script sees how a convolution becomes synapses.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

import numpy as np

from workbench.exporters.script.path_layers import DESCRIBERS, Link, listed
from workbench.network.layer import Layer
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rearrange import Rearrange
from workbench.network.spiking import SpikingNetwork

GLUE = "\x1f"
"""Stands for a space at which no line is broken; strings are written with this escaped."""


def describe(network: SpikingNetwork) -> tuple[str, dict[str, np.ndarray]]:
    """Return the script's description of a network, and the arrays that it names."""
    arrays: dict[str, np.ndarray] = {}
    populations = [_population(p, arrays) | _turn(p, network) for p in network.populations]
    projections = [
        {
            "source": projection.source,
            "target": projection.target,
            "links": _links(projection, f"{projection.target}.weights", arrays),
        }
        for projection in network.projections
    ]
    text = "\n".join(
        [
            f"INPUT_SHAPE = {network.input_shape!r}",
            f"INPUT_SCALE = {float(network.input_scale)!r}  # a full-scale input",
            *_parts(network),
            *_code(network),
            *_output(network),
            "",
            "# Thresholds, biases and weights are integers, multiples of 2 ** -"
            f"{network.resolution_bits}, so that",
            "# sums are exact in any order; a layer behind wide averages may have a finer grid of",
            "# its own. Large arrays are named here and lie in the .npz file.",
            f"POPULATIONS = {_listing(populations)}",
            "",
            f"PROJECTIONS = {_listing(projections)}",
        ]
    )
    return text, arrays


def synapse_total(network: SpikingNetwork) -> int:
    """Number of synapses that the script makes, relays included, constant input left out.

    Few fewer where a path reads zeros of a padding, more where it ends in repeated units.
    """
    return sum(
        layer.fan_out().sum()
        for projection in network.projections
        for layer in projection.maps
        if projection.source != network.input.name
        and not (isinstance(layer, Rearrange) or layer.renames)
    )


def _parts(network: SpikingNetwork) -> list[str]:
    """Lines on the inputs of a network with several, which it reads side by side."""
    names = ", ".join(f"{_text(name)}: {shape!r}" for name, shape in network.input_parts)
    given = "an array x"
    if network.input_parts:
        given = f"the arrays {', '.join(name for name, _ in network.input_parts)}"
    return [
        f"INPUT_PARTS = {{{names}}}  # of a network with several inputs: their shapes",
        f"GIVEN = {_text(given)}",
    ]


def saved(network: SpikingNetwork) -> tuple[str, ...]:
    """What a script saves of each layer's spikes: the sign of signed layers alone."""
    last = ("time", "early") if network.spike_code.is_continuous else ("sign",)
    return ("sample", "step", "unit", *last)


def _code(network: SpikingNetwork) -> list[str]:
    """Lines on how spikes carry activations, and what is saved of them."""
    code, levels = network.spike_code, network.conversion.levels
    lines = [f"SAVED = ({', '.join(map(_text, saved(network)))})  # of spikes"]
    if code.in_turns:
        lines.append(f"WINDOWS = {network.windows}  # in which layers take turns")
    if code.weight is not None:
        worth = tuple(int(code.weight(slot, levels)) for slot in range(levels))
        lines += [
            f"LEVELS = {levels}  # of an activation, and steps of a window",
            "# Levels that a spike stands for in each of them.",
            textwrap.fill(f"SLOT_WORTH = {worth!r}", 100, subsequent_indent=" " * 4),
        ]
    return lines


def _output(network: SpikingNetwork) -> list[str]:
    """Lines on how the outputs are read; see `workbench.network.readout`."""
    output, code = network.output, network.spike_code
    read = output.read or ("potential" if code.in_turns else "spikes")
    steps = network.conversion.levels if code.has_slots else 1
    per_spike = network.theta(output) * np.asarray(output.scale, np.float64)
    fields = {
        "read": read,
        "shape": network.output_shape,
        "threshold": 1 if output.is_step else output.threshold,
        # Only what is read from membranes is compared with where it began.
        "initial": _one_or_all(output) if read in ("membrane", "potential") else 0,
        "activation": output.output_activation.label,
        # Over which outputs are averaged; all of a run if it is not told.
        **({"steps": steps} if output.spike_rule.once or code.in_turns else {}),
    }
    listed = _row(fields, "").removesuffix(",")
    value = textwrap.fill(f"SPIKE_VALUE = {per_spike.tolist()!r}", 100, subsequent_indent=" " * 4)
    return [
        f"OUTPUT = {listed}",
        "# What an output is worth that has one threshold, or spike, per step.",
        value,
    ]


def _population(population: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    row = {"name": population.name, "kind": population.kind, "shape": population.shape}
    signed: dict[str, Any] = {"signed": 1} if population.signed else {}
    if population.rule and population.kind == "if":
        sizes, up, down, most = population.spike_steps
        signed |= {"sizes": tuple(sizes), "up": tuple(up), "down": tuple(down), "most": most}
        signed |= {"once": 1} if population.spike_rule.once else {}
    if population.kind == "max_pool":
        return row | {"max_pool": population.max_pool} | signed
    if population.kind == "input":
        return row
    key = f"{population.name}.bias"
    arrays[key] = population.bias
    starts = _one_or_all(population)
    if isinstance(starts, tuple):
        arrays[f"{population.name}.initial"] = population.starts
    return (
        row
        | {
            "threshold": population.threshold,
            "initial": f"{population.name}.initial" if isinstance(starts, tuple) else starts,
            "reset": population.reset,
            "bias": key,
        }
        | signed
    )


def _turn(population: Population, network: SpikingNetwork) -> dict[str, int]:
    """Where layers take turns, the window in which a population sends, and if it is clipped."""
    if not network.spike_code.in_turns:
        return {}
    clipped = {"ceiling": 1} if population.ceiling else {}
    return {"window": network.send_windows[population.name], **clipped}


def _one_or_all(population: Population) -> int | tuple[int, ...]:
    """Initial potential of all units, or those of each where they differ."""
    starts = population.starts
    same = bool((starts == starts[0]).all())
    return int(starts[0]) if same else tuple(starts.tolist())


def _links(projection: Projection, key: str, arrays: dict[str, np.ndarray]) -> list[Link]:
    """Describe the maps of a path; a reshape renames units and needs no link."""
    maps = [layer for layer in projection.maps if not layer.renames]
    describers = [DESCRIBERS.get(layer.kind) for layer in maps]
    links = []
    if not _has_synapses(maps) or None in describers:
        link, table = listed(projection)
        arrays[key := _free_key(key, arrays)] = _compact(table)
        return [link | {"array": key}]
    for layer, describer in zip(maps, describers, strict=True):
        assert describer is not None
        link, array = describer(layer)
        if array is not None:
            link["array"] = _free_key(key if layer.kind != "SumPool2D" else f"{key}.pool", arrays)
            arrays[link["array"]] = _compact(array)
        links.append(link)
    return links


def _has_synapses(maps: list[Layer]) -> bool:
    """Whether a path has connections, not only units that stand elsewhere."""
    return not all(isinstance(layer, Rearrange) for layer in maps)


def _free_key(key: str, arrays: dict[str, np.ndarray]) -> str:
    """Return a key that is not taken yet: several paths may end at one population."""
    number, free = 1, key
    while free in arrays:
        number += 1
        free = f"{key}{number}"
    return free


def _compact(array: np.ndarray) -> np.ndarray:
    """Integers in the narrowest type that holds them."""
    largest = np.abs(array).max(initial=0)
    dtype = np.int32 if largest < 2**31 else np.int64
    return array.astype(dtype)


def _listing(rows: list[dict[str, Any]]) -> str:
    """Python source of a list of dicts, one after the other, within 100 columns."""
    return "\n".join(["[", *(_row(row, " " * 4) for row in rows), "]"])


def _row(row: dict[str, Any], indent: str) -> str:
    links = row.get("links")
    plain = ", ".join(f"{key}={_literal(v)}" for key, v in row.items() if key != "links")
    inner = indent + " " * len("dict(")
    if links is None:
        text = textwrap.fill(
            plain,
            97,
            initial_indent=indent + "dict(",
            subsequent_indent=inner,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return text.replace(GLUE, " ") + "),"
    lines = [f"{indent}dict({plain}, links=[", *(_row(link, indent + " " * 4) for link in links)]
    return "\n".join([*lines, f"{indent}]),"])


def _literal(value: Any) -> str:
    """Python source of a string, a number, or a tuple of such."""
    if isinstance(value, str):
        return _text(value).replace(" ", GLUE)
    if isinstance(value, tuple):
        inside = f",{GLUE}".join(_literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(int(value))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
