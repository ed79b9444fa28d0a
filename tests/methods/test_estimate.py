"""Estimates from histograms, compared with plain formulas and with what simulations measure."""

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.conversion.preparation import prepare
from workbench.conversion.rewriting import rewritten_for
from workbench.conversion.statistics import Histogram
from workbench.methods.attribution import attributed
from workbench.methods.estimate import Estimator, _Values

STEPS = 8


@settings(max_examples=examples(40))
@given(
    steps=st.integers(1, 300),
    start=st.floats(-1, 1),
    top=st.floats(0.05, 3),
    seed=st.integers(0, 99),
)
def test_means_are_those_of_evenly_spread_activations(steps, start, top, seed):
    rng = np.random.default_rng(seed)
    histogram = Histogram(2, 16)
    histogram.update(rng.random((50, 2)) * (1.0, 0.3))
    values = _Values(histogram, 120)
    tops = np.array([top, top / 2])
    # Many places in every bin, in place of the integral.
    places = (np.arange(2000) + 0.5) / 2000
    quantized = clipped = 0.0
    for channel, of_bins in enumerate(histogram.counts):
        width, limit = histogram.top[channel] / 16, tops[channel]
        a = (np.arange(16)[:, None] + places) * width
        counts = np.clip(np.floor(steps * a / limit + start), 0, steps)
        quantized += of_bins @ np.abs(counts * limit / steps - np.minimum(a, limit)).mean(axis=1)
        clipped += of_bins @ np.maximum(a - limit, 0).mean(axis=1)
    assert values.quantized(tops, steps, start) == pytest.approx(
        quantized / 120, rel=2e-2, abs=1e-4
    )
    assert values.clipped(tops) == pytest.approx(clipped / 120, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "conversion"),
    [
        ("mlp", {"percentile": 95}),
        pytest.param("lenet", {"percentile": 99.9, "per_channel": True}, marks=pytest.mark.slow),
        pytest.param("maxpool", {"normalization": "mmse"}, marks=pytest.mark.slow),
        pytest.param("resnet", {"percentile": 99.9}, marks=pytest.mark.slow),
        pytest.param("fashion", {"percentile": 99.9, "per_channel": True}, marks=pytest.mark.slow),
        pytest.param(
            "resnet_plain",
            {"normalization": "mmse", "per_channel": True},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_estimates_are_near_what_simulation_measures(name, conversion):
    network = wb.load(name)
    data = wb.datasets.for_network(network)
    asked = wb.Conversion(initial_potential=0.5, **conversion)
    simulation = wb.Simulation(steps=STEPS)
    table = wb.estimate(network, data.calibration, asked, simulation).set_index("layer")
    spiking = wb.convert(network, data.calibration, asked)
    rewritten = rewritten_for(network, asked)
    x = data.x_test[:60]
    measured = attributed(network, rewritten, spiking, x, None, simulation).table()
    measured = measured.set_index("layer").loc[table.index]
    mean = table["quantization"].mean()
    assert mean == pytest.approx(measured["quantization_size"].mean(), rel=0.08)
    # Of the very samples of the histogram: how many of others are clipped is left to chance.
    first = table.index[0]
    a = rewritten.activations(data.calibration)[first]
    scale = np.asarray(spiking.population(first).scale)
    clipped = np.maximum(a - scale, 0).mean() / scale.mean()
    assert table["clipping"].iloc[0] == pytest.approx(clipped, rel=0.09)
    assert table["clipping"].iloc[1:].isna().all()


def test_thresholds_and_percentiles_of_single_layers_count(counting, small_digits):
    x = small_digits.calibration[:50]
    prepared = prepare(counting, x)
    estimator = Estimator(prepared)
    simulation = wb.Simulation(steps=4)
    plain = estimator.of(wb.Conversion(), simulation)
    first, *others = plain.layers
    halved = estimator.of(wb.Conversion(thresholds={first: 0.5}), simulation)
    lower = estimator.of(wb.Conversion(percentiles={first: 60.0}), simulation)
    for changed in (halved, lower):
        assert changed.layers[first].clipping > plain.layers[first].clipping
        assert all(changed.layers[name] == plain.layers[name] or name == first for name in others)
    for neurons in ("multi_threshold", "one_shot"):  # clipped where a whole threshold is
        graded = estimator.of(wb.Conversion(neurons=neurons), simulation)
        assert graded.layers[first].clipping == pytest.approx(plain.layers[first].clipping, 0.01)
    held = estimator.of(wb.Conversion(), wb.Simulation(steps=4, clamp_steps={first: 2}))
    assert np.isnan(held.layers[first].quantization)


@pytest.mark.parametrize(
    ("conversion", "simulation", "note"),
    [
        ({"normalization": "search"}, {}, "Scales that are searched are known once layers are"),
        ({"calibrate": "potential"}, {}, "with initial potentials that are calibrated"),
        ({"reset": "zero"}, {}, "with the reset 'zero'"),
        ({"neurons": "multi_threshold"}, {}, "with 'multi_threshold' neurons"),
        ({"code": "phase"}, {}, "with the code 'phase', whose layers take turns"),
        ({}, {"leak": 0.1}, "with a leak"),
        ({}, {"refractory_steps": 2}, "with refractory steps"),
    ],
)
def test_what_needs_a_simulation_is_not_estimated(
    counting, small_digits, conversion, simulation, note
):
    x = small_digits.calibration[:50]
    table = wb.estimate(
        counting, x, wb.Conversion(**conversion), wb.Simulation(steps=4, **simulation)
    )
    assert note in " ".join(table.attrs["notes"])
    assert table["quantization"].isna().all()
