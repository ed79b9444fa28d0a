"""Which pixels a network takes, and that it gets them."""

import dataclasses

import numpy as np
import pytest

import workbench as wb
from workbench.datasets import from_arrays
from workbench.errors import DataError, ModelFileError, SettingsError
from workbench.network.activation import Activation
from workbench.network.affine import Affine, BatchNorm, Scale
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.rearrange import Permute
from workbench.network.structure import Input, Reshape
from workbench.util.pixels import BYTES, UNIT

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (40, 4, 4, 3), np.uint8)
SHAPE = PICTURES.shape[1:]


def network(*layers, activation=Activation.LINEAR, **options):
    """Layers per channel, one behind the other, ahead of a hidden and an output layer."""
    rng = np.random.default_rng(1)
    nodes = [Node("in", Input(SHAPE))]
    for number, layer in enumerate(layers):
        nodes.append(Node(f"layer{number}", layer, activation, (nodes[-1].name,)))
    weights = rng.normal(0, 0.3, (48, 8)).astype(np.float32)
    nodes += [
        Node("flat", Reshape(nodes[-1].layer.output_shape, (48,)), inputs=(nodes[-1].name,)),
        Node("hidden", Dense(weights, None), Activation.RELU, ("flat",)),
        Node("out", Dense(rng.normal(0, 0.5, (8, 3)).astype(np.float32), None), inputs=("hidden",)),
    ]
    return Network("net", tuple(nodes), **options)


def norm(mean, deviation, gamma=1.0):
    ones = np.ones(3, np.float32)
    return BatchNorm(SHAPE, gamma * ones, None, mean * ones, deviation**2 * ones, 1e-3)


RESCALING = Affine(SHAPE, 1 / 255)


@pytest.mark.parametrize(
    "layers",
    [
        (RESCALING,),
        (Affine(SHAPE, 1 / 127.5, -1.0),),
        (Affine(SHAPE, (1 / 58.4, 1 / 57.1, 1 / 57.4), (-2.1, -2.0, -1.8)),),
        (Affine(SHAPE, 1.0, (-103.9, -116.8, -123.7)),),  # means taken away, nothing divided
        (RESCALING, norm(0.45, 0.22)),
        (Permute(SHAPE, (0, 1, 2)), RESCALING),
        (norm(110, 60),),
        (norm(110, 60, gamma=3.0),),
        (Scale(SHAPE, np.full(3, 1 / 255, np.float32)),),
    ],
)
def test_layers_that_rescale_bytes_are_recognised(layers):
    assert network(*layers).pixel_range == BYTES


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (Affine(SHAPE, 2.0, -1.0),),
        (norm(0.45, 0.22),),
        (norm(0.1, 0.3, gamma=0.5),),
        (Affine(SHAPE, (1 / 0.229, 1 / 0.224, 1 / 0.225), (-2.1, -2.0, -1.8)),),
        (norm(0.0, 1e-4),),
    ],
)
def test_layers_for_pixels_from_0_to_1_are_left_alone(layers):
    assert network(*layers).pixel_range == UNIT


def test_maps_behind_weights_or_activations_tell_nothing():
    assert network(Affine(SHAPE), RESCALING, activation=Activation.RELU).pixel_range == UNIT
    weights = np.ones((48, 48), np.float32)
    behind = (
        Node("in", Input((48,))),
        Node("dense", Dense(weights, None), inputs=("in",)),
        Node("norm", Affine((48,), 1 / 255), inputs=("dense",)),
    )
    assert Network("net", behind).pixel_range == UNIT


def test_pictures_arrive_in_the_units_of_the_network():
    data = from_arrays(PICTURES)
    plain, own = network(), network(RESCALING)
    expected = plain.forward(PICTURES.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(plain.forward(data.x_test), expected)
    for x in (data.x_test, PICTURES, PICTURES.astype(np.float32)):
        np.testing.assert_allclose(own.forward(x), expected, atol=1e-5)
    signed = dataclasses.replace(plain, pixel_range=(-1, 1))
    np.testing.assert_allclose(
        signed.forward(data.x_test),
        plain.forward(PICTURES.astype(np.float32) / 127.5 - 1),
        atol=1e-5,
    )


def test_conversion_keeps_the_units_when_it_folds_the_rescaling():
    data = from_arrays(PICTURES)
    own = network(RESCALING)
    spiking = wb.convert(own, data.calibration)
    assert spiking.pixel_range == BYTES
    assert spiking.input_scale == pytest.approx(255)
    np.testing.assert_array_equal(spiking.encode(data.x_test), spiking.encode(PICTURES))
    run = wb.simulate(spiking, data.x_test)
    np.testing.assert_array_equal(run.output_counts, wb.simulate(spiking, PICTURES).output_counts)
    plain = wb.simulate(wb.convert(network(), data.calibration), data.x_test)
    np.testing.assert_array_equal(run.predictions(), plain.predictions())


def test_pictures_and_numbers_of_several_inputs_are_joined_in_its_units():
    nodes = (
        Node("in", Input((6,))),
        Node("scaled", Affine((6,), 1 / 255), inputs=("in",)),
        Node("out", Dense(np.eye(6, dtype=np.float32), None), inputs=("scaled",)),
    )
    joined = Network("two", nodes, input_parts=(("picture", (2, 2)), ("other", (2,))))
    picture = PICTURES[:, :2, :2, 0]
    other = RANDOM.random((40, 2), np.float32)
    found = joined.forward([from_arrays(picture).x_test[..., 0], other])
    expected = np.concatenate([picture.reshape(40, 4), other], axis=1) / 255
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("pixel_range", [None, (0, 1), (-1, 1), (0, 255)])
@pytest.mark.parametrize("layers", [(), (RESCALING,)])
def test_files_keep_the_range(tmp_path, layers, pixel_range):
    analog = network(*layers, pixel_range=pixel_range)
    spiking = wb.convert(analog, PICTURES.astype(np.float32) / 100)
    for saved in (analog, spiking):
        again = wb.load(wb.save(saved, tmp_path / "net.snn"))
        assert again.pixel_range == saved.pixel_range
        assert again == saved


def test_the_range_counts_in_the_hash_where_layers_do_not_tell_it():
    assert network(pixel_range=(0, 1)) == network()
    assert network(RESCALING, pixel_range=(0, 255)) == network(RESCALING)
    assert network(pixel_range=(-1, 1)) != network()


def test_a_range_may_be_given_when_a_network_is_loaded():
    assert wb.load("mlp").pixel_range == UNIT
    assert wb.load("mlp", pixel_range=(0, 255)).pixel_range == BYTES
    with pytest.raises(SettingsError, match=r"pixel_range is \(255, 0\)"):
        wb.load("mlp", pixel_range=(255, 0))


def test_spiking_networks_of_older_files_tell_by_their_calibration():
    spiking = wb.convert(network(), PICTURES.astype(np.float32))
    assert spiking.pixel_range == network().pixel_range == UNIT
    older = dataclasses.replace(spiking, pixel_range=None)  # whose files do not hold it
    assert older.pixel_range == BYTES
    assert dataclasses.replace(older, input_scale=1.0, pixel_range=None).pixel_range == UNIT


def test_a_wrong_range_in_a_file_is_refused(tmp_path, monkeypatch):
    from workbench.network import storage

    payload = storage._analog_payload(network())
    monkeypatch.setattr(storage, "_analog_payload", lambda _: payload | {"pixel_range": (1, 0)})
    with pytest.raises(ModelFileError, match=r"pixel_range is \(1, 0\)"):
        wb.save(network(), tmp_path / "net.snn")


def test_exports_hold_samples_in_the_units_of_the_network(tmp_path):
    data = from_arrays(PICTURES)
    spiking = wb.convert(network(RESCALING), data.calibration)
    report = wb.export(spiking, "builtin", tmp_path / "net", samples=data.x_test[:3])
    assert report.parity.status == "exact"
    np.testing.assert_allclose(np.load(tmp_path / "net.npz")["x"], PICTURES[:3], rtol=1e-6)


def test_samples_of_another_shape_are_still_refused():
    with pytest.raises(DataError, match=r"takes \(samples, 4, 4, 3\)"):
        network(RESCALING).forward(from_arrays(PICTURES).x_test[:, :3])
