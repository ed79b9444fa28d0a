"""Architectures that would run code, read files or take memory: refused before Keras sees them."""

import copy
import json
import zipfile

import h5py
import numpy as np
import pytest

from workbench.errors import ModelFileError, UnsupportedLayerError, WorkbenchError
from workbench.ingest.keras import import_keras, load_keras_file

keras = import_keras()
layers = keras.layers


@pytest.fixture(scope="module")
def model():
    source = keras.Input((4,), name="x")
    hidden = layers.Dense(3, activation="relu", name="hidden")(source)
    return keras.Model(source, layers.Dense(2, name="head")(hidden))


def change_zip(path, name, change):
    with zipfile.ZipFile(path) as archive:
        members = {key: archive.read(key) for key in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in members.items():
            archive.writestr(key, value)


@pytest.fixture(params=[".keras", ".h5", ".json"])
def written(request, tmp_path, model):
    """Write the model in each format, with its architecture changed."""

    def write(change):
        def text(content):
            architecture = json.loads(content)
            change(architecture)
            return json.dumps(architecture)

        path = tmp_path / f"model{request.param}"
        if request.param == ".json":
            path.write_text(text(model.to_json()))
            model.save_weights(tmp_path / "model.weights.h5")
            return path
        model.save(path)
        if request.param == ".keras":
            change_zip(path, "config.json", text)
            return path
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = text(file.attrs["model_config"])
        return path

    return write


@pytest.fixture
def unasked(monkeypatch):
    """Let Keras' own reader fail the test."""

    def asked(*_, **__):
        raise AssertionError("Keras was asked")

    for place, name in (
        (keras.saving, "deserialize_keras_object"),
        (keras.saving, "load_model"),
        (keras.models, "model_from_json"),
    ):
        monkeypatch.setattr(place, name, asked)


def hidden(architecture):
    return architecture["config"]["layers"][1]


def code(**options):
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"name": "code", "function": ["YWJj", None, None], **options},
        "registered_name": None,
    }


def put(**entries):
    return lambda architecture: hidden(architecture).update(entries)


def option(name, value):
    return lambda architecture: hidden(architecture)["config"].update({name: value})


def function(name, module):
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put(class_name="Lambda"), r"^hidden \(Lambda\) is not supported"),
        (put(class_name="TFSMLayer"), r"^hidden \(TFSMLayer\) is not supported"),
        (put(class_name="TorchModuleWrapper"), r"^hidden \(TorchModuleWrapper\) is not"),
        (put(class_name="TextVectorization"), r"^hidden \(TextVectorization\) is not"),
        (put(class_name="pkg>Lambda", registered_name="pkg>Lambda"), r"^hidden \(Lambda\) is not"),
        (option("layer", code()), r"code \(Lambda\) is"),
        (option("forward_layer", code()), r"code \(Lambda\) runs Python code that the file holds"),
        (option("cell", {"inner": [code()]}), r"code \(Lambda\) runs Python code"),
        (option("activation", function("system", "os")), "'system'"),
        (option("activation", function("get_file", "keras.utils")), "get_file"),
        (
            option("activation", {"class_name": "__lambda__", "config": {"value": "e"}}),
            "holds an object of the kind __lambda__",
        ),
        (
            option("other", {"class_name": "__typespec__", "config": [], "module": "os"}),
            "holds an object of the kind __typespec__",
        ),
        (
            option("other", {"class_name": "Popen", "config": {}, "module": "subprocess"}),
            "names 'Popen' of the module 'subprocess'",
        ),
        (
            option("other", {"class_name": "enable", "config": {}, "module": "keras.config"}),
            r"names 'enable' of the module 'keras\.config'",
        ),
        (
            option("other", {"class_name": "A.B", "config": {}, "module": "keras.layers"}),
            r"names 'A\.B'",
        ),
        (option("units", 2**40), r"hidden \(Dense\) has units 1099511627776; supported: integers"),
        (option("kernel_size", [0, 3]), r"has kernel_size \[0, 3\]; supported: integers from 1"),
        (option("padding", [[0, 2**20], [2**20, 0]]), "has padding .*; supported"),
    ],
)
def test_what_could_do_harm_is_refused_before_keras_sees_it(written, unasked, change, words):
    with pytest.raises(UnsupportedLayerError, match=words):
        load_keras_file(written(change))


def test_an_activation_is_known_by_name_and_not_looked_up_in_its_module(written):
    path = written(option("activation", function("relu", "evil_module")))
    if path.suffix == ".keras":
        with pytest.raises(UnsupportedLayerError, match="names 'relu' of the module 'evil_module'"):
            load_keras_file(path)
    else:  # Brought to the words of Keras 3, it is the activation of that name.
        assert load_keras_file(path).totals.parameters == 23


def test_modules_that_keras_would_import_are_not(written, tmp_path, monkeypatch):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    entry = {"module": "evil_module", "class_name": "Evil", "registered_name": "pkg>Evil"}
    with pytest.raises(UnsupportedLayerError, match=r"^hidden \(Evil\) is not supported"):
        load_keras_file(written(put(**entry)))


def test_what_only_training_needs_is_left_out_unread(written):
    evil = {"module": "evil_module", "class_name": "Evil", "config": {}, "registered_name": "Evil"}

    def change(architecture):
        architecture["compile_config"] = {"optimizer": copy.deepcopy(evil)}
        hidden(architecture)["config"].update(
            kernel_initializer=evil, kernel_regularizer=evil, bias_constraint=evil
        )

    assert load_keras_file(written(change)).totals.parameters == 23


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: layers.RepeatVector(2**26), (64,)),
        (lambda: layers.UpSampling2D(8000), (2, 2, 3)),
        (lambda: layers.ZeroPadding2D(5000), (2, 2, 3)),
        (lambda: layers.UpSampling2D(3000), (2, 2, 3)),
    ],
)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_layers_that_make_much_of_little_are_refused(layer, shape, suffix, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "100 MB")
    path = tmp_path / f"large{suffix}"
    keras.Sequential([keras.Input(shape), layer()]).save(path)
    with pytest.raises(WorkbenchError, match=r"are accepted|fewer than|supported: integers"):
        load_keras_file(path)


def test_weights_that_unpack_to_more_than_memory_are_refused(tmp_path, model, monkeypatch):
    path = tmp_path / "bomb.keras"
    model.save(path)
    change_zip(path, "model.weights.h5", lambda content: content + bytes(50_000_000))
    assert path.stat().st_size < 200_000
    monkeypatch.setenv("WORKBENCH_MEMORY", "20 MB")
    with pytest.raises(ModelFileError, match=r"model\.weights\.h5 of .* is too large: it takes 50"):
        load_keras_file(path)


def stored(path):
    """Give the file of weights that a model's file is or holds."""
    if path.suffix == ".json":
        return path.with_name("model.weights.h5")
    return path


def rewritten(path, change):
    """Change the weights of any file."""
    if path.suffix != ".keras":
        with h5py.File(stored(path), "r+") as file:
            change(file)
        return path
    outside = path.with_name("outside.h5")

    def member(content):
        outside.write_bytes(content)
        with h5py.File(outside, "r+") as file:
            change(file)
        return outside.read_bytes()

    change_zip(path, "model.weights.h5", member)
    return path


def first_array(file):
    names = []
    file.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
    return names[0]


def external_storage(file):
    name = first_array(file)
    shape = file[name].shape
    del file[name]
    file.create_dataset(name, shape, "f4", external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)])


def virtual(file):
    name = first_array(file)
    shape = file[name].shape
    del file[name]
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource("other.h5", "data", shape)
    file.create_virtual_dataset(name, layout)


def link(make):
    def change(file):
        name = first_array(file)
        del file[name]
        file[name] = make()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (external_storage, "in another place, as a link or an external array"),
        (virtual, "in another place, as a link or an external array"),
        (link(lambda: h5py.SoftLink("/elsewhere")), "in another place"),
        (link(lambda: h5py.ExternalLink("/etc/passwd", "/")), "in another place"),
        (lambda file: file.__setitem__("loop", file["/"]), "contains the group 'loop' twice"),
        (
            lambda file: file.create_dataset("large", (2**40,), "f8", chunks=(2**20,)),
            r"is too large: it takes 8\.8 TB",
        ),
    ],
)
def test_weights_are_read_from_the_file_alone(written, unasked, change, words):
    path = rewritten(written(lambda architecture: None), change)
    with pytest.raises(ModelFileError, match=words):
        load_keras_file(path)


def test_models_of_every_format_are_read_as_they_were_saved(written, model):
    network = load_keras_file(written(lambda architecture: None))
    x = np.random.default_rng(0).random((5, 4), np.float32)
    np.testing.assert_allclose(network.forward(x), model(x), rtol=1e-5, atol=1e-6)
