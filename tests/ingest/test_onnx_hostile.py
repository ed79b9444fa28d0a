"""ONNX files whose sizes, weights and places are not what a model has."""

import os

import numpy as np
import pytest
from onnx_models import model, node, onnx

import workbench as wb
from workbench.errors import ModelFileError, WorkbenchError

W = np.ones((4, 3), np.float32)


def written(folder, made):
    path = folder / "net.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def product(size=4, weights=W):
    return model([node("MatMul", "x w", "y")], {"x": ("n", size)}, "y", {"w": weights})


def change(field, value):
    def apply(tensor):
        setattr(tensor, field, value)

    return apply


@pytest.mark.parametrize(
    "spoil",
    [
        change("raw_data", bytes(47)),
        change("raw_data", b""),
        change("data_type", onnx.TensorProto.STRING),
        change("data_type", onnx.TensorProto.UNDEFINED),
        change("data_type", onnx.TensorProto.DOUBLE),
        change("data_type", onnx.TensorProto.COMPLEX64),
        lambda tensor: tensor.dims.append(10**12),
        lambda tensor: tensor.dims.append(-1),
        lambda tensor: tensor.dims.append(0),
        lambda tensor: tensor.dims.pop(),
    ],
)
def test_weights_of_wrong_types_and_sizes_are_refused(tmp_path, spoil):
    made = product()
    spoil(made.graph.initializer[0])
    with pytest.raises(WorkbenchError):
        wb.load(written(tmp_path, made))


@pytest.mark.parametrize("size", [2**26, 2**40])
def test_inputs_of_any_size_are_refused(tmp_path, size, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "100 MB")
    made = model([node("Relu", "x", "y")], {"x": ("n", size)}, "y")
    with pytest.raises(WorkbenchError, match=r"are accepted|fewer than"):
        wb.load(written(tmp_path, made))


@pytest.mark.parametrize(
    ("operation", "constants"),
    [
        (node("Tile", "x r", "y"), {"r": np.array([1, 2**24])}),
        (node("Pad", "x r", "y"), {"r": np.array([0, 0, 0, 2**26])}),
        (node("Pad", "x r", "y"), {"r": np.array([0, 2**40, 0, 0])}),
        (node("Add", "x c", "y"), {}),
    ],
)
def test_little_that_becomes_much_is_refused(tmp_path, operation, constants, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "100 MB")
    nodes = [operation]
    if not constants:
        constants = {"s": np.array([2**26])}
        nodes = [node("ConstantOfShape", "s", "c"), operation]
    with pytest.raises(WorkbenchError):
        wb.load(written(tmp_path, model(nodes, {"x": ("n", 4)}, "y", constants)))


@pytest.mark.parametrize("place", ["../secret", "/etc/passwd", "pipe", "gone", "link"])
def test_weights_lie_in_files_of_the_folder(tmp_path, place):
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(W.tobytes())
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(tmp_path / "secret")
    made = product()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", place), ("offset", "0"), ("length", "48")):
        tensor.external_data.add(key=key, value=value)
    with pytest.raises(ModelFileError, match=r"keeps weights in .*; accepted: a file in the"):
        wb.load(written(folder, made))
