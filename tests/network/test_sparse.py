import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.network.connection_matrix import composed, synapse_table, ways
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import SumPool2D
from workbench.network.rearrange import Permute
from workbench.network.sparse import Sparse
from workbench.network.structure import Concatenate, Reshape

RNG = np.random.default_rng(0)
CONVOLUTION = Conv2D((5, 4, 2), RNG.normal(size=(3, 2, 1, 4)), None, (2, 1), groups=2)


def test_a_layer_and_its_list_of_synapses_are_one_map():
    listed = Sparse.of(CONVOLUTION)
    x = RNG.normal(size=(3, 5, 4, 2))
    assert listed.forward(x) == pytest.approx(CONVOLUTION.forward(x))
    assert listed.output_shape == CONVOLUTION.output_shape
    assert (listed.fan_out() == CONVOLUTION.fan_out()).all()
    assert listed.synapse_count == listed.macs == CONVOLUTION.synapse_count
    assert listed.parameter_count == listed.synapse_count


@given(
    pairs=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=15),
    seed=st.integers(0, 99),
)
def test_forward_multiplies_by_the_matrix(pairs, seed):
    rng = np.random.default_rng(seed)
    index = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    weight = rng.integers(-9, 9, len(index))
    layer = Sparse((5,), (3, 1), index[:, 0], index[:, 1], weight)
    matrix = np.zeros((5, 3))
    matrix[index[:, 0], index[:, 1]] = weight
    x = rng.integers(-3, 4, (2, 5)).astype(float)
    assert (layer.forward(x) == (x @ matrix).reshape(2, 3, 1)).all()
    assert (synapse_table(layer).toarray() == matrix).all()


def test_one_input_of_several_is_a_layer_by_itself():
    joined = Concatenate(((2,), (3,)), 0)
    part = Sparse.of(joined, 1)
    x = RNG.normal(size=(2, 3))
    assert (part.forward(x) == joined.part(1).forward(x)).all()


def test_connections_of_weight_0_exist():
    table = synapse_table(Dense(np.zeros((2, 3))))
    assert table.nnz == 6
    assert composed([Dense(np.array([[1.0, 1]])), Dense(np.array([[1.0], [-1]]))]).nnz == 1


def test_composed_tables_are_the_maps_in_a_row():
    maps = (
        Permute((4, 5, 2), (1, 0, 2)),
        SumPool2D((5, 4, 2), (2, 2), (1, 2), ((0, 1), (0, 0)), counts_padding=True),
        Reshape((5, 2, 2), (20,)),
        Dense(RNG.integers(-9, 9, (20, 3))),
    )
    x = np.eye(40).reshape(40, 4, 5, 2)
    for layer in maps:
        x = layer.forward(x)
    table = composed(maps)
    assert table.dtype == np.int64
    assert (table.toarray() == x).all()
    assert (ways(maps).toarray() > 0).sum() == table.nnz
