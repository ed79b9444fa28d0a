import re

import numpy as np
import pytest

from workbench.network.activation import (
    Activation,
    AxisSoftmax,
    Clip,
    Linear,
    QuantizedReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Step,
    Tanh,
    Ternary,
)


def test_relu_cuts_below_zero():
    assert Activation.RELU(np.array([-1.0, 0, 2])).tolist() == [0, 0, 2]


def test_linear_passes_values_on():
    x = np.array([-1.0, 2])
    assert (Activation.LINEAR(x) == x).all()


def test_softmax_sums_to_one_even_for_large_values():
    y = Activation.SOFTMAX(np.array([[1000.0, 1001, 1002], [0, 0, 0]]))
    assert y.sum(axis=1) == pytest.approx([1, 1])
    assert y[1] == pytest.approx([1 / 3] * 3)
    assert y[0].argmax() == 2


X = np.linspace(-3, 3, 25)
HIDDEN = [
    Linear(),
    ReLU(),
    ReLU(ceiling=1.5),
    ReLU(slope=0.25),
    ReLU(ceiling=2.0, slope=0.25),
    ReLU(threshold=0.5),
    ReLU(ceiling=2.0, slope=0.1, threshold=0.5),
    ReLU(ceiling=0.25, slope=0.1, threshold=0.5),
    ReLU(ceiling=0.5, threshold=0.5),
    ReLU(ceiling=0.0, slope=0.1),
    ReLU(slope=0.3, threshold=-0.5),
    Clip(-1.0, 1.0),
    Clip(0.0, 1.0, gain=1 / 6, shift=0.5),
    Clip(0.5, 2.0, gain=2.0, shift=-0.25),
    Step(),
    Step(inclusive=True),
    Step(-1.0, 1.0, inclusive=True),
    Step(-0.5, 2.0),
    Ternary(0.5),
    QuantizedReLU(2.0, 4),
]


@pytest.mark.parametrize("activation", HIDDEN, ids=lambda a: a.label)
def test_parts_add_up_to_the_activation(activation):
    total = np.full_like(X, activation.offset)
    for part in activation.parts():
        total += np.asarray(part.gain) * part(X)
    assert total == pytest.approx(activation(X))


@pytest.mark.parametrize("activation", HIDDEN, ids=lambda a: a.label)
def test_parts_are_plain(activation):
    for part in activation.parts():
        assert part.unit.is_plain
    assert activation.is_plain == (activation.parts()[0].unit == activation)


@pytest.mark.parametrize("activation", HIDDEN, ids=lambda a: a.label)
def test_what_is_said_to_be_nonnegative_is(activation):
    assert activation.nonnegative == (activation(np.linspace(-9, 9, 99)).min() >= 0)


@pytest.mark.parametrize("activation", HIDDEN, ids=lambda a: a.label)
def test_float32_stays_float32(activation):
    assert activation(X.astype(np.float32)).dtype == np.float32


def test_slopes_may_differ_by_channel():
    activation = ReLU(slope=(0.5, 0.0))
    assert activation(np.array([[-2.0, -2.0], [1, 1]])).tolist() == [[-1, 0], [1, 1]]
    assert activation.parameter_count == 2
    assert activation.label == "prelu"


@pytest.mark.parametrize(
    "activation", [Softmax(), AxisSoftmax(0), Sigmoid(), Tanh()], ids=lambda a: a.label
)
def test_output_activations_are_no_sums_of_units(activation):
    assert not activation.hidden
    assert not activation.is_plain
    with pytest.raises(TypeError, match=f"{re.escape(activation.label)} is not a sum"):
        activation.parts()


def test_a_softmax_may_run_along_another_axis():
    x = np.random.default_rng(0).normal(0, 1, (2, 3, 4)).astype(np.float32)
    y = AxisSoftmax(0)(x)
    assert y == pytest.approx(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), rel=1e-5)
    assert y.dtype == np.float32


def test_sigmoid_does_not_overflow():
    assert Activation.SIGMOID(np.array([-1e4, 0.0, 1e4], np.float32)).tolist() == [0, 0.5, 1]


def test_labels_tell_the_options():
    assert ReLU(ceiling=6.0).label == "relu(to 6)"
    assert ReLU(slope=0.25).label == "leaky_relu(0.25)"
    assert Step(-1.0, 1.0).label == "step(-1, 1)"
