"""Loihi: a configuration with the chip's integers, and the weights as Lava loads them.

Average pooling gets neurons of its own, biases and weights are rounded to the chip's
ranges, and inputs arrive as spikes: predictions agree closely, spikes do not. Networks with
shortcuts, max pooling, signed or step activations are refused, because the netx format is a plain
chain of layers with one kind of neuron.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from workbench.exporters.export_report import Parity
from workbench.exporters.loihi.chip_integers import QuantizedLayer, quantize
from workbench.exporters.loihi.chip_resources import Resources, chip_named, resources
from workbench.exporters.loihi.config import (
    RESET_NOTES,
    about,
    configuration,
    loading,
    reset_mode,
)
from workbench.exporters.loihi.lava import check_in_lava
from workbench.exporters.loihi.layer_chain import ABILITIES, chain
from workbench.exporters.loihi.netx import write
from workbench.exporters.loihi.parity import compare
from workbench.exporters.loihi.resource_map import resource_map as cores_of
from workbench.exporters.loihi.schema import check_configuration
from workbench.exporters.parity_options import samples_of_check, steps_of_check, time_of_check
from workbench.exporters.target import Outcome, Request, Target
from workbench.network.spiking import SpikingNetwork
from workbench.setting import Settings, setting
from workbench.setting_values import Choice, Program
from workbench.util.lava_python import found_lava

ChipName = Literal["loihi1", "loihi2"]


@dataclass(frozen=True)
class LoihiOptions(Settings):
    """Options of a configuration for Loihi."""

    chip: ChipName = setting(
        "loihi1",
        Choice(ChipName, {"loihi1": "Loihi 1", "loihi2": "Loihi 2"}),
        "Chip",
        "Chip whose limits apply to cores, weights and delays; the integers are the same.",
    )
    lava_python: str = setting(
        "",
        Program(none="LAVA_PYTHON or python3.10"),
        "Lava Python",
        "A Python 3.10 with lava-nc and lava-dl, in which the file is loaded and run.",
        details="Without it, the one that the environment variable LAVA_PYTHON names, or else "
        "python3.10, if it has them.",
    )
    parity_samples: int = samples_of_check(30)
    parity_steps: int = steps_of_check(100)
    lava_timeout_s: float = time_of_check(120.0, "Lava")


def export_loihi(request: Request, options: LoihiOptions) -> Outcome:
    """Write ``NAME.json``, the configuration, and ``NAME.net.h5``, which Lava loads.

    Raises
    ------
    UnsupportedLayerError
        If parts of the network have no form on the chip; all are named.
    ExportError
        If Lava, where there is one, cannot load the file or gives other spikes.
    """
    network, chip = request.network, options.chip
    config, weights = map(request.destination.file, TARGET.suffixes)
    layers = quantize(chain(network))
    found = resources(layers, chip_named(chip))
    write(weights, layers, about(network, request.name, chip))
    parity, comparison = compare(request, weights, options.parity_samples, options.parity_steps)
    checked = "Not checked with Lava. Set lava_python to a Python 3.10 that has it"
    if python := options.lava_python or found_lava():
        checked = check_in_lava(weights, python, options.lava_timeout_s)
    parity = Parity(parity.status, f"{parity.words}. {checked}")
    notes = _notes(network, layers, found)
    values = configuration(network, request.name, layers, found, parity, comparison, notes)
    check_configuration(values)
    config.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Outcome(parity, notes, loading(request.destination.final(".net.h5")))


def _changes(layers: tuple[QuantizedLayer, ...]) -> str:
    """What rounding did to the weights of every layer, in words."""
    return ", ".join(
        f"{layer.errors()['weight_relative']:.2%} in {layer.name} ({layer.limited_by})"
        for layer in layers
    )


def _notes(
    network: SpikingNetwork, layers: tuple[QuantizedLayer, ...], found: Resources
) -> tuple[str, ...]:
    totals = found.totals
    notes = [
        f"{found.chip.name}: {totals['cores']} of {found.chip.cores} cores, "
        f"{totals['compartments']:,} compartments, {totals['synapses']:,} synapses; "
        "wb.resource_map(PATH of the .json) is a table of what each core holds.",
        *(f"Limit exceeded: {violation}" for violation in found.violations),
        f"Rounding changed weights by {_changes(layers)} (root mean square, relative to the "
        "layer's weights; in brackets what kept the integers from being larger).",
        "Inputs arrive as evenly spaced spikes (the rule is in the configuration); values below 0 "
        f"or above {network.input_scale:g} are clipped. Every layer delays by one step.",
        RESET_NOTES[reset_mode(network)],
    ]
    pools = [layer.name for layer in layers if layer.source.pool_inputs]
    if pools:
        notes.append(
            f"Average pooling has neurons of its own ({', '.join(pools)}), because Lava's loader "
            "has no pooling."
        )
    folded = [f"{layer.name} ({layer.source.folded})" for layer in layers if layer.source.folded]
    if folded:
        notes.append(
            f"Written as dense layers, because a netx file has no other form: {', '.join(folded)}."
        )
    if any(layer.initial_potential for layer in layers):
        notes.append(
            "The network file holds no initial potentials: neurons start at 0 unless you set "
            "those of the configuration by hand."
        )
    if network.output.read == "membrane":
        notes.append(
            "Outputs keep their sign where spikes and membrane are read together: probe the "
            "potentials of the last layer, with reset by subtraction. By spikes alone, outputs "
            'below zero are 0; convert with output_sign="on_off" if spikes alone are read.'
        )
    if network.output.read == "on_off":
        notes.append(
            "Outputs keep their sign: the first half of the output neurons (along the channels) "
            "less the second half."
        )
    if network.output.reset not in ("subtract", "zero"):
        label = network.output.reset_rule.label
        notes.append(f"Reset {label} is treated as reset by subtraction.")
    return tuple(notes)


TARGET = Target(
    name="loihi",
    title="Loihi config",
    about="8-bit weights, resources per core, violated limits, and a network file for Lava.",
    suffixes=(".json", ".net.h5"),
    write=export_loihi,
    options=LoihiOptions,
    abilities=ABILITIES,
    parity="approximate",
    compared="predictions of an integer simulator of the chip's equations, for hard and soft "
    "reset; spikes of Lava's own loader, where there is a Python 3.10 that has Lava",
    refuses='branches (those of `max_pool="relu"` too), values with a sign, signed neurons, graded '
    'spikes (which Loihi 2 itself has), max pooling (use `max_pool="average_pooling"`)',
    runs="Load it, in a Python 3.10 with Lava",
    cores=cores_of,
    takes_steps=False,
)
