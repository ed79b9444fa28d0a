"""Problems of a whole graph: all at once, by name; and what is shared."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import answer, assert_agrees, model, node, onnx, weights

from workbench.errors import UnsupportedLayerError
from workbench.ingest.onnx import from_onnx

IMAGE = (2, 6, 6)


def problems(made, **options):
    with pytest.raises(UnsupportedLayerError) as refusal:
        from_onnx(made, "refused", **options)
    return refusal.value.problems


def test_all_problems_are_named_at_once():
    """Also those behind a refused operation, whose sizes ONNX knows."""
    nodes = [
        node("Erf", "x", "a", name="erf"),
        node("Conv", "a w", "b", name="conv"),
        node("InstanceNormalization", "b g g", "c", name="norm"),
        node("MaxPool", "c", "d", name="pool", kernel_shape=[2, 2], dilations=[2, 2]),
        node("Sigmoid", "d", "e", name="gate"),
        node("Mul", "d e", "y", name="silu"),
    ]
    constants = {"w": weights(3, 2, 1, 1), "g": weights(3)}
    found = problems(model(nodes, {"x": ("n", *IMAGE)}, "y", constants))
    assert [problem.split(" ")[0] for problem in found] == ["erf", "norm", "pool", "silu"]
    assert found[0].startswith("erf (Erf) is not supported to read from ONNX; supported: Add, ")
    assert "Replace gates and activations such as SiLU or GELU by relu" in found[3]


def test_an_operation_without_a_name_is_called_by_its_output():
    (problem,) = problems(model([node("Erf", "x", "odd")], {"x": ("n", 3)}, "odd"))
    assert problem.startswith("odd (Erf) is not supported")


def test_operations_of_other_domains_are_refused_with_their_domain():
    call = onnx.helper.make_node("Gelu", ["x"], ["y"], name="act", domain="com.microsoft")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [call], "other", [value("x", 1, ["n", 4])], [value("y", 1, ["n", 4])]
    )
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("com.microsoft", 1)]
    made = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)
    (problem,) = problems(made)
    assert problem.startswith("act (com.microsoft.Gelu) is not supported")


def test_recurrent_layers_are_refused():
    nodes = [node("LSTM", "x w r", "y", name="lstm", hidden_size=3)]
    constants = {"w": weights(1, 12, 4), "r": weights(1, 12, 3)}
    (problem,) = problems(model(nodes, {"x": ("n", 2, 4)}, "y", constants))
    assert problem.startswith("lstm (LSTM) is not supported")


def test_weights_that_the_network_computes_are_refused():
    nodes = [
        node("Conv", "x w", "h", name="conv"),
        node("GlobalAveragePool", "h", "p"),
        node("Flatten", "p", "f"),
        node("Gemm", "f f", "y", name="dynamic"),
    ]
    made = model(nodes, {"x": (2, *IMAGE)}, "y", {"w": weights(2, 2, 1, 1)})
    (problem,) = problems(made)
    assert problem.startswith("dynamic (Gemm) has a matrix that the network computes")


def test_a_second_output_that_is_read_is_refused():
    nodes = [
        node("Dropout", "x", "a mask", name="drop"),
        node("Cast", "mask", "m", name="cast", to=1),
        node("Sum", "a m", "y", name="sum"),
    ]
    found = problems(model(nodes, {"x": ("n", 3)}, "y"))
    assert found[0] == (
        "drop (Dropout) gives 'mask', which another operation reads; supported: only its first "
        "output."
    )


def test_an_output_that_is_a_constant_is_refused():
    nodes = [node("Relu", "c", "y")]
    found = problems(model(nodes, {"x": ("n", 3)}, "y", {"c": weights(2, 3)}))
    assert found == ("Output 'y' does not depend on the input.",)


def test_constants_are_computed():
    """Weights that are scaled and turned in the file, as parametrizations leave them."""
    nodes = [
        node("Transpose", "v", "t", perm=[1, 0]),
        node("ReduceL2", "t axes", "norm", keepdims=1),
        node("Div", "t norm", "unit"),
        node("MatMul", "x unit", "p", name="fc"),
        node("ConstantOfShape", "size", "zeros"),
        node("Add", "p zeros", "y"),
    ]
    constants = {"v": weights(3, 4), "axes": np.array([0]), "size": np.array([3])}
    made = model(nodes, {"x": ("n", 4)}, "y", constants)
    network = from_onnx(made, "computed")
    assert [n.layer.kind for n in network.nodes] == ["Input", "Dense"]
    assert_agrees(network, made, (4,))


def test_random_numbers_are_no_constants():
    nodes = [
        onnx.helper.make_node("RandomNormal", [], ["r"], name="noise", shape=[1, 3]),
        node("Add", "x r", "y", name="sum"),
    ]
    found = problems(model(nodes, {"x": (1, 3)}, "y"))
    assert found[0].startswith("noise (RandomNormal) is not supported")


def test_shared_weights_count_once():
    nodes = [
        node("Conv", "x w b", "a", name="first"),
        node("Relu", "a", "r"),
        node("Conv", "r w b", "y", name="second"),
    ]
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", {"w": weights(2, 2, 3, 3), "b": weights(2)})
    network = from_onnx(made, "shared")
    assert network.totals.parameters == 38
    assert ("second", "Conv", "kept, weights used again") in network.report_rows
    assert_agrees(network, made, IMAGE)


def test_zeros_that_stand_for_no_bias_are_no_parameters():
    nodes = [
        node("ConstantOfShape", "size", "zeros"),
        node("Conv", "x w zeros", "y"),
    ]
    made = model(
        nodes, {"x": ("n", *IMAGE)}, "y", {"w": weights(3, 2, 1, 1), "size": np.array([3])}
    )
    assert from_onnx(made, "unbiased").totals.parameters == 6


def test_zeros_that_are_stored_for_several_layers_are_parameters_of_each():
    """The older exporter of PyTorch stores equal biases once and passes them on."""
    nodes = [
        node("Identity", "zeros", "again"),
        node("Conv", "x w zeros", "a"),
        node("Relu", "a", "r"),
        node("Conv", "r v again", "y"),
    ]
    constants = {"w": weights(3, 2, 1, 1), "v": weights(3, 3, 1, 1), "zeros": np.zeros(3, "f4")}
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", constants)
    assert from_onnx(made, "zeros").totals.parameters == 6 + 3 + 9 + 3


def test_an_image_is_moved_once_for_all_that_read_it():
    nodes = [
        node("Conv", "x w", "a"),
        node("Conv", "x v", "b"),
        node("Add", "a b", "c"),
        node("Flatten", "c", "y"),
    ]
    constants = {"w": weights(3, 2, 1, 1), "v": weights(3, 2, 1, 1, seed=3)}
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", constants)
    network = from_onnx(made, "branches")
    assert [n.layer.kind for n in network.nodes].count("Permute") == 2
    assert_agrees(network, made, IMAGE)


@pytest.mark.parametrize("shape, kind", [((1, 6, 6), "Reshape"), ((2, 6, 6), "Permute")])
def test_one_channel_is_renamed_not_moved(shape, kind):
    made = model(
        [node("Conv", "x w", "y")], {"x": ("n", *shape)}, "y", {"w": weights(1, shape[0], 2, 2)}
    )
    network = from_onnx(made, "grey")
    assert [n.layer.kind for n in network.nodes] == ["Input", kind, "Conv2D", "Reshape"]
    assert_agrees(network, made, shape)


def test_the_activation_of_an_image_stays_the_last_of_the_network():
    nodes = [node("Conv", "x w", "a"), node("Relu", "a", "y", name="relu")]
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", {"w": weights(3, 2, 2, 2)})
    network = from_onnx(made, "image")
    assert network.output.activation.label == "relu"
    assert network["relu"].activation.label == "linear"
    assert_agrees(network, made, IMAGE)


LARGE = {
    "filled": ([node("ConstantOfShape", "s", "z")], {"s": np.array([2**40])}),
    "expanded": ([node("Expand", "a s", "z")], {"a": np.float32(1), "s": np.array([2**40])}),
    "tiled": ([node("Tile", "a s", "z")], {"a": weights(4), "s": np.array([2**40])}),
    "a product": ([node("Mul", "a b", "z")], {"a": weights(2**16, 1), "b": weights(1, 2**16)}),
    "of a computed size": (
        [node("Mul", "s s", "q"), node("ConstantOfShape", "q", "z")],
        {"s": np.array([2**20])},
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_constants_that_a_file_makes_huge_are_refused_before_they_are_made(name):
    nodes, constants = LARGE[name]
    made = model([*nodes, node("Add", "x z", "y")], {"x": ("n", *IMAGE)}, "y", constants)
    (problem, *_) = problems(made)
    assert "is a constant that onnx cannot compute: it has" in problem
    assert "at most 134,217,728 are accepted" in problem


def test_a_file_for_very_many_samples_at_once_is_refused():
    made = model([node("Relu", "x", "y")], {"x": (2**33, 4)}, "y")
    (problem,) = problems(made)
    assert problem.startswith("Model 'refused' is fixed to 8,589,934,592 samples at once")


def test_operations_of_a_domain_that_a_file_does_not_declare_are_named():
    made = model([node("Relu", "x", "r")], {"x": ("n", 4)}, "r")
    quantized = node("Quant", "r", "q", name="quant")
    quantized.domain = "qonnx.custom_op.general"
    made.graph.node.append(quantized)
    (problem,) = problems(made)
    assert problem.startswith("quant (qonnx.custom_op.general.Quant) is not supported")


def test_a_model_for_one_sample_may_be_flattened_from_the_samples_axis():
    """Keras' older exporters write it so."""
    nodes = [node("Flatten", "x", "f", axis=0), node("Gemm", "f w", "y")]
    made = model(nodes, {"x": (1, *IMAGE)}, "y", {"w": weights(72, 3)})
    network = from_onnx(made, "one")
    x = np.random.default_rng(0).random((1, *IMAGE), np.float32)
    assert np.allclose(network.forward(x), answer(made, x), atol=1e-4)


def folded(behind, *, inside=()):
    """A dense layer at each place, as TensorFlow's exporter writes it: places become samples."""
    nodes = [
        node("Reshape", "x flat", "a"),
        node("MatMul", "a w", "b"),
        node("Add", "b c", "d"),
        *inside,
        *behind,
    ]
    constants = {
        "flat": np.array([-1, 5]), "w": weights(5, 7), "c": weights(7), "g": weights(7),
        "v": np.abs(weights(7)) + np.float32(1), "back": np.array([-1, 3, 4, 7]),
    }  # fmt: skip
    return model(nodes, {"x": ("n", 3, 4, 5)}, "y", constants)


@pytest.mark.parametrize(
    "inside",
    [
        [node("Relu", "d", "e")],
        [node("BatchNormalization", "d g c g v", "e")],
        [node("Softmax", "d", "e", axis=1)],
        [node("Relu", "d", "r"), node("Add", "d r", "e")],
        [node("Mul", "d g", "m"), node("Gemm", "m w2", "e", transB=1)],
    ],
    ids=["relu", "norm", "softmax", "sum", "gemm"],
)
def test_the_same_at_each_place_is_read(inside):
    made = folded([node("Reshape", "e back", "y")], inside=inside)
    made.graph.initializer.append(onnx.numpy_helper.from_array(weights(7, 7), "w2"))
    assert_agrees(from_onnx(made, "places"), made, (3, 4, 5))


def test_places_must_be_unfolded_before_they_meet():
    made = folded([node("Concat", "d d", "e", axis=1, name="join"), node("Relu", "e", "y")])
    assert problems(made)[0].startswith("join (Concat) reads positions that a reshape has folded")


def test_places_that_stay_folded_are_refused():
    (problem,) = problems(folded([node("Relu", "d", "y")]))
    assert problem.startswith("Output 'y' has positions folded into the batch axis")
