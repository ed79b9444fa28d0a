"""Comparing a network that was read with its source, on data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.errors import ConversionError
from workbench.network.graph import Network
from workbench.util.memory_budget import memory_budget
from workbench.util.pixels import BYTES

TOLERANCE = 1e-4
"""Largest deviation, relative to the largest output, that float32 rounding explains."""

SAMPLES = 16
"""Random inputs that are compared, fewer for large networks."""

NUMBERS = 2**26
"""Outputs of the largest layer that a comparison may hold at once, one sample at least."""

COMPARED_BYTES = 32
"""An output of a layer while network and source are compared: both keep some layers' values."""

Inside = Callable[[np.ndarray], Iterator[tuple[str, np.ndarray]]]


def verified(
    network: Network,
    run: Callable[[np.ndarray], np.ndarray],
    source: str,
    *,
    tolerance: float = TOLERANCE,
    integers: bool = False,
    inside: Inside | None = None,
) -> Network:
    """Compare a network with its source on seeded random inputs and note the deviation.

    Parameters
    ----------
    network : Network
    run : function of ndarray (samples, *input shape), float32, to ndarray (samples, *output shape)
        The source's own answer.
    source : str
        Its name, for messages: "Keras".
    tolerance : float
        Largest deviation accepted.
    integers : bool
        Whether the source takes integers, as bytes of pictures; else inputs lie in 0 to 1.
    inside : function of ndarray to iterator of (node name, ndarray), optional
        The source's values at some of the network's nodes, in order.

    Returns
    -------
    Network
        With `verification`, `source_deviation`, and the `pixel_range` of integers filled in.

    Raises
    ------
    ConversionError
        If the outputs differ by more than rounding explains.
    """
    largest = max(node.layer.output_size for node in network.nodes)
    room = min(NUMBERS, memory_budget() // COMPARED_BYTES)
    samples = min(network.affordable(SAMPLES), max(1, room // max(1, largest)))
    rng, shape = np.random.default_rng(0), (samples, *network.input_shape)
    x = rng.integers(0, 256, shape) if integers else rng.random(shape, np.float32)
    x = x.astype(np.float32)
    deviation = network.deviation(network.forward(x), np.asarray(run(x)))
    if not deviation <= tolerance:
        where = _first_difference(network, x, inside, tolerance) if inside else ""
        raise ConversionError(
            f"Network '{network.name}' differs from {source} by {deviation:.1e} of its outputs on "
            f"random inputs; {tolerance:.0e} is accepted.{where} Please report this model."
        )
    note = f"outputs within {deviation:.1e} of {source} on {samples} random inputs"
    pixel_range = BYTES if integers else network.pixel_range
    return replace(network, verification=note, source_deviation=deviation, pixel_range=pixel_range)


def _first_difference(network: Network, x: np.ndarray, inside: Inside, tolerance: float) -> str:
    """Say at which node the network begins to differ; nothing where none that is known does."""
    own = network.activations(x)
    for name, value in inside(x):
        if value.shape != own[name].shape and value.ndim > 2:
            value = np.moveaxis(value, 1, -1)  # Channels that stood first stand last here.
        if value.shape == own[name].shape and _relative(own[name], value) > tolerance:
            return f" The first layer that differs is {name} ({network[name].layer.kind})."
    return ""


def _relative(value: np.ndarray, reference: np.ndarray) -> float:
    """Largest absolute difference, relative to the largest absolute reference."""
    largest = float(np.abs(reference).max(initial=0)) or 1.0
    return float(np.abs(value - reference).max(initial=0)) / largest


def split_inputs(x: np.ndarray, network: Network) -> Any:
    """Return samples as a model with several inputs takes them."""
    if not network.input_parts:
        return x
    sizes = [int(np.prod(shape)) for _, shape in network.input_parts]
    blocks = np.split(x, np.cumsum(sizes)[:-1], axis=1)
    parts = zip(blocks, network.input_parts, strict=True)
    return [block.reshape(len(x), *shape) for block, (_, shape) in parts]
