"""The text of the script that simulates a network in Brian2."""

from __future__ import annotations

from importlib import resources

from workbench.export.header import docstring, given_arrays, header
from workbench.network.spiking import SpikingNetwork


def script_of(network: SpikingNetwork, name: str, description: str) -> str:
    """Return the script.

    Parameters
    ----------
    network : SpikingNetwork
    name : str
        Of the script's file, without suffix.
    description : str
        What `workbench.export.brian2.describe.describe` says of the network.
    """
    what = (
        f"Spiking network '{network.name}' in Brian2.\n\n"
        "Needs brian2 and numpy only. Weights and biases lie in the .npz file of the same name\n"
        "beside this script. Spikes fall on the same steps as in the workbench's simulator."
    )
    how = f"""Run it:

    python {name}.py --samples 5 --steps 100
    python {name}.py --input my_samples.npz --output spikes.npz
    python {name}.py --standalone                  (compiled C++, for long runs)

my_samples.npz holds {given_arrays(network)},
scaled as the training data were, and maybe labels y. spikes.npz gets, per layer, the arrays
LAYER_sample, LAYER_step and LAYER_unit, one entry a spike."""
    body = _template("script").replace("#@connections@", _template("connections").strip(), 1)
    # Last, because the description may hold any words.
    body = body.replace("#@network@", f"# The network.\n\n{description}", 1)
    return f"{docstring(header(network, what, how))}\n{body}"


def _template(part: str) -> str:
    folder = resources.files(__package__)
    return folder.joinpath(f"{part}.py.txt").read_text(encoding="utf-8")
