"""The script that simulates a network in Brian2."""

from __future__ import annotations

import numpy as np

from workbench.exporters.script.assemble import assembled
from workbench.network.spiking import SpikingNetwork


def script_of(network: SpikingNetwork, name: str) -> tuple[str, dict[str, np.ndarray]]:
    """Return the script and the arrays that it reads.

    Parameters
    ----------
    network : SpikingNetwork
    name : str
        Of the script's file, without suffix.

    Raises
    ------
    UnsupportedLayerError
        If a projection holds a layer that the script has no synapses for; all are named.
    """
    what = (
        f"Spiking network '{network.name}' in Brian2.\n\n"
        "Needs brian2 and numpy only. Weights and biases lie in the .npz file of the same name\n"
        "beside this script. Spikes fall on the same steps as in the workbench's simulator."
    )
    how = f"""Run it:

    python {name}.py --samples 5 --steps 100
    python {name}.py --input my_samples.npz --output my_spikes.npz
    python {name}.py --standalone                  (compiled C++, for long runs)"""
    assert __package__ is not None
    return assembled(network, __package__, what, how)
