"""Files of opset 7 to 12 in the forms that exporters wrote then, against onnxruntime itself."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import answer, model, node, onnx, onnxruntime, samples, weights

import workbench as wb
from workbench.errors import UnsupportedLayerError
from workbench.ingest.onnx import from_onnx
from workbench.ingest.onnx_upgrade import upgraded

IMAGE = (3, 4, 4)
F = np.float32
END = 2**63 - 1


def ints(*numbers):
    return np.array(numbers, np.int64)


NORM = {"g": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3)) + F(0.5)}
NORMALIZED = "x g b m v"
RESHAPED = [  # PyTorch 0.4 to 1.4: x.view(x.size(0), -1)
    node("Shape", "x", "s"),
    node("Constant", "", "i", value=onnx.numpy_helper.from_array(np.array(0))),
    node("Gather", "s i", "n", axis=0),
    node("Constant", "", "rest", value=onnx.numpy_helper.from_array(ints(-1))),
    node("Unsqueeze", "n", "u", axes=[0]),
    node("Concat", "u rest", "t", axis=0),
    node("Reshape", "x t", "y"),
]
CAST = [  # tf2onnx: sizes pass through float32, since Slice took no integers
    node("Shape", "x", "s"),
    node("Cast", "s", "f", to=1),
    node("Slice", "f", "n", axes=[0], starts=[0], ends=[1]),
    node("Cast", "n", "i", to=7),
    node("Concat", "i rest", "t", axis=0),
    node("Reshape", "x t", "y"),
]

CASES = {
    "conv": (IMAGE, [node("Conv", "x w c", "y")], {"w": weights(2, 3, 3, 3), "c": weights(2)}, 7),
    "norm": (IMAGE, [node("BatchNormalization", NORMALIZED, "y", spatial=1)], NORM, 7),
    "norm momentum": (IMAGE, [node("BatchNormalization", NORMALIZED, "y", momentum=0.9)], NORM, 9),
    # CNTK writes spatial = 0 for vectors, which have no places.
    "norm vector": ((3,), [node("BatchNormalization", NORMALIZED, "y", spatial=0)], NORM, 7),
    "dropout": ((3,), [node("Dropout", "x", "d", ratio=0.5), node("Relu", "d", "y")], {}, 7),
    "dropout mask": ((3,), [node("Dropout", "x", "y mask", ratio=0.5)], {}, 10),
    "dropout 12": ((3,), [node("Dropout", "x r", "y")], {"r": F(0.5)}, 12),
    "pad": (IMAGE, [node("Pad", "x", "y", pads=[0, 0, 1, 1, 0, 0, 1, 2], value=0.0)], {}, 7),
    "pad reflect": (
        IMAGE,
        [node("Pad", "x", "y", pads=[0, 0, 1, 1, 0, 0, 1, 2], mode="reflect")],
        {},
        10,
    ),
    "pad 11": (IMAGE, [node("Pad", "x p", "y")], {"p": ints(0, 0, 1, 1, 0, 0, 1, 2)}, 11),
    "slice": (IMAGE, [node("Slice", "x", "y", axes=[1, 2], starts=[0, 1], ends=[2, END])], {}, 7),
    "slice 10": (
        IMAGE,
        [node("Slice", "x a e i t", "y")],
        {"a": ints(1), "e": ints(4), "i": ints(2), "t": ints(2)},
        10,
    ),
    "squeeze": ((3, 1, 1), [node("Squeeze", "x", "y", axes=[2, 3])], {}, 7),
    "unsqueeze": ((3,), [node("Unsqueeze", "x", "y", axes=[2])], {}, 11),
    "clip": (IMAGE, [node("Clip", "x", "y", min=0.0, max=6.0)], {}, 7),
    "clip below": (IMAGE, [node("Clip", "x", "y", min=0.0)], {}, 10),
    "clip 11": (IMAGE, [node("Clip", "x a b", "y")], {"a": F(0), "b": F(6)}, 11),
    "upsample": (IMAGE, [node("Upsample", "x", "y", scales=[1.0, 1.0, 2.0, 2.0])], {}, 7),
    "upsample 9": (IMAGE, [node("Upsample", "x s", "y")], {"s": F([1, 1, 2, 2])}, 9),
    "resize 10": (IMAGE, [node("Resize", "x s", "y")], {"s": F([1, 1, 2, 3])}, 10),
    "resize 11": (
        IMAGE,
        [node("Resize", "x r s", "y", coordinate_transformation_mode="asymmetric")],
        {"r": F([]), "s": F([1, 1, 2, 2])},
        11,
    ),
    "reshape": (IMAGE, [node("Reshape", "x s", "y")], {"s": ints(0, -1)}, 7),
    "reshape by size": (IMAGE, RESHAPED, {}, 9),
    "reshape by cast": (IMAGE, CAST, {"rest": ints(-1)}, 8),
    "gemm": (
        (3,),
        [node("Gemm", "x w c", "y", transB=1)],
        {"w": weights(4, 3), "c": weights(4)},
        7,
    ),
    "gemm scaled": (
        (3,),
        [node("Gemm", "x w c", "y", alpha=0.5, beta=2.0)],
        {"w": weights(3, 4), "c": weights(1, 4)},
        9,
    ),
    "matmul": (
        (3,),
        [node("MatMul", "x w", "h"), node("Add", "h c", "y")],
        {"w": weights(3, 4), "c": weights(4)},
        7,
    ),
    "softmax": ((3,), [node("Softmax", "x", "y", axis=1)], {}, 7),
    "softmax default": ((3,), [node("Softmax", "x", "y")], {}, 12),
    "mean": (IMAGE, [node("ReduceMean", "x", "y", axes=[2, 3], keepdims=0)], {}, 7),
    "sum": (IMAGE, [node("ReduceSum", "x", "y", axes=[2, 3])], {}, 11),
    "max pool": (IMAGE, [node("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[2, 2])], {}, 7),
    "average pool": (
        IMAGE,
        [node("AveragePool", "x", "y", kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1)],
        {},
        8,
    ),
    "global average": (IMAGE, [node("GlobalAveragePool", "x", "y")], {}, 7),
    "split": (
        IMAGE,
        [node("Split", "x", "a b", axis=1, split=[1, 2]), node("Concat", "b a", "y", axis=1)],
        {},
        11,
    ),
    "prelu": (IMAGE, [node("PRelu", "x s", "y")], {"s": weights(3, 1, 1)}, 7),
    "flatten": (IMAGE, [node("Flatten", "x", "y")], {}, 7),
    "sum of tensors": ((3,), [node("Relu", "x", "a"), node("Sum", "a x", "y")], {}, 7),
    "transpose": (IMAGE, [node("Transpose", "x", "y", perm=[0, 2, 3, 1])], {}, 7),
    "transposed conv": (
        IMAGE,
        [node("ConvTranspose", "x w", "y", strides=[2, 2])],
        {"w": weights(3, 2, 2, 2)},
        7,
    ),
    "depth to space": ((8, 3, 3), [node("DepthToSpace", "x", "y", blocksize=2)], {}, 7),
    "constant": (
        IMAGE,
        [
            node("Constant", "", "c", value=onnx.numpy_helper.from_array(F(2))),
            node("Mul", "x c", "y"),
        ],
        {},
        7,
    ),
    "tile": ((3, 1, 1), [node("Tile", "x t", "y")], {"t": ints(1, 1, 2, 3)}, 7),
}


def old(shape, nodes, constants, opset):
    """A file as it was written then: stored values are inputs as well."""
    made = model(nodes, {"x": ("n", *shape)}, "y", constants, opset=opset)
    made.ir_version = 3
    for values in made.graph.initializer:
        given = onnx.helper.make_tensor_value_info(values.name, values.data_type, values.dims)
        made.graph.input.append(given)
    return made


@pytest.mark.parametrize("name", CASES)
def test_older_forms_agree_with_onnxruntime(name):
    shape, *rest = CASES[name]
    made = old(shape, *rest)
    content = made.SerializeToString()
    network, x = from_onnx(made, name), samples(shape)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (expected,) = session.run(["y"], {"x": x})
    outputs = network.forward(x)
    assert outputs.shape == expected.shape
    assert np.abs(outputs - expected).max() <= 1e-4 * np.abs(expected).max()
    assert "of onnxruntime on 16" in network.verification
    assert made.SerializeToString() == content  # The caller's model stays as it is.


@pytest.mark.parametrize("opset", range(7, 13))
def test_a_file_of_every_older_opset_is_read(opset, tmp_path):
    nodes = [
        node("Conv", "x w c", "a", name="conv"),
        node("Relu", "a", "r", name="relu"),
        node("Flatten", "r", "f", name="flat"),
        node("MatMul", "f d", "y", name="fc"),
    ]
    constants = {"w": weights(4, 1, 3, 3), "c": weights(4), "d": weights(64, 3)}
    made = old((1, 6, 6), nodes, constants, opset)
    onnx.save(made, tmp_path / "old.onnx")
    network = wb.load(tmp_path / "old.onnx")
    x = samples((1, 6, 6))
    assert np.allclose(network.forward(x), answer(made, x), atol=1e-4)
    assert {"conv", "fc"} <= {node.name for node in network.nodes}


def test_an_older_file_is_compared_in_its_own_form():
    """Also at a value inside, and logarithms at its end."""
    nodes = [
        node("Gemm", "x w c", "h", name="hidden"),
        node("Dropout", "h", "d", ratio=0.5),
        node("LogSoftmax", "d", "y"),
    ]
    made = old((4,), nodes, {"w": weights(4, 3), "c": weights(3)}, 9)
    x = samples((4,))
    expected = answer(made, x)
    assert np.allclose(from_onnx(made, "old").forward(x), np.exp(expected), atol=1e-5)
    inside = from_onnx(made, "old", output="hidden")
    logits = inside.forward(x)
    shifted = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert np.allclose(shifted, expected, atol=1e-5)
    assert "of onnxruntime" in inside.verification


def test_an_older_file_is_compared_without_onnxruntime(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shape, *rest = CASES["clip"]
    assert "of ONNX' reference on 16" in from_onnx(old(shape, *rest), "clip").verification


def test_what_cannot_be_brought_up_is_named_with_the_remedy():
    per_unit = {name: np.broadcast_to(value[:, None, None], IMAGE) for name, value in NORM.items()}
    nodes = [
        node("Relu", "x", "a"),
        node("BatchNormalization", "a g b m v", "h", spatial=0, name="norm"),
        *[node("Relu", f"{'h' if i == 0 else f'r{i}'}", f"r{i + 1}") for i in range(5)],
        node("Relu", "r5", "y"),
    ]
    with pytest.raises(UnsupportedLayerError) as refusal:
        from_onnx(old(IMAGE, nodes, per_unit, 7), "old")
    (problem,) = refusal.value.problems
    assert problem.startswith("norm (BatchNormalization) of model 'old' cannot be converted from")
    assert "version converter says: Attribute spatial must have value 1. Export" in problem
    assert problem.endswith("Export the model again with opset_version=17, or replace this "
                            "operation.")  # fmt: skip


@pytest.mark.parametrize(
    ("opset", "outputs", "options"),
    [
        (9, "n m2 v2 s t", {}),
        (13, "n m2 v2 s t", {}),
        (15, "n m2 v2", {"training_mode": 1}),
    ],
)
def test_models_exported_in_training_mode_are_refused(opset, outputs, options):
    nodes = [
        node("MatMul", "x w", "h"),
        node("BatchNormalization", "h g b m v", outputs, name="norm", **options),
        node("Relu", "n", "y"),
    ]
    made = model(nodes, {"x": ("n", 6)}, "y", {"w": weights(6, 3), **NORM}, opset=opset)
    words = r"norm \(BatchNormalization\) is in training mode\. .*: model\.eval\(\)"
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(made, "training")


def test_a_dropout_in_training_mode_is_refused():
    constants = {"r": F(0.5), "t": np.array(True)}
    made = model([node("Dropout", "x r t", "y", name="drop")], {"x": ("n", 6)}, "y", constants)
    with pytest.raises(UnsupportedLayerError, match=r"drop \(Dropout\) is in training mode"):
        from_onnx(made, "training")


def test_operations_of_other_domains_are_left_as_they_are():
    swirl = node("Swirl", "r", "y")
    swirl.domain = "own"
    made = model([node("Clip", "x", "r", min=0.0)], {"x": ("n", 3)}, "r", opset=9)
    made.graph.node.append(swirl)
    made.opset_import.append(onnx.helper.make_opsetid("own", 1))
    newer = upgraded(made, "own", 13)
    assert [operation.op_type for operation in newer.graph.node][-1] == "Swirl"
