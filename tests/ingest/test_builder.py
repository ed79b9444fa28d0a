import numpy as np
import pytest

from workbench.errors import UnsupportedLayerError
from workbench.ingest.builder import GraphBuilder, Tensor, Translation, kept, shared_arrays
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.structure import Identity, Reshape

KERNEL = np.arange(6.0, dtype=np.float32).reshape(2, 3)


def test_the_last_step_bears_the_layers_name_and_names_stay_unique():
    builder = GraphBuilder("net")
    (x,) = builder.inputs([("x", (2,))])
    steps = ((Dense(KERNEL), Activation.LINEAR), (Identity((3,)), Activation.RELU))
    first = builder.append("layer", Translation(steps), [x])
    builder.append("layer", kept(Identity((3,))), [first])
    assert [node.name for node in builder.nodes] == ["x", "layer_dense", "layer", "layer_2"]


def test_several_inputs_take_their_part_of_one_vector():
    builder = GraphBuilder("net")
    a, b = builder.inputs([("a", (2, 2)), ("b", (3,))])
    assert (a.shape, b.shape) == ((2, 2), (3,))
    network = builder.finish(b)
    assert network.input_shape == (7,)
    assert network.forward(np.arange(7.0)[None]).tolist() == [[4, 5, 6]]


def test_channels_first_tensors_are_permuted_where_order_matters():
    builder = GraphBuilder("net")
    (x,) = builder.inputs([("x", (2, 3, 4))])
    stored = builder.channels_last(x)
    assert stored == Tensor("x_permute", (3, 4, 2), channels_first=True)
    assert stored.source_shape == (2, 3, 4)
    flat = builder.in_source_order(stored)
    shape = Reshape((2, 3, 4), (24,))
    network = builder.finish(builder.append("flat", kept(shape), [flat]))
    values = np.arange(24.0, dtype=np.float32)
    assert np.array_equal(network.forward(values.reshape(1, 2, 3, 4))[0], values)


def test_what_the_output_does_not_read_is_left_out():
    builder = GraphBuilder("net")
    (x,) = builder.inputs([("x", (2,))])
    output = builder.append("kept", kept(Dense(KERNEL)), [x])
    builder.append("unread", kept(Dense(KERNEL)), [x])
    assert [node.name for node in builder.finish(output).nodes] == ["x", "kept"]


def test_an_output_in_the_middle_of_a_source_ends_the_network():
    builder = GraphBuilder("net")
    (x,) = builder.inputs([("x", (2,))])
    output = builder.append("middle", kept(Dense(KERNEL)), [x])
    builder.append("end", kept(Identity((3,))), [output])
    assert builder.finish(output).output.name == "middle"


def test_all_problems_come_together_weights_that_are_no_numbers_too():
    builder = GraphBuilder("net")
    (x,) = builder.inputs([("x", (2,))])
    output = builder.append("bad", kept(Dense(KERNEL * np.nan)), [x])
    builder.refuse("odd (Thing) is not supported.")
    with pytest.raises(UnsupportedLayerError) as caught:
        builder.finish(output)
    assert len(caught.value.problems) == 2
    assert "bad (Dense) has weights that are NaN or infinite" in caught.value.problems[0]


def test_a_second_use_at_another_size_shares_the_arrays():
    kernel = np.ones((2, 2, 1, 1), np.float32)
    one, other = (kept(Conv2D((n, n, 1), kernel.copy())) for n in (4, 6))
    shared = shared_arrays(other, one)
    assert shared.steps[0][0].kernel is one.steps[0][0].kernel
    assert shared.steps[0][0].input_shape == (6, 6, 1)
