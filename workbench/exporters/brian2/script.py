"""The script that simulates a network in Brian2."""

from __future__ import annotations

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.script.assemble import arguments, assembled
from workbench.network.spiking import SpikingNetwork


def script_of(network: SpikingNetwork, name: str, steps: int) -> tuple[str, dict[str, np.ndarray]]:
    """Return the script and the arrays that it reads.

    Parameters
    ----------
    network : SpikingNetwork
    name : str
        Of the script's file, without suffix.
    steps : int
        That it simulates a sample for unless it is told others.

    Raises
    ------
    UnsupportedLayerError
        If a projection holds a layer that the script has no synapses for, or a max pooling
        cannot score graded spikes; all are named.
    """
    recent = [p.name for p in network.populations if p.rule and p.max_pool == "recent"]
    if recent:
        raise UnsupportedLayerError(
            [
                f"{name} scores graded spikes by the last 32 steps, which the Brian2 script cannot "
                "do; supported: max_pool 'exact', 'fir' and 'exp'. Convert again with "
                "Conversion(max_pool='exact')."
                for name in recent
            ]
        )
    code = network.spike_code
    same = "Spikes fall on the same steps as in the workbench's simulator."
    template = "turns" if code.in_turns else "script"
    if code.is_continuous:
        same = "Spikes have the same times as in the workbench's simulator."
    what = (
        f"Spiking network '{network.name}' in Brian2.\n\n"
        "Needs brian2 and numpy only. Weights and biases lie in the .npz file of the same name\n"
        f"beside this script. {same}"
    )
    how = f"""Run it:

    python {name}.py {arguments(network, steps)}
    python {name}.py --input my_samples.npz --output my_spikes.npz
    python {name}.py --standalone                  (compiled C++, for long runs)"""
    assert __package__ is not None
    part = "times" if code.is_continuous else "slots"
    return assembled(network, steps, __package__, what, how, template, {"code": part})
