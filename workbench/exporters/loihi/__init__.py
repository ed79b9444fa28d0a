"""Loihi: a configuration with the chip's integers, and the weights as Lava loads them.

Average pooling gets neurons of its own, biases and weights are rounded to the chip's
ranges, and inputs arrive as spikes: predictions agree closely, spikes do not. Networks with
shortcuts, max pooling, signed or step activations are refused, because the netx format is a plain
chain of layers with one kind of neuron.
"""

from __future__ import annotations

import json

import numpy as np

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
from workbench.exporters.loihi.layer_chain import chain
from workbench.exporters.loihi.netx import write
from workbench.exporters.loihi.parity import compare
from workbench.exporters.loihi.schema import check_configuration
from workbench.exporters.targets import TARGETS, Outcome, Request, check_samples
from workbench.network.spiking import SpikingNetwork
from workbench.util.lava_python import found_lava


@TARGETS.register("loihi")
def export_loihi(
    request: Request,
    *,
    chip: str = "loihi1",
    samples: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    parity_samples: int = 30,
    parity_steps: int = 100,
    lava_python: str = "",
    lava_timeout_s: float = 120.0,
) -> Outcome:
    """Write ``NAME.json``, the configuration, and ``NAME.net.h5``, which Lava loads.

    Parameters
    ----------
    request : Request
    chip : "loihi1" or "loihi2"
        Whose limits are checked; the integers are the same.
    samples : ndarray, shape (samples, *input shape), optional
        Inputs on which predictions are compared.
    labels : ndarray of int, shape (samples,), optional
    parity_samples, parity_steps : int
        How much is simulated to compare.
    lava_python : str
        Path of a Python 3.10 with lava-nc and lava-dl, in which the file is loaded and run;
        without it, the one that the environment variable LAVA_PYTHON names, or else python3.10,
        if it has them.
    lava_timeout_s : float
        Longest time for that.

    Raises
    ------
    UnsupportedLayerError
        If parts of the network have no form on the chip; all are named.
    ExportError
        If Lava, where it is asked, cannot load the file or gives other spikes.
    """
    network, limits = request.network, chip_named(chip)
    config, weights = request.destination.file(".json"), request.destination.file(".net.h5")
    samples, labels = check_samples(network, samples, labels)
    layers = quantize(chain(network))
    found = resources(layers, limits)
    write(weights, layers, about(network, request.name, chip))
    parity, comparison = compare(request, weights, samples, labels, parity_samples, parity_steps)
    lava_python = lava_python or found_lava()
    checked = "Lava was not asked (lava_python names a Python that has it)"
    if lava_python:
        checked = check_in_lava(weights, lava_python, lava_timeout_s)
    parity = Parity(parity.status, f"{parity.words}; {checked}")
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
        "wb.resource_map(PATH of the .json) tells what every core holds.",
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
            "The file cannot hold initial potentials: neurons start at 0 unless the potentials "
            "in the configuration are set by hand."
        )
    if network.output.read == "membrane":
        notes.append(
            "Outputs keep their sign where spikes and membrane are read together: probe the "
            "potentials of the last layer, with reset by subtraction. By spikes alone, outputs "
            'below zero are 0; convert with output_sign="on_off" for a file whose spikes say all.'
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
