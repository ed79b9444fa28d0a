"""Transposed convolution against the adjoint of the plain one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.network.convolution import Conv2D
from workbench.network.transposed import ConvTranspose2D


def layer_of(size, kernel, stride, dilation, cut, groups=1, seed=0):
    rng = np.random.default_rng(seed)
    extent = (kernel - 1) * dilation + 1
    image = max(1, (size - 1) * stride + extent - cut)
    shape = (kernel, kernel, 2, 3 * groups)
    return ConvTranspose2D(
        (size, size, 2 * groups),
        rng.normal(size=shape),
        (image, image),
        strides=(stride, stride),
        cut=(cut, cut),
        dilation=(dilation, dilation),
        groups=groups,
    )


geometry = st.tuples(
    st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)
)


@given(geometry, st.integers(1, 2))
def test_synapses_are_what_forward_computes(sizes, groups):
    layer = layer_of(*sizes, groups=groups)
    n = math.prod(layer.input_shape)
    matrix = np.zeros((n, layer.output_size))
    for pre, post, weight in layer.synapses():
        assert (matrix[pre, post] == 0).all()
        matrix[pre, post] = weight
    unit = np.eye(n).reshape(n, *layer.input_shape)
    assert matrix == pytest.approx(layer.forward(unit).reshape(n, -1))
    assert ((matrix != 0).sum(axis=1) == layer.fan_out()).all()


@given(geometry)
def test_it_is_the_adjoint_of_a_convolution(sizes):
    """Without groups: <conv(y), x> equals <y, transposed(x)> for the crossed kernel."""
    layer = layer_of(*sizes)
    rows, columns = layer.axes
    if rows.after < 0:
        return  # The plain layer has no padding below zero.
    padding = ((rows.before, rows.after), (columns.before, columns.after))
    kernel = np.swapaxes(layer.kernel, 2, 3)
    plain = Conv2D(layer.output_shape, kernel, None, layer.strides, padding, layer.dilation)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1, *layer.input_shape))
    y = rng.normal(size=(1, *layer.output_shape))
    assert plain.output_shape == layer.input_shape
    assert (plain.forward(y) * x).sum() == pytest.approx((y * layer.forward(x)).sum())


def test_the_border_free_count_takes_every_tap():
    layer = layer_of(3, 3, 1, 1, 1)
    assert layer.border_free_synapses == 3 * 3 * 2 * 9 * 3
    assert layer.synapse_count < layer.border_free_synapses
