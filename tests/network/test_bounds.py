"""Bounds in a closed form are those that the synapses have, over the whole case table."""

import numpy as np
import pytest
from cases.forms import forms
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import StructureError
from workbench.network.affine import Scale
from workbench.network.bounds import (
    absolute_sums,
    are_whole,
    derived_bounds,
    disagreement,
    largest_absolute,
)
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D, SumPool2D
from workbench.network.transposed import ConvTranspose2D

CLOSED = (AveragePool2D, Conv2D, ConvTranspose2D, Dense, MaxPool2D, Scale, SumPool2D)


def assert_closed_form_is_right(layer):
    closed, derived = layer.bounds, derived_bounds(layer)
    assert closed.gain == pytest.approx(derived.gain, rel=1e-12)
    # Where all factors of a channel are alike, a closed form may look at each of them once.
    assert (closed.lowest, closed.highest) == (derived.lowest, derived.highest)
    assert closed.whole == derived.whole


@pytest.mark.parametrize("kind", forms())
def test_closed_forms_are_what_the_synapses_give(kind):
    for layer in forms()[kind].values():
        assert_closed_form_is_right(layer)


@pytest.mark.parametrize("kind", forms())
def test_forward_is_the_sum_over_the_synapses(kind):
    for where, layer in forms()[kind].items():
        if layer.linear:
            assert disagreement(layer) == "", where


@pytest.mark.parametrize("kind", CLOSED)
def test_layers_of_large_kernels_do_not_list_their_synapses(kind):
    assert kind.bounds is not Layer.bounds


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
borders = st.tuples(*[st.tuples(st.integers(0, 4), st.integers(0, 4))] * 2)


@given(
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    window=pairs,
    strides=pairs,
    dilation=pairs,
    padding=borders,
    groups=st.sampled_from([1, 2]),
    counts=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_windows_of_every_geometry(size, window, strides, dilation, padding, groups, counts, seed):
    rng = np.random.default_rng(seed)
    kernel = rng.integers(-9, 10, (*window, 2 // groups, 4)).astype(np.int32)
    image = (*size, 2)
    cut = (padding[0][0], padding[1][0])
    makers = (
        lambda: Conv2D(image, kernel, None, strides, padding, dilation, groups),
        lambda: ConvTranspose2D(image, kernel, (4, 5), None, strides, cut, dilation, groups),
        lambda: AveragePool2D(image, window, strides, padding, counts),
        lambda: SumPool2D(image, window, strides, padding, counts),
    )
    for make in makers:
        try:
            layer = make()
        except StructureError:  # the image is smaller than the window
            continue
        assert_closed_form_is_right(layer)
        assert disagreement(layer) == ""


def test_the_lowest_integer_of_a_type_has_its_own_absolute():
    for dtype in (np.int8, np.int32, np.int64):
        lowest = np.iinfo(dtype).min
        values = np.array([[lowest, 5]], dtype)
        assert largest_absolute(values) == -int(lowest)
        assert absolute_sums(values).tolist() == [float(-int(lowest)), 5.0]
        assert Dense(values).bounds.largest == -float(lowest)


def test_large_arrays_are_looked_at_in_parts(monkeypatch):
    values = np.random.default_rng(0).normal(size=(70, 3))
    whole = np.rint(values)
    expected = np.abs(values).sum(axis=0)
    monkeypatch.setattr("workbench.network.bounds._CHUNK", 10)
    assert absolute_sums(values) == pytest.approx(expected)
    assert are_whole(whole)
    whole[-1, -1] += 0.5
    assert not are_whole(whole)
    kernel = values[:21].reshape(3, 7, 1, 3)
    assert_closed_form_is_right(Conv2D((4, 8, 1), kernel, padding=((1, 1), (3, 3))))


def test_a_layer_without_connections_has_no_gain():
    pool = SumPool2D((2, 2, 1), (1, 1), (9, 9), ((3, 0), (3, 0)))
    assert (pool.bounds.gain, pool.bounds.largest, pool.bounds.whole) == (0.0, 0.0, True)
