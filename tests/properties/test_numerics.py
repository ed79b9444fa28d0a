"""Numbers at the edges: each gives an exact result or is refused by name, never a warning."""

import warnings

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import ConversionError, DataError, SettingsError, WorkbenchError
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

RANDOM = np.random.default_rng(0)
X = RANDOM.random((20, 4), np.float32)
HIDDEN = RANDOM.normal(size=(4, 5)).astype(np.float32)
OUTPUT = RANDOM.normal(size=(5, 3)).astype(np.float32)


def network(hidden=HIDDEN, output=OUTPUT, bias=None) -> Network:
    nodes = (
        Node("input", Input((4,))),
        Node("hidden", Dense(hidden, bias), Activation.RELU, ("input",)),
        Node("output", Dense(output), Activation.SOFTMAX, ("hidden",)),
    )
    return Network("small", nodes)


def spikes(spiking, x, *, engine="event", steps=20, **settings):
    run = wb.simulate(spiking, x, wb.Simulation(steps=steps, engine=engine, **settings))
    return run.output_counts, run.operations()["spikes"].tolist()


def same_everywhere(spiking, x=X, **settings):
    """Spikes of the event engine, after a look at what the two others give."""
    counts, totals = spikes(spiking, x, **settings)
    for engine in ("reference", "dense"):
        others, other_totals = spikes(spiking, x, engine=engine, **settings)
        np.testing.assert_array_equal(others, counts)
        assert other_totals == totals
    return counts, totals


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(value):
    wrong = X.copy()
    wrong[3, 1] = value
    with pytest.raises(DataError, match="Samples hold NaN or infinite values"):
        wb.convert(network(), wrong)
    with pytest.raises(DataError, match="Samples hold NaN or infinite values"):
        wb.simulate(wb.convert(network(), X), wrong)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layer", ["hidden", "output"])
def test_weights_that_are_not_finite_are_refused_by_layer(layer, value):
    kernels = {"hidden": HIDDEN.copy(), "output": OUTPUT.copy()}
    kernels[layer][:, 1] = value
    with pytest.raises(ConversionError, match=rf"^{layer} has weights that are NaN or infinite"):
        wb.convert(network(**kernels), X)


def test_sums_beyond_float32_are_refused_by_layer():
    huge = np.full_like(HIDDEN, 3e38)
    with pytest.raises(ConversionError, match=r"^hidden reaches values beyond float32"):
        wb.convert(network(huge), X)


def test_a_bias_that_no_grid_holds_is_refused_by_layer():
    """The layer never fires, so that nothing scales its bias."""
    with pytest.raises(ConversionError, match=r"^A bias of hidden is 1e\+20 thresholds"):
        wb.convert(network(bias=np.full(5, -1e20, np.float32)), X)


@pytest.mark.parametrize("x", [np.zeros((3, 4)), np.ones((3, 4)), X[:1], np.full((3, 4), 0.25)])
def test_zero_constant_and_single_samples_run(x):
    spiking = wb.convert(network(), X)
    _, totals = same_everywhere(spiking, x)
    assert any(totals) == bool(x.any())


@pytest.mark.parametrize("x", [np.ones((3, 4)), X[:1]])
def test_constant_and_single_calibration_samples_scale_to_one_spike_a_step(x):
    spiking = wb.convert(network(), x, wb.Conversion(percentile=100))
    counts = wb.simulate(spiking, x, wb.Simulation(steps=20)).output_counts
    assert counts.max() <= 20


def test_one_class_is_decided_by_whether_it_spikes():
    one = network(output=np.ones((5, 1), np.float32))
    counts, _ = same_everywhere(wb.convert(one, X))
    assert counts.shape == (20, 1)


def test_a_layer_that_never_fires_leaves_all_undecided():
    silent = network(-np.ones_like(HIDDEN))
    spiking = wb.convert(silent, X)
    _, totals = same_everywhere(spiking)
    assert totals[1:] == [0] * len(totals[1:])
    run = wb.simulate(spiking, X, wb.Simulation(steps=20))
    assert run.accuracy(np.zeros(20, int)).iloc[-1]["undecided"] == 1.0


@pytest.mark.parametrize("steps", [1, 100_000])
def test_any_number_of_steps_gives_the_spikes_that_integration_gives(steps):
    """One neuron under constant current: it has spiked floor(time x current / threshold) times."""
    nodes = (
        Node("input", Input((1,))),
        Node("output", Dense(np.array([[1.0]], np.float32)), Activation.RELU, ("input",)),
    )
    spiking = wb.convert(Network("one", nodes), np.ones((1, 1)), wb.Conversion(percentile=100))
    for drive in (0.0, 0.25, 0.5, 1.0):
        run = wb.simulate(spiking, np.full((1, 1), drive), wb.Simulation(steps=steps, record=()))
        assert run.output_counts.item() == int(steps * drive)


@pytest.mark.parametrize("percentile", [50, 100])
@pytest.mark.parametrize("threshold", [0.01, 100])
def test_the_ends_of_what_settings_accept_stay_exact(percentile, threshold):
    for change in ({"percentile": percentile}, {"percentiles": {"hidden": percentile}}):
        conversion = wb.Conversion(threshold=threshold, **change)
        same_everywhere(wb.convert(network(), X, conversion))


@pytest.mark.parametrize("value", [0, 49.9, 100.1, -1, np.nan, np.inf, True, "99"])
def test_other_percentiles_are_refused(value):
    for change in ({"percentile": value}, {"percentiles": {"hidden": value}}):
        with pytest.raises(SettingsError, match="accepted: 50 to 100"):
            wb.Conversion(**change)


@pytest.mark.parametrize("value", [0, -1, 1e-300, 1e-3, 101, 1e308, np.nan, np.inf, True, "1"])
def test_thresholds_out_of_range_are_refused(value):
    for change in ({"threshold": value}, {"thresholds": {"hidden": value}}):
        with pytest.raises(SettingsError, match=r"accepted: 0\.01 to 100"):
            wb.Conversion(**change)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "i1", "i2", "i8", "u8", "?"])
def test_samples_of_any_real_type_are_the_numbers_that_they_hold(dtype):
    x = (X > 0.5).astype(dtype)
    expected = wb.convert(network(), x.astype(np.float32))
    given = wb.convert(network(), x)
    assert given.content_hash == expected.content_hash
    np.testing.assert_array_equal(spikes(given, x)[0], spikes(given, x.astype(np.float32))[0])


@pytest.mark.parametrize("dtype", ["c8", "O", "M8[s]", "U3"])
def test_samples_that_are_no_real_numbers_are_refused(dtype):
    x = np.ones((3, 4)).astype(int).astype(dtype)
    with pytest.raises(DataError, match="accepted: real numbers"):
        wb.convert(network(), x)


@pytest.mark.parametrize("dtype", ["f2", "f8", "i4", "i8"])
def test_weights_of_any_real_type_are_the_numbers_that_they_hold(dtype):
    kernel = np.rint(4 * HIDDEN).astype(dtype)
    given = wb.convert(network(kernel), X)
    expected = wb.convert(network(kernel.astype(np.float32)), X)
    assert spikes(given, X)[1] == spikes(expected, X)[1]


@settings(max_examples=examples(25))
@given(
    exponents=st.tuples(*[st.floats(-25, 25)] * 3),
    percentile=st.floats(50, 100),
    threshold=st.floats(0.01, 100),
    per_channel=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_weights_and_samples_of_any_size_are_exact_or_refused(
    exponents, percentile, threshold, per_channel, seed
):
    random = np.random.default_rng(seed)
    first, second, scale = (10.0**exponent for exponent in exponents)
    hidden = (first * random.normal(size=(4, 5))).astype(np.float32)
    output = (second * random.normal(size=(5, 3))).astype(np.float32)
    x = (scale * random.random((6, 4))).astype(np.float32)
    conversion = wb.Conversion(percentile=percentile, threshold=threshold, per_channel=per_channel)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            spiking = wb.convert(network(hidden, output), x, conversion)
        except WorkbenchError as error:
            assert str(error)
            return
    same_everywhere(spiking, x, steps=10)
