"""Files, versions, inputs and outputs of ONNX models, and how they are compared."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from onnx_models import answer, assert_agrees, model, node, onnx, samples, single, weights

import workbench as wb
from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError
from workbench.ingest.onnx import from_onnx, load_onnx_file

IMAGE = (2, 8, 6)


def ints(*numbers):
    return np.array(numbers, np.int64)


def small(batch="n", shape=IMAGE, opset=17):
    """Convolution, rectifier, pooling, flatten by computed shape, dense."""
    nodes = [
        node("Conv", "x w b", "a", name="conv", pads=[1, 1, 1, 1]),
        node("Relu", "a", "r", name="relu"),
        node("MaxPool", "r", "p", name="pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", "p", "s"),
        node("Gather", "s first", "one"),
        node("Unsqueeze", "one zero", "n"),
        node("Concat", "n rest", "t", axis=0),
        node("Reshape", "p t", "f", name="flat"),
        node("Gemm", "f d c", "y", name="fc"),
    ]
    constants = {
        "w": weights(3, 2, 3, 3),
        "b": weights(3),
        "first": np.array(0),
        "zero": ints(0),
        "rest": ints(-1),
        "d": weights(3 * 4 * 3, 5),
        "c": weights(5),
    }
    return model(nodes, {"x": (batch, *shape)}, "y", constants, opset=opset)


def test_a_file_is_read_and_compared(tmp_path):
    made = small()
    onnx.save(made, tmp_path / "small.onnx")
    network = wb.load(tmp_path / "small.onnx")
    assert network.name == "small"
    assert network.input_shape == IMAGE
    assert "of onnxruntime on 16 random inputs" in network.verification
    assert network.source_deviation <= 1e-5
    assert network.totals.parameters == 57 + 185
    assert_agrees(network, made, IMAGE)


def test_the_report_tells_what_became_of_every_operation():
    rows = {name: (kind, action) for name, kind, action in from_onnx(small(), "s").report_rows}
    assert rows["x"] == ("Input", "kept: the input")
    assert rows["conv"] == ("Conv", "kept")
    assert rows["t"] == ("Concat", "removed: a constant")
    assert rows["fc"] == ("Gemm", "kept")


@pytest.mark.parametrize("batch", ["n", 1, 4, None])
def test_any_number_of_samples_is_accepted(batch):
    made = small(batch)
    network = from_onnx(made, "batch")
    x = samples(IMAGE, n=8)
    parts = [x[i : i + (batch or 8)] for i in range(0, 8, batch or 8)] if batch != "n" else [x]
    expected = np.concatenate([answer(made, part) for part in parts])
    assert np.allclose(network.forward(x), expected, atol=1e-4)


@pytest.mark.parametrize("opset", [13, 15, 18, 21])
def test_opsets_agree(opset):
    made = small(opset=opset)
    assert_agrees(from_onnx(made, "opset"), made, IMAGE)


def test_a_very_old_opset_is_refused():
    made = model([node("Relu", "x", "y")], {"x": ("n", 3)}, "y", opset=6)
    with pytest.raises(UnsupportedLayerError, match="has ONNX opset 6; supported: 7 and later"):
        from_onnx(made, "old")


def test_weights_beside_the_file_are_found(tmp_path):
    onnx.save(
        small(),
        tmp_path / "small.onnx",
        save_as_external_data=True,
        location="small.data",
        size_threshold=100,
    )
    assert (tmp_path / "small.data").is_file()
    assert_agrees(load_onnx_file(tmp_path / "small.onnx"), small(), IMAGE)
    (tmp_path / "small.data").unlink()
    with pytest.raises(ModelFileError, match=r"keeps weights in 'small\.data'; accepted"):
        load_onnx_file(tmp_path / "small.onnx")


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x07\x12\x03abc"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(
        ModelFileError, match=r"'broken' is not a valid ONNX model\. Export it again"
    ):
        wb.load(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "cut.onnx"
    path.write_bytes(small().SerializeToString()[:-100])
    with pytest.raises(ModelFileError, match="'cut' is not a valid ONNX model"):
        wb.load(path)


def test_a_missing_file_is_refused():
    with pytest.raises(ModelFileError, match=r"gone\.onnx does not exist"):
        wb.load("gone.onnx")


def test_a_missing_library_is_named_with_the_remedy(monkeypatch, tmp_path):
    onnx.save(small(), tmp_path / "small.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelFileError, match=r"python -m pip install 'snn-workbench\[onnx\]'"):
        wb.load(tmp_path / "small.onnx")


def test_without_onnxruntime_the_reference_is_compared_with(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "of ONNX' reference on 16" in from_onnx(small(), "reference").verification


def test_outputs_that_differ_are_refused():
    with pytest.raises(ConversionError, match="Network 'wrong' differs from itself by"):
        from_onnx(small(), "wrong", run=lambda x: np.ones((len(x), 5)), engine="itself")


def test_variable_sizes_need_a_shape():
    made = model(
        [node("Conv", "x w", "a"), node("GlobalAveragePool", "a", "y")],
        {"x": ("n", 2, "height", "width")},
        "y",
        {"w": weights(3, 2, 3, 3)},
    )
    with pytest.raises(UnsupportedLayerError, match=r"Input 'x' .* variable size \(2, 'height'"):
        from_onnx(made, "sizes")
    network = from_onnx(made, "sizes", input_shape=(2, 7, 9))
    assert network.input_shape == (2, 7, 9)
    assert_agrees(network, made, (2, 7, 9))


@pytest.mark.parametrize("shape", [(3, 8, 6), (2, 8), (2, 8, 0)])
def test_a_shape_that_does_not_fit_is_refused(shape):
    with pytest.raises(ModelFileError, match=r"takes inputs of shape \(2, 8, 6\); input_shape is"):
        from_onnx(small(), "shape", input_shape=shape)


def test_a_wrong_number_of_channels_is_refused():
    made = model(
        [node("Conv", "x w", "y", name="conv")],
        {"x": ("n", None, 5, 5)},
        "y",
        {"w": weights(3, 2, 1, 1)},
    )
    with pytest.raises(UnsupportedLayerError, match="reads 2 channels and is given 4"):
        from_onnx(made, "channels", input_shape=(4, 5, 5))


def test_several_inputs_enter_side_by_side():
    nodes = [
        node("Conv", "image w", "a"),
        node("Flatten", "a", "f"),
        node("Concat", "f vector", "c", axis=1),
        node("Gemm", "c d", "y"),
    ]
    constants = {"w": weights(2, 1, 2, 2), "d": weights(2 * 3 * 3 + 5, 4)}
    made = model(nodes, {"image": ("n", 1, 4, 4), "vector": ("n", 5)}, "y", constants)
    network = from_onnx(made, "two")
    image, vector = samples((1, 4, 4)), samples((5,), seed=2)
    expected = answer(made, image, vector)
    assert np.allclose(network.forward([image, vector]), expected, atol=1e-4)


def test_bytes_of_pictures_are_accepted():
    nodes = [
        node("Cast", "x", "a", to=1),
        node("Div", "a c", "b"),
        node("Conv", "b w", "y"),
    ]
    constants = {"c": np.float32(255), "w": weights(3, 2, 3, 3)}
    made = model(nodes, {"x": ("n", *IMAGE)}, "y", constants, kind=onnx.TensorProto.UINT8)
    network = from_onnx(made, "bytes")
    x = np.random.default_rng(0).integers(0, 256, (3, *IMAGE)).astype(np.uint8)
    assert np.allclose(network.forward(x.astype(np.float32)), answer(made, x), atol=1e-4)


def test_half_precision_is_refused():
    made = model(
        [node("Cast", "x", "y", to=1)], {"x": ("n", 3)}, "y", kind=onnx.TensorProto.FLOAT16
    )
    with pytest.raises(UnsupportedLayerError, match="Input 'x' of model 'half' holds float16"):
        from_onnx(made, "half")


def test_weights_that_are_no_numbers_are_refused():
    bad = weights(3, 2)
    bad[1, 1] = np.nan
    with pytest.raises(UnsupportedLayerError, match=r"op \(Dense\) has weights that are NaN"):
        from_onnx(single("Gemm", (3,), bad), "nan")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("PRelu", r"op \(prelu\) cannot be computed: its slope is NaN"),
        ("Mul", r"op \(Affine\) has weights that are NaN"),
        ("Add", r"op \(Affine\) has weights that are NaN"),
    ],
)
def test_constants_are_checked_like_weights(kind, words):
    constant = np.full((3, 1, 1), np.nan, np.float32)
    with pytest.raises(UnsupportedLayerError, match=words):
        from_onnx(single(kind, (3, 4, 4), constant), "nan")


def test_functions_inside_a_model_are_read():
    relu = onnx.helper.make_function(
        "own", "Rectify", ["a"], ["b"], [node("Relu", "a", "b")], [onnx.helper.make_opsetid("", 17)]
    )
    call = onnx.helper.make_node("Rectify", ["x"], ["h"], domain="own")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [call, node("Gemm", "h w", "y")],
        "functions",
        [value("x", 1, ["n", 4])],
        [value("y", 1, ["n", 3])],
        [onnx.numpy_helper.from_array(weights(4, 3), "w")],
    )
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("own", 1)]
    made = onnx.helper.make_model(graph, functions=[relu], opset_imports=opsets, ir_version=9)
    assert_agrees(from_onnx(made, "functions"), made, (4,))


def test_an_operation_that_onnx_does_not_have_is_named():
    call = node("Conv", "x w", "h")
    odd = onnx.helper.make_node("Swirl", ["h"], ["y"], name="odd")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [call, odd],
        "odd",
        [value("x", 1, ["n", *IMAGE])],
        [value("y", 1, ["n", "m"])],
        [onnx.numpy_helper.from_array(weights(2, 2, 1, 1), "w")],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    with pytest.raises(UnsupportedLayerError, match=r"^odd \(Swirl\) is not supported"):
        from_onnx(made, "odd")


def test_a_model_that_cannot_be_run_as_it_says_is_refused():
    # The reshape has the four samples of its export, the input takes any number.
    made = model(
        [node("Reshape", "x s", "a"), node("MatMul", "a w", "y")],
        {"x": ("n", 2, 3)},
        "y",
        {"s": ints(7, 6), "w": weights(6, 2)},
    )
    with pytest.raises(ModelFileError, match="onnxruntime cannot run model 'fixed'"):
        from_onnx(made, "fixed")


def test_large_networks_are_compared_on_few_samples(monkeypatch):
    monkeypatch.setattr("workbench.network.graph.COMPARED_MACS", 1.0)
    assert from_onnx(small(), "large").verification.endswith("on 1 random inputs")


def test_a_converted_network_spikes_alike_on_every_engine():
    network = from_onnx(small(), "spiking")
    x = np.random.default_rng(3).random((20, *IMAGE), np.float32)
    snn = wb.convert(network, x)
    runs = [
        wb.simulate(snn, x[:4], wb.Simulation(steps=30, record="all", engine=engine))
        for engine in ("reference", "event", "dense")
    ]
    for run in runs[1:]:
        assert np.array_equal(run.output_counts, runs[0].output_counts)
        for layer in run.layers:
            assert np.array_equal(run.counts(layer), runs[0].counts(layer))
    long = wb.simulate(snn, x[:4], wb.Simulation(steps=400))
    assert (long.predictions() == network.predictions(x[:4])).all()
