"""NEST: a script whose neurons give the workbench's spikes, a step later from layer to layer."""

from __future__ import annotations

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.script.assemble import assembled, command, samples_note, write_arrays
from workbench.exporters.script.parity import Runner, compare
from workbench.exporters.targets import TARGETS, Outcome, Request, check_samples
from workbench.exporters.unsupported import (
    Refusal,
    beyond_plain_neurons,
    modulo_reset,
    sentences,
)
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork

NEST = Runner("nest", "NEST", "nest-simulator")


@TARGETS.register("nest")
def export_nest(
    request: Request,
    *,
    samples: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    parity_samples: int = 3,
    parity_steps: int = 50,
    parity_timeout_s: float = 120.0,
) -> Outcome:
    """Write ``NAME_nest.py`` and ``NAME_nest.npz``, which need NEST and NumPy only.

    Parameters
    ----------
    request : Request
    samples : ndarray, shape (samples, *input shape), optional
        Inputs that the script runs on when it is given no others; a few are enough.
    labels : ndarray of int, shape (samples,), optional
    parity_samples, parity_steps : int
        How much the script is run to compare its spikes with the simulator's.
    parity_timeout_s : float
        Longest time for that.

    Raises
    ------
    UnsupportedLayerError
        If NEST has no neurons for a population; all are named.
    ExportError
        If the script's spikes differ from the simulator's.
    """
    network = request.network
    samples, labels = check_samples(network, samples, labels)
    problems = [found for p in network.populations[1:] if (found := _problem(p)) is not None]
    if problems:
        raise UnsupportedLayerError(sentences(problems))
    script = request.destination.file("_nest.py")
    text, arrays = _script(network, script.stem)
    script.write_text(text, encoding="utf-8")
    write_arrays(network, request.destination.file("_nest.npz"), arrays, samples, labels)
    parity = compare(
        request,
        script,
        NEST,
        samples,
        count=parity_samples,
        steps=parity_steps,
        timeout_s=parity_timeout_s,
    )
    place = request.destination.final("_nest.py")
    return Outcome(parity, _notes(network, samples), command(place))


def _problem(population: Population) -> Refusal | None:
    """What about a population NEST's neurons cannot do."""
    return beyond_plain_neurons(population, "NEST") or modulo_reset(population, "NEST")


def _script(network: SpikingNetwork, name: str) -> tuple[str, dict[str, np.ndarray]]:
    what = (
        f"Spiking network '{network.name}' in NEST.\n\n"
        "Needs nest-simulator and numpy only. Weights and biases lie in the .npz file of the same\n"
        "name beside this script. A spike takes a step from layer to layer; apart from that,\n"
        "spikes fall on the same steps as in the workbench's simulator, and are saved so."
    )
    how = f"""Run it:

    python {name}.py --samples 5 --steps 100
    python {name}.py --input my_samples.npz --output my_spikes.npz"""
    assert __package__ is not None
    return assembled(network, __package__, what, how)


def _notes(network: SpikingNetwork, samples: np.ndarray | None) -> tuple[str, ...]:
    notes = [
        "Spikes take a step from layer to layer: layer n begins n - 1 steps after the first. The "
        "script subtracts that from what it saves. Inputs are constant currents."
    ]
    inner = [p for p in network.projections if p.source != network.input.name]
    if any(sum(layer.mixing for layer in p.maps) + _pools(p.maps) > 1 for p in inner):
        notes.append(
            "Average pooling has no neurons and goes into the synapses behind it, which are more "
            "by that. Convert with spiking_pools=True for fewer synapses."
        )
    return (*notes, *samples_note(samples))


def _pools(maps: tuple) -> int:
    return sum(layer.kind == "SumPool2D" for layer in maps)
