import dataclasses

import numpy as np
import pytest
from exporters.export_cases import convolutions, flat
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import UnsupportedLayerError
from workbench.exporters.loihi.chip_integers import quantize
from workbench.exporters.loihi.layer_chain import ChainLayer, chain
from workbench.network.dense import Dense


def layer(weights, bias=(0.0,), threshold=65536.0, **fields) -> ChainLayer:
    kernel = np.array(weights, float).reshape(-1, 1)
    return ChainLayer("fc", Dense(kernel), np.array(bias, float), threshold, **fields)


numbers = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1)


@given(st.lists(numbers, min_size=1, max_size=5), numbers, st.floats(1.0, 1e8))
def test_all_integers_stay_within_the_chips_ranges(weights, bias, threshold):
    try:
        (found,) = quantize((layer(weights, (bias,), threshold),))
    except UnsupportedLayerError:
        return
    assert (found.weight % 2 == 0).all()
    assert -256 <= found.weight.min() <= found.weight.max() <= 254
    assert -4096 <= found.bias.min() <= found.bias.max() <= 4095
    assert 1 <= found.threshold <= 131_071
    assert np.abs(found.weight - found.source.weights * found.factor).max() <= 1 + 1e-6


@pytest.mark.parametrize(
    ("weights", "bias", "threshold", "limited_by", "largest"),
    [
        ([1.0, -0.5], 0.0, 4.0, "weights", 254),
        ([-1.0, 0.5], 0.0, 4.0, "weights", 128),
        ([1.0], 100.0, 200.0, "bias", 40),
        ([1.0], 0.0, 1000.0, "threshold", 132),
    ],
)
def test_the_factor_is_as_large_as_the_limits_allow(weights, bias, threshold, limited_by, largest):
    (found,) = quantize((layer(weights, (bias,), threshold),))
    assert found.limited_by == limited_by
    assert found.weight.max() == largest


def test_pools_weigh_64():
    found = quantize(chain(convolutions().convert()))
    (pool,) = [q for q in found if q.limited_by == "pooling"]
    assert (pool.weight == 64).all()
    assert pool.threshold == 256


def test_errors_are_fractions_of_the_threshold():
    (found,) = quantize((layer([254.0, 3.4], threshold=1000.0),))
    errors = found.errors()
    assert found.weight.ravel().tolist() == [254, 4]
    assert errors["weight_max"] == pytest.approx(0.6 / 1000)
    assert errors["weight_rms"] == pytest.approx(0.6 / 1000 / np.sqrt(2))
    assert errors["bias_max"] == 0


def test_a_layer_of_zeros_is_refused_by_name():
    with pytest.raises(UnsupportedLayerError, match="fc has only zero weights, which Lava's"):
        quantize((layer([0.0, 0.0]),))


def test_weights_that_vanish_beside_the_bias_are_refused():
    with pytest.raises(
        UnsupportedLayerError, match=r"weights of fc round to 0 in 8 bits.*its bias"
    ):
        quantize((layer([1.0], (1e6,), 1e6),))


def test_weights_beyond_the_threshold_are_refused():
    with pytest.raises(UnsupportedLayerError, match="fc has a weight of 1e\\+03 thresholds"):
        quantize((layer([1000.0], threshold=1.0),))


def test_all_problems_are_reported_at_once():
    layers = chain(flat().convert())
    dead = tuple(dataclasses.replace(x, map=Dense(np.zeros(x.weights.shape))) for x in layers)
    with pytest.raises(UnsupportedLayerError) as refusal:
        quantize(dead)
    assert len(refusal.value.problems) == 2
