"""NEST: a script whose neurons give the workbench's spikes, a step later from layer to layer."""

from __future__ import annotations

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.abilities import Abilities
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.script.assemble import (
    arguments,
    assembled,
    command,
    samples_note,
    write_script,
)
from workbench.exporters.script.parity import Runner, compare
from workbench.exporters.target import Outcome, Request, Target
from workbench.exporters.unsupported import (
    PLAIN_NEURONS_ONLY,
    Refusal,
    beyond_plain_neurons,
    other_reset,
    sentences,
)
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork

NEST = Runner("nest", "NEST", "nest-simulator")

ABILITIES = Abilities("nest", "NEST")

RESETS = ("subtract", "zero")
"""Those that a model of NEST has; ``script.py.txt`` names it."""


def export_nest(request: Request, options: ParityOptions) -> Outcome:
    """Write ``NAME_nest.py`` and ``NAME_nest.npz``, which need NEST and NumPy only.

    Raises
    ------
    UnsupportedLayerError
        If NEST has no neurons for a population; all are named.
    ExportError
        If the script's spikes differ from the simulator's.
    """
    populations = request.network.populations[1:]
    if problems := [found for p in populations if (found := _problem(p)) is not None]:
        raise UnsupportedLayerError(sentences(problems))
    script = write_script(request, TARGET.suffixes, _script)
    parity = compare(request, script, NEST, options)
    place = request.destination.final("_nest.py")
    return Outcome(parity, _notes(request), command(place, request))


def _problem(population: Population) -> Refusal | None:
    """What about a population NEST's neurons cannot do."""
    return beyond_plain_neurons(population, ABILITIES) or other_reset(population, ABILITIES, RESETS)


def _script(network: SpikingNetwork, name: str, steps: int) -> tuple[str, dict[str, np.ndarray]]:
    what = (
        f"Spiking network '{network.name}' in NEST.\n\n"
        "Needs nest-simulator and numpy only. Weights and biases lie in the .npz file of the same\n"
        "name beside this script. A spike takes a step from layer to layer; apart from that,\n"
        "spikes fall on the same steps as in the workbench's simulator, and are saved so."
    )
    how = f"""Run it:

    python {name}.py {arguments(network, steps)}
    python {name}.py --input my_samples.npz --output my_spikes.npz"""
    assert __package__ is not None
    return assembled(network, steps, __package__, what, how)


def _notes(request: Request) -> tuple[str, ...]:
    network = request.network
    notes = [
        "A spike takes a step from layer to layer: layer n begins n - 1 steps after the first. The "
        "script subtracts that from what it saves. Inputs are constant currents."
    ]
    inner = [p for p in network.projections if p.source != network.input.name]
    if any(sum(layer.mixing for layer in p.maps) + _pools(p.maps) > 1 for p in inner):
        notes.append(
            "Average pooling has no neurons of its own: it is part of the synapses to the next "
            "layer, which makes them more. Convert with spiking_pools=True for fewer synapses."
        )
    return (*notes, *samples_note(request))


def _pools(maps: tuple) -> int:
    return sum(layer.kind == "SumPool2D" for layer in maps)


TARGET = Target(
    name="nest",
    title="NEST script",
    about="A Python script with its weights, for NEST 3.10; needs nest-simulator and numpy only.",
    suffixes=("_nest.py", "_nest.npz"),
    write=export_nest,
    options=ParityOptions,
    abilities=ABILITIES,
    parity="exact",
    compared="spike trains equal (`==`); the script is run in a process of its own where NEST is "
    "installed. A spike takes a step from layer to layer, which the script subtracts",
    refuses=PLAIN_NEURONS_ONLY,
    imports=("nest",),
)
