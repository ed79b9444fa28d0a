import numpy as np

from workbench.network.structure import Add, Concatenate, Identity, Input, Reshape


def test_an_input_has_a_shape_and_no_sources():
    layer = Input((2, 3))
    assert layer.input_shapes == ()
    assert layer.output_shape == (2, 3)
    assert layer.synapse_count == 0


def test_reshape_keeps_c_order():
    x = np.arange(12.0).reshape(1, 2, 3, 2)
    assert (Reshape((2, 3, 2), (12,)).forward(x) == np.arange(12)).all()


def test_wires_pass_units_one_to_one_and_are_no_synapses():
    for layer in (Identity((4,)), Reshape((4,), (2, 2))):
        ((pre, post, weight),) = layer.synapses()
        assert (pre == post).all()
        assert (weight == 1).all()
        assert (layer.fan_out() == 1).all()
        assert layer.synapse_count == layer.macs == layer.parameter_count == 0


def test_add_counts_one_connection_per_summand_and_one_addition_less():
    layer = Add((2, 2), 3)
    ones = np.ones((1, 2, 2))
    assert (layer.forward(ones, 2 * ones, 4 * ones) == 7).all()
    assert layer.synapse_count == 12
    assert layer.additions == 8


def test_add_leaves_its_inputs_alone():
    x = np.ones((1, 2))
    Add((2,), 2).forward(x, x)
    assert (x == 1).all()


def test_concatenation_places_inputs_side_by_side():
    layer = Concatenate(((2, 1), (2, 3)), 1)
    a, b = np.ones((1, 2, 1)), 2 * np.ones((1, 2, 3))
    assert layer.output_shape == (2, 4)
    assert layer.forward(a, b)[0].tolist() == [[1, 2, 2, 2]] * 2
    placed = layer.part(0).forward(a) + layer.part(1).forward(b)
    assert np.array_equal(placed, layer.forward(a, b))
    assert layer.synapse_count == 0
