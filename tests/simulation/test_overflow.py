"""No sum overflows without a word: engines give the reference's spikes, or name layer and step."""

import re

import numpy as np
import pytest
from example_counts import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spiking_networks import neurons
from unknown_layers import Masked, Mirror, Mixer, Ring, looped

from workbench.errors import SimulationError
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import SumPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape
from workbench.network.transposed import ConvTranspose2D
from workbench.settings import Simulation
from workbench.simulation import simulate

LEAVES = r"layer '(a|b)' could leave the exact range (at step \d|in one step)"
IMAGE = (4, 4, 2)
UNITS = 32


def flat(*maps):
    """Maps of flat units, ahead of which images are flattened."""
    return (Reshape(IMAGE, (UNITS,)), *maps)


def whole(rng, shape, bits, dtype):
    """Weights up to a number of bits, the largest and the smallest among them."""
    values = rng.integers(-(2**bits), 2**bits, shape, endpoint=True).astype(dtype)
    values.flat[0], values.flat[-1] = -(2**bits), 2**bits - 1
    return values


def dense(weights):
    return flat(Dense(weights((UNITS, 3))))


def convolution(weights):
    return (Conv2D(IMAGE, weights((3, 3, 2, 3)), padding=((1, 1), (1, 1))),)


def grouped(weights):
    return (Conv2D(IMAGE, weights((2, 2, 1, 4)), strides=(2, 1), groups=2),)


def transposed(weights):
    return (ConvTranspose2D(IMAGE, weights((2, 2, 2, 1)), (5, 5)),)


def scale(weights):
    return (Scale(IMAGE, weights(IMAGE)),)


def pooled(weights):
    return (SumPool2D(IMAGE, (3, 3), (1, 1), ((1, 1), (1, 1))), Scale(IMAGE, weights((2,))))


def mixer(weights):
    return flat(Mixer(weights((UNITS, 3))))


def ring(weights):
    return flat(Mirror((UNITS,)), Ring(UNITS, 9, weights((6,))))


def masked(weights):
    return flat(Masked(weights((UNITS, 3)), None, 2))


def two_in_a_row(weights):
    return flat(Mixer(weights((UNITS, 4))), Dense(weights((4, 3))))


def loud_then_silent(weights):
    return flat(Mixer(weights((UNITS, 3))), Dense(np.zeros((3, 2))))


def pools_in_a_row(weights):
    """Sums whose multiples of a spike go beyond what links hold."""
    many = [SumPool2D(IMAGE, (3, 3), (1, 1), ((1, 1), (1, 1)))] * 7
    return (*many, Scale(IMAGE, weights((1,))))


def loud_before_pool(weights):
    return (Scale(IMAGE, weights((2,))), SumPool2D(IMAGE, (2, 2), (2, 2)))


PATHS = (
    *(dense, convolution, grouped, transposed, scale, pooled, mixer, ring, masked),
    *(two_in_a_row, loud_then_silent, pools_in_a_row, loud_before_pool),
)


def network_of(maps, threshold, bias):
    inputs = Population("in", "input", IMAGE, 0, 0, "", np.zeros(UNITS, np.int64))
    first = Population("a", "if", IMAGE, 1, 0, "subtract", np.arange(UNITS) % 3)
    behind = neurons("b", maps[-1].output_size, threshold=threshold, bias=bias)
    silent = Projection("in", "a", (Scale(IMAGE, np.zeros(())),))
    return SpikingNetwork("loud", (inputs, first, behind), (silent, Projection("a", "b", maps)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
@settings(max_examples=examples(25))
@given(
    bits=st.integers(0, 62),
    dtype=st.sampled_from([np.int32, np.int64, np.float64]),
    threshold=st.integers(1, 2**40),
    bias=st.sampled_from([0, 5, -(2**63), 2**62, -(2**31)]),
    steps=st.sampled_from([1, 7, 40]),
    seed=st.integers(0, 99),
)
@example(bits=31, dtype=np.int32, threshold=2**33, bias=0, steps=40, seed=0)
@example(bits=24, dtype=np.int64, threshold=2**30, bias=0, steps=7, seed=0)
@example(bits=53, dtype=np.float64, threshold=2**30, bias=0, steps=7, seed=0)
def test_every_engine_gives_the_spikes_of_loops_or_names_the_layer_and_the_step(
    path, bits, dtype, threshold, bias, steps, seed
):
    if dtype is np.int32:
        bits = min(bits, 31)
    rng = np.random.default_rng(seed)
    network = network_of(path(lambda shape: whole(rng, shape, bits, dtype)), threshold, bias)
    x = np.zeros((1, *IMAGE))
    found = {}
    for engine in ("reference", "event"):
        try:
            run = simulate(network, x, Simulation(steps=steps, engine=engine, record="all"))
            found[engine] = list(zip(*(part.tolist() for part in run.events["b"]), strict=True))
        except SimulationError as refusal:
            assert re.search(LEAVES, str(refusal))
            found[engine] = str(refusal)
    assert found["event"] == found["reference"]
    if isinstance(found["event"], list):
        assert found["event"] == [tuple(map(int, s)) for s in looped(network, x, steps)["b"]]
