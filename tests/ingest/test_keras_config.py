"""Files that Keras cannot load: the layers are named all the same."""

import pytest

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.keras import import_keras, load_keras_file

keras = import_keras()
layers = keras.layers

PACKAGE = "only_while_saving"


@pytest.fixture(params=[".keras", ".h5"])
def saved(request, tmp_path):
    """Save layers as a model, with classes and functions that are not known when it is loaded."""

    def save(*parts):
        path = tmp_path / f"model{request.param}"
        keras.Sequential([keras.Input((4,)), *parts, layers.Dense(2, name="head")]).save(path)
        known = keras.saving.get_custom_objects()
        for name in [name for name in known if name.startswith(PACKAGE)]:
            del known[name]
        return path

    return save


def refused(path, words):
    with pytest.raises(UnsupportedLayerError, match=words) as caught:
        load_keras_file(path)
    return caught.value.problems


def test_code_inside_a_file_is_not_run(saved):
    path = saved(layers.Lambda(lambda x: x, name="anything"))
    assert len(refused(path, r"^anything \(Lambda\) is not supported to read from Keras")) == 1


def test_layers_of_nested_models_are_named_by_their_path(saved):
    inner = keras.Sequential([layers.Lambda(lambda x: x, name="anything")], name="inner")
    refused(saved(inner), r"^inner/anything \(Lambda\) is not supported")


def test_all_layers_of_unknown_classes_are_named_and_others_beside_them(saved):
    @keras.saving.register_keras_serializable(PACKAGE)
    class Doubled(layers.Layer):
        def call(self, x):
            return 2 * x

    path = saved(Doubled(name="first"), layers.LayerNormalization(name="norm"), Doubled(name="no2"))
    problems = refused(path, r"^first \(Doubled\) is not supported")
    assert [problem.split()[0] for problem in problems] == ["first", "norm", "no2"]


def test_layers_with_unknown_functions_are_named(saved):
    @keras.saving.register_keras_serializable(PACKAGE)
    def swishy(x):
        return x * keras.ops.sigmoid(x)

    dense = layers.Dense(3, activation=swishy, name="odd")
    path = saved(
        dense, layers.Activation("relu", name="right"), layers.Dense(2, "gelu", name="too")
    )
    _odd, too = refused(path, r"^odd \(Dense\) has activation 'swishy'; supported: linear, relu, ")
    assert too.startswith("too (Dense) has activation 'gelu'; supported")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ModelFileError, match="is a folder; accepted: a file"):
        load_keras_file(tmp_path)
