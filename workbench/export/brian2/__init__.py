"""Brian2: a script of its own that gives the workbench's spikes, at the same steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from workbench.export.brian2.describe import describe, synapse_total
from workbench.export.brian2.inside import BYTES_PER_SYNAPSE
from workbench.export.brian2.parity import compare
from workbench.export.brian2.script import script_of
from workbench.export.header import header
from workbench.export.targets import TARGETS, Outcome, Request, check_samples
from workbench.network.spiking import SpikingNetwork


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
    description, arrays = describe(network)
    if samples is not None:
        arrays["x"] = samples
    if labels is not None:
        arrays["y"] = labels
    script.write_text(script_of(network, request.name, description), encoding="utf-8")
    _write_arrays(network, data, arrays)
    parity = compare(request, script, samples, parity_samples, parity_steps, parity_timeout_s)
    return parity, _notes(network, samples)


def _write_arrays(network: SpikingNetwork, path: Path, arrays: dict[str, Any]) -> None:
    what = f"Weights and biases of the Brian2 script for the spiking network '{network.name}'."
    readme = header(network, what, "Run the script of the same name.")
    np.savez_compressed(path, readme=np.array(readme), **arrays)


def _notes(network: SpikingNetwork, samples: np.ndarray | None) -> tuple[str, ...]:
    notes = [
        "Constant, Poisson and Bernoulli input (--encoding, --seed) give the simulator's spikes; "
        "--standalone compiles C++ first and needs a compiler."
    ]
    if samples is None:
        notes.append("The export holds no samples: run the script with --input FILE.npz.")
    memory = synapse_total(network) * BYTES_PER_SYNAPSE
    if memory > 2e9:
        notes.append(
            f"The script makes {synapse_total(network):,} synapses and will take "
            f"about {memory / 1e9:.0f} GB of memory."
        )
    return tuple(notes)
