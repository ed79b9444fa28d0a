import numpy as np
import pytest

from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras, is_keras_model, load_keras_file

keras = import_keras()
layers = keras.layers


def small_model(name="small"):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu", name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name=name,
    )


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_files_read_as_the_live_model_does(tmp_path, suffix):
    model = small_model()
    path = tmp_path / f"digits{suffix}"
    model.save(path)
    network = load_keras_file(path)
    assert network == from_keras(model)
    assert network.name == "digits"


def test_a_live_model_keeps_its_name_unless_another_is_given():
    assert from_keras(small_model("mine")).name == "mine"
    assert from_keras(small_model("mine"), name="yours").name == "yours"


def test_verification_says_how_outputs_were_compared():
    assert "of Keras on 16 random inputs" in from_keras(small_model()).verification


def test_report_says_what_became_of_every_layer():
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.DepthwiseConv2D(2, activation="relu", name="depth"),
            layers.Dropout(0.5, name="drop"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, name="head"),
        ]
    )
    report = from_keras(model).report.set_index("layer")["action"]
    assert report["depth"] == "lowered to a convolution in 2 groups"
    assert report["drop"] == "removed: acts in training only"
    assert report["mean"] == "lowered to a pooling over the whole image"
    assert report["head"] == "kept"


def test_a_model_that_was_called_first_is_read():
    model = keras.Sequential([layers.Dense(3, name="head")])
    model.build((None, 4))
    assert from_keras(model).input_shape == (4,)


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
    assert smooth.startswith("smooth (Dense) has activation 'gelu'; supported: linear, relu, soft")
    assert anything.startswith("anything (Lambda) is not supported")
    assert str(caught.value) == "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    "build",
    [
        lambda: layers.Dense(3, activation="tanh", name="odd"),
        lambda: layers.Dense(3, activation="sigmoid", name="odd"),
        lambda: layers.LeakyReLU(name="odd"),
        lambda: layers.ReLU(max_value=6, name="odd"),
        lambda: layers.ReLU(negative_slope=0.1, name="odd"),
        lambda: layers.ReLU(threshold=0.5, name="odd"),
        lambda: layers.Activation("elu", name="odd"),
        lambda: layers.PReLU(name="odd"),
    ],
)
def test_other_activations_are_refused_by_name(build):
    model = keras.Sequential([keras.Input((4,)), build(), layers.Dense(2)])
    with pytest.raises(UnsupportedLayerError, match=r"^odd \(.*supported: "):
        from_keras(model)


def test_relu_options_are_named():
    model = keras.Sequential([keras.Input((4,)), layers.ReLU(max_value=6, name="odd")])
    with pytest.raises(UnsupportedLayerError, match=r"odd \(ReLU\) has max_value=6"):
        from_keras(model)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: layers.Softmax(axis=1, name="odd"), "runs over axis 1; supported: the last"),
        (lambda: layers.BatchNormalization(axis=1, name="odd"), "normalizes axis 1"),
        (lambda: layers.Conv2D(2, 2, data_format="channels_first", name="odd"), "channels_last"),
        (lambda: layers.MaxPooling2D(2, data_format="channels_first", name="odd"), "channels_last"),
        (lambda: layers.Flatten(data_format="channels_first", name="odd"), "channels_last"),
        (lambda: layers.Conv2DTranspose(2, 3, name="odd"), "is not supported to read from Keras"),
        (lambda: layers.UpSampling2D(2, name="odd"), "is not supported"),
    ],
)
def test_options_without_an_equal_are_refused_by_name(build, message):
    source = keras.Input((6, 6, 2))
    model = keras.Model(source, build()(source))
    with pytest.raises(UnsupportedLayerError, match=rf"^odd \(.*{message}"):
        from_keras(model)


def test_dense_on_a_sequence_is_refused():
    model = keras.Sequential([keras.Input((6, 4)), layers.Dense(3, name="odd")])
    with pytest.raises(UnsupportedLayerError, match=r"odd \(Dense\) acts on shape \(6, 4\)"):
        from_keras(model)


def test_adding_unequal_shapes_is_refused():
    source = keras.Input((4,))
    model = keras.Model(source, layers.Add(name="odd")([source, layers.Dense(1)(source)]))
    with pytest.raises(UnsupportedLayerError, match=r"odd \(Add\) adds shapes .*equal shapes"):
        from_keras(model)


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


def test_two_inputs_are_refused():
    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], layers.Add()([a, b]), name="pair")
    with pytest.raises(UnsupportedLayerError, match="'pair' has 2 inputs and 1 outputs"):
        from_keras(model)


def test_two_outputs_are_refused():
    source = keras.Input((4,))
    model = keras.Model(source, [layers.Dense(2)(source), layers.Dense(3)(source)])
    with pytest.raises(UnsupportedLayerError, match="1 inputs and 2 outputs"):
        from_keras(model)


def test_a_shared_layer_is_refused():
    source = keras.Input((4,))
    shared = layers.Dense(4, activation="relu", name="shared")
    model = keras.Model(source, shared(shared(source)))
    with pytest.raises(UnsupportedLayerError, match=r"shared \(Dense\) is used more than once"):
        from_keras(model)


def test_a_nested_model_is_refused():
    model = keras.Sequential([keras.Input((6, 6, 1)), small_model("inner")])
    with pytest.raises(UnsupportedLayerError, match=r"inner \(Sequential\) is not supported"):
        from_keras(model)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value):
    model = small_model()
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[1, 1, 0, 0] = value
    model.get_layer("conv").set_weights([kernel, bias])
    with pytest.raises(UnsupportedLayerError, match=r"conv \(Conv2D\) has weights that are NaN"):
        from_keras(model)


def test_a_layer_that_computes_otherwise_than_it_says_is_caught():
    """A subclass that keeps the name of a supported layer but not its behaviour."""
    source = keras.Input((4,))

    class Dense(layers.Dense):
        def call(self, inputs, training=None):
            return super().call(inputs, training) * 2

    model = keras.Model(source, Dense(3)(source), name="liar")
    with pytest.raises(ConversionError, match=r"'liar' differs from Keras by .* Please report"):
        from_keras(model)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"gone\.keras does not exist"):
        load_keras_file(tmp_path / "gone.keras")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("content", [b"", b"not a model at all"])
def test_what_is_no_model_file_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"text{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"is no model that Keras .* can read"):
        load_keras_file(path)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_a_truncated_model_file_is_refused(tmp_path, suffix, part):
    path = tmp_path / f"cut{suffix}"
    small_model().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(ModelFileError, match=r"is no model that Keras .* Save it again"):
        load_keras_file(path)


def test_code_inside_a_file_is_not_run(tmp_path):
    path = tmp_path / "code.keras"
    source = keras.Input((4,))
    keras.Model(source, layers.Lambda(lambda x: x)(source)).save(path)
    with pytest.raises(UnsupportedLayerError, match=r"lambda\S* \(Lambda\) is not supported"):
        load_keras_file(path)


def test_only_keras_objects_pass_for_models():
    assert is_keras_model(small_model())
    assert not is_keras_model("lenet")
    assert not is_keras_model(np.ones(3))
