import functools

import numpy as np
import pytest

from workbench.errors import ConversionError, DataError, ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras, is_keras_model, load_keras_file
from workbench.ingest.keras_layers.activations import ACTIVATIONS
from workbench.ingest.keras_objects import QuantizedReLU
from workbench.network.activation import Activation

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


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: layers.Activation("elu", name="odd"), "elu"),
        (lambda: layers.Dense(3, activation="gelu", name="odd"), "gelu"),
        (lambda: layers.Conv2D(3, 2, activation="swish", name="odd"), "silu"),
    ],
)
def test_other_activations_are_refused_by_name(build, name):
    model = keras.Sequential([keras.Input((4, 4, 2)), build(), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(UnsupportedLayerError, match=rf"^odd \(.*activation '{name}'; supported: "):
        from_keras(model)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: layers.Softmax(axis=1, name="odd"), "runs over axis 1; supported: the axis of"),
        (lambda: layers.BatchNormalization(axis=1, name="odd"), "normalizes axis 1; supported"),
        (lambda: layers.PReLU(name="odd"), r"shape \(6, 6, 2\).*shared_axes=\[1, 2\]"),
        (
            lambda: layers.UpSampling2D(2, interpolation="bilinear", name="odd"),
            "interpolation 'bilinear'; supported: nearest",
        ),
        (lambda: layers.LayerNormalization(name="odd"), "is not supported to read from Keras"),
        (
            lambda: layers.Normalization(axis=1, mean=[0.0] * 6, variance=[1.0] * 6, name="odd"),
            "variance of shape .* supported: one number, or one per channel",
        ),
        (lambda: layers.Rescaling([[1.0, 2.0]] * 6, name="odd"), r"scale of shape \(6, 2\)"),
    ],
)
def test_options_without_an_equal_are_refused_by_name(build, message):
    source = keras.Input((6, 6, 2))
    model = keras.Model(source, build()(source))
    with pytest.raises(UnsupportedLayerError, match=rf"^odd \(.*{message}"):
        from_keras(model)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: x * x, r"\(Multiply\) multiplies two tensors"),
        (lambda x: 1.0 / x, "divides by a tensor"),
        (lambda x: x + np.ones((1, 4), "float32"), "something that is not a number"),
        (lambda x: keras.ops.exp(x), r"\(Exp\) is not supported to read from keras.ops"),
    ],
)
def test_operations_that_are_not_linear_are_refused_by_name(build, message):
    source = keras.Input((4,))
    with pytest.raises(UnsupportedLayerError, match=message):
        from_keras(keras.Model(source, layers.Dense(2)(build(source))))


def test_a_reshape_to_no_axis_is_refused():
    source = keras.Input((4,))
    model = keras.Model(source, layers.Reshape((), name="odd")(layers.Dense(1)(source)))
    with pytest.raises(UnsupportedLayerError, match=r"odd \(Reshape\) leaves only the batch axis"):
        from_keras(model)


def test_adding_unequal_shapes_is_refused():
    source = keras.Input((4,))
    model = keras.Model(source, layers.Add(name="odd")([source, layers.Dense(1)(source)]))
    with pytest.raises(UnsupportedLayerError, match=r"odd \(Add\) adds shapes .*equal shapes"):
        from_keras(model)


def test_a_softmax_along_places_is_refused():
    """Of channels that stand first, the last axis is one of places."""
    source = keras.Input((2, 5, 4))
    odd = layers.Conv2D(3, 2, activation="softmax", data_format="channels_first", name="odd")
    model = keras.Model(source, odd(source))
    with pytest.raises(
        UnsupportedLayerError, match=r"^odd \(Conv2D\) has a softmax that runs over"
    ):
        from_keras(model)


def test_a_model_that_keras_cannot_run_is_refused():
    """The backend has no way to cut the image to this size."""
    source = keras.Input((4, 3, 2))
    odd = layers.Conv2DTranspose(3, 2, padding="same", output_padding=0)
    model = keras.Model(source, odd(source), name="stuck")
    expected = (
        r"Keras \S+ cannot run model 'stuck' on inputs of shape \(4, 3, 2\)\. .*Conv2DTranspose"
    )
    with pytest.raises(ModelFileError, match=expected):
        from_keras(model)


def test_a_rectifier_that_gives_nothing_is_refused():
    source = keras.Input((4,))
    model = keras.Model(source, layers.Dense(2)(layers.ReLU(max_value=0, name="odd")(source)))
    with pytest.raises(
        UnsupportedLayerError, match=r"odd \(relu\(to 0\)\) cannot be computed: its ceil"
    ):
        from_keras(model)


def test_values_at_the_threshold_of_a_rectifier_are_cut_off():
    source = keras.Input((3,))
    model = keras.Model(source, layers.ReLU(threshold=0.5, max_value=0.75)(source))
    x = np.array([[0.25, 0.5, 1.0]], np.float32)
    assert from_keras(model).forward(x).tolist() == np.asarray(model(x)).tolist() == [[0, 0, 0.75]]


def test_quantized_weights_are_refused():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="odd")])
    model.get_layer("odd").quantize("int8")
    with pytest.raises(
        UnsupportedLayerError, match=r"odd \(Dense\) is quantized to int8; supported"
    ):
        from_keras(model)


def test_models_that_compute_in_16_bits_are_compared_accordingly():
    source = keras.Input((8,))
    model = keras.Model(source, layers.Dense(4, dtype="mixed_float16")(source))
    network = from_keras(model)
    assert 1e-5 < network.source_deviation < 2e-2


def test_inputs_of_bytes_are_compared_with_bytes():
    source = keras.Input((4, 4, 1), dtype="uint8")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(source))
    network = from_keras(keras.Model(source, layers.Dense(3)(x)))
    assert network.source_deviation < 1e-5


def test_several_inputs_are_given_as_arrays_by_order_or_by_name():
    a, b = keras.Input((2, 2, 1), name="image"), keras.Input((3,), name="vector")
    both = layers.Concatenate()([layers.Flatten()(a), b])
    model = keras.Model([a, b], layers.Dense(2)(both), name="pair")
    network = from_keras(model)
    rng = np.random.default_rng(0)
    image, vector = rng.random((4, 2, 2, 1), np.float32), rng.random((4, 3), np.float32)
    expected = pytest.approx(np.asarray(model([image, vector])), rel=1e-4, abs=1e-5)
    assert network.forward([image, vector]) == expected
    assert network.forward({"vector": vector, "image": image}) == expected
    assert network.input_shape == (7,)
    with pytest.raises(
        DataError, match=r"'vector' have shape \(4, 2\); network 'pair' takes \(4, 3"
    ):
        network.forward([image, vector[:, :2]])
    with pytest.raises(
        DataError, match=r"name the inputs image; network 'pair' takes image \(2, 2"
    ):
        network.forward({"image": image})
    with pytest.raises(DataError, match=r"are 1 arrays; network 'pair' takes image"):
        network.forward([image])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_activations_of_this_package_load_again(tmp_path, suffix):
    from workbench.ingest.keras_objects import QuantizedReLU, binary_step

    source = keras.Input((4,))
    x = QuantizedReLU(4, 0.5)(layers.Dense(5, activation=binary_step)(source))
    model = keras.Model(source, layers.Dense(2)(x))
    path = tmp_path / f"steps{suffix}"
    model.save(path)
    assert load_keras_file(path) == from_keras(model)


def set_nan(layer, name):
    weight = getattr(layer, name)
    weight.assign(np.full(weight.shape, np.nan))


@pytest.mark.parametrize(
    ("build", "spoil"),
    [
        (lambda: layers.BatchNormalization(name="odd"), lambda p: set_nan(p, "moving_mean")),
        (
            lambda: layers.BatchNormalization(name="odd"),
            lambda p: p.moving_variance.assign([-1.0, 1.0, 1.0]),
        ),
        (lambda: layers.Rescaling(np.inf, name="odd"), None),
        (lambda: layers.Normalization(mean=np.nan, variance=1.0, name="odd"), None),
    ],
)
def test_any_number_that_is_none_is_refused(build, spoil):
    source = keras.Input((4, 4, 3))
    odd = build()
    model = keras.Model(source, layers.Dense(2)(layers.Flatten()(odd(source))))
    if spoil:
        spoil(odd)
    words = (
        r"^odd \(.*\) (has weights that are NaN or inf|.*BatchNorm\.variance is below 0; accepted)"
    )
    with pytest.raises(UnsupportedLayerError, match=words):
        from_keras(model)


@pytest.mark.parametrize(
    ("build", "name", "value", "words"),
    [
        (lambda: layers.PReLU(shared_axes=[1], name="odd"), "alpha", np.nan, "its slope is NaN"),
        (lambda: QuantizedReLU(name="odd"), "ceiling", np.nan, "its ceiling is NaN"),
        (lambda: QuantizedReLU(name="odd"), "ceiling", -0.5, "its ceiling is -0.5, not above 0"),
    ],
)
def test_what_training_has_spoilt_of_an_activation_is_refused(build, name, value, words):
    source = keras.Input((4,))
    odd = build()
    model = keras.Model(source, layers.Dense(2)(odd(source)))
    weight = getattr(odd, name)
    weight.assign(np.full(weight.shape, value))
    with pytest.raises(UnsupportedLayerError, match=rf"^odd \(.*\) cannot be computed: {words}"):
        from_keras(model)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value):
    model = small_model()
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[1, 1, 0, 0] = value
    model.get_layer("conv").set_weights([kernel, bias])
    with pytest.raises(UnsupportedLayerError, match=r"conv \(Conv2D\) has weights that are NaN"):
        from_keras(model)


def relu(x):
    return keras.ops.clip(x, 0.0, 100.0)


@pytest.mark.parametrize("function", [relu, lambda x: x, functools.partial(keras.ops.relu)])
def test_a_function_of_its_own_is_refused_whatever_its_name(function):
    """Random inputs would not tell this one from Keras' relu."""
    source = keras.Input((4,))
    model = keras.Model(source, layers.Dense(3, activation=function, name="odd")(source))
    with pytest.raises(
        UnsupportedLayerError, match=r"^odd \(Dense\) .*, a function of its own; supp"
    ):
        from_keras(model)


def test_a_layer_that_is_misread_is_caught_and_named(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "elu", Activation.RELU)
    source = keras.Input((4,))
    model = keras.Model(source, layers.Dense(3, "elu", name="odd")(source), name="liar")
    expected = r"'liar' differs from Keras by .* first layer that differs is odd \(Dense\)"
    with pytest.raises(ConversionError, match=expected):
        from_keras(model)


def test_a_missing_file_is_refused_before_keras_is_imported(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.ingest.keras.import_keras", lambda: pytest.fail("imported"))
    with pytest.raises(ModelFileError, match=r"gone\.keras does not exist"):
        load_keras_file(tmp_path / "gone.keras")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("content", [b"", b"not a model at all"])
def test_what_is_no_model_file_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"text{suffix}"
    path.write_bytes(content)
    with pytest.raises(
        ModelFileError, match=r"is not a model that Keras .* can read|is not an HDF5"
    ):
        load_keras_file(path)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_a_truncated_model_file_is_refused(tmp_path, suffix, part):
    path = tmp_path / f"cut{suffix}"
    small_model().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(
        ModelFileError,
        match=r"(is not a model that Keras|damaged: ).* again",
    ):
        load_keras_file(path)


def test_only_keras_objects_pass_for_models():
    assert is_keras_model(small_model())
    assert not is_keras_model("lenet")
    assert not is_keras_model(np.ones(3))
