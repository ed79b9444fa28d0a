import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.neuron_rules import RESET_RULES
from workbench.simulation.kernels.neurons import BLOCK, fire, integrate


def stepped(potential, drive, current, threshold, reset, steps):
    """Spikes and potentials after every step, by the written semantics."""
    u = potential.astype(np.int64)
    spikes, trace = [], []
    for step in range(steps):
        u = u + drive + (current[step] if len(current) else 0)
        fired = u >= threshold
        after = {"subtract": u - threshold, "zero": 0 * u, "modulo": u % threshold, "none": u}
        u = np.where(fired, after[reset], u)
        spikes.append(fired)
        trace.append(u)
    return np.array(spikes), np.array(trace)


@pytest.mark.parametrize("reset", RESET_RULES)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@given(
    units=st.sampled_from([1, 15, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 20]),
    steps=st.integers(1, 9),
    driven=st.booleans(),
    traced=st.booleans(),
    highest=st.sampled_from([-1, 0, 300, 70_000]),
    seed=st.integers(0, 2**32 - 1),
)
def test_neurons_follow_the_written_semantics(
    reset, dtype, units, steps, driven, traced, highest, seed
):
    rng = np.random.default_rng(seed)
    potential = rng.integers(-(2**18), 2**17, units).astype(dtype)
    drive = rng.integers(-70_000, highest + 1, units).astype(dtype)
    shape = (steps, units) if driven else (0, 0)
    current = rng.integers(-70_000, 70_000, shape).astype(dtype)
    threshold = int(rng.integers(1, 2**17))
    spikes, expected = stepped(potential, drive, current, threshold, reset, steps)
    plane = np.full((steps, units + 16), 7, np.uint8)
    trace = np.zeros((steps, units) if traced else (0, 0), np.int64)
    fire(potential, drive, current, dtype(threshold), RESET_RULES[reset].code, plane, trace)
    assert (plane[:, :units] == spikes).all()
    assert (plane[:, units:] == 7).all()
    assert (potential == expected[-1]).all()
    assert not traced or (trace == expected).all()


@pytest.mark.parametrize("driven", [False, True])
def test_neurons_that_never_fire_add_up(driven):
    rng = np.random.default_rng(0)
    potential, drive = rng.integers(-99, 99, (2, 37)).astype(np.int32)
    current = rng.integers(-99, 99, (4, 37) if driven else (0, 0)).astype(np.int32)
    plane, trace = np.full((4, 53), 7, np.uint8), np.zeros((4, 37), np.int64)
    received = drive + (current if driven else np.zeros((4, 37), np.int64))
    expected = potential + received.cumsum(axis=0)
    integrate(potential, drive, current, plane, trace)
    assert (trace == expected).all()
    assert (potential == expected[-1]).all()
    assert (plane[:, :37] == 0).all() and (plane[:, 37:] == 7).all()
