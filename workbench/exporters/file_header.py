"""The words at the head of every exported file: what it is, where from, how to run it."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata

import numpy as np
import tomli_w

from workbench.network.spiking import SpikingNetwork


def header(network: SpikingNetwork, what: str, how_to_run: str) -> str:
    """Return the description that an exported file carries.

    Parameters
    ----------
    network : SpikingNetwork
    what : str
        One or two sentences about the file.
    how_to_run : str
    """
    settings = tomllib.loads(network.conversion.to_toml())
    given = {key: value for key, value in settings.items() if value != {}}
    return f"""{what}

Network     {network.name}: {" -> ".join(p.name for p in network.populations)}
Neurons     {sum(p.neurons for p in network.populations):,}
Content     sha256 {network.content_hash}
Made from   analog network sha256 {network.source_hash or "unknown"}
Written by  {versions()}

{how_to_run.strip()}

Conversion settings:

{_indented(tomli_w.dumps(given).strip())}
"""


def given_arrays(network: SpikingNetwork) -> str:
    """Return which arrays a file of samples holds, in words."""
    packed = f"an array x of shape (samples, {', '.join(map(str, network.input_shape))})"
    if not network.input_parts:
        return packed
    parts = (
        f"{name} (samples, {', '.join(map(str, shape))})" for name, shape in network.input_parts
    )
    return f"the arrays {', '.join(parts)},\nor {packed} with all of them side by side"


def versions() -> str:
    """Versions of what wrote the file."""
    return (
        f"snn-workbench {workbench_version()}, NumPy {np.__version__}, "
        f"Python {platform.python_version()}"
    )


def workbench_version() -> str:
    """Version of the installed workbench."""
    try:
        return metadata.version("snn-workbench")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def docstring(text: str) -> str:
    """Return text as the docstring of a Python file, whatever names occur in it."""
    safe = text.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{safe.strip()}\n"""\n'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
