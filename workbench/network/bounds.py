"""What follows from a layer's synapses: how large its sums can become, and what its weights are.

Integer widths, exactness and refusals depend on these, so they come from the connections
themselves. Layers whose connections have a closed form say the same without listing them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.network.layer import Layer
    from workbench.network.windows import WindowAxis

_CHUNK = 1_000_000
"""Numbers of a large array that are looked at together."""

_PROBES = 2
_LARGEST_PROBE = 2


@dataclass(frozen=True)
class Bounds:
    """Bounds of a layer's weights and sums.

    Parameters
    ----------
    gain : float
        Largest sum of absolute weights that end at one output: what an output can reach when
        no input is beyond -1 and 1. Sums of integers are exact below 2**53.
    lowest, highest : float
        Smallest and largest weight; 0 where there is no connection.
    whole : bool
        Whether all weights are integers.
    """

    gain: float
    lowest: float
    highest: float
    whole: bool

    @property
    def largest(self) -> float:
        """Largest absolute weight."""
        return max(self.highest, -self.lowest)

    @classmethod
    def of(cls, weights: np.ndarray, gain: float) -> Bounds:
        """Return the bounds of weights, all of which exist, with a gain that is known."""
        if weights.size == 0:
            return cls(0.0, 0.0, 0.0, whole=True)
        return cls(float(gain), float(weights.min()), float(weights.max()), are_whole(weights))


def are_whole(values: np.ndarray) -> bool:
    """Whether all values are integers; float64 represents those below 2**53 exactly."""
    if values.dtype.kind in "biu":
        return True
    flat = values.reshape(-1)
    parts = (flat[i : i + _CHUNK] for i in range(0, flat.size, _CHUNK))
    return all(bool((np.rint(part) == part).all()) for part in parts)


def largest_absolute(values: np.ndarray) -> int:
    """Largest absolute value of integers; the absolute of the lowest int64 is not an int64."""
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))


def absolute_sums(matrix: np.ndarray) -> np.ndarray:
    """Sum the absolute values of each column; float64, shape (columns,).

    In parts, and in float64: the absolute of the lowest integer of a type is beyond that type.
    """
    rows = max(1, _CHUNK // max(1, matrix.shape[1]))
    total = np.zeros(matrix.shape[1])
    for start in range(0, len(matrix), rows):
        total += np.abs(matrix[start : start + rows].astype(np.float64)).sum(axis=0)
    return total


def derived_bounds(layer: Layer) -> Bounds:
    """Return the bounds that a layer's synapses have, listing them chunk by chunk."""
    total = np.zeros(layer.output_size)
    found: list[tuple[float, float, bool]] = []
    for index in range(len(layer.input_shapes)):
        for _, post, weight in layer.synapses(index):
            if len(post):
                values = np.asarray(weight)
                total += np.bincount(post, np.abs(values.astype(np.float64)), len(total))
                found.append((float(values.min()), float(values.max()), are_whole(values)))
    if not found:
        return Bounds(0.0, 0.0, 0.0, whole=True)
    lowest, highest, whole = zip(*found, strict=True)
    return Bounds(float(total.max()), min(lowest), max(highest), all(whole))


def window_bounds(
    kernel: np.ndarray,
    axes: tuple[WindowAxis, WindowAxis],
    present: Callable[[WindowAxis], np.ndarray],
) -> Bounds:
    """Return the bounds of kernels that are used at many places of an image.

    Parameters
    ----------
    kernel : ndarray, shape (kernel_height, kernel_width, channels per group, filters)
    axes : (WindowAxis, WindowAxis)
        Geometry along height and width.
    present : function of a WindowAxis
        Which taps reach an output, for every kind of place there is along an axis; bool, shape
        (places, taps).
    """
    rows, columns = (present(axis) for axis in axes)
    reached = kernel[rows.any(axis=0)][:, columns.any(axis=0)]
    if reached.size == 0:
        return Bounds(0.0, 0.0, 0.0, whole=True)
    # Taps that never lie inside the image make no synapse, and add nothing below.
    if kernel.size <= _CHUNK:
        sums = np.abs(kernel.astype(np.float64)).sum(axis=2)
    else:
        sums = np.stack([[absolute_sums(tap) for tap in row] for row in kernel])
    along = np.einsum("pi,ijf->pjf", rows.astype(np.float64), sums)
    gain = max(float((columns @ place).max()) for place in along)
    return Bounds.of(reached, gain)


def disagreement(layer: Layer) -> str:
    """Say how a layer's forward pass differs from the sums over its synapses; "" if it does not.

    Engines follow either, so that a layer whose two methods disagree would spike differently on
    each. Tried with small integers of either sign.
    """
    random = np.random.default_rng(0)
    inputs = [
        random.integers(-_LARGEST_PROBE, _LARGEST_PROBE + 1, (_PROBES, *shape)).astype(np.float64)
        for shape in layer.input_shapes
    ]
    given = np.asarray(layer.forward(*inputs), np.float64)
    if given.shape != (_PROBES, *layer.output_shape):
        return f"forward gives arrays of shape {given.shape[1:]}, not {layer.output_shape}"
    sums = np.zeros((_PROBES, layer.output_size))
    for index, values in enumerate(inputs):
        flat = values.reshape(_PROBES, -1)
        for pre, post, weight in layer.synapses(index):
            for probe in range(_PROBES):
                sums[probe] += np.bincount(post, weight * flat[probe][pre], sums.shape[1])
    off = np.abs(given.reshape(_PROBES, -1) - layer.at_rest.reshape(-1) - sums).max(initial=0)
    bounds = layer.bounds
    exact = bounds.whole and not layer.at_rest.any() and _LARGEST_PROBE * bounds.gain < 2**53
    if off <= (0.0 if exact else 1e-4 * max(1.0, bounds.gain)):
        return ""
    return f"forward differs by up to {off:.3g} from the sums over its synapses"


def connections(layer: Layer) -> Iterator[np.ndarray]:
    """Yield the outputs at which connections end, in chunks, over all inputs."""
    for index in range(len(layer.input_shapes)):
        for _, post, _ in layer.synapses(index):
            yield post
