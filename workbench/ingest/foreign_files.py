"""Files that people give for a network and that hold none, or none that is read: what to do."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import ModelFileError

_TF2ONNX = (
    "Write it as ONNX and load that file: python -m tf2onnx.convert {option} --output name.onnx "
    "(pip install tf2onnx)."
)

_PICKLED = "holds pickled objects. Loading them runs code from the file, so it is not read."

_TORCH = (
    "is a PyTorch file: weights (a state_dict) or a pickled module. Loading it can run code from "
    "the file, so it is not read. Build the module in PyTorch, module.load_state_dict(torch.load("
    "path)), and pass it: wb.load(module, input_shape=(channels, height, width)). Or write it as "
    "ONNX: torch.onnx.export(module, x, 'name.onnx')."
)

_CHECKPOINT = (
    "is a checkpoint: weights without the network they belong to. Build the model, load its "
    "weights, and pass it: wb.load(keras_model), or wb.load(module, input_shape=(channels, "
    "height, width)) for PyTorch."
)

_PICKLE = (
    f"{_PICKLED} Load it yourself and pass a live model: wb.load(keras_model), or wb.load(module, "
    "input_shape=...) for PyTorch. Write a scikit-learn model as ONNX: skl2onnx.to_onnx(model, "
    "x[:1]).SerializeToString() (pip install skl2onnx)."
)

_ARRAYS = (
    "holds arrays, not a network. As samples: wb.datasets.{reader}. As weights: build the model, "
    "model.set_weights(...), and pass it: wb.load(model)."
)

_IMAGE = "is an image, not a network. Images are samples: wb.datasets.from_folder(folder)."

_EVENTS = "is a recording of events, not a network. As samples: wb.datasets.from_events(path)."

_SAVED_MODEL = (
    "is a TensorFlow SavedModel, a folder. Load it with tf.keras.models.load_model in the "
    "TensorFlow that wrote it, and save it with model.save('name.h5'). "
    + _TF2ONNX.format(option="--saved-model FOLDER").replace("Write", "Or write", 1)
)

REMEDIES: dict[str, str] = {
    **dict.fromkeys((".pt", ".pth", ".t7", ".mar"), _TORCH),
    **dict.fromkeys((".ckpt", ".index", ".meta"), _CHECKPOINT),
    ".safetensors": "holds weights without the network they belong to. Build the module, "
    "module.load_state_dict(safetensors.torch.load_file(path)), and pass it: wb.load(module, "
    "input_shape=(channels, height, width)).",
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".sav"), _PICKLE),
    ".pb": "is a TensorFlow graph. "
    + _TF2ONNX.format(option="--graphdef FILE --inputs x:0 --outputs y:0"),
    ".tflite": "is a TensorFlow Lite model. " + _TF2ONNX.format(option="--tflite FILE"),
    ".mat": "is a MATLAB file. Write a network as ONNX in MATLAB, exportONNXNetwork(net, "
    "'name.onnx'); read arrays with scipy.io.loadmat and wb.datasets.from_arrays(x, y).",
    ".npz": _ARRAYS.format(reader="from_npz(path)"),
    ".npy": _ARRAYS.format(reader="from_arrays(numpy.load(path))"),
    ".csv": "is a table, not a network. As samples: wb.datasets.from_arrays(x, y).",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"), _IMAGE),
    **dict.fromkeys((".aedat", ".aedat4"), _EVENTS),
    ".bin": "is a binary file of weights, or of events (N-MNIST). Weights: build the module, load "
    "them, and pass it: wb.load(module, input_shape=...). Events are samples: "
    "wb.datasets.from_events(path).",
    **dict.fromkeys(
        (".caffemodel", ".prototxt", ".mlmodel", ".mlpackage", ".pdmodel", ".params"),
        "is a model of another framework. Write it as ONNX there, and load that file.",
    ),
    ".ini": "is a configuration. Read one of snn_toolbox with wb.from_snn_toolbox(path).",
    ".toml": "holds settings, not a network. Read them with wb.load_settings(path).",
    ".py": "is a program. Run it, and pass the model that it builds: wb.load(model).",
}
"""By ending: what a file is, and how a network comes from it."""


def file_refusal(path: Path, accepted: str) -> ModelFileError:
    """Return the refusal of a file or folder that `workbench.workflow.load` does not read.

    The file is not opened, and need not exist.

    Parameters
    ----------
    path : Path
    accepted : str
        The endings that are read.
    """
    if path.is_dir():
        return folder_refusal(path, f"a file that ends in {accepted}")
    # TensorFlow's checkpoints end in .data-00000-of-00001, or are named "checkpoint".
    ending = path.suffix.lower()
    if ending.startswith(".data-") or path.name == "checkpoint":
        ending = ".ckpt"
    if ending in REMEDIES:
        return ModelFileError(f"{path} {REMEDIES[ending]}")
    return ModelFileError(
        f"{path} has the ending '{path.suffix}'; accepted: {accepted}. Save a Keras model with "
        "model.save('name.keras'), and a model of another framework as ONNX."
    )


def folder_refusal(path: Path, accepted: str = "a file") -> ModelFileError:
    """Return the refusal of a folder that is given for a model's file."""
    if (path / "saved_model.pb").is_file():
        return ModelFileError(f"{path} {_SAVED_MODEL}")
    return ModelFileError(
        f"{path} is a folder; accepted: {accepted}. Save a Keras model with "
        "model.save('name.keras')."
    )


def object_refusal(source: object, names: str) -> ModelFileError:
    """Return the refusal of an object that is not a network, nor the name or path of one."""
    if type(source).__name__ == "OrderedDict" or isinstance(source, dict):
        remedy = (
            "A dictionary of weights (a state_dict) does not say what network they belong to: "
            "build the module, module.load_state_dict(weights), and pass it."
        )
    else:
        remedy = "Pass one of these."
    kind = type(source).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    return ModelFileError(
        f"Expected a network, got {article} {kind}; accepted: a path, a bundled name ({names}), a "
        f"keras.Model, a torch.nn.Module, or a loaded network. {remedy}"
    )
