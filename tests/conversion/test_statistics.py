import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from layer_cases import CASES, stored

from workbench.conversion.statistics import (
    BINS,
    CHANNEL_COUNTERS,
    FEWEST_BINS,
    Histogram,
    collect,
    of_channels,
    with_channels,
)
from workbench.util.generators import finished

# The histogram's bound is about the order statistic itself (numpy's "inverted_cdf"): between two
# values far apart there is nothing to interpolate.
numbers = st.floats(-100, 100, width=32) | st.floats(0, 1, width=32)
batches = st.lists(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(2)), elements=numbers),
    min_size=1,
    max_size=6,
)


def filled(parts, bins=BINS):
    """Histograms of the channels."""
    histogram = Histogram(parts[0].shape[-1], bins)
    for part in parts:
        histogram.update(part)
    return histogram


def filled_together(parts):
    """One histogram of all channels."""
    return filled([part.reshape(-1, 1) for part in parts])


def within_one_bin(value, samples, percent, bin_width):
    """Whether a value lies within one bin of the order statistic that the percentile names.

    Rounding of ``n * percent / 100`` may name the neighbour.
    """
    ordered = np.sort(samples[samples > 0].astype(np.float64))
    if ordered.size == 0:
        return value == 0
    rank = ordered.size * percent / 100
    slack = 1e-9 * ordered.size
    low = ordered[max(int(np.ceil(rank - slack)) - 1, 0)]
    high = ordered[min(max(int(np.ceil(rank + slack)) - 1, 0), ordered.size - 1)]
    tolerance = bin_width * (1 + 1e-6)
    return low - tolerance <= value <= high + tolerance


@given(batches, st.floats(50, 99.99), st.sampled_from([FEWEST_BINS, BINS]))
def test_percentiles_are_off_by_at_most_one_bin(parts, percent, bins):
    joined = np.concatenate(parts)
    together = filled_together(parts)
    (layer,) = together.percentile(percent)
    assert within_one_bin(layer, joined.reshape(-1), percent, together.top[0] / BINS)
    histogram = filled(parts, bins)
    for channel, value in enumerate(histogram.percentile(percent)):
        width = histogram.top[channel] / bins
        assert within_one_bin(value, joined[:, channel], percent, width)


@given(batches)
def test_the_range_is_at_most_twice_the_channels_largest_value(parts):
    histogram = filled(parts)
    largest = np.maximum(np.concatenate(parts).max(axis=0), 0)
    assert (histogram.top <= 2 * largest).all()
    assert (histogram.top >= largest).all()


@given(batches)
def test_percentile_100_is_the_exact_maximum(parts):
    joined = np.maximum(np.concatenate(parts), 0)
    assert filled_together(parts).percentile(100)[0] == joined.max()
    assert (filled(parts).percentile(100) == joined.max(axis=0)).all()


@given(batches)
def test_every_positive_value_is_counted_once(parts):
    joined = np.concatenate(parts)
    assert (filled(parts).counts.sum(axis=1) == (joined > 0).sum(axis=0)).all()


@given(batches, st.randoms(use_true_random=False))
def test_the_order_of_batches_hardly_matters(parts, random):
    other = list(parts)
    random.shuffle(other)
    a, b = filled_together(parts), filled_together(other)
    width = max(a.top[0], b.top[0]) / BINS
    assert abs(a.percentile(90)[0] - b.percentile(90)[0]) <= 2.01 * width


@given(batches, st.floats(50, 100), st.floats(50, 100))
def test_a_higher_percentile_is_not_lower(parts, a, b):
    histogram = filled(parts)
    low, high = sorted((a, b))
    assert (histogram.percentile(low) <= histogram.percentile(high)).all()


def test_many_values_agree_with_numpy():
    values = np.random.default_rng(0).exponential(size=(50_021, 3)).astype(np.float32)
    parts = np.array_split(values, 7)
    together, histogram = filled_together(parts), filled(parts)
    for percent in (50, 90, 99, 99.9):
        expected = np.percentile(values, percent, method="inverted_cdf")
        assert together.percentile(percent)[0] == pytest.approx(
            expected, abs=together.top[0] / BINS
        )
        each = np.percentile(values, percent, axis=0, method="inverted_cdf")
        assert (abs(histogram.percentile(percent) - each) <= histogram.top / BINS).all()


def test_a_channel_of_small_values_has_fine_bins_of_its_own():
    values = np.random.default_rng(0).random((1000, 2)).astype(np.float32) * (1e4, 1e-4)
    found = filled([values], FEWEST_BINS).percentile(90)
    expected = np.percentile(values, 90, axis=0, method="inverted_cdf")
    assert found == pytest.approx(expected, rel=3 / FEWEST_BINS)


@pytest.mark.parametrize(("channels", "bins"), [(1, BINS), (256, BINS), (1000, 1024), (4096, 256)])
def test_channels_of_a_wide_layer_share_the_room(channels, bins):
    histogram = of_channels(channels)
    assert (histogram.channels, histogram.bins) == (channels, bins)
    assert histogram.counts.size <= CHANNEL_COUNTERS


def test_very_many_channels_have_the_fewest_bins():
    assert of_channels(50_000).bins == FEWEST_BINS


def test_the_range_doubles_and_bins_merge():
    histogram = Histogram(1)
    histogram.update(np.array([[1.0], [0.25]]))
    assert histogram.top.tolist() == [1]
    histogram.update(np.array([[5.0]]))
    assert histogram.top.tolist() == [8]
    assert histogram.counts.sum() == 3
    assert histogram.counts[0, BINS // 8 - 1] == histogram.counts[0, BINS // 32] == 1
    assert histogram.counts[0, int(5 * BINS / 8)] == 1


def test_memory_does_not_depend_on_the_amount_of_data():
    histogram = Histogram(4)
    before = histogram.counts.nbytes
    for scale in (1, 1e3, 1e6):
        histogram.update(np.random.default_rng(0).random((1000, 4)) * scale)
    assert histogram.counts.nbytes == before == 4 * BINS * 8


def test_a_silent_layer_has_percentile_zero():
    histogram = Histogram(2)
    histogram.update(np.array([[-1.0, 0], [-2, 0]]))
    assert histogram.percentile(99).tolist() == [0, 0]
    assert histogram.percentile(100).tolist() == [0, 0]
    histogram.update(np.array([[-1.0, 3]]))
    assert histogram.percentile(99)[0] == 0
    assert histogram.percentile(99)[1] == pytest.approx(3, abs=3 / BINS)


def test_images_are_counted_per_channel():
    histogram = Histogram(2)
    histogram.update(np.stack([np.full((3, 4, 5), 1.0), np.full((3, 4, 5), 2.0)], axis=-1))
    assert histogram.counts.sum(axis=1).tolist() == [60, 60]
    assert histogram.maximum.tolist() == [1, 2]


def test_neural_layers_are_collected_and_the_output_before_its_softmax():
    name = "softmax_in_dense"
    network = stored(name)
    x = CASES[name].samples(300)
    statistics = finished(collect(network, x))
    assert set(statistics.layers) == {"hidden", "head"}
    assert statistics.channels == {}
    assert statistics.samples == 300
    assert statistics.input_maximum == pytest.approx(x.max())
    hidden = network.activations(x)["hidden"]
    logits = network["head"].layer.forward(hidden)
    assert statistics.layers["hidden"].maximum == pytest.approx(hidden.max())
    assert statistics.layers["head"].maximum == pytest.approx(np.maximum(logits, 0).max())
    statistics = finished(with_channels(statistics, network, x))
    assert statistics.channels["hidden"].maximum == pytest.approx(hidden.max(axis=0))
    assert statistics.channels["head"].maximum == pytest.approx(np.maximum(logits, 0).max(axis=0))
    together = statistics.layers["hidden"].counts.sum()
    assert statistics.channels["hidden"].counts.sum() == together == (hidden > 0).sum()


def test_the_largest_input_is_absolute():
    network = stored("dense_only")
    x = np.zeros((2, 7), np.float32)
    x[1, 3] = -5
    assert finished(collect(network, x)).input_maximum == 5
