"""Counts are those of the dense Jacobian: one connection per entry that can be other than zero."""

import dataclasses
import math

import numpy as np
import pytest
from cases.covering import covering, mostly_slow
from cases.forms import forms
from layer_cases import CASES, CONVERTED, converted, stored

from workbench.conversion import convert
from workbench.network.pooling import MaxPool2D
from workbench.network.rearrange import Rearrange, Repeat
from workbench.network.structure import Concatenate, Wire
from workbench.settings import Conversion


def ones_everywhere(layer):
    """The layer with every weight 1 and no bias, so that no connection hides behind a zero."""
    changes = {
        field.name: np.ones_like(getattr(layer, field.name))
        for field in dataclasses.fields(layer)
        if isinstance(getattr(layer, field.name), np.ndarray)
    }
    if "bias" in changes:
        changes["bias"] = None
    return layer.replace(**changes)


def jacobian(layer, index=0):
    """Derivative by unit vectors through `forward`; shape (inputs, outputs)."""
    shape = layer.input_shapes[index]
    size = math.prod(shape)
    inputs = [np.zeros((size, *s)) for s in layer.input_shapes]
    rest = layer.forward(*inputs)
    inputs[index] = np.eye(size).reshape(size, *shape)
    return (layer.forward(*inputs) - rest).reshape(size, -1)


def only_renames(layer):
    """Whether a layer moves units one to one, which makes no synapses."""
    moved = isinstance(layer, Rearrange) and not isinstance(layer, Repeat)
    return moved or isinstance(layer, (Wire, Concatenate))


@pytest.mark.parametrize("kind", forms())
def test_synapses_are_the_structural_non_zeros_of_the_jacobian(kind):
    for where, layer in forms()[kind].items():
        exists = [jacobian(ones_everywhere(layer), i) != 0 for i in range(len(layer.input_shapes))]
        for index, expected in enumerate(exists):
            assert (layer.fan_out(index) == expected.sum(axis=1)).all(), where
        total = 0 if only_renames(layer) else sum(int(e.sum()) for e in exists)
        assert layer.synapse_count == total, where


@pytest.mark.parametrize("kind", [kind for kind in forms() if kind != "MaxPool2D"])
def test_synapses_carry_the_weights_of_forward(kind):
    for where, layer in forms()[kind].items():
        weightless = layer.replace(bias=None) if hasattr(layer, "bias") else layer
        for index in range(len(layer.input_shapes)):
            matrix = np.zeros((math.prod(layer.input_shapes[index]), layer.output_size))
            for pre, post, weight in layer.synapses(index):
                np.add.at(matrix, (pre, post), weight)
            assert matrix == pytest.approx(jacobian(weightless, index), abs=1e-6), where


@pytest.mark.parametrize("kind", forms())
def test_no_connection_is_listed_twice(kind):
    for where, layer in forms()[kind].items():
        pairs = [pre * layer.output_size + post for pre, post, _ in layer.synapses()]
        listed = np.concatenate(pairs)
        assert len(np.unique(listed)) == len(listed), where


@pytest.mark.parametrize("kind", forms())
def test_multiply_accumulates_are_those_of_the_weighted_connections(kind):
    for where, layer in forms()[kind].items():
        expected = 0
        if kind in ("Conv2D", "ConvTranspose2D", "Dense", "AveragePool2D"):
            expected = (jacobian(ones_everywhere(layer)) != 0).sum()
        elif kind in ("Affine", "BatchNorm"):
            expected = layer.output_size
        assert layer.macs == expected, where


def test_totals_are_the_sums_of_the_rows():
    for name in CASES:
        network = stored(name)
        table, totals = network.summary(), network.totals
        assert len(table) == len(network.nodes) - 1, name
        for column in ("parameters", "neurons", "synapses", "macs", "operations"):
            assert getattr(totals, column) == (table[column].sum() if len(table) else 0), name


SCALES = [
    # By default every case with scales per channel, and few with one per layer.
    pytest.param(
        name,
        per_channel,
        marks=() if per_channel or name in covering(CONVERTED) else pytest.mark.slow,
    )
    for name in CONVERTED
    for per_channel in (False, True)
]


@pytest.mark.parametrize("name", CASES)
def test_outputs_at_rest_are_those_of_zeros(name):
    for node in stored(name).nodes[1:]:
        zeros = [np.zeros((1, *shape)) for shape in node.layer.input_shapes]
        at_rest = node.layer.at_rest
        assert (at_rest.shape, at_rest.dtype) == (node.layer.output_shape, np.float64)
        np.testing.assert_array_equal(at_rest, node.layer.forward(*zeros)[0])


@pytest.mark.parametrize(("name", "per_channel"), SCALES)
def test_projections_list_the_synapses_that_they_compute(name, per_channel):
    per_channel = per_channel and name != "relu_after_flatten"  # refused; see test_conversion
    network = stored(name)
    x = CASES[name].samples(20)
    spiking = convert(network, x, Conversion(per_channel=per_channel))
    for projection in spiking.projections:
        source = spiking.population(projection.source)
        if isinstance(projection.maps[0], MaxPool2D):
            continue
        unit = np.eye(source.size).reshape(source.size, *source.shape)
        dense = projection.forward(unit).reshape(source.size, -1)
        assert (dense == np.rint(dense)).all()
        listed = np.zeros_like(dense)
        degree = np.zeros(source.size, np.int64)
        for pre, post, weight in projection.synapses():
            assert weight.dtype == np.int64
            assert (listed[pre, post] == 0).all()
            listed[pre, post] = weight
            degree += np.bincount(pre, minlength=source.size)
        assert (listed == dense).all()
        assert (projection.fan_out() == degree).all()
        assert projection.synapse_count == degree.sum()
        assert np.abs(dense).sum(axis=0).max() <= projection.largest_input


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_fan_out_of_a_projection_does_not_depend_on_the_values_of_weights(name):
    spiking = converted(name)
    for projection in spiking.projections:
        if isinstance(projection.maps[0], MaxPool2D):
            continue
        ones = dataclasses.replace(
            projection, maps=tuple(ones_everywhere(layer) for layer in projection.maps)
        )
        source = spiking.population(projection.source)
        unit = np.eye(source.size).reshape(source.size, *source.shape)
        expected = (ones.forward(unit).reshape(source.size, -1) != 0).sum(axis=1)
        assert (projection.fan_out() == expected).all()
