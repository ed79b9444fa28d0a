"""Files and objects that are not networks, each with what to do instead."""

import collections
import pickle

import pytest

import workbench as wb
from workbench.errors import ModelFileError
from workbench.ingest.foreign_files import REMEDIES

CASES = [
    ("model.pt", r"PyTorch file: .*wb\.load\(module, input_shape=.*torch\.onnx\.export"),
    ("model.pth", r"load_state_dict\(torch\.load\(path\)\)"),
    ("MODEL.PTH", "is a PyTorch file"),
    ("last.ckpt", "is a checkpoint: weights without the network"),
    ("model.ckpt.index", "is a checkpoint"),
    ("model.ckpt.data-00000-of-00001", "is a checkpoint"),
    ("model.safetensors", r"safetensors\.torch\.load_file"),
    ("model.pkl", "Loading them runs code from the file, so it is not read.*skl2onnx"),
    ("model.joblib", "skl2onnx"),
    ("graph.pb", r"tf2onnx\.convert --graphdef"),
    ("model.tflite", r"tf2onnx\.convert --tflite"),
    ("net.mat", "exportONNXNetwork"),
    ("digits.npz", r"wb\.datasets\.from_npz.*set_weights"),
    ("cat.JPG", r"wb\.datasets\.from_folder"),
    ("hand.aedat4", r"wb\.datasets\.from_events"),
    ("00001.bin", r"wb\.datasets\.from_events"),
    ("config.ini", r"wb\.from_snn_toolbox"),
    (
        "model.xyz",
        r"ending '\.xyz'; accepted: \.snn, \.keras, \.h5, \.hdf5, \.json, \.onnx or \.nir",
    ),
]


@pytest.mark.parametrize("exists", [True, False], ids=["there", "not there"])
@pytest.mark.parametrize(("name", "message"), CASES)
def test_a_file_of_another_kind_is_named_with_the_remedy(tmp_path, name, message, exists):
    if exists:
        (tmp_path / name).write_bytes(b"PK\3\4")
    with pytest.raises(ModelFileError, match=message):
        wb.load(tmp_path / name)


class Trap:
    """Unpickled, it raises something that no refusal is."""

    def __reduce__(self):
        return (eval, ("1/0",))


@pytest.mark.parametrize("ending", sorted(REMEDIES))
def test_no_file_is_opened(tmp_path, ending):
    path = tmp_path / f"model{ending}"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelFileError) as refusal:
        wb.load(path)
    assert str(refusal.value).startswith(f"{path} ")


def test_folders_are_told_apart(tmp_path):
    with pytest.raises(ModelFileError, match="is a folder; accepted: a file that ends in"):
        wb.load(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"SavedModel, .*tf2onnx\.convert --saved-model"):
        wb.load(tmp_path)


def test_a_checkpoint_of_tensorflow_by_its_name(tmp_path):
    (tmp_path / "checkpoint").write_text("model_checkpoint_path: 'model'")
    with pytest.raises(ModelFileError, match="is a checkpoint"):
        wb.load(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "Expected a network, got an int; accepted: a path, a bundled name"),
        (None, "Expected a network, got a NoneType"),
        (collections.OrderedDict(), r"got an OrderedDict; .*\(a state_dict\).*load_state_dict"),
    ],
)
def test_an_object_that_is_no_network(source, message):
    with pytest.raises(ModelFileError, match=message):
        wb.load(source)
