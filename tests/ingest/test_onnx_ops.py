"""Operations of ONNX, each against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest
from example_counts import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx_models import assert_agrees, model, node, single, weights
from onnx_op_cases import CASES, IMAGE, F, ints

from workbench.errors import UnsupportedLayerError
from workbench.ingest.onnx import from_onnx
from workbench.ingest.onnx_ops import ONNX_OPS
from workbench.ingest.onnx_ops.picking import PLACINGS, ROUNDINGS


@pytest.mark.parametrize("name", CASES)
def test_operation_agrees_with_onnxruntime(name):
    shape, kind, constants, attributes = CASES[name]
    made = single(kind, shape, *constants, **attributes)
    network = from_onnx(made, name)
    assert "of onnxruntime on 16 random inputs" in network.verification
    assert_agrees(network, made, shape)


@pytest.mark.parametrize("name", CASES)
def test_operation_between_convolutions_agrees(name):
    """What comes from a convolution is stored channels last, and so goes into the next."""
    shape, kind, constants, attributes = CASES[name]
    if len(shape) == 1:
        pytest.skip("no convolution fits before a vector")
    ones = (1,) * (len(shape) - 1)
    before = weights(shape[0], shape[0], *ones)
    names = [f"c{i}" if c is not None else "-" for i, c in enumerate(constants)]
    stored = {n: np.asarray(c) for n, c in zip(names, constants, strict=True) if c is not None}
    nodes = [
        node("Conv", "x w", "a"),
        node(kind, " ".join(["a", *names]), "b", name="op", **attributes),
        node("Flatten", "b", "y"),
    ]
    made = model(nodes, {"x": ("n", *shape)}, "y", {"w": before, **stored})
    assert_agrees(from_onnx(made, name), made, shape)


def test_every_handler_has_a_case():
    elsewhere = {"CastLike", "Log", "LogSoftmax", "Split", "ai.onnx.ml.Scaler"}
    assert {case[1] for case in CASES.values()} | elsewhere == set(ONNX_OPS.kinds)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(st.data())
def test_windows_agree_for_any_geometry(data):
    draw = data.draw
    kind = draw(st.sampled_from(["Conv", "ConvTranspose", "MaxPool", "AveragePool"]))
    places = draw(st.integers(1, 2))
    sizes = [draw(st.integers(3, 8)) for _ in range(places)]
    window = [draw(st.integers(1, 3)) for _ in range(places)]
    strides = [draw(st.integers(1, 3)) for _ in range(places)]
    pads = [draw(st.integers(0, k - 1)) for k in window] * 2
    attributes = {"strides": strides, "pads": pads}
    constants = []
    if kind.startswith("Conv"):
        attributes["dilations"] = [draw(st.integers(1, 2)) for _ in range(places)]
        constants = [weights(2, 2, *window)]
    else:
        attributes["kernel_shape"] = window
        attributes["ceil_mode"] = draw(st.integers(0, 1))
    if kind == "AveragePool":
        attributes["count_include_pad"] = draw(st.integers(0, 1))
    reach = [
        (k - 1) * d + 1
        for k, d in zip(window, attributes.get("dilations", [1] * places), strict=True)
    ]
    assume(all(size + 2 * pad >= r for size, pad, r in zip(sizes, pads, reach, strict=False)))
    assume(all(pad < r for pad, r in zip(pads, reach, strict=False)))
    made = single(kind, (2, *sizes), *constants, **attributes)
    assert_agrees(from_onnx(made, "windows"), made, (2, *sizes))


@settings(max_examples=examples(40))
@given(
    st.sampled_from(["Conv", "MaxPool"]),
    st.sampled_from(["SAME_UPPER", "SAME_LOWER"]),
    st.lists(st.integers(3, 8), min_size=1, max_size=2),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_automatic_padding_agrees_for_any_geometry(kind, automatic, sizes, window, stride):
    shape = (2, *sizes)
    # onnxruntime itself refuses pools that skip values.
    assume(kind == "Conv" or window >= stride)
    n = len(sizes)
    attributes = {"auto_pad": automatic, "strides": [stride] * n}
    constants = []
    if kind == "Conv":
        constants = [weights(2, 2, *[window] * n)]
    else:
        attributes["kernel_shape"] = [window] * n
    made = single(kind, shape, *constants, **attributes)
    assert_agrees(from_onnx(made, "windows"), made, shape)


@settings(max_examples=examples(60), deadline=None)
@given(
    size=st.integers(1, 9),
    target=st.integers(1, 20),
    placing=st.sampled_from(PLACINGS),
    rounding=st.sampled_from(sorted(ROUNDINGS)),
)
def test_resizing_agrees_for_any_sizes(size, target, placing, rounding):
    attributes = {
        "axes": [2],
        "coordinate_transformation_mode": placing,
        "nearest_mode": rounding,
    }
    made = single("Resize", (2, size, 3), None, None, ints(target), opset=19, **attributes)
    assert_agrees(from_onnx(made, "resize"), made, (2, size, 3))


REFUSED = {
    "gelu": (IMAGE, "Gelu", [], {}, "op (Gelu) is not supported to read from ONNX"),
    "log": ((5,), "Log", [], {}, "op (Log) is a logarithm of its input"),
    "pooling_dilated": (
        IMAGE,
        "MaxPool",
        [],
        {"kernel_shape": [2, 2], "dilations": [2, 2]},
        "op (MaxPool) has dilations; supported: none",
    ),
    "conv_3d": ((1, 4, 4, 4), "Conv", [weights(1, 1, 2, 2, 2)], {}, "over one or two axes"),
    "clip_from_one": (IMAGE, "Clip", [F(1)], {}, "op (Clip) clips to 1.0 and None"),
    "prelu_per_unit": (IMAGE, "PRelu", [weights(3, 7, 6)], {}, "has slopes of shape (3, 7, 6)"),
    "pad_with_one": (IMAGE, "Pad", [ints(0, 0, 1, 1, 0, 0, 1, 1), F(1)], {}, "'constant 1'"),
    "pad_samples": (IMAGE, "Pad", [ints(1, 0, 0, 0, 0, 0, 0, 0)], {}, "none for the batch axis"),
    "resize_linear": (IMAGE, "Resize", [None, F([1, 1, 2, 2])], {"mode": "linear"}, "'linear'"),
    "resize_crop": (
        IMAGE,
        "Resize",
        [F([0, 0, 0, 0, 1, 1, 1, 1]), F([1, 1, 2, 2])],
        {"coordinate_transformation_mode": "tf_crop_and_resize"},
        "has coordinate_transformation_mode 'tf_crop_and_resize'",
    ),
    "resize_huge": (IMAGE, "Resize", [None, F([1, 1, 2**30, 1])], {}, "has scales"),
    "pad_huge": (IMAGE, "Pad", [ints(0, 0, 2**40, 0, 0, 0, 0, 0)], {}, "fewer than 2,147,483,648"),
    "pad_edge_huge": (
        IMAGE,
        "Pad",
        [ints(0, 0, 2**40, 0, 0, 0, 0, 0)],
        {"mode": "edge"},
        "makes the shape (3, 1099511627783, 6)",
    ),
    "tile_huge": (IMAGE, "Tile", [ints(1, 1, 2**40, 1)], {}, "makes the shape (3, 7696581394432"),
    "tile_samples": (IMAGE, "Tile", [ints(2, 1, 1, 1)], {}, "1 for the samples"),
    "expand_huge": ((3, 1, 4), "Expand", [ints(2**40, 4)], {}, "makes the shape (3, 109951"),
    "expand_samples": ((3,), "Expand", [ints(9, 3)], {}, "as many axes"),
    "gather_outside": (IMAGE, "Gather", [ints(0, 7)], {"axis": 2}, "takes index 7 of an axis of 7"),
    "gather_samples": (IMAGE, "Gather", [ints(0)], {"axis": 0}, "any but the batch axis"),
    "depth_to_space_odd": ((6, 2, 2), "DepthToSpace", [], {"blocksize": 2}, "does not divide"),
    "mean_of_channels": (IMAGE, "ReduceMean", [ints(1, 2, 3)], {}, "reduces axes [1, 2, 3]"),
    "mean_of_samples": (IMAGE, "ReduceMean", [ints(0)], {}, "any but the batch axis"),
    "mean_of_all": (IMAGE, "ReduceMean", [], {}, "reduces all axes"),
    "flatten_all": (IMAGE, "Flatten", [], {"axis": 0}, "flattens from axis 0"),
    "reshape_samples": (IMAGE, "Reshape", [ints(-1, 21)], {}, "before it: output='x'"),
    "transpose_samples": (IMAGE, "Transpose", [], {"perm": [1, 0, 2, 3]}, "moves the batch axis"),
    "unsqueeze_samples": (IMAGE, "Unsqueeze", [ints(0)], {}, "before the batch axis"),
    "divide_by_zero": (IMAGE, "Div", [F(0)], {}, "divides by zero"),
    "softmax_middle": (IMAGE, "Softmax", [], {"axis": 2}, "acts along axis 2 of 4"),
    "slice_samples_backwards": (
        IMAGE,
        "Slice",
        [ints(-1), ints(-99), ints(0), ints(-1)],
        {},
        "any but the batch axis",
    ),
    "slice_nothing": (IMAGE, "Slice", [ints(3), ints(3), ints(2)], {}, "keeps 3 to 3 of axis 2"),
    "cast_to_half": (IMAGE, "Cast", [], {"to": 10}, "casts to element type 10"),
    "hard_sigmoid_falling": (IMAGE, "HardSigmoid", [], {"alpha": -1.0}, "has alpha -1"),
    "batch_norm_training": (
        IMAGE,
        "BatchNormalization",
        [weights(3), weights(3), weights(3), np.abs(weights(3))],
        {"training_mode": 1},
        "in training mode. Export the model in evaluation mode",
    ),
    "constant_enlarges": ((1, 7, 6), "Add", [weights(3, 7, 6)], {}, "leave the shape as it is"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_names_operation_reason_and_remedy(name):
    shape, kind, constants, attributes, words = REFUSED[name]
    opset = 20 if kind == "Gelu" else 18
    with pytest.raises(UnsupportedLayerError) as refusal:
        from_onnx(single(kind, shape, *constants, opset=opset, **attributes), name)
    (problem,) = refusal.value.problems
    assert problem.startswith(f"op ({kind}) ")
    assert words in problem


def pair(kind, first, second, **attributes):
    """A model in which two convolutions of one input meet."""
    nodes = [
        node("Conv", "x w1", "a"),
        node("Conv", "x w2", "b"),
        node(kind, f"{first} {second}", "y", name="op", **attributes),
    ]
    constants = {"w1": weights(3, 3, 1, 1), "w2": weights(3, 3, 1, 1, seed=5)}
    return model(nodes, {"x": ("n", *IMAGE)}, "y", constants)


@pytest.mark.parametrize("first, second", [("a", "b"), ("a", "x"), ("x", "b"), ("a", "a")])
def test_sums_agree_whatever_the_order_of_axes(first, second):
    made = pair("Add", first, second)
    assert_agrees(from_onnx(made, "sum"), made, IMAGE)


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
@pytest.mark.parametrize("second", ["b", "x"])
def test_concatenations_agree_along_every_axis(axis, second):
    made = pair("Concat", "a", second, axis=axis)
    assert_agrees(from_onnx(made, "concat"), made, IMAGE)


def test_differences_agree():
    made = pair("Sub", "x", "b")
    assert_agrees(from_onnx(made, "difference"), made, IMAGE)


@pytest.mark.parametrize("kind, word", [("Mul", "multiplies two tensors"), ("Div", "divides by a")])
def test_products_of_tensors_are_refused(kind, word):
    with pytest.raises(UnsupportedLayerError, match=rf"op \({kind}\) {word}"):
        from_onnx(pair(kind, "a", "b"), "product")


@pytest.mark.parametrize("constant", [F(3), weights(3, 1, 1), weights(1, 3, 7, 6)])
def test_constants_may_stand_first(constant):
    nodes = [node("Sub", "c x", "a"), node("Mul", "c a", "b"), node("Add", "c b", "y")]
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", {"c": constant})
    assert_agrees(from_onnx(made, "constants"), made, IMAGE)


@pytest.mark.parametrize("axis", [1, 3])
def test_split_gives_every_part(axis):
    sizes = {1: ints(1, 2), 3: ints(3, 3)}[axis]
    nodes = [
        node("Conv", "x w", "h"),
        node("Split", "h sizes", "a b", axis=axis),
        node("Concat", "b a", "y", axis=axis),
    ]
    constants = {"w": weights(3, 3, 1, 1), "sizes": sizes}
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", constants)
    assert_agrees(from_onnx(made, "split"), made, IMAGE)


def test_a_matrix_from_the_left_is_refused():
    made = model(
        [node("MatMul", "w x", "y", name="op")], {"x": ("n", 5, 4)}, "y", {"w": weights(3, 5)}
    )
    with pytest.raises(UnsupportedLayerError, match=r"op \(MatMul\) multiplies by a matrix from"):
        from_onnx(made, "left")


def test_product_and_addition_become_one_dense_layer():
    nodes = [node("MatMul", "x w", "p", name="fc"), node("Add", "b p", "y", name="bias")]
    made = model(nodes, {"x": ("n", 5)}, "y", {"w": weights(5, 4), "b": weights(4)})
    network = from_onnx(made, "dense")
    assert [node.layer.kind for node in network.nodes] == ["Input", "Dense"]
    assert network.totals.parameters == 24
    assert ("bias", "Add", "removed: the bias of fc") in network.report_rows
    assert_agrees(network, made, (5,))


def test_a_product_that_others_read_keeps_its_addition():
    nodes = [
        node("MatMul", "x w", "p"),
        node("Add", "p b", "q"),
        node("Add", "p q", "y"),
    ]
    made = model(nodes, {"x": ("n", 5)}, "y", {"w": weights(5, 4), "b": weights(4)})
    assert_agrees(from_onnx(made, "dense"), made, (5,))


def test_channels_that_stand_last_already_are_not_moved():
    """As exporters from TensorFlow write it: transposed ahead of and behind every convolution."""
    nodes = [
        node("Transpose", "x", "a", perm=[0, 3, 1, 2]),
        node("Conv", "a w", "b"),
        node("Relu", "b", "c"),
        node("Transpose", "c", "d", perm=[0, 2, 3, 1]),
        node("Flatten", "d", "y"),
    ]
    made = model(nodes, {"x": ("n", 6, 5, 3)}, "y", {"w": weights(4, 3, 2, 2)})
    network = from_onnx(made, "transposed")
    assert "Permute" not in {node.layer.kind for node in network.nodes}
    assert_agrees(network, made, (6, 5, 3))


def test_channels_are_shuffled():
    nodes = [
        node("Conv", "x w", "a"),
        node("Reshape", "a split", "b"),
        node("Transpose", "b", "c", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "c joined", "d"),
        node("Conv", "d v", "y", group=2),
    ]
    constants = {
        "w": weights(6, 3, 1, 1),
        "split": ints(-1, 2, 3, 7, 6),
        "joined": ints(-1, 6, 7, 6),
        "v": weights(4, 3, 1, 1, seed=2),
    }

    made = model(nodes, {"x": ("n", *IMAGE)}, "y", constants)
    assert_agrees(from_onnx(made, "shuffle"), made, IMAGE)
