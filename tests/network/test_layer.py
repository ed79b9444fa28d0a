import numpy as np
import pytest

from workbench.errors import StructureError
from workbench.network.dense import Dense
from workbench.network.layer import LAYER_KINDS, Layer


def test_arrays_are_copied_and_read_only():
    kernel = np.ones((2, 3))
    layer = Dense(kernel)
    kernel[0, 0] = 7
    assert layer.kernel[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        layer.kernel[0, 0] = 7


def test_fields_cannot_be_set():
    layer = Dense(np.ones((2, 3)))
    with pytest.raises(AttributeError):
        layer.bias = np.ones(3)


def test_layers_are_equal_only_to_themselves():
    layer = Dense(np.ones((2, 3)))
    assert layer == layer
    assert layer != Dense(np.ones((2, 3)))


def test_every_kind_registers_itself():
    class Probe(Layer):
        pass

    try:
        assert LAYER_KINDS["Probe"] is Probe
    finally:
        del LAYER_KINDS["Probe"]


def test_a_layer_without_a_forward_pass_says_so():
    with pytest.raises(
        StructureError, match="Layer has no forward pass; define `forward` in its class"
    ):
        Layer().forward(np.ones(1))
    with pytest.raises(StructureError, match="Layer has no output shape"):
        _ = Layer().output_shape
    with pytest.raises(StructureError, match="Layer has no synapses"):
        Layer().synapses()


def test_a_bias_of_zeros_adds_nothing():
    kernel = np.ones((2, 3))
    assert Dense(kernel).additions == 0
    assert Dense(kernel, np.zeros(3)).additions == 0
    assert Dense(kernel, np.array([0, 0.5, 0])).additions == 3
