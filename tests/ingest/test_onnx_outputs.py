"""Which output of an ONNX model is read: by which names, and what a refusal proposes."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import answer, assert_agrees, model, node, onnx, samples, weights

from workbench.errors import UnsupportedLayerError
from workbench.ingest.onnx import from_onnx
from workbench.ingest.onnx_outputs import modules_of

F = np.float32


def two_outputs():
    nodes = [
        node("Gemm", "x w", "h", name="hidden"),
        node("Relu", "h", "r"),
        node("Gemm", "r v", "a", name="first"),
        node("Erf", "r", "b", name="second"),
    ]
    return model(nodes, {"x": ("n", 4)}, "a b", {"w": weights(4, 5), "v": weights(5, 3)})


def test_one_of_several_outputs_must_be_chosen():
    with pytest.raises(UnsupportedLayerError, match=r"has 2 outputs: a, b\. .*output='a'"):
        from_onnx(two_outputs(), "two")
    words = r"Model 'two' has no output or layer called 'c'\. Names that work: 'a', 'b'\."
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(two_outputs(), "two", output="c")


@pytest.mark.parametrize("output", ["a", "r", "h"])
def test_a_chosen_output_leaves_the_rest_out(output):
    made = two_outputs()
    network = from_onnx(made, "two", output=output)
    x = samples((4,))
    whole = onnx.ModelProto.FromString(made.SerializeToString())
    whole.graph.output.add().name = output
    expected = answer(made if output == "a" else whole, x, output=output)
    assert np.allclose(network.forward(x), expected, atol=1e-5)


def ml(kind, inputs, outputs, **attributes):
    made = node(kind, inputs, outputs, **attributes)
    made.domain = "ai.onnx.ml"
    return made


def classifier(last, outputs, before=(), head="Softmax"):
    """A perceptron as scikit-learn's exporter writes it; biases have two axes."""
    nodes = [
        *before,
        node("MatMul", "s w", "h0"),
        node("Add", "h0 b", "h"),
        node("Relu", "h", "r"),
        node("MatMul", "r v", "z"),
        node(head, "z", "probabilities"),
        *last,
    ]
    constants = {
        "w": weights(6, 8), "b": weights(1, 8), "v": weights(8, 3), "classes": np.arange(3),
        "unity": F(1),
    }  # fmt: skip
    if not before:
        nodes[0].input[0] = "x"
    made = model(nodes, {"x": ("n", 6)}, "probabilities", constants, opset=15)
    del made.graph.output[:]
    made.graph.output.extend(outputs)
    return made


def value(name, kind=onnx.TensorProto.FLOAT, shape=("n", 3)):
    return onnx.helper.make_tensor_value_info(name, kind, shape)


LABEL = value("label", onnx.TensorProto.INT64, ["n"])
CHOICE = node("ArgMax", "probabilities", "label", axis=1, keepdims=0)
NAMED_CHOICE = (
    node("ArgMax", "probabilities", "place", axis=1, keepdims=0),
    ml("ArrayFeatureExtractor", "classes place", "own"),
    node("Cast", "own", "label", to=onnx.TensorProto.INT64),
)
TABLE = onnx.helper.make_value_info(
    "table",
    onnx.helper.make_sequence_type_proto(
        onnx.helper.make_map_type_proto(
            onnx.TensorProto.INT64, onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [])
        )
    ),
)


@pytest.mark.parametrize(
    ("last", "outputs"),
    [
        ([CHOICE], [LABEL, value("probabilities")]),
        (NAMED_CHOICE, [LABEL, value("probabilities")]),
        (
            [CHOICE, ml("ZipMap", "probabilities", "table", classlabels_int64s=[0, 1, 2])],
            [LABEL, TABLE],
        ),
    ],
    ids=["label", "named label", "table"],
)
def test_the_output_that_can_be_read_is_proposed(last, outputs):
    made = classifier(last, outputs)
    with pytest.raises(UnsupportedLayerError, match="output='probabilities'"):
        from_onnx(made, "classes")
    network = from_onnx(made, "classes", output="probabilities")
    x = samples((6,))
    del made.graph.node[-len(last) :], made.graph.output[:]
    made.graph.output.append(value("probabilities"))
    assert np.allclose(network.forward(x), answer(made, x), atol=1e-5)
    assert [node.layer.kind for node in network.nodes if node.layer.weighted] == ["Dense"] * 2
    assert network.nodes[1].layer.bias is not None  # Not an addition of its own.


def test_one_of_two_probabilities_is_proposed_where_they_are_a_pair():
    """As for two classes: p of one neuron, and 1 - p beside it."""
    last = [node("Sub", "unity probabilities", "other"), node("Concat", "other p", "both", axis=1)]
    last[1].input[1] = "probabilities"
    made = classifier(
        [*last, node("ArgMax", "both", "label", axis=1, keepdims=0)],
        [LABEL, value("both", shape=("n", 6))],
        head="Sigmoid",
    )
    with pytest.raises(UnsupportedLayerError, match="output='probabilities'"):
        from_onnx(made, "pair")


def test_labels_are_refused_with_the_values_behind_them():
    made = classifier([CHOICE], [LABEL])
    words = r"label \(ArgMax\) turns values into labels.*output='probabilities'"
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(made, "label")


@pytest.mark.parametrize("numbers", [6, 1])
def test_scaled_columns_are_read_as_arithmetic(numbers):
    offset, scale = weights(numbers, seed=3), np.abs(weights(numbers, seed=4)) + F(0.5)
    before = [ml("Scaler", "x", "s", offset=offset.tolist(), scale=scale.tolist())]
    made = classifier([], [value("probabilities")], before)
    assert_agrees(from_onnx(made, "scaled"), made, (6,))


def test_scales_for_other_columns_are_refused():
    before = [ml("Scaler", "x", "s", offset=[0.0] * 5, scale=[1.0] * 5)]
    with pytest.raises(UnsupportedLayerError, match="has 5 offsets and 5 scales for 6 columns"):
        from_onnx(classifier([], [value("probabilities")], before), "scaled")


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([node("LogSoftmax", "z", "y", axis=1)], "lowered to a softmax"),
        ([node("LogSoftmax", "z", "l"), node("Flatten", "l", "y")], "lowered to a softmax"),
        ([node("Softmax", "z", "p"), node("Log", "p", "y")], "removed: the outputs are the"),
    ],
    ids=["log_softmax", "flattened", "log of softmax"],
)
def test_logarithms_at_the_output_become_probabilities(nodes, words):
    first = node("MatMul", "x w", "z")
    made = model([first, *nodes], {"x": ("n", 6)}, "y", {"w": weights(6, 4)})
    network, x = from_onnx(made, "logarithms"), samples((6,))
    assert np.allclose(network.forward(x), np.exp(answer(made, x)), atol=1e-5)
    assert any(words in action for _, _, action in network.report_rows)
    assert network.source_deviation < 1e-5


@pytest.mark.parametrize("kind", ["LogSoftmax", "Log"])
def test_logarithms_inside_are_refused_with_the_value_before(kind):
    nodes = [node("MatMul", "x w", "z"), node(kind, "z", "l", name="op"), node("Neg", "l", "y")]
    made = model(nodes, {"x": ("n", 6)}, "y", {"w": weights(6, 4)})
    words = rf"op \({kind}\) is a logarithm of .* choose the value before it: output='z'\."
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(made, "inside")


@pytest.mark.parametrize(
    ("name", "metadata", "modules"),
    [
        ("Conv_0", {}, ()),
        ("/fc2/Gemm", {}, ("fc2",)),
        (
            "/features/features.1/conv/conv.0/Conv",
            {},
            ("features", "features.1", "features.1.conv", "features.1.conv.0"),
        ),
        ("/a/a.1/a.1.0/Relu", {}, ("a", "a.1", "a.1.0")),
        ("model/dense_1/MatMul", {}, ("model", "model.dense_1")),
        ("n4", {"pkg.torch.onnx.name_scopes": "['', 'body', 'body.fc', 'addmm']"}, (
            "body", "body.fc",
        )),
    ],
)  # fmt: skip
def test_modules_are_found_in_the_names_that_exporters_write(name, metadata, modules):
    assert modules_of(name, metadata) == modules


def nested(*, named):
    """Two layers of a module; names stand in operations, or in their weights alone."""
    nodes = [
        node("Gemm", "x body.fc.weight", "h", name="/body/fc/Gemm" if named else "Gemm_0"),
        node("Relu", "h", "r", name="/body/act/Relu" if named else "Relu_1"),
        node("Gemm", "r head.weight", "y", name="/head/Gemm" if named else "Gemm_2"),
    ]
    constants = {"body.fc.weight": weights(4, 5), "head.weight": weights(5, 3)}
    return model(nodes, {"x": ("n", 4)}, "y", constants)


@pytest.mark.parametrize(
    ("output", "values"),
    [("body.fc", "h"), ("body/fc", "h"), ("fc", "h"), ("body", "r"), ("act", "r"), ("head", "y")],
)
def test_a_layer_is_found_by_its_authors_name(output, values):
    network, x = from_onnx(nested(named=True), "nested", output=output), samples((4,))
    expected = from_onnx(nested(named=True), "nested", output=values).forward(x)
    assert np.array_equal(network.forward(x), expected)


def test_a_layer_is_found_by_the_names_of_its_weights_and_of_its_operation():
    x = samples((4,))
    expected = from_onnx(nested(named=False), "nested", output="h").forward(x)
    for output in ("body.fc", "fc", "Gemm_0"):
        network = from_onnx(nested(named=False), "nested", output=output)
        assert np.array_equal(network.forward(x), expected)


def test_names_that_work_are_listed():
    with pytest.raises(UnsupportedLayerError) as refusal:
        from_onnx(nested(named=True), "nested", output="tail")
    listed = str(refusal.value).split("Names that work: ")[1]
    assert listed == "'body', 'body.fc', 'body.act', 'head', 'y'."


def test_a_layer_that_gives_several_values_is_ambiguous():
    made = nested(named=True)
    made.graph.node[1].name = "/body/fc/Relu"
    made.graph.node.append(node("Add", "y h0", "z"))
    made.graph.node[3].input[1] = "c"
    made.graph.initializer.append(onnx.numpy_helper.from_array(weights(3), "c"))
    made.graph.output.append(value("h", shape=("n", 5)))
    words = r"has several values called 'fc': .* Choose one of them: 'h', 'r'\."
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(made, "several", output="fc")
