"""Any linear map as a list of its connections."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from workbench.network.connection_matrix import synapse_table
from workbench.network.layer import Layer, Shape, Synapses

_CHUNK = 1_000_000


@dataclass(frozen=True, eq=False)
class Sparse(Layer):
    """``y_post = sum weight x_pre`` over the connections: what any linear layer can become.

    Parameters
    ----------
    input_shape, target_shape : tuple of int
    pre, post : ndarray of int, shape (synapses,)
        Flat C-order indices, ascending by `pre`, then by `post`; no pair twice.
    weight : ndarray, shape (synapses,)
    """

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = True
    input_shape: Shape
    target_shape: Shape
    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, layer: Layer, input_index: int = 0) -> Sparse:
        """Return the connections that a layer has from one of its inputs."""
        table = synapse_table(layer, input_index, np.float64)
        return cls.of_table(table, layer.input_shapes[input_index], layer.output_shape)

    @classmethod
    def of_table(cls, table: sparse.csr_array, input_shape: Shape, target_shape: Shape) -> Sparse:
        """Return the entries of a matrix, (input units, output units)."""
        table.sort_indices()
        pre = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        return cls(input_shape, target_shape, pre, table.indices.astype(np.int64), table.data)

    def check(self) -> None:
        self.check_shape("input_shape", self.input_shape)
        self.check_shape("target_shape", self.target_shape)
        sizes = {"pre": self.pre, "post": self.post, "weight": self.weight}
        for name, array in sizes.items():
            fits = array.shape == (self.pre.size,)
            self.demand(fits, f"{name} has the shape {array.shape}", f"{(self.pre.size,)}")
        for name, array, shape in (
            ("pre", self.pre, self.input_shape),
            ("post", self.post, self.target_shape),
        ):
            units = math.prod(shape)
            self.demand(array.dtype.kind in "iu", f"{name} holds {array.dtype}", "integers")
            inside = not array.size or 0 <= int(array.min()) <= int(array.max()) < units
            self.demand(inside, f"{name} leaves the {units:,} units", f"0 to {units - 1:,}")
        # Below 2**62, as both sides have fewer than 2**31 units.
        pairs = self.pre.astype(np.int64) * math.prod(self.target_shape) + self.post
        ascending = bool((pairs[1:] > pairs[:-1]).all())
        self.demand(ascending, "pre and post are not in order", "ascending pairs, none twice")

    @property
    def output_shape(self) -> Shape:
        return self.target_shape

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        x = inputs[0]
        shape = (math.prod(self.input_shape), self.output_size)
        matrix = sparse.csr_array((self.weight, (self.pre, self.post)), shape=shape)
        y = matrix.T @ x.reshape(len(x), -1).T
        return np.ascontiguousarray(y.T).reshape(len(x), *self.target_shape)

    def negated(self) -> Layer:
        negated: Layer = self.replace(weight=-self.weight)
        return negated

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        for start in range(0, self.pre.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            yield self.pre[part], self.post[part], self.weight[part]

    def arrays(self) -> list[np.ndarray]:
        return [self.weight]
