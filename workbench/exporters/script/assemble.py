"""Putting a script together: its head, the network, and the parts that scripts share."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from pathlib import Path

import numpy as np

from workbench.exporters.file_header import docstring, given_arrays, header
from workbench.exporters.script.describe import describe
from workbench.network.spiking import SpikingNetwork

SHARED = ("samples", "connections", "paths", "results")
"""Parts of a script, each in place of the line ``#@NAME@`` of a template."""

FILES = """my_samples.npz holds {given},
scaled as the training data were, and maybe labels y. Without --input, the samples are those
of the export, or random where it was given none. Spikes go to --output, by default to
NAME_spikes.npz (NAME being the script's) in the working folder: per layer, the arrays
LAYER_sample, LAYER_step and LAYER_unit, one entry a spike, and LAYER_sign of those that take
spikes back."""


def assembled(
    network: SpikingNetwork, package: str, what: str, how: str
) -> tuple[str, dict[str, np.ndarray]]:
    """Return a script and the arrays that it reads.

    Parameters
    ----------
    network : SpikingNetwork
    package : str
        Of the target, which holds the template ``script.py.txt``.
    what, how : str
        What the script is, and how it is run, for its head.

    Raises
    ------
    UnsupportedLayerError
        If a projection holds a layer that scripts have no synapses for; all are named.
    """
    description, arrays = describe(network)
    body = template(package, "script")
    for part in SHARED:
        body = body.replace(f"#@{part}@", template(__package__, part).strip(), 1)
    body = body.replace("#@resets@", _resets(network), 1)
    # Last, because the description may hold any words.
    body = body.replace("#@network@", f"# The network.\n\n{description}", 1)
    head = header(network, what, f"{how}\n\n{FILES.format(given=given_arrays(network))}")
    return f"{docstring(head)}\n{body}", arrays


def _resets(network: SpikingNetwork) -> str:
    """Return what a spike does to the potential v, in the rules that a network has."""
    rules = {p.reset: p.reset_rule.statement for p in network.populations if p.kind == "if"}
    lines = "".join(f"    {json.dumps(n)}: {json.dumps(line)},\n" for n, line in rules.items())
    return f"# What a spike does to the potential.\nRESETS = {{\n{lines}}}"


def template(package: str, part: str) -> str:
    """Return the text of a template."""
    return resources.files(package).joinpath(f"{part}.py.txt").read_text(encoding="utf-8")


def write_arrays(
    network: SpikingNetwork,
    path: Path,
    arrays: dict[str, np.ndarray],
    samples: np.ndarray | None,
    labels: np.ndarray | None,
) -> None:
    """Write what a script reads: weights and biases, and the samples that it runs on."""
    given = {"x": samples, "y": labels}
    arrays = arrays | {name: array for name, array in given.items() if array is not None}
    what = f"Weights and biases of the script for the spiking network '{network.name}'."
    readme = header(network, what, "Run the script of the same name.")
    np.savez_compressed(path, readme=np.array(readme), **arrays)  # type: ignore[arg-type]


def samples_note(samples: np.ndarray | None) -> tuple[str, ...]:
    """Say what a script runs on if the export was given no samples."""
    if samples is not None:
        return ()
    return (
        "The export holds no samples: the script draws random ones, or takes yours with "
        "--input FILE.npz.",
    )


def command(script: Path) -> str:
    """Return the shell's line that runs a script."""
    return f"python {shlex.quote(str(script))} --samples 5 --steps 100"
