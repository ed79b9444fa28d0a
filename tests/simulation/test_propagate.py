"""Spikes become the same currents on every way a route can take."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import StructureError
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import SumPool2D
from workbench.network.projection import Projection
from workbench.network.rearrange import Pad, Permute, Repeat
from workbench.network.structure import Reshape
from workbench.simulation.plan import make_route
from workbench.simulation.propagate import events_of, send
from workbench.simulation.spike_window import SpikeWindow, plane_type
from workbench.simulation.weights import weights_of
from workbench.simulation.workspace import Workspace

STEPS = 3
DTYPES = (np.int32, np.int64)

sizes = st.integers(1, 6)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
borders = st.tuples(*[st.tuples(st.integers(0, 4), st.integers(0, 4))] * 2)
seeds = st.integers(0, 2**32 - 1)
counts = st.sampled_from([0, 1, 2, 4, 9])
"""Spikes that an input stands for, at most."""
ranges = st.sampled_from([9, 2**13, 2**15 - 1, 2**18])
"""Largest weights; two of the smaller share a number."""


def both_ways(layer, train, dtype):
    """Currents of a layer, gathered by its outputs, and sent spike by spike."""
    space, units = Workspace(dtype, STEPS), train.shape[1]
    most = int(train.max())
    weights = weights_of(layer, dtype, most)
    plane = space.plane("source", units, STEPS)
    plane[:, :units] = train
    gathered, sent = (space.current(name, layer.output_size, STEPS) for name in ("one", "two"))
    lists = space.lists("gather", 3, int(train.sum()))
    weights.gather.kernel(plane, most, lists, *weights.gather.arrays, gathered)
    events = events_of(plane, "source", units, int(np.count_nonzero(train)), space)
    weights.scatter(*events, *weights.arrays, sent)
    return gathered, sent


def spikes(rng, shape, most):
    """Counts (steps, units), many of them 0."""
    units = int(np.prod(shape))
    return rng.integers(0, most + 1, (STEPS, units)) * (rng.random((STEPS, units)) < 0.3)


def forward(maps, train):
    value = train.reshape(STEPS, *maps[0].input_shapes[0]).astype(np.float64)
    for layer in maps:
        value = layer.forward(value)
    return value.reshape(STEPS, -1)


@pytest.mark.parametrize("dtype", DTYPES)
@given(
    shape=st.tuples(sizes, sizes, st.sampled_from([1, 3, 8, 16, 17, 40])),
    filters=st.sampled_from([1, 5, 16, 31, 32, 48, 64, 100, 128]),
    kernel=pairs,
    strides=pairs,
    dilation=st.integers(1, 3),
    padding=borders,
    most=counts,
    largest=ranges,
    seed=seeds,
)
@pytest.mark.slow
def test_convolutions_of_every_geometry(
    dtype, shape, filters, kernel, strides, dilation, padding, most, largest, seed
):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-largest, largest, (*kernel, shape[2], filters), endpoint=True) * 1.0
    try:
        layer = Conv2D(shape, weights, None, strides, padding, (dilation, 1))
    except StructureError:  # the image is smaller than the kernel
        return
    train = spikes(rng, shape, most)
    for current in both_ways(layer, train, dtype):
        assert (current == forward([layer], train)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@given(
    inputs=st.integers(1, 70),
    outputs=st.sampled_from([1, 10, 16, 33, 64, 128, 130]),
    most=counts,
    largest=ranges,
    seed=seeds,
)
def test_dense_layers_of_every_size(dtype, inputs, outputs, most, largest, seed):
    rng = np.random.default_rng(seed)
    layer = Dense(rng.integers(-largest, largest, (inputs, outputs), endpoint=True) * 1.0)
    train = spikes(rng, (inputs,), most)
    for current in both_ways(layer, train, dtype):
        assert (current == forward([layer], train)).all()


@pytest.mark.parametrize("dilation", [(1, 2), (2, 3)])
def test_taps_spread_sideways_are_followed_spike_by_spike(dilation):
    layer = Conv2D((6, 6, 2), np.ones((2, 2, 2, 3)), dilation=dilation)
    assert weights_of(layer, np.int32).gather is None


@pytest.mark.parametrize(
    "maps",
    [
        (SumPool2D((6, 6, 8), (2, 2), (2, 2)), Conv2D((3, 3, 8), np.ones((2, 2, 8, 4)))),
        # Windows of 4, 6 and 9 inputs: an input counts up to 9 times, a sum up to 36.
        (
            SumPool2D((5, 5, 3), (3, 3), (1, 1), ((1, 1), (1, 1))),
            Conv2D((5, 5, 3), np.ones((3, 3, 3, 5))),
        ),
        # Sums up to 32 * 32, which no byte can hold.
        (
            SumPool2D((32, 32, 2), (32, 32), (32, 32)),
            Reshape((1, 1, 2), (2,)),
            Dense(np.array([[3.0, -1], [5, 2]])),
        ),
        (
            Pad((3, 3, 8), (1, 1, 8), (0, 0, 0)),
            Repeat((4, 4, 16), (2, 1, 1)),
            Conv2D((8, 4, 16), np.ones((2, 2, 16, 4))),
        ),
        (
            Permute((3, 4, 8), (2, 1, 0)),
            Reshape((8, 4, 3), (96,)),
            Dense(np.arange(96.0)[:, None]),
        ),
    ],
    ids=["pool", "wide border pool", "global pool", "pad and repeat", "permute"],
)
@pytest.mark.parametrize("density", [0.001, 0.05, 1.0])
@pytest.mark.parametrize("largest", [0, 1, 128], ids=["spikes", "signs", "payloads"])
def test_layers_without_weights_in_front(maps, density, largest):
    rng = np.random.default_rng(0)
    signed = largest > 0
    source = SimpleNamespace(largest=max(1, largest), signed=signed)
    route = make_route(Projection("source", "target", maps), np.int32, source)
    units = int(np.prod(maps[0].input_shapes[0]))
    space = Workspace(np.int32, STEPS)
    for _ in range(2):  # Buffers are used again.
        train = (rng.random((STEPS, units)) < density).astype(np.int64)
        if signed:
            train *= rng.integers(-largest, largest, train.shape, endpoint=True)
        plane = space.plane("source", units, STEPS, plane_type(signed))
        plane[:, :units] = train
        current = space.current("target", maps[-1].output_size, STEPS)
        window = SpikeWindow(plane, np.count_nonzero(train, axis=1))
        send(route, "route", window, current, space)
        assert (current == forward(maps, train)).all()


def test_a_window_ends_with_its_last_spike():
    plane = np.zeros((5, 3), np.uint8)
    assert [SpikeWindow(plane, np.eye(5, dtype=int)[k]).end for k in range(5)] == [1, 2, 3, 4, 5]
    assert SpikeWindow(plane, np.zeros(5, int)).end == 0
