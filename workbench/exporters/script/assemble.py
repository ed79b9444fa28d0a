"""Putting a script together: its head, the network, and the parts that scripts share."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

import numpy as np

from workbench.exporters.file_header import docstring, given_arrays, header
from workbench.exporters.script.describe import describe
from workbench.exporters.target import Request
from workbench.network.spiking import SpikingNetwork

ScriptOf = Callable[[SpikingNetwork, str, int], tuple[str, dict[str, np.ndarray]]]

_PLACE = re.compile(r"^#@(\w+)@$", re.MULTILINE)
"""The line of a template in place of which a part comes; parts have none."""

FILES = """my_samples.npz holds {given},
scaled as the training data were, and maybe labels y. Without --input, the samples are those
of the export, or random where it was given none. Spikes go to --output, by default to
NAME_spikes.npz (NAME being the script's) in the working folder: per layer, the arrays
LAYER_sample, LAYER_step and LAYER_unit, one entry per spike, and {more}."""

SIGN = """LAYER_sign of layers with signed
neurons: 1 or -1, or what a graded spike carries in units of the smallest"""
TIME = """LAYER_time, in
windows of the code, and LAYER_early: 1 where a neuron had reached its threshold too early"""
"""What is saved besides; see `workbench.exporters.script.describe.saved`."""


def assembled(
    network: SpikingNetwork,
    steps: int,
    package: str,
    what: str,
    how: str,
    body: str = "script",
    parts: Mapping[str, str] | None = None,
) -> tuple[str, dict[str, np.ndarray]]:
    """Return a script and the arrays that it reads.

    Parameters
    ----------
    network : SpikingNetwork
    steps : int
        That the script simulates a sample for unless it is told others; codes with windows have
        steps of their own.
    package : str
        Of the target, which holds its templates.
    what, how : str
        What the script is, and how it is run, for its head.
    body : str
        Name of the template of the whole, in which a line ``#@NAME@`` stands for the part NAME: a
        template of the target, or of this package.
    parts : mapping of str to str, optional
        Templates of parts that have another name.

    Raises
    ------
    UnsupportedLayerError
        If a projection holds a layer that scripts have no synapses for; all are named.
    """
    description, arrays = describe(network)
    if not network.spike_code.in_turns:
        description = f"STEPS = {steps}  # of a sample, unless --steps says others\n{description}"
    computed = {"resets": _resets(network), "network": f"# The network.\n\n{description}"}

    def part(place: re.Match[str]) -> str:
        name = place[1]
        own = (parts or {}).get(name, name)
        return computed[name] if name in computed else template(package, own).strip()

    text = _PLACE.sub(part, template(package, body))
    more = TIME if network.spike_code.is_continuous else SIGN
    files = FILES.format(given=given_arrays(network), more=more)
    head = header(network, what, f"{how}\n\n{files}")
    return f"{docstring(head)}\n{text}", arrays


def _resets(network: SpikingNetwork) -> str:
    """Return what a spike does to the potential v, in the rules that a network has."""
    rules = {p.reset: p.reset_rule.statement for p in network.populations if p.kind == "if"}
    lines = "".join(f"    {json.dumps(n)}: {json.dumps(line)},\n" for n, line in rules.items())
    return f"# What a spike does to the potential.\nRESETS = {{\n{lines}}}"


def template(package: str, part: str) -> str:
    """Return the text of a template of a package, or else of this one."""
    places = (resources.files(each) / f"{part}.py.txt" for each in (package, __package__))
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


def write_script(request: Request, suffixes: tuple[str, ...], script_of: ScriptOf) -> Path:
    """Write a script, and what it reads: weights and biases, and the samples that it runs on.

    Parameters
    ----------
    request : Request
    suffixes : tuple of str
        Of the script and of its arrays.
    script_of : callable
        From a network, the script's name and its steps to the script and its arrays.

    Returns
    -------
    Path
        Where the script lies while it is checked.
    """
    network = request.network
    script, data = map(request.destination.file, suffixes)
    text, arrays = script_of(network, script.stem, request.steps)
    script.write_text(text, encoding="utf-8")
    given = {"x": request.samples, "y": request.labels}
    arrays = arrays | {name: array for name, array in given.items() if array is not None}
    what = f"Weights and biases of the script for the spiking network '{network.name}'."
    readme = header(network, what, "Run the script of the same name.")
    np.savez_compressed(data, readme=np.array(readme), **arrays)  # type: ignore[arg-type]
    return script


def samples_note(request: Request) -> tuple[str, ...]:
    """Say what a script runs on if the export was given no samples."""
    if request.samples is not None:
        return ()
    return (
        "The export holds no samples: the script draws random ones, or takes yours with "
        "--input FILE.npz.",
    )


def arguments(network: SpikingNetwork, steps: int) -> str:
    """Return what a script is run with; codes with windows have steps of their own."""
    return "--samples 5" if network.spike_code.in_turns else f"--samples 5 --steps {steps}"


def command(script: Path, request: Request) -> str:
    """Return the shell's line that runs a script."""
    return f"python {shlex.quote(str(script))} {arguments(request.network, request.steps)}"
