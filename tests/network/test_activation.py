import numpy as np
import pytest

from workbench.network.activation import Activation


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
