"""Models that rescale pictures themselves, or take bytes, get the bytes of pictures."""

import numpy as np
import pytest
from onnx_models import model, node, onnx, onnxruntime
from PIL import Image

import workbench as wb
from workbench.datasets import from_arrays, from_folder
from workbench.ingest.keras import import_keras
from workbench.util.pixels import BYTES, UNIT

keras = import_keras()
layers = keras.layers

PICTURES = np.random.default_rng(0).integers(0, 256, (24, 6, 6, 3), np.uint8)


def normalization():
    layer = layers.Normalization(axis=-1)
    layer.adapt(PICTURES.astype(np.float32))
    return layer


def keras_model(first, dtype="float32"):
    keras.utils.set_random_seed(0)
    x = keras.Input((6, 6, 3), dtype=dtype)
    y = layers.Conv2D(4, 3, activation="relu")(first(x))
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(y)))


MODELS = {
    "rescaling": lambda: keras_model(layers.Rescaling(1 / 255)),
    "rescaling to -1": lambda: keras_model(layers.Rescaling(1 / 127.5, offset=-1)),
    "division": lambda: keras_model(lambda x: x / 255.0),
    "normalization": lambda: keras_model(normalization()),
    "bytes": lambda: keras_model(layers.Rescaling(1 / 255), "uint8"),
    "integers": lambda: keras_model(layers.Rescaling(1.0), "int32"),
}


@pytest.mark.parametrize("name", MODELS)
def test_keras_models_get_bytes_from_arrays_and_folders(tmp_path, name):
    source = MODELS[name]()
    kind = source.inputs[0].dtype
    network = wb.load(source)
    assert network.pixel_range == BYTES
    expected = source.predict(PICTURES.astype(kind), verbose=0)
    scale = np.abs(expected).max()
    for number, picture in enumerate(PICTURES):
        (tmp_path / str(number % 3)).mkdir(exist_ok=True)
        Image.fromarray(picture).save(tmp_path / str(number % 3) / f"{number:02}.png")
    data = from_folder(tmp_path)
    found = network.forward(from_arrays(PICTURES).x_test)
    np.testing.assert_allclose(found, expected, atol=1e-4 * scale)
    in_order = np.lexsort((np.arange(24), np.arange(24) % 3))  # by folder, then by number
    shuffled = in_order[np.random.default_rng(0).permutation(24)]
    np.testing.assert_allclose(network.forward(data.x_test), expected[shuffled], atol=1e-4 * scale)
    spiking = wb.convert(network, data.calibration)
    assert spiking.pixel_range == BYTES
    limit = spiking.rate_limit(data.x_test[:])[spiking.output.name]
    np.testing.assert_allclose(limit, expected[shuffled], atol=1e-2 * scale)


@pytest.mark.parametrize("first", [lambda x: x, layers.Rescaling(2.0, offset=-1)])
def test_other_keras_models_get_pixels_from_0_to_1(first):
    source = keras_model(first)
    network = wb.load(source)
    assert network.pixel_range == UNIT
    expected = source.predict(PICTURES / np.float32(255), verbose=0)
    found = network.forward(from_arrays(PICTURES).x_test)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def onnx_model(kind, *nodes):
    weights = np.random.default_rng(1).normal(0, 0.4, (108, 4)).astype(np.float32)
    tail = [node("Flatten", "scaled", "flat"), node("MatMul", "flat W", "y")]
    constants = {
        "W": weights,
        "white": np.float32(255),
        "factor": np.float32(1 / 255),
        "mean": np.array([100, 110, 120], np.float32).reshape(1, 3, 1, 1),
        "deviation": np.array([60, 61, 62], np.float32).reshape(1, 3, 1, 1),
    }
    used = {name for one in (*nodes, *tail) for name in one.input}
    constants = {name: value for name, value in constants.items() if name in used}
    return model([*nodes, *tail], {"x": ("n", 3, 6, 6)}, "y", constants, kind=kind)


ONNX_MODELS = {
    "bytes divided": (
        onnx.TensorProto.UINT8,
        node("Cast", "x", "f", to=onnx.TensorProto.FLOAT),
        node("Div", "f white", "scaled"),
    ),
    "bytes as they are": (
        onnx.TensorProto.UINT8,
        node("Cast", "x", "scaled", to=onnx.TensorProto.FLOAT),
    ),
    "divided": (onnx.TensorProto.FLOAT, node("Div", "x white", "scaled")),
    "multiplied": (onnx.TensorProto.FLOAT, node("Mul", "x factor", "scaled")),
    "standardized": (
        onnx.TensorProto.FLOAT,
        node("Sub", "x mean", "centered"),
        node("Div", "centered deviation", "scaled"),
    ),
}


@pytest.mark.parametrize("name", ONNX_MODELS)
def test_onnx_models_get_bytes(tmp_path, name):
    kind, *nodes = ONNX_MODELS[name]
    path = tmp_path / "net.onnx"
    onnx.save(onnx_model(kind, *nodes), path)
    x = np.ascontiguousarray(np.moveaxis(PICTURES, -1, 1))
    given = x if kind == onnx.TensorProto.UINT8 else x.astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": given})
    network = wb.load(path)
    assert network.pixel_range == BYTES
    found = network.forward(from_arrays(x).x_test)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
