from dataclasses import replace

import numpy as np
import pytest
from layer_cases import CASES, stored
from networks import convolution_network

from workbench.conversion import convert
from workbench.conversion.normalize import SMALLEST_CHANNEL, least_error, own_values, scales
from workbench.conversion.preparation import prepare
from workbench.conversion.statistics import FEWEST_BINS, Histogram, Statistics
from workbench.errors import SettingsError
from workbench.network.activation import ReLU
from workbench.settings import Conversion

NAME = "batch_norm_after_conv"


@pytest.fixture(scope="module")
def prepared():
    return prepare(stored(NAME), CASES[NAME].samples(200), per_channel=True)


def chosen(prepared, **settings):
    return scales(prepared.network, prepared.statistics, Conversion(**settings))


def test_a_layer_has_the_percentile_of_its_activations(prepared):
    conv = prepared.network.activations(CASES[NAME].samples(200))["conv"]
    expected = np.percentile(conv[conv > 0], 90)
    assert chosen(prepared, percentile=90)["conv"][0] == pytest.approx(expected, rel=2e-3)


def test_max_is_the_percentile_100(prepared):
    by_name = chosen(prepared, normalization="max", percentile=60)
    by_percent = chosen(prepared, percentile=100)
    for layer in by_name:
        assert (by_name[layer] == by_percent[layer]).all()


def test_the_output_keeps_its_largest_value(prepared):
    logits = prepared.network.forward(CASES[NAME].samples(200))
    for settings in ({"percentile": 60}, {"percentile": 60, "per_channel": True}):
        scale = chosen(prepared, **settings)["head"]
        assert scale == pytest.approx([logits.max()])


def test_a_percentile_of_its_own_goes_first(prepared):
    own = chosen(prepared, percentiles={"conv": 60, "head": 70})
    assert own["conv"][0] == chosen(prepared, percentile=60)["conv"][0]
    assert own["head"][0] < chosen(prepared)["head"][0]


def test_channels_have_scales_of_their_own(prepared):
    conv = prepared.network.activations(CASES[NAME].samples(200))["conv"]
    scale = chosen(prepared, per_channel=True, percentile=100)["conv"]
    assert scale == pytest.approx(conv.max(axis=(0, 1, 2)))


def made(*channels):
    together, single = Histogram(), Histogram(len(channels))
    together.update(np.array(channels))
    single.update(np.array([channels]))
    return convolution_network(), Statistics({"conv": together}, 1.0, 1, {"conv": single})


def test_a_silent_layer_has_scale_one():
    assert scales(*made(-1.0, 0), Conversion())["conv"].tolist() == [1]


def test_a_silent_layer_keeps_its_ceiling():
    """Samples that are not silent must not make it fire beyond."""
    network, statistics = made(-1.0, 0)
    conv = replace(network["conv"], activation=ReLU(ceiling=0.5))
    network = network.with_nodes((network.nodes[0], conv, *network.nodes[2:]))
    assert scales(network, statistics, Conversion())["conv"].tolist() == [0.5]


def test_a_silent_channel_takes_the_layers_scale():
    scale = scales(*made(-1.0, 4), Conversion(per_channel=True, percentile=100))["conv"]
    assert scale.tolist() == [4, 4]


def test_a_channel_that_hardly_fires_does_not_get_huge_weights():
    scale = scales(*made(1e-6, 4), Conversion(per_channel=True, percentile=100))["conv"]
    assert scale == pytest.approx([4 * SMALLEST_CHANNEL, 4])


def squared_error(activations, scale, levels):
    """Mean squared error of equal steps, from the activations themselves."""
    step = scale / levels
    rounded = step * np.clip(np.floor(activations / step + 0.5), 0, levels)
    return float(((activations - rounded) ** 2).mean())


def best_by_trying(activations, levels):
    """Scale of least error, and that error; of equally good ones, the first."""
    tried = np.linspace(0.25, 1, 26) * activations.max()
    errors = [squared_error(activations, scale, levels) for scale in tried]
    return tried[int(np.argmin(errors))], min(errors)


@pytest.mark.parametrize("levels", [1, 4, 8, 32])
@pytest.mark.parametrize("per_channel", [False, True])
def test_mmse_finds_the_scale_of_least_error(prepared, levels, per_channel):
    conv = prepared.network.activations(CASES[NAME].samples(200))["conv"].astype(np.float64)
    settings = {"normalization": "mmse", "levels": levels, "per_channel": per_channel}
    found = chosen(prepared, **settings)["conv"]
    groups = [conv[..., c].ravel() for c in range(conv.shape[-1])] if per_channel else [conv]
    assert len(found) == len(groups)
    for scale, activations in zip(found, groups, strict=True):
        _, least = best_by_trying(activations, levels)
        # A histogram moves a value by half a bin, so an error e by at most (sqrt e + half)^2 - e.
        half = activations.max() / 1024 / 2
        allowed = (np.sqrt(least) + 2 * half) ** 2
        assert squared_error(activations, scale, levels) <= allowed


def test_mmse_of_a_lone_value_is_that_value():
    values = Histogram(2, FEWEST_BINS)
    values.update(np.array([[3.0, -1.0], [3.0, -2.0]]))
    assert least_error(values, 1).tolist() == [3.0, 0.0]


def test_mmse_keeps_the_output_and_what_has_a_percentile_of_its_own(prepared):
    plain = chosen(prepared, percentiles={"conv": 60})
    found = chosen(prepared, normalization="mmse", percentiles={"conv": 60})
    assert found["conv"] == plain["conv"]
    assert found["head"] == plain["head"]


def test_mmse_stays_below_a_ceiling_and_above_the_smallest_channel():
    network, statistics = made(1e-6, 4)
    settings = Conversion(normalization="mmse", per_channel=True)
    assert scales(network, statistics, settings)["conv"][0] == 4 * SMALLEST_CHANNEL
    conv = replace(network["conv"], activation=ReLU(ceiling=0.5))
    clipped = network.with_nodes((network.nodes[0], conv, *network.nodes[2:]))
    assert scales(clipped, statistics, settings)["conv"].tolist() == [4 * SMALLEST_CHANNEL, 0.5]
    assert scales(*made(-1.0, 0), settings)["conv"].tolist() == [1, 1]


@pytest.mark.parametrize("setting", ["percentiles", "thresholds"])
def test_a_setting_for_a_layer_without_neurons_is_refused(prepared, setting):
    with pytest.raises(
        SettingsError, match=rf"Conversion\.{setting} names flat, nope; .* are conv, head"
    ):
        chosen(prepared, **{setting: {"nope": 60, "flat": 70, "conv": 80}})


def test_what_is_set_for_a_layer_goes_to_its_populations():
    layers = {"conv_on": ("conv", "act"), "conv_off": ("conv", "act"), "head": ("head", "head")}
    assert own_values({"act": 2.0, "conv_off": 3.0}, layers) == {"conv_off": 3.0, "conv_on": 2.0}
    assert own_values({"conv": 2.0}, layers) == {"conv_on": 2.0, "conv_off": 2.0}
    assert own_values({"head": 2.0, "nope": 1.0}, layers) == {"head": 2.0, "nope": 1.0}


@pytest.mark.parametrize("layer", ["conv", "act"])
def test_on_and_off_take_the_threshold_of_their_layer(layer):
    network, x = stored("leaky_relu"), CASES["leaky_relu"].samples(20)
    settings = Conversion(thresholds={layer: 0.5})
    spiking = convert(network, x, settings)
    thetas = [spiking.theta(spiking.population(f"conv_{side}")) for side in ("on", "off")]
    assert thetas == [0.5, 0.5]
    assert spiking.conversion == settings
