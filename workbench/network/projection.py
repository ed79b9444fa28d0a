"""A linear path between two populations, with its synapses on the exact grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from workbench.errors import StructureError
from workbench.network.connection_matrix import composed, ways
from workbench.network.layer import Layer, Synapses

EXACT = 2**53
"""Integers below it are exact in float64, in which the reference sums."""


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """A linear path from one population to another, crossed within a step.

    Parameters
    ----------
    source, target : str
        Names of populations.
    maps : tuple of Layer
        Applied in order; their weights are integers of grid units, and they have no biases.

    Raises
    ------
    StructureError
        When it is made, if the maps do not follow one another.
    """

    source: str
    target: str
    maps: tuple[Layer, ...]

    def __post_init__(self) -> None:
        shape = None
        for layer in self.maps:
            if len(layer.input_shapes) != 1 or shape not in (None, layer.input_shapes[0]):
                raise StructureError(
                    f"{self.place}: its {layer.kind} takes {layer.input_shapes}, but gets {shape}."
                    " The output shape of each map must be the input shape of the next."
                )
            shape = layer.output_shape
        if not self.maps:
            raise StructureError(f"{self.place} has no maps. Give at least one layer.")

    @property
    def inputs(self) -> int:
        """Number of units of the source."""
        return math.prod(self.maps[0].input_shapes[0])

    @property
    def place(self) -> str:
        """What it is, for messages."""
        return f"The projection from '{self.source}' to '{self.target}'"

    @cached_property
    def fault(self) -> str:
        """Why engines could not agree about the projection, in words; nothing where they do."""
        # Maxima, which populations do, add nothing up.
        for layer in (layer for layer in self.maps if layer.linear):
            where = f"{self.place}: its {layer.kind}"
            try:
                problem = self._fault_of(layer)
            except StructureError as error:
                problem = f"cannot be followed: {str(error).rstrip('.')}"
            if problem:
                return f"{where} {problem}"
        return ""

    @staticmethod
    def _fault_of(layer: Layer) -> str:
        if getattr(layer, "bias", None) is not None:
            return "has a bias; accepted: a bias of the population"
        if not layer.bounds.whole:
            return "holds weights that are not integers in grid units"
        if layer.disagreement:
            return f"is not a linear map: {layer.disagreement}"
        if layer.adds_constant:
            return "adds a constant; accepted: a bias of the population"
        return ""

    def __repr__(self) -> str:
        way = ", ".join(layer.kind for layer in self.maps)
        return f"Projection from '{self.source}' to '{self.target}': {way}"

    def forward(self, spikes: np.ndarray) -> np.ndarray:
        """Drive of the target; float64 holding integers, shape (samples, *target shape)."""
        # Units are numbered alike, although a sequence may be read as an image of height 1.
        value = spikes.astype(np.float64).reshape(len(spikes), *self.maps[0].input_shapes[0])
        for layer in self.maps:
            value = layer.forward(value)
        return value

    def matrix(self) -> sparse.csr_array:
        """All synapses as one sparse matrix; int64, shape (source units, target units)."""
        return composed(self.maps)

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
        unit = np.arange(self.inputs)
        for layer in passing:
            if layer.fan_out().max() > 1:  # windows overlap: follow every path
                return np.diff(ways(self.maps).indptr).astype(np.int64)
            following = np.full(layer.fan_out().size, -1)
            for pre, post, _ in layer.synapses():
                following[pre] = post
            unit = np.where(unit >= 0, following[unit], -1)
        return np.where(unit >= 0, last.fan_out()[unit], 0)

    @cached_property
    def synapse_count(self) -> int:
        return int(self.fan_out().sum())

    @cached_property
    def largest_input(self) -> int:
        """Bound of all sums on the way when every source sends a payload of 1, of absolute weights.

        Sums before a map of smaller, or no, weights count too: they must be exact as well.
        """
        bound = 1
        for layer in self.maps:
            bound *= max(1, math.ceil(layer.bounds.gain))
        return bound

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one dense evaluation of the path."""
        return sum(layer.macs for layer in self.maps)
