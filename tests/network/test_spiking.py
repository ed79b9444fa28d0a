import dataclasses

import numpy as np
import pytest
from networks import convolution_network

from workbench.conversion import convert
from workbench.errors import DataError, SettingsError
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import SumPool2D
from workbench.network.projection import Projection
from workbench.network.structure import Reshape
from workbench.settings import Conversion

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(convolution_network(), X)


def test_populations_run_from_input_to_output(spiking):
    assert [p.name for p in spiking.populations] == ["in", "conv", "out"]
    assert spiking.layers == ("conv", "out")
    assert spiking.input.kind == "input"
    assert spiking.output.name == "out"
    assert (spiking.input_shape, spiking.classes) == ((5, 5, 1), 4)


def test_every_population_has_the_layer_that_it_comes_from(spiking):
    assert spiking.origins == {"in": "in", "conv": "conv", "out": "out"}
    entry, conv, out = spiking.populations
    renamed = (entry, dataclasses.replace(conv, origin="relu"), out)
    split = dataclasses.replace(spiking, populations=renamed)
    assert split.origins == {"in": "in", "conv": "relu", "out": "out"}


def test_output_is_another_name_of_the_last_layer(spiking):
    assert spiking.population("output") is spiking.output


def test_an_unknown_layer_is_refused_with_those_that_exist(spiking):
    with pytest.raises(SettingsError, match="no layer 'conv9'; it has conv, out"):
        spiking.population("conv9")


def test_everything_is_a_whole_number(spiking):
    assert spiking.unit == 2.0**-16
    for population in spiking.populations:
        assert type(population.threshold) is type(population.initial_potential) is int
        assert population.bias.dtype == np.int64
    for projection in spiking.projections:
        for layer in projection.maps:
            for array in (v for v in vars(layer).values() if isinstance(v, np.ndarray)):
                assert (array == np.rint(array)).all()


def test_inputs_are_rounded_to_twelve_bits(spiking):
    x = np.zeros((1, 5, 5, 1))
    x[0, 0, :, 0] = [0, spiking.input_scale, -spiking.input_scale, spiking.input_scale / 2, 1e-9]
    assert spiking.encode(x)[0, 0, :, 0].tolist() == [0, 4096, -4096, 2048, 0]


def test_constant_current_is_rounded_once(spiking):
    encoded = spiking.encode(X[:3])
    kernel = spiking.incoming("conv")[0].maps[0].kernel.astype(np.int64)
    drive = spiking.drive(spiking.encode(X[:3]))["conv"].reshape(3, 3, 3, 2)
    for sample in range(3):
        for y in range(3):
            for x in range(3):
                patch = encoded[sample, y : y + 3, x : x + 3, 0]
                exact = (patch[:, :, None] * kernel[:, :, 0]).sum(axis=(0, 1))
                assert (drive[sample, y, x] == (exact + 2048) >> 12).all()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((2, 5, 5)), r"takes \(samples, 5, 5, 1\)"),
        (np.full((1, 5, 5, 1), np.nan), "NaN or infinite"),
        (np.full((1, 5, 5, 1), 17.0), "more than 16 times the largest calibration input"),
        (np.full((1, 5, 5, 1), "a"), "accepted: real numbers"),
        (np.full((1, 5, 5, 1), None), "accepted: real numbers"),
    ],
)
def test_samples_that_do_not_fit_are_refused(spiking, x, message):
    with pytest.raises(DataError, match=message):
        spiking.encode(x)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.float64, np.float16])
def test_samples_of_every_number_type_are_taken(spiking, dtype):
    x = np.ones((1, 5, 5, 1), dtype)
    assert (spiking.encode(x) == spiking.encode(x.astype(np.float32))).all()


def test_decoding_inverts_the_normalization(spiking):
    counts = np.full((1, 18), 50)
    decoded = spiking.decode("conv", counts, 100)
    scale = spiking.population("conv").scale
    assert decoded.shape == (1, 3, 3, 2)
    assert decoded == pytest.approx(np.full((1, 3, 3, 2), 0.5 * scale))


def test_decoding_knows_thresholds_and_channels():
    spiking = convert(convolution_network(), X, Conversion(per_channel=True, threshold=0.5))
    decoded = spiking.decode("conv", np.full((1, 18), 100), 100)
    assert decoded[0, 1, 1] == pytest.approx(0.5 * spiking.population("conv").scale)


def test_summary_has_a_row_for_every_layer(spiking):
    table = spiking.summary().set_index("name")
    assert list(table.index) == ["conv", "out"]
    assert table["neurons"].to_dict() == {"conv": 18, "out": 4}
    assert table["synapses"].to_dict() == {"conv": 9 * 9 * 2, "out": 72}
    assert (table["threshold"] == 1).all()


def test_content_hash_is_of_what_decides_spikes(spiking):
    assert dataclasses.replace(spiking, name="other", trace_rows=()) == spiking
    changed = convert(convolution_network(), X, Conversion(initial_potential=0.5))
    assert changed != spiking
    assert hash(changed) != hash(spiking)
    assert convert(convolution_network(seed=1), X) != spiking


def test_a_zero_weight_is_a_synapse_of_every_path():
    kernel = np.zeros((4, 3))
    kernel[0, 0] = 5
    alone = Projection("a", "b", (Dense(kernel),))
    behind = Projection("a", "b", (Reshape((2, 2), (4,)), Dense(kernel)))
    for projection in (alone, behind):
        pre, post, weight = (np.concatenate(p) for p in zip(*projection.synapses(), strict=True))
        assert len(pre) == projection.synapse_count == 12
        assert weight.sum() == 5
        assert sorted(zip(pre, post, strict=True)) == [(i, j) for i in range(4) for j in range(3)]


def test_ways_that_cancel_are_one_synapse_of_weight_zero():
    """An input under two windows whose weights add up to nothing still has a synapse."""
    pool = SumPool2D((1, 3, 1), (1, 2), (1, 1))
    kernel = np.array([[[[1.0]], [[-1.0]]]])
    projection = Projection("a", "b", (pool, Conv2D((1, 2, 1), kernel)))
    assert projection.fan_out().tolist() == [1, 1, 1]
    pre, _, weight = (np.concatenate(p) for p in zip(*projection.synapses(), strict=True))
    assert pre.tolist() == [0, 1, 2]
    assert weight.tolist() == [1, 0, -1]


def test_largest_input_bounds_every_spike_pattern():
    rng = np.random.default_rng(0)
    kernel = rng.integers(-9, 10, (2, 2, 2, 3)).astype(float)
    maps = (SumPool2D((4, 4, 2), (2, 2), (1, 1), ((0, 1), (0, 1))), Conv2D((4, 4, 2), kernel))
    projection = Projection("a", "b", maps)
    spikes = rng.random((200, 4, 4, 2)) < 0.9
    assert np.abs(projection.forward(spikes)).max() <= projection.largest_input
    factor = Projection("a", "b", (Scale((3,), np.array([1.0, -7, 2])),))
    assert factor.largest_input == 7
