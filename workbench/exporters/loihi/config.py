"""The configuration file: everything about the network on the chip except the weights."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.exporters.export_report import Parity
from workbench.exporters.file_header import header, versions
from workbench.exporters.loihi.chip_integers import QuantizedLayer
from workbench.exporters.loihi.chip_resources import LayerUse, Resources
from workbench.exporters.loihi.netx import channels_first, groups
from workbench.network.spiking import SpikingNetwork

if TYPE_CHECKING:
    from workbench.exporters.loihi.parity import Comparison

FORMAT = "snn-workbench loihi"
VERSION = 2
THRESHOLD_EXPONENT = 6

EQUATIONS = [
    "u[t] = (sum of w s_in[t-1]) << 6",
    "v = clip(v + u[t] + (bias << 6), -(2^23 - 1), 2^23 - 1)",
    "spike if v > vThMant << 6",
    "hard reset: v = 0;  soft reset: v = v - ((vThMant + 1) << 6)",
]

INPUT_RULE = (
    "Input x, 0 to 1 of full scale, spikes at step t (from 0) where floor((t + 1) x + 1/2) > "
    "floor(t x + 1/2), x rounded to 12 bits"
)

RESET_NOTES = {
    "soft": (
        "The network was converted for reset by subtraction. Lava's loader builds neurons that "
        "reset to zero; subtraction needs Loihi 2 microcode, or an exchanged process model in "
        "Lava. The comparison states both."
    ),
    "hard": "Reset to zero, as Lava's loader builds it.",
}


def reset_mode(network: SpikingNetwork) -> str:
    """The reset the network was converted for, in snn_toolbox's words."""
    return "hard" if network.output.reset == "zero" else "soft"


def about(network: SpikingNetwork, name: str, chip: str) -> str:
    """Description that both files carry."""
    what = (
        f"Spiking network '{network.name}' for {chip}: {name}.json is its configuration, "
        f"{name}.net.h5 its weights in Lava's netx format."
    )
    lines = textwrap.indent(loading(f"{name}.net.h5"), "    ")
    how = f"""Load it with lava-nc 0.10 and lava-dl 0.6 (Python 3.10):

{lines}

Lava hands images around as (width, height, channels, steps)."""
    return header(network, what, how)


def loading(file: str | Path) -> str:
    """Lines with which Lava loads a file of weights."""
    return f"from lava.lib.dl.netx import hdf5\n\nnetwork = hdf5.Network(net_config={str(file)!r})"


def configuration(
    network: SpikingNetwork,
    name: str,
    layers: tuple[QuantizedLayer, ...],
    found: Resources,
    parity: Parity,
    comparison: Comparison | None,
    notes: tuple[str, ...],
) -> dict[str, Any]:
    """Return the configuration as plain data; `schema.json` describes it."""
    mode = reset_mode(network)
    numbers = groups(layers)
    rows = [
        _layer(layer, number, use)
        for layer, number, use in zip(layers, numbers, found.layers, strict=True)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": about(network, name, found.chip.name).splitlines(),
        "written_by": versions(),
        "network": {
            "name": network.name,
            "content_hash": network.content_hash,
            "source_hash": network.source_hash,
        },
        "chip": found.chip.name,
        "weights_file": f"{name}.net.h5",
        "input": {
            "shape": list(channels_first(layers[0].source.map.input_shapes[0])),
            "full_scale": float(network.input_scale),
            "rule": INPUT_RULE,
        },
        "equations": EQUATIONS,
        "reset_mode": mode,
        "reset_note": RESET_NOTES[mode],
        "snn_toolbox": {"loihi": _toolbox_section(network, mode, layers)},
        "layers": rows,
        "resources": found.as_dict(),
        "violations": [asdict(violation) for violation in found.violations],
        "parity": asdict(parity),
        "comparison": None if comparison is None else asdict(comparison),
        "notes": list(notes),
    }


def _toolbox_section(
    network: SpikingNetwork, mode: str, layers: tuple[QuantizedLayer, ...]
) -> dict[str, Any]:
    """The keys of an snn_toolbox ``[loihi]`` section.

    Its threshold is one for all layers; the output's stands here, each layer's own beside it.
    """
    return {
        "reset_mode": mode,
        # Normalized on data, a layer's largest drive is its threshold at factor 1.
        "desired_threshold_to_input_ratio": float(network.conversion.threshold),
        **_kwargs(layers[-1]),
    }


def _kwargs(layer: QuantizedLayer) -> dict[str, Any]:
    return {
        "compartment_kwargs": {"biasExp": THRESHOLD_EXPONENT, "vThMant": layer.threshold - 1},
        "connection_kwargs": {"numWeightBits": 8, "weightExponent": 0, "numBiasBits": 12},
    }


def _layer(layer: QuantizedLayer, number: int, use: LayerUse) -> dict[str, Any]:
    source = layer.source
    return {
        "name": layer.name,
        "type": source.map.kind,
        "average_pooling": bool(source.pool_inputs),
        "group": f"layer/{number}",
        "shape": list(channels_first(source.map.output_shape)),
        "factor": layer.factor,
        "limited_by": layer.limited_by,
        "weight": _mantissas(layer.weight, 0, f"layer/{number}/weight"),
        "bias": _mantissas(layer.bias, THRESHOLD_EXPONENT, f"layer/{number}/bias"),
        "threshold": {"mantissa": layer.threshold - 1, "exponent": THRESHOLD_EXPONENT},
        "initial_potential": {
            "mantissa": layer.initial_potential,
            "exponent": THRESHOLD_EXPONENT,
        },
        "loihi": _kwargs(layer),
        "quantization": layer.errors(),
        "resources": asdict(use),
    }


def _mantissas(values: np.ndarray, exponent: int, where: str) -> dict[str, Any]:
    return {
        "exponent": exponent,
        "mantissas": where,
        "smallest": int(values.min()),
        "largest": int(values.max()),
        "zeros": int((values == 0).sum()),
    }
