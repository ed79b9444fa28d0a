"""Graphs of Keras models: nested, shared, with several inputs and outputs, of open sizes."""

import numpy as np
import pytest

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras

keras = import_keras()
layers = keras.layers


def test_all_unsupported_layers_are_named_at_once():
    model = keras.Sequential(
        [
            keras.Input((8, 4)),
            layers.LSTM(4, return_sequences=True, name="memory"),
            layers.LayerNormalization(name="layer_norm"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="gelu", name="smooth"),
            layers.Lambda(lambda x: x * 2, name="anything"),
            layers.Dense(3, name="head"),
        ]
    )
    with pytest.raises(UnsupportedLayerError) as caught:
        from_keras(model)
    memory, norm, smooth, anything = caught.value.problems
    assert memory.startswith("memory (LSTM) is not supported to read from Keras; supported: ")
    assert "Conv2D" in memory
    assert norm.startswith("layer_norm (LayerNormalization) is not supported")
    assert smooth.startswith("smooth (Dense) has activation 'gelu'; supported: linear, relu, ")
    assert anything.startswith("anything (Lambda) is not supported")
    assert str(caught.value) == "\n".join(caught.value.problems)


def test_an_unbuilt_model_is_refused():
    with pytest.raises(UnsupportedLayerError, match=r"'raw' .*unbuilt.*keras\.Input\(shape="):
        from_keras(keras.Sequential([layers.Dense(3)], name="raw"))


def test_a_subclassed_model_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(UnsupportedLayerError, match="subclassed"):
        from_keras(Own(name="own"))


@pytest.mark.parametrize("shape", [(None, None, 3), (None, 8, 1)])
def test_variable_input_sizes_are_refused(shape):
    model = keras.Sequential([keras.Input(shape), layers.Conv2D(2, 3), layers.Conv2D(2, 3)])
    with pytest.raises(UnsupportedLayerError, match=r"inputs of variable size \(None, .*fixed"):
        from_keras(model)


def test_a_given_size_makes_variable_inputs_fixed():
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    network = from_keras(model, input_shape=(8, 6, 1))
    assert network.input_shape == (8, 6, 1)
    x = np.random.default_rng(0).random((3, 8, 6, 1), np.float32)
    assert network.forward(x) == pytest.approx(np.asarray(model(x)), rel=1e-4, abs=1e-5)
    assert "conv2d" in network.nodes[1].name


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((8, 6, 2), r"input_shape is \(8, 6, 2\). Give a shape that fits"),
        ((8, 6), r"input_shape is \(8, 6\). Give"),
        ((8, None, 1), r"input_shape is \(8, None, 1\). Give"),
        ((8, "wide", 1), r"input_shape is \(8, 'wide', 1\). Give"),
        ((0, 6, 1), r"input_shape is \(0, 6, 1\). Give"),
        (
            (2, 2, 1),
            r"cannot take inputs of shape \(2, 2, 1\): .* Give the input_shape that it was",
        ),
    ],
)
def test_a_size_that_does_not_fit_is_refused(shape, reason):
    source = keras.Input((None, None, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(source))
    with pytest.raises(ModelFileError, match=reason):
        from_keras(keras.Model(source, layers.Dense(3)(x)), input_shape=shape)


@pytest.mark.parametrize("kind", ["bool", "string", "complex64"])
def test_inputs_that_hold_no_numbers_are_refused(kind):
    source = keras.Input((4,), dtype=kind, name="odd")
    model = keras.Model(source, layers.Identity()(source), name="raw")
    with pytest.raises(
        UnsupportedLayerError, match=rf"'odd' of model 'raw' holds {kind}; supported"
    ):
        from_keras(model)


def two_headed():
    source = keras.Input((4,))
    shared = layers.Dense(5, activation="relu", name="shared")(source)
    late = layers.LayerNormalization(name="odd")(shared)
    heads = [layers.Dense(2, name="left")(shared), layers.Dense(3, name="right")(late)]
    return keras.Model(source, heads, name="janus")


def test_one_of_several_outputs_is_chosen_by_name():
    """What the other outputs alone read is left out, refused layers included."""
    model = two_headed()
    network = from_keras(model, output="left")
    x = np.random.default_rng(0).random((3, 4), np.float32)
    assert network.forward(x) == pytest.approx(np.asarray(model(x)[0]), rel=1e-4, abs=1e-5)
    assert "odd" not in set(network.report["layer"])


def test_outputs_of_a_nested_model_that_nothing_reads_are_left_out():
    model = two_headed()
    source = keras.Input((4,))
    left, _ = model(source)
    outer = keras.Model(source, layers.Dense(2, name="head")(left))
    x = np.random.default_rng(0).random((3, 4), np.float32)
    assert from_keras(outer).forward(x) == pytest.approx(np.asarray(outer(x)), rel=1e-4, abs=1e-5)


def test_inputs_and_outputs_may_have_keys():
    sources = {"b": keras.Input((4,), name="b"), "a": keras.Input((3,), name="a")}
    both = layers.Concatenate(name="both")([sources["a"], sources["b"]])
    model = keras.Model(sources, {"y": layers.Dense(2, name="y")(both), "x": both})
    rng = np.random.default_rng(0)
    x = {name: rng.random((3, n), np.float32) for name, n in (("a", 3), ("b", 4))}
    for output in ("y", "both"):
        network = from_keras(model, output=output)
        expected = np.asarray(model(x)["x" if output == "both" else "y"])
        assert network.forward(x) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("output", "asked"), [(None, ""), ("top", " and none is called 'top'")])
def test_several_outputs_without_a_choice_are_refused(output, asked):
    expected = rf"'janus' has 2 outputs{asked}: left, right\. .*wb\.load\(\.\.\., output='left'\)"
    with pytest.raises(UnsupportedLayerError, match=expected):
        from_keras(two_headed(), output=output)


def test_shared_weights_are_stored_and_counted_once():
    source = keras.Input((4,))
    shared = layers.Dense(4, activation="relu", name="shared")
    model = keras.Model(source, layers.Dense(2)(shared(shared(source))))
    network = from_keras(model)
    assert network.totals.parameters == model.count_params()
    assert network["shared"].layer.kernel is network["shared_2"].layer.kernel
    assert list(network.summary()["parameters"]) == [20, 0, 10]


def test_layers_of_nested_models_are_named_by_their_path():
    parts = [layers.Conv2D(2, 3, name="conv"), layers.Flatten(name="flat")]
    inner = keras.Sequential([keras.Input((6, 6, 1)), *parts], name="inner")
    model = keras.Sequential([keras.Input((6, 6, 1)), inner])
    assert list(from_keras(model).report["layer"])[1:] == ["inner/conv", "inner/flat"]


def test_problems_of_nested_models_are_named_by_their_path():
    inner = keras.Sequential([keras.Input((4,)), layers.LayerNormalization(name="odd")], name="in")
    model = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
    with pytest.raises(UnsupportedLayerError, match=r"^in/odd \(LayerNormalization\)"):
        from_keras(model)


class Dense(layers.Dense):
    """Keeps the name of a supported layer but not its behaviour."""

    def call(self, inputs, training=None):
        return super().call(inputs, training) * 2


class ReLU(layers.Layer):
    def call(self, x):
        return x * x


@pytest.mark.parametrize(
    ("build", "kind"),
    [(lambda: Dense(3, name="odd"), "Dense"), (lambda: ReLU(name="odd"), "ReLU")],
)
def test_a_class_that_bears_the_name_of_another_is_refused(build, kind):
    source = keras.Input((4,))
    model = keras.Model(source, layers.Dense(2)(build()(source)))
    with pytest.raises(
        UnsupportedLayerError, match=rf"^odd \({kind}\) is of the class \S+\.{kind};"
    ):
        from_keras(model)


def test_a_model_that_overrides_what_its_graph_says_is_refused():
    class Liar(keras.Model):
        def call(self, x, training=None):
            return 2 * super().call(x, training=training)

    source = keras.Input((4,))
    with pytest.raises(UnsupportedLayerError, match=r"'liar' has no graph .* subclassed"):
        from_keras(Liar(source, layers.Dense(3)(source), name="liar"))
