"""The connections of layers as sparse matrices: what a layer becomes where nothing is faster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from workbench.network.layer import Layer


def synapse_table(layer: Layer, input_index: int = 0, dtype: Any = np.int64) -> sparse.csr_array:
    """Return a layer's connections from one input; (input units, output units).

    Connections of weight 0 are entries, too.

    Parameters
    ----------
    dtype : numpy dtype
        Of the weights.
    """
    chunks = list(layer.synapses(input_index))
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    pre, post, weight = (np.concatenate(part) for part in zip(nothing, *chunks, strict=True))
    shape = (math.prod(layer.input_shapes[input_index]), layer.output_size)
    table = sparse.csr_array((weight.astype(dtype), (pre, post)), shape=shape)
    table.sort_indices()
    return table


def composed(maps: Sequence[Layer], dtype: Any = np.int64) -> sparse.csr_array:
    """Return the connections through layers that follow one another.

    A pair of units that some way connects has an entry, even if the weights of its ways sum to 0.
    """
    tables = [synapse_table(layer, dtype=dtype) for layer in maps]
    if len(tables) == 1:
        return tables[0]
    weights, places = _product(tables), _product([_ways(table) for table in tables])
    for matrix in (weights, places):
        matrix.sort_indices()
    # The product of weights leaves out what sums to 0; the number of ways never does.
    entries = np.zeros(places.nnz, dtype)
    entries[np.searchsorted(_keys(places), _keys(weights))] = weights.data
    return sparse.csr_array((entries, places.indices, places.indptr), shape=places.shape)


def ways(maps: Sequence[Layer]) -> sparse.csr_array:
    """Count the ways between the units at both ends of layers that follow one another."""
    return _product([_ways(synapse_table(layer)) for layer in maps])


def _ways(table: sparse.csr_array) -> sparse.csr_array:
    # In float64, where a number of ways that is beyond all integers stays above 0.
    ones = np.ones(table.nnz)
    return sparse.csr_array((ones, table.indices, table.indptr), shape=table.shape)


def _product(tables: list[sparse.csr_array]) -> sparse.csr_array:
    product = tables[0]
    for table in tables[1:]:
        product = sparse.csr_array(product @ table)
    return product


def _keys(matrix: sparse.csr_array) -> np.ndarray:
    """Row and column of each entry as one number; ascending."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    return rows * matrix.shape[1] + matrix.indices
