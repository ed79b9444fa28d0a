import numpy as np
import pytest

from workbench.network.pooling import MaxPool2D, SumPool2D
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.structure import Reshape
from workbench.simulation.sparse_links import chained, links

LAYERS = (
    MaxPool2D((5, 4, 2), (3, 2), (2, 1), ((0, 1), (1, 0))),
    SumPool2D((5, 4, 2), (3, 2), (2, 1), ((0, 1), (1, 0))),
    Pad((5, 4, 2), (1, 0, 2), (0, 3, 1)),
    Slice((5, 4, 2), (1, 0, 1), (4, 3, 2)),
    Permute((5, 4, 2), (2, 0, 1)),
    Repeat((5, 4, 2), (2, 3, 1)),
    Take((5, 4, 2), 0, (4, 0, -1, 0)),
)


def dense(tables, size):
    """The links as a matrix, inputs by outputs."""
    matrix = np.eye(size, dtype=int)
    for table in tables:
        one = np.zeros((table.inputs, table.outputs), int)
        for i in range(table.inputs):
            for k in range(table.first[i], table.first[i + 1]):
                one[i, table.target[k]] += table.weight[k]
        matrix = matrix @ one
    return matrix


def mapped(layers):
    """The same matrix from the layers' forward passes."""
    value = np.eye(int(np.prod(layers[0].input_shapes[0])))
    for layer in layers:
        value = layer.forward(value.reshape(len(value), *layer.input_shapes[0]))
    return value.reshape(len(value), -1)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_links_are_the_synapses_both_ways(layer):
    found = links(layer)
    pairs = {
        (int(i), int(o)): int(w)
        for pre, post, weight in layer.synapses()
        for i, o, w in zip(pre, post, weight, strict=True)
    }
    forward = {
        (i, int(found.target[k])): int(found.weight[k])
        for i in range(40)
        for k in range(found.first[i], found.first[i + 1])
    }
    assert forward == pairs
    backward = {
        (int(found.member[k]), o)
        for o in range(layer.output_size)
        for k in range(found.begin[o], found.begin[o + 1])
    }
    assert backward == set(pairs)
    for o in range(layer.output_size):
        members = found.member[found.begin[o] : found.begin[o + 1]]
        assert (np.diff(members) > 0).all()  # row-major


def test_equal_geometry_shares_links():
    assert links(MaxPool2D((4, 4, 2), (2, 2), (2, 2))) is links(
        MaxPool2D((4, 4, 2), (2, 2), (2, 2))
    )
    assert links(Pad((4,), (1,), (0,))) is not links(Pad((4,), (0,), (1,)))


@pytest.mark.parametrize("first", LAYERS[1:], ids=lambda layer: layer.kind)
@pytest.mark.parametrize("second", ["repeat", "sum", "permute", "slice"])
def test_chained_layers_are_what_they_are_one_after_another(first, second):
    shape = first.output_shape
    following = {
        "repeat": Repeat(shape, (1, 2, 2)),
        "sum": SumPool2D(shape, (2, 1), (1, 1)),
        "permute": Permute(shape, (1, 2, 0)),
        "slice": Slice(shape, (1, 0, 0), shape),
    }[second]
    flat = Reshape(following.output_shape, (following.output_size,))
    layers = [first, Reshape(shape, shape), following, flat]
    assert (dense(chained(layers), 40) == mapped(layers)).all()


def test_rearrangements_in_a_row_become_one_table():
    pad = Pad((3, 2, 2), (1, 1, 0), (1, 1, 0))
    permute = Permute(pad.output_shape, (2, 0, 1))
    cut = Slice(permute.output_shape, (0, 1, 0), permute.output_shape)
    tables = chained([pad, permute, cut])
    assert len(tables) == 1
    assert (dense(tables, 12) == mapped([pad, permute, cut])).all()


def test_tables_that_would_grow_stay_apart():
    wide = SumPool2D((12, 12, 1), (3, 3), (1, 1))
    again = SumPool2D(wide.output_shape, (3, 3), (1, 1))
    tables = chained([wide, again])
    assert len(tables) == 2
    assert (dense(tables, 144) == mapped([wide, again])).all()


def test_layers_that_rename_units_need_no_table():
    assert chained([]) == ()
    assert chained([Reshape((2, 3), (6,))]) == ()
