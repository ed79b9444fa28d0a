"""What is special to the dense engine: exact sums in float32, its windows, and its refusals."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spiking_networks import GRID, chain, looped, path

from workbench.errors import SimulationError, UnsupportedLayerError
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import LAYER_KINDS, Layer
from workbench.network.pooling import SumPool2D
from workbench.network.sparse import Sparse
from workbench.network.transposed import ConvTranspose2D
from workbench.settings import Simulation
from workbench.simulation import dense_engine as dense
from workbench.simulation import dense_maps, dense_program, simulate, stream
from workbench.simulation.dense_maps import MAPS, Backend, in_parts
from workbench.simulation.dense_maps import path as as_steps

ALL = {"engine": "dense", "record": "all"}


def random(*shape, most=GRID, seed=0):
    return np.random.default_rng(seed).integers(-most, most, shape).astype(np.float64)


def backends():
    tf = dense.backend().tf
    return Backend(tf), Backend(tf, dense.GPU_FACTOR_BITS, is_direct=False)


# Weights in parts


@given(
    bits=st.sampled_from([11, 24]),
    most=st.integers(1, 2**30),
    rows=st.integers(1, 300),
    largest=st.integers(1, 2**11 - 1),
    seed=st.integers(0, 99),
)
def test_parts_make_up_the_weights_and_have_exact_sums(bits, most, rows, largest, seed):
    kernel = random(rows, 3, most=most + 1, seed=seed)
    parts = in_parts(kernel, largest, bits)
    assert np.array_equal(sum(part * factor for part, factor in parts), kernel)
    for part, _ in parts:
        assert np.abs(part).max() < 2**bits
        assert largest * np.abs(part).sum(axis=0).max() < 2**24


def test_small_weights_stay_in_one_part():
    kernel = random(100, 4, most=2**12)
    ((part, factor),) = in_parts(kernel, 4, 24)
    assert factor == 1
    assert part is kernel


@pytest.mark.parametrize(("largest", "bits"), [(2**11, 11), (2**23, 24)])
def test_inputs_too_large_for_any_part_are_told(largest, bits):
    assert in_parts(np.full((8, 1), 3.0), largest, bits) is None


# Sums


def layers():
    image = (7, 6, 4)
    return {
        "conv": Conv2D(image, random(3, 2, 4, 5, most=2**20), padding=((1, 1), (0, 1))),
        "stride and dilation": Conv2D(
            image, random(2, 2, 4, 3, most=2**18), strides=(2, 2), dilation=(2, 3)
        ),
        "groups": Conv2D(image, random(3, 3, 2, 6, most=2**18), groups=2),
        "depthwise": Conv2D(image, random(3, 3, 1, 8, most=2**18), groups=4),
        "depthwise, oblong steps": Conv2D(
            image, random(2, 2, 1, 4, most=2**18), groups=4, strides=(1, 2)
        ),
        "transposed": ConvTranspose2D(
            image, random(3, 3, 4, 2, most=2**20), (14, 12), strides=(2, 2), cut=(0, 1)
        ),
        "transposed, cut and empty rows": ConvTranspose2D(
            image, random(2, 3, 4, 2, most=2**18), (22, 6), strides=(3, 1), cut=(2, 1)
        ),
        "transposed, groups": ConvTranspose2D(
            image, random(3, 3, 2, 6, most=2**18), (9, 8), groups=2
        ),
        "pool": SumPool2D(image, (3, 3), (2, 2), ((1, 1), (1, 0))),
        "pool, oblong steps": SumPool2D(image, (2, 3), (1, 2)),
        "dense": Dense(random(300, 7, most=2**22)),
    }


@pytest.mark.parametrize("name", layers())
def test_sums_are_those_of_the_layer(name):
    layer = layers()[name]
    for seed, most in ((1, 1), (2, 9), (3, 3000), (4, 2**25)):
        rng = np.random.default_rng(seed)
        x = rng.integers(0, most + 1, (5, *layer.input_shapes[0])).astype(np.float64)
        expected = layer.forward(x).reshape(5, -1)
        for backend in backends():
            tf = backend.tf
            step = MAPS.get(layer.kind)(backend, layer, most)
            given_x = tf.constant(x, backend.dtype(most))
            found = np.asarray(step.run(given_x)).reshape(5, -1)
            assert np.array_equal(found, expected), most
            assert np.abs(expected).max() <= step.largest


def test_layers_that_follow_one_another_keep_large_sums_exact():
    first = SumPool2D((6, 6, 2), (2, 2), (2, 2))
    second = Conv2D((3, 3, 2), random(3, 3, 2, 4, most=2**22), padding=((1, 1), (1, 1)))
    third = Conv2D((3, 3, 4), random(1, 1, 4, 2, most=2**9))
    x = np.ones((2, 72))
    expected = third.forward(second.forward(first.forward(x.reshape(2, 6, 6, 2))))
    for backend in backends():
        step = as_steps(backend, (first, second, third))
        found = np.asarray(step.run(backend.tf.constant(x, backend.tf.float32)))
        assert np.array_equal(found, expected.reshape(2, -1))
        assert found.dtype == np.float64


# Whole networks


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo", "none"])
@pytest.mark.parametrize("compiled_from", [0, 10**9])
def test_spikes_are_those_of_plain_loops(reset, compiled_from, monkeypatch):
    monkeypatch.setattr(dense_program, "COMPILED_FROM", compiled_from)
    kernels = random(5, 8, seed=1), random(8, 6, seed=2), random(6, 3, seed=3)
    network = chain(*kernels, reset=reset, initial=GRID // 3, bias=GRID // 5)
    x = np.random.default_rng(4).random((4, 5))
    run = simulate(network, x, Simulation(steps=30, **ALL))
    for layer, expected in looped(network, x, 30).items():
        assert list(zip(*map(np.ndarray.tolist, run.events[layer]), strict=True)) == expected


def test_potentials_beyond_int32_are_kept():
    network = chain(np.full((3, 2), -(2.0**24)), random(2, 2))
    x = np.ones((2, 3))
    windows = {
        engine: next(stream(network, x, Simulation(steps=400, engine=engine), 400))
        for engine in ("dense", "reference")
    }
    assert np.array_equal(
        windows["dense"].output_potentials, windows["reference"].output_potentials
    )
    hidden = simulate(network, x, Simulation(steps=400, **ALL))
    assert hidden.unit_totals["layer_1"].sum() == 0


def test_windows_are_shorter_for_many_samples(monkeypatch):
    monkeypatch.setattr(dense, "WINDOW_SPIKES", 70)
    network = chain(random(3, 5), random(5, 2))
    x = np.random.default_rng(0).random((7, 3))
    short = simulate(network, x, Simulation(steps=23, **ALL))
    monkeypatch.undo()
    whole = simulate(network, x, Simulation(steps=23, **ALL))
    for layer in whole.layers:
        assert np.array_equal(np.stack(short.events[layer]), np.stack(whole.events[layer]))
    assert np.array_equal(short.predictions, whole.predictions)


def test_programs_are_shared_between_batches():
    dense.program.cache_clear()
    network = chain(random(3, 5), random(5, 2))
    simulate(network, np.ones((6, 3)), Simulation(steps=5, engine="dense", batch_size=2))
    assert dense.program.cache_info().misses == 1
    assert dense.program.cache_info().hits == 2


def test_stopping_ends_the_work_within_a_window():
    network = chain(random(3, 5), random(5, 2))
    asked = []

    def cancelled():
        asked.append(True)
        return len(asked) > 2

    windows = stream(network, np.ones((2, 3)), Simulation(steps=60, engine="dense"), 20, cancelled)
    assert len(list(windows)) == 1


# Refusals


@dataclasses.dataclass(frozen=True, eq=False)
class Twist(Layer):
    """A layer that nothing knows, and that says nothing."""

    input_shape: tuple[int, ...]

    @property
    def output_shape(self):
        return self.input_shape


del LAYER_KINDS["Twist"]  # other tests look at all kinds there are


def test_a_layer_that_nothing_can_follow_is_refused_by_name():
    network = path(Twist((2, 2, 1)))
    for engine in ("reference", "event", "dense"):
        with pytest.raises(SimulationError, match="'out': its Twist cannot be followed: Twist has"):
            simulate(network, np.ones((1, 2, 2, 1)), Simulation(steps=2, engine=engine))


def test_a_layer_too_large_for_a_matrix_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(dense_maps, "LARGEST_MATRIX", 3)
    network = path(Sparse((2,), (2,), np.arange(2), np.arange(2), np.array([GRID, GRID])))
    with pytest.raises(UnsupportedLayerError) as refused:
        simulate(network, np.ones((1, 2)), Simulation(steps=2, engine="dense"))
    assert "out (Sparse) has no form for the dense engine; supported: Conv2D" in str(refused.value)
    assert "Choose engine 'event'" in str(refused.value)


def test_neurons_without_a_dense_form_are_refused_by_name():
    network = chain(random(3, 2))
    object.__setattr__(network.output, "kind", "later")  # as a newer kind would be
    with pytest.raises(UnsupportedLayerError, match=r"out \(later\) is not supported"):
        simulate(network, np.ones((1, 3)), Simulation(steps=2, engine="dense"))


def test_sums_beyond_float64_are_refused_by_name():
    network = chain(random(3, 2), np.full((2, 2), 2.0**53))
    with pytest.raises(SimulationError, match="layer 'out' could leave the exact range"):
        simulate(network, np.ones((1, 3)), Simulation(steps=2, engine="dense"))
