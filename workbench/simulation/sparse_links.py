"""Connections without weights of their own, as tables: pooling, padding, slicing, repeating.

A layer without weights passes multiples of spikes on, so its connections are a sparse table of
small positive integers. Layers that follow one another become one table where that is no longer
than the two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np
from scipy import sparse

from workbench.network.connection_matrix import synapse_table
from workbench.network.layer import Layer
from workbench.simulation.kernels.planes import BLOCK


@dataclass(frozen=True, eq=False)
class Links:
    """Sparse integer connections, both ways.

    Parameters
    ----------
    inputs, outputs : int
        Number of units on either side.
    first : ndarray of int64, shape (inputs + 1,)
        Links of input i are ``first[i]`` to ``first[i + 1]``.
    target, weight : ndarray of int32, shape (links,)
        Outputs in ascending order for each input.
    begin : ndarray of int64, shape (outputs + 1,)
    member, member_weight : ndarray of int32, shape (links,)
        Inputs that each output reads, in ascending order.
    """

    inputs: int
    outputs: int
    first: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    begin: np.ndarray
    member: np.ndarray
    member_weight: np.ndarray

    @cached_property
    def most(self) -> int:
        """What an output can get when every input counts 1."""
        sums = np.add.reduceat(np.append(self.member_weight, 0), self.begin[:-1])
        return int(np.where(np.diff(self.begin) > 0, sums, 0).max(initial=0))

    @cached_property
    def blocks(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Links between blocks of 16 units (begin, member), as `link_blocks` takes them.

        None where neighbours do not all read neighbours, with weight 1.
        """
        count = np.diff(self.begin)
        if self.inputs % BLOCK or self.outputs % BLOCK or (self.member_weight != 1).any():
            return None
        count = count.reshape(-1, BLOCK)
        if (count != count[:, :1]).any():
            return None
        lane = np.repeat(np.arange(self.outputs) % BLOCK, np.diff(self.begin))
        members = np.stack([self.member[lane == i] for i in range(BLOCK)])
        if (members != members[0] + np.arange(BLOCK)[:, None]).any() or (members[0] % BLOCK).any():
            return None
        begin = np.concatenate([[0], np.cumsum(count[:, 0])]).astype(np.int64)
        return begin, (members[0] // BLOCK).astype(np.int32)


LARGEST_LINK = 2**31 - 1
"""Weights of links are int32."""


def passes_spikes(layer: Layer) -> bool:
    """Whether links can carry spikes through a layer: all its weights are positive and small."""
    bounds = layer.bounds
    return bounds.whole and bounds.lowest >= 1 and bounds.gain <= LARGEST_LINK


def links(layer: Layer) -> Links:
    """Return the connections of a layer without weights; layers of equal fields share them."""
    fields = tuple(getattr(layer, field.name) for field in dataclasses.fields(layer))
    if all(isinstance(value, Hashable) for value in fields):
        return _links_of(cast("Any", type(layer)), fields)
    return _table(synapse_table(layer))


def chained(layers: list[Layer]) -> tuple[Links, ...]:
    """Return the tables of layers in order; those that only rename units are left out."""
    tables: list[Links] = []
    for layer in layers:
        if layer.renames:
            continue
        following = links(layer)
        joined = _joined(tables[-1], following) if tables else None
        if joined is None:
            tables.append(following)
        else:
            tables[-1] = joined
    return tuple(tables)


@lru_cache(maxsize=64)
def _links_of(kind: type[Layer], fields: tuple[Hashable, ...]) -> Links:
    names = (field.name for field in dataclasses.fields(kind))
    return _table(synapse_table(kind(**dict(zip(names, fields, strict=True)))))


@lru_cache(maxsize=64)
def _joined(one: Links, other: Links) -> Links | None:
    """Return two tables as one, or None where that would be the longer way."""
    product = sparse.csr_array(_as_matrix(one) @ _as_matrix(other))
    if product.nnz > len(one.target) + len(other.target):
        return None
    return _table(product)


def _as_matrix(table: Links) -> sparse.csr_array:
    shape = (table.inputs, table.outputs)
    return sparse.csr_array((table.weight.astype(np.int64), table.target, table.first), shape=shape)


def _table(matrix: sparse.csr_array) -> Links:
    matrix.sort_indices()
    backward = sparse.csc_array(matrix)
    backward.sort_indices()
    return Links(
        inputs=matrix.shape[0],
        outputs=matrix.shape[1],
        first=matrix.indptr.astype(np.int64),
        target=matrix.indices.astype(np.int32),
        weight=matrix.data.astype(np.int32),
        begin=backward.indptr.astype(np.int64),
        member=backward.indices.astype(np.int32),
        member_weight=backward.data.astype(np.int32),
    )
