"""PyNN: a portable script, approximate, because PyNN's neurons reset to zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.abilities import Abilities
from workbench.exporters.export_report import Parity
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.predictions import predictions
from workbench.exporters.script.assemble import (
    arguments,
    assembled,
    command,
    samples_note,
    write_script,
)
from workbench.exporters.script.parity import Runner, run
from workbench.exporters.target import Outcome, Request, Target
from workbench.exporters.unsupported import PLAIN_NEURONS_ONLY, beyond_plain_neurons, sentences
from workbench.network.spiking import SpikingNetwork
from workbench.util.optional import installed

PYNN = Runner("pyNN", "PyNN", "pynn")

ABILITIES = Abilities("pynn", "PyNN")

SIMULATORS = ("nest", "brian2")
"""What PyNN is tried with, as the script does: its NEURON has no neurons with delta synapses."""


def export_pynn(request: Request, options: ParityOptions) -> Outcome:
    """Write ``NAME_pynn.py`` and ``NAME_pynn.npz`` for PyNN and a simulator behind it.

    Raises
    ------
    UnsupportedLayerError
        If PyNN has no neurons for a population; all are named.
    ExportError
        If the script fails.
    """
    found = [beyond_plain_neurons(p, ABILITIES) for p in request.network.populations[1:]]
    if problems := [refusal for refusal in found if refusal is not None]:
        raise UnsupportedLayerError(sentences(problems))
    script = write_script(request, TARGET.suffixes, _script)
    parity = _compare(request, script, options)
    place = request.destination.final("_pynn.py")
    return Outcome(parity, _notes(request), command(place, request))


def _script(network: SpikingNetwork, name: str, steps: int) -> tuple[str, dict[str, np.ndarray]]:
    what = (
        f"Spiking network '{network.name}' in PyNN.\n\n"
        "Needs pynn, numpy and a simulator behind PyNN, NEST or Brian2. Weights and\n"
        "biases lie in the .npz file of the same name beside this script. Approximate: PyNN's\n"
        "portable neurons reset to 0, whatever a spike leaves over, and a spike takes a step from\n"
        "layer to layer. Rates come close to the workbench's, single spikes do not."
    )
    how = f"""Run it:

    python {name}.py {arguments(network, steps)}
    python {name}.py --simulator brian2
    python {name}.py --input my_samples.npz --output my_spikes.npz"""
    assert __package__ is not None
    return assembled(network, steps, __package__, what, how)


def _compare(request: Request, script: Path, options: ParityOptions) -> Parity:
    """Compare output spikes of the script with the simulator's: counts, not times."""
    if request.simulate is None:
        return Parity("not run", "no simulator was given to compare with")
    if not any(installed(name) for name in SIMULATORS):
        return Parity("not run", "no simulator behind PyNN is installed (pip install brian2)")
    network, steps = request.network, options.parity_steps
    x = request.probe(options.parity_samples)
    spikes = run(script, PYNN, x, steps, options.parity_timeout_s)
    if isinstance(spikes, Parity):
        return spikes
    output = network.output.name
    shape = (len(x), network.output.size)
    simulated = request.simulate(network, x, steps)
    sample, _, unit = simulated[output]
    ours = _counts(sample, unit, shape)
    theirs = _counts(spikes[f"{output}_sample"], spikes[f"{output}_unit"], shape)
    difference = np.abs(theirs - ours) / steps
    same = int((spikes["predictions"] == predictions(network, simulated, x, steps)).sum())
    return Parity(
        "approximate",
        f"output rates differ by {difference.mean():.3f} spikes a step on average, "
        f"{difference.max():.3f} at most; the prediction is the simulator's for "
        f"{same} of {len(x)} ({steps} steps)",
    )


def _counts(sample: np.ndarray, unit: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, (sample, unit), 1)
    return counts


def _notes(request: Request) -> tuple[str, ...]:
    network = request.network
    notes = [
        "Approximate: PyNN's portable neurons reset to 0, and a spike takes a step from layer to "
        "layer. PyNN makes connections one by one: use it for small networks."
    ]
    if network.output.reset != "zero":
        notes.append(
            f'The network was converted with reset="{network.output.reset}"; converted with '
            'Conversion(reset="zero"), it behaves more like the script.'
        )
    if network.output.read == "membrane":
        notes.append(
            "PyNN does not record potentials in NEST, so the script shows outputs below zero as 0. "
            'Convert with Conversion(reset="zero", output_sign="on_off"): then spikes are enough.'
        )
    if any(p.starts.any() for p in network.populations):
        notes.append("PyNN does not set initial potentials in NEST: neurons start at 0 there.")
    return (*notes, *samples_note(request))


TARGET = Target(
    name="pynn",
    title="PyNN script",
    about="A Python script with its weights, for NEST or Brian2 behind PyNN; approximate.",
    suffixes=("_pynn.py", "_pynn.npz"),
    write=export_pynn,
    options=ParityOptions,
    abilities=ABILITIES,
    parity="approximate",
    compared="output rates, where PyNN is installed; its neurons reset to zero",
    refuses=PLAIN_NEURONS_ONLY,
    imports=("pyNN",),
)
