"""Paths between populations: every weighted layer, with layers without weights around it."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spiking_networks import GRID, path

from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import SumPool2D
from workbench.network.rearrange import Pad, Permute, Repeat, Slice
from workbench.network.structure import Reshape
from workbench.network.transposed import ConvTranspose2D
from workbench.settings import Simulation
from workbench.simulation import simulate
from workbench.simulation.weights import PREPARE, pairs, weights_of

SHAPE = (4, 3, 2)
FLAT = Reshape(SHAPE, (24,))


def grid(rng, *shape):
    return rng.integers(-GRID, GRID, shape).astype(np.float64)


def convolution(rng, shape):
    kernel = grid(rng, 2, 3, shape[2], 4)
    return Conv2D(shape, kernel, None, (1, 1), ((1, 0), (1, 1)))


def transposed(rng, shape):
    kernel = grid(rng, 3, 2, shape[2], 3)
    size = (2 * shape[0], 2 * shape[1] - 1)
    return ConvTranspose2D(shape, kernel, size, strides=(2, 2), cut=(1, 0))


def layers(kind, rng):
    """The weighted layer with rearrangements and pools before and behind it."""
    return {
        "dense": lambda: (FLAT, Dense(grid(rng, 24, 5))),
        "scale": lambda: (Scale(SHAPE, grid(rng, *SHAPE)),),
        "no weights": lambda: (Permute(SHAPE, (2, 1, 0)),),
        "convolution": lambda: (convolution(rng, SHAPE),),
        "transposed": lambda: (transposed(rng, SHAPE),),
        "grouped transposed": lambda: (
            ConvTranspose2D(SHAPE, grid(rng, 2, 2, 1, 4), (5, 4), groups=2),
        ),
        "pad, convolution": lambda: (
            Pad(SHAPE, (1, 0, 0), (0, 2, 1)),
            convolution(rng, (5, 5, 3)),
        ),
        "repeat, pool, permute, dense": lambda: (
            Repeat(SHAPE, (2, 1, 1)),
            SumPool2D((8, 3, 2), (3, 2), (2, 2), ((0, 1), (0, 1))),
            Permute((4, 2, 2), (2, 0, 1)),
            Reshape((2, 4, 2), (16,)),
            Dense(grid(rng, 16, 4)),
        ),
        "convolution, pool, repeat, slice": lambda: (
            convolution(rng, SHAPE),
            SumPool2D((4, 3, 4), (2, 2), (1, 1)),
            Repeat((3, 2, 4), (1, 3, 1)),
            Slice((3, 6, 4), (0, 1, 1), (2, 6, 4)),
        ),
        "slice, transposed, pad": lambda: (
            Slice(SHAPE, (1, 0, 0), (4, 3, 1)),
            transposed(rng, (3, 3, 1)),
            Pad((6, 5, 3), (0, 0, 2), (1, 0, 0)),
        ),
    }[kind]()


KINDS = (
    "dense",
    "scale",
    "no weights",
    "convolution",
    "transposed",
    "grouped transposed",
    "pad, convolution",
    "repeat, pool, permute, dense",
    "convolution, pool, repeat, slice",
    "slice, transposed, pad",
)


@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 2**32 - 1),
    reset=st.sampled_from(["subtract", "zero", "modulo", "none"]),
    wide=st.booleans(),
)
def test_engines_agree_on_paths_of_every_kind(kind, seed, reset, wide):
    rng = np.random.default_rng(seed)
    threshold = 2**31 - 1 if wide else GRID
    network = path(*layers(kind, rng), reset=reset, threshold=threshold)
    x = rng.uniform(0, 1, (2, *SHAPE))
    found, expected = (
        simulate(network, x, Simulation(steps=9, engine=engine, record="all", threads=1))
        for engine in ("event", "reference")
    )
    for layer in network.layers:
        for mine, other in zip(found.events[layer], expected.events[layer], strict=True):
            assert np.array_equal(mine, other)
    assert (found.predictions == expected.predictions).all()


def test_layers_without_a_loop_of_their_own_take_a_table_of_synapses():
    layer = transposed(np.random.default_rng(0), SHAPE)
    assert PREPARE.get(layer.kind) is None
    first, target, weight = weights_of(layer, np.int64).arrays
    assert first[-1] == len(target) == len(weight) == layer.synapse_count


def test_weights_are_prepared_once_for_as_long_as_their_layer_lives():
    layer = convolution(np.random.default_rng(0), SHAPE)
    prepared = weights_of(layer, np.int32)
    assert weights_of(layer, np.int32) is prepared
    assert weights_of(layer, np.int64) is not prepared
    assert weights_of(layer, np.int32, 4) is not prepared
    gone = weakref.ref(prepared)
    del layer, prepared
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize(("share", "multiples"), [(1, 1), (1.9, 1), (2, 2), (3.9, 3), (8, 4)])
def test_two_weights_share_a_number_while_their_multiples_fit(dtype, share, multiples):
    room = np.iinfo(dtype).max >> np.iinfo(dtype).bits // 2
    largest = int(room / share)
    kernel = np.random.default_rng(0).integers(-largest, largest, (5, 50), endpoint=True)
    kernel[0, :2] = -largest, largest
    parts, multiples_kept, columns = weights_of(Dense(kernel * 1.0), dtype, 4).gather.arrays
    assert (parts.dtype.kind, parts.dtype.itemsize) == ("u", np.dtype(dtype).itemsize)
    assert (parts.shape, multiples_kept, columns) == ((1, 5 * multiples, 32), multiples, 64)
    for times in range(1, multiples + 1):
        rows = np.zeros((5, 64), dtype)
        rows[:, :50] = times * kernel
        assert (parts[0, 5 * (times - 1) : 5 * times] == pairs(rows)).all()


@pytest.mark.parametrize(("columns", "largest"), [(16, 5), (17, 2**15), (40, 2**20)])
def test_a_number_holds_one_weight_where_two_do_not_fit(columns, largest):
    kernel = np.full((3, columns), -largest)
    parts, multiples, part = weights_of(Dense(kernel * 1.0), np.int32, 2).gather.arrays
    assert (parts.dtype, parts.shape[2], multiples) == (np.int32, part, 2)
    assert (parts[0, :, :columns] == np.repeat([[1], [2]], 3, axis=0) * -largest).all()
