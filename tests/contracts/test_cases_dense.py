"""The dense engine gives the reference's spikes, spike by spike."""

import dataclasses
import itertools

import pytest
from cases.covering import covering, mostly_slow
from layer_cases import CASES, CONVERTED, MAX_POOLED, stored

from contracts.test_cases_engines import assert_equal_runs, assert_windows_equal
from workbench.conversion import convert
from workbench.neuron_rules import RESETS
from workbench.settings import Conversion, Simulation
from workbench.simulation import dense_maps, dense_program, simulate, stream

ENCODINGS = ("constant", "poisson", "bernoulli")
COMBINATIONS = tuple(itertools.product(RESETS, ENCODINGS))
FEW = covering(CONVERTED)
UNUSUAL = {"threshold": 0.3, "initial_potential": -0.7, "resolution_bits": 11, "percentile": 80}

SPLIT = tuple(
    pytest.param(name, encoding, marks=() if i == j else pytest.mark.slow)
    for i, name in enumerate(("conv_odd_same", "max_pool_overlapping", "residual"))
    for j, encoding in enumerate(ENCODINGS)
)

OPTIONS = (
    {"refractory_steps": 3},
    {"leak": 0.07},
    {"delay_steps": 1},
    {"delay_steps": 14},
    {"readout": "potential"},
    {"clamp_steps": {"head": 9}},
    {"refractory_steps": 1, "leak": 0.02, "delay_steps": 2, "clamp_steps": {"head": 3}},
)
WHOLE = {"steps": 27, "record": "all", "input_rate_hz": 700.0, "seed": 5}
DYNAMIC = tuple(
    # By default all at once, for one network.
    pytest.param(name, options, marks=() if (i, j) == (6, 0) else pytest.mark.slow)
    for i, options in enumerate(OPTIONS)
    for j, name in enumerate(("residual", "max_pool_overlapping", "ternary_activation"))
)


def assert_dense_agrees(spiking, x, **settings):
    settings = {"steps": 25, "record": "all", "input_rate_hz": 700.0, "seed": 5, **settings}
    dense, reference = (
        simulate(spiking, x, Simulation(engine=engine, **settings))
        for engine in ("dense", "reference")
    )
    assert_equal_runs(dense, reference)
    assert sum(total.sum() for total in dense.unit_totals.values()) > 0


def converted(name, **settings):
    network = stored(name)
    x = CASES[name].samples(20)
    return convert(network, x, Conversion(**{"percentile": 95, **settings})), x


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_dense_engine_agrees(name):
    """Resets and encodings take turns."""
    reset, encoding = COMBINATIONS[CONVERTED.index(name) % len(COMBINATIONS)]
    spiking, x = converted(name, reset=reset)
    assert_dense_agrees(spiking, x[:3], encoding=encoding)


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_dense_engine_agrees_with_unusual_thresholds_potentials_and_scales(name):
    """Resets take turns."""
    x = 2 * CASES[name].samples(20) - 1
    reset = RESETS[CONVERTED.index(name) % 3]
    settings = Conversion(reset=reset, per_channel=name != "relu_after_flatten", **UNUSUAL)
    assert_dense_agrees(convert(stored(name), x, settings), x[:3])


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_dense_engine_agrees_when_compiled(name, monkeypatch):
    monkeypatch.setattr(dense_program, "COMPILED_FROM", 0)
    spiking, x = converted(name)
    assert_dense_agrees(spiking, x[:2], encoding=ENCODINGS[CONVERTED.index(name) % 3])


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_dense_engine_agrees_with_the_products_of_a_gpu(name, gpu_products):
    spiking, x = converted(name)
    assert_dense_agrees(spiking, x[:2], encoding=ENCODINGS[CONVERTED.index(name) % 3])


@pytest.mark.parametrize("name", mostly_slow(MAX_POOLED, neighbours=False))
@pytest.mark.slow
def test_dense_engine_agrees_for_other_max_pool_rules(name):
    """Rules, encodings and neurons that take spikes back take turns."""
    number = MAX_POOLED.index(name)
    rule, signed = ("exact", "exp", "recent")[number % 3], number % 2 == 0
    spiking, x = converted(name, max_pool=rule, signed_neurons=signed)
    encoding = ENCODINGS[number // 2 % len(ENCODINGS)]
    assert_dense_agrees(spiking, x[:2], steps=40, encoding=encoding)


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_dense_engine_agrees_where_spikes_are_taken_back(name):
    number = CONVERTED.index(name)
    rule = ("fir", "exp", "recent", "exact")[number % 4]
    spiking, x = converted(name, max_pool=rule, signed_neurons=True)
    assert_dense_agrees(spiking, x[:2], encoding=ENCODINGS[number % len(ENCODINGS)])


@pytest.mark.parametrize(("name", "options"), DYNAMIC)
def test_dense_engine_agrees_whatever_the_dynamics(name, options):
    """Windows of the dense engine are shorter than the run, and than a delay."""
    spiking, x = converted(name)
    for encoding in ENCODINGS[:2]:
        reference = Simulation(**options, **WHOLE, encoding=encoding, engine="reference")
        dense = dataclasses.replace(reference, engine="dense")
        expected = simulate(spiking, x[:3], reference)
        assert_windows_equal(expected, list(stream(spiking, x[:3], dense, 12)))
        assert_equal_runs(expected, simulate(spiking, x[:3], dense))


@pytest.mark.parametrize(("name", "encoding"), SPLIT)
@pytest.mark.slow
def test_batches_and_windows_do_not_move_a_spike(name, encoding):
    spiking, x = converted(name)
    whole = Simulation(steps=37, encoding=encoding, input_rate_hz=600, record="all", seed=3)
    expected = simulate(spiking, x[:7], whole)
    fields = {k: getattr(whole, k) for k in ("steps", "encoding", "input_rate_hz", "seed")}
    split = Simulation(**fields, record="all", engine="dense", batch_size=3)
    assert_equal_runs(expected, simulate(spiking, x[:7], split))
    for window_steps in (1, 10, 100):
        other = Simulation(**fields, record="all", engine="dense")
        assert_windows_equal(expected, list(stream(spiking, x[:7], other, window_steps)))


@pytest.fixture
def gpu_products(monkeypatch):
    """Multiply as on a GPU: few bits a factor, convolutions as products of matrices."""
    from workbench.simulation import dense_engine as dense

    careful = dense_maps.Backend(dense.backend().tf, dense.GPU_FACTOR_BITS, is_direct=False)
    monkeypatch.setattr(dense, "backend", lambda: careful)
    dense.program.cache_clear()
    yield
    dense.program.cache_clear()
