"""Calibration data and weights that leave nothing to convert: told, not passed over."""

import warnings

import numpy as np
import pytest

import workbench as wb
from workbench.errors import DataError, WorkbenchWarning
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

X = np.random.default_rng(0).random((20, 100), np.float32)


def network(small):
    """The output sees the second hidden unit alone, whose weights are small beside the first's."""
    hidden = np.full((100, 2), small, np.float32)
    hidden[0, 0] = 1
    output = np.array([[0], [1]], np.float32)
    return Network(
        "lopsided",
        (
            Node("x", Input((100,))),
            Node("hidden", Dense(hidden, None), Activation.RELU, ("x",)),
            Node("out", Dense(output, None), Activation.RELU, ("hidden",)),
        ),
    )


def test_weights_that_the_grid_rounds_to_nothing_are_told():
    with pytest.warns(WorkbenchWarning, match=r"of network 'lopsided' to 2\^-16 .* by 100% of the"):
        wb.convert(network(7e-6), X)


@pytest.mark.parametrize("small", [1.0, 0.1, 7e-6])
def test_a_scale_of_each_channel_keeps_them(small):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wb.convert(network(small), X, wb.Conversion(per_channel=True))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_weights_of_any_size_are_converted_where_all_are_alike(scale):
    nodes = list(network(1.0).nodes)
    hidden = np.full((100, 2), scale, np.float32)
    nodes[1] = Node("hidden", Dense(hidden, None), Activation.RELU, ("x",))
    spiking = wb.convert(Network("scaled", tuple(nodes)), X)
    name, _, deviation, _ = spiking.trace_rows[-1]
    assert name == "round to the grid"
    assert deviation < 1e-3


def test_calibration_samples_that_are_all_0_are_refused():
    with pytest.raises(DataError, match="All 5 calibration samples are 0, which does not show"):
        wb.convert(network(1.0), np.zeros((5, 100), np.float32))
    one = np.zeros((5, 100), np.float32)
    one[4, 1] = 1
    wb.convert(network(1.0), one)
