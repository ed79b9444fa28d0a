"""Brian2: a script of its own that gives the workbench's spikes, at the same steps."""

from __future__ import annotations

import numpy as np

from workbench.exporters.brian2.inside import BYTES_PER_SYNAPSE
from workbench.exporters.brian2.script import script_of
from workbench.exporters.script.assemble import command, samples_note, write_arrays
from workbench.exporters.script.describe import synapse_total
from workbench.exporters.script.parity import Runner, compare
from workbench.exporters.targets import TARGETS, Outcome, Request, check_samples
from workbench.network.spiking import SpikingNetwork

BRIAN2 = Runner("brian2", "brian2")


@TARGETS.register("brian2")
def export_brian2(
    request: Request,
    *,
    samples: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    parity_samples: int = 3,
    parity_steps: int = 50,
    parity_timeout_s: float = 120.0,
) -> Outcome:
    """Write ``NAME.py`` and ``NAME.npz``, which need Brian2 and NumPy only.

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
    ExportError
        If the script's spikes differ from the simulator's.
    """
    network = request.network
    script, data = request.destination.file(".py"), request.destination.file(".npz")
    samples, labels = check_samples(network, samples, labels)
    text, arrays = script_of(network, request.name)
    script.write_text(text, encoding="utf-8")
    write_arrays(network, data, arrays, samples, labels)
    parity = compare(
        request,
        script,
        BRIAN2,
        samples,
        count=parity_samples,
        steps=parity_steps,
        timeout_s=parity_timeout_s,
    )
    place = request.destination.final(".py")
    return Outcome(parity, _notes(network, samples), command(place))


def _notes(network: SpikingNetwork, samples: np.ndarray | None) -> tuple[str, ...]:
    notes = [
        "Constant and Poisson input (--encoding, --seed) give the simulator's spikes; "
        "--standalone compiles C++ first and needs a compiler."
    ]
    memory = synapse_total(network) * BYTES_PER_SYNAPSE
    if memory > 2e9:
        notes.append(
            f"The script makes {synapse_total(network):,} synapses and will take "
            f"about {memory / 1e9:.0f} GB of memory."
        )
    return (*notes, *samples_note(samples))
