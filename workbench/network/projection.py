"""A linear path between two populations, with its synapses on the exact grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Synapses
from workbench.network.pooling import SumPool2D
from workbench.network.transposed import ConvTranspose2D


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """A linear path from one population to another, crossed within a step.

    Parameters
    ----------
    source, target : str
        Names of populations.
    maps : tuple of Layer
        Applied in order; their arrays hold whole numbers of grid units, and no biases.
    """

    source: str
    target: str
    maps: tuple[Layer, ...]

    def __repr__(self) -> str:
        way = ", ".join(layer.kind for layer in self.maps)
        return f"Projection from '{self.source}' to '{self.target}': {way}"

    def forward(self, spikes: np.ndarray) -> np.ndarray:
        """Drive of the target; float64 holding whole numbers, shape (samples, *target shape)."""
        # Units are numbered alike, although a sequence may be read as an image of height 1.
        value = spikes.astype(np.float64).reshape(len(spikes), *self.maps[0].input_shapes[0])
        for layer in self.maps:
            value = layer.forward(value)
        return value

    def matrix(self) -> sparse.csr_array:
        """All synapses as one sparse matrix; int64, shape (source units, target units)."""
        weights = self._product(weighted=True)
        if len(self.maps) == 1:
            return weights
        # A product leaves out what sums to 0, but such a synapse exists: every place is lifted
        # beyond all weights while the two are added, so that none is left out.
        places = self._product(weighted=False)
        lift = 2 * int(np.abs(weights.data).max(initial=0)) + 1
        places.data[:] = lift
        total = sparse.csr_array(places + weights)
        total.data -= lift
        return total

    def _product(self, *, weighted: bool) -> sparse.csr_array:
        """Compose the maps; without weights, an entry counts the ways between two units."""
        product: sparse.csr_array | None = None
        for layer in self.maps:
            chunks = list(layer.synapses())
            pre, post, weight = (np.concatenate(part) for part in zip(*chunks, strict=True))
            value = weight.astype(np.int64) if weighted else np.ones(len(pre), np.int64)
            shape = (math.prod(layer.input_shapes[0]), layer.output_size)
            one = sparse.csr_array((value, (pre, post)), shape=shape)
            product = one if product is None else sparse.csr_array(product @ one)
        assert product is not None
        return product

    def synapses(self) -> Iterator[Synapses]:
        """Yield chunks (pre, post, weight), int64, each pair of units at most once."""
        matrix = self.matrix()
        rows = max(1, 1_000_000 // max(1, matrix.shape[1]))
        for start in range(0, matrix.shape[0], rows):
            block = matrix[start : start + rows].tocoo()
            yield block.row.astype(np.int64) + start, block.col.astype(np.int64), block.data

    def fan_out(self) -> np.ndarray:
        """Number of target units that each source unit reaches; int64, shape (source units,).

        A unit that reaches a target along several windows has one synapse there.
        """
        *passing, last = self.maps
        unit = np.arange(math.prod(self.maps[0].input_shapes[0]))
        for layer in passing:
            if layer.fan_out().max() > 1:
                return self._reached()
            following = np.full(layer.fan_out().size, -1)
            for pre, post, _ in layer.synapses():
                following[pre] = post
            unit = np.where(unit >= 0, following[unit], -1)
        return np.where(unit >= 0, last.fan_out()[unit], 0)

    def _reached(self) -> np.ndarray:
        """Fan-out by following every path, for windows that overlap."""
        return np.diff(self._product(weighted=False).indptr).astype(np.int64)

    @cached_property
    def synapse_count(self) -> int:
        return int(self.fan_out().sum())

    @property
    def largest_input(self) -> int:
        """Bound of what one step can bring to a unit: every source spikes, absolute weights."""
        bound = 1
        for layer in self.maps:
            if isinstance(layer, SumPool2D):
                bound *= layer.common
            elif isinstance(layer, (Conv2D, ConvTranspose2D, Dense)):
                columns = np.abs(layer.kernel).reshape(-1, layer.kernel.shape[-1])
                bound *= int(columns.sum(axis=0).max())
            elif isinstance(layer, Scale):
                bound *= int(np.abs(layer.factor).max())
        return bound

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one dense evaluation of the path."""
        return sum(layer.macs for layer in self.maps)
