"""Keras files and live models into a `Network`, verified against Keras itself.

The only module that imports tensorflow; it does so when a model is read, not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.ingest.files import check_file, shortened
from workbench.ingest.keras_apart import is_large, read_apart
from workbench.ingest.keras_faults import bias_along_columns
from workbench.ingest.keras_files import ARCHITECTURE, MODEL_SUFFIXES, model_of
from workbench.ingest.keras_graph import read_model
from workbench.ingest.keras_twin import Watch, called, reads_channels_first
from workbench.ingest.verify import TOLERANCE, split_inputs, verified
from workbench.network.graph import Network
from workbench.network.layer import Shape
from workbench.util.memory_budget import guarded
from workbench.util.optional import importing
from workbench.util.tensorflow_import import quiet_start

SUFFIXES = (*MODEL_SUFFIXES, ARCHITECTURE)
HALF_TOLERANCE = 2e-2
"""Deviation accepted of models that compute in 16 bits; this package computes in 32."""


def import_keras() -> Any:
    """Import Keras, which brings tensorflow, without tensorflow's start-up messages."""
    with importing("Reading Keras models", ModelFileError), quiet_start():
        import keras
    return keras


def is_keras_model(source: object) -> bool:
    """Whether an object is a live Keras model; does not import Keras."""
    return any(c.__module__.split(".")[0] in ("keras", "tf_keras") for c in type(source).__mro__)


def load_keras_file(
    path: str | Path,
    *,
    weights: str | Path | None = None,
    input_shape: Shape | None = None,
    output: str | None = None,
) -> Network:
    """Read a model's file, or the files of its architecture and weights.

    Parameters
    ----------
    path : str or Path
        A `.keras`, `.h5` or `.hdf5` file of Keras 2 or 3, of a model or of weights; or the `.json`
        of an architecture.
    weights : str or Path, optional
        Of an architecture; else they are looked for beside it: NAME.json and NAME.h5,
        NAME.weights.h5 or NAME_weights.h5.
    input_shape, output
        As in `from_keras`.

    Raises
    ------
    ModelFileError
        If a file is missing or holds no model that Keras can read.
    UnsupportedLayerError
        If layers are not supported; all of them are named.
    """
    path, weights = Path(path), None if weights is None else Path(weights).expanduser()
    check_file(path)  # first: tensorflow, which Keras imports, takes seconds
    network = None
    if is_large(path, weights):
        network = read_apart(path, weights, input_shape, output)
    return network or read_keras_file(path, weights, input_shape, output)


def read_keras_file(
    path: str | Path,
    weights: str | Path | None = None,
    input_shape: Shape | None = None,
    output: str | None = None,
) -> Network:
    """Read a model in this process, as `load_keras_file` does."""
    path = Path(path)
    import_keras()
    name = path.stem.removesuffix(".weights")
    with guarded(path, ModelFileError, "Save it again with model.save('name.keras')."):
        model, older = model_of(path, None if weights is None else Path(weights))
        return _network(model, name, input_shape, output, older=older)


def from_keras(
    model: Any,
    name: str | None = None,
    *,
    input_shape: Shape | None = None,
    output: str | None = None,
) -> Network:
    """Turn a live Keras model into a `Network` and compare the two on random inputs.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, maybe nested. Several inputs are put side by side; samples may
        then be given as a list of arrays.
    name : str, optional
        Defaults to the model's name.
    input_shape : tuple of int, optional
        Of a sample, for a model that takes inputs of variable size.
    output : str, optional
        Name of the layer whose output is wanted, of a model with several outputs.

    Raises
    ------
    UnsupportedLayerError
        If layers or the graph are not supported; all problems are named at once.
    ConversionError
        If the outputs differ from Keras' by more than rounding explains.
    ModelFileError
        If Keras cannot run the model, or `input_shape` does not fit it.
    """
    if type(model).__module__.split(".")[0] == "tf_keras":
        raise ModelFileError(
            f"Model '{model.name}' is a live model of Keras 2 (tf_keras), whose graph is stored in "
            "another way. Save it with model.save('name.h5') and load the file."
        )
    return _network(model, name, input_shape, output)


def _network(
    model: Any,
    name: str | None,
    input_shape: Shape | None,
    output: str | None,
    *,
    older: bool = False,
) -> Network:
    """Read and verify a model; biases of an `older` one belong to the channels wherever they are.

    Keras 2 added them so, and Keras 3 does not everywhere.
    """
    network, position = read_model(model, name or model.name, input_shape, output)

    read = {node.name.rpartition("/")[2] for node in network.nodes}
    faults: dict[str, str] = {}

    def note_fault(layer: Any, value: Any) -> None:
        fault = bias_along_columns(layer, tuple(value.shape))
        if fault and layer.name in read and not older:
            faults[layer.name] = fault

    def run(x: np.ndarray) -> np.ndarray:
        return np.asarray(_called(model, x, network, note_fault)[position])

    def inside(x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        names = {node.name for node in network.nodes[1:]}
        keras = import_keras()
        for layer in model.layers:
            if layer.name in names and len(layer._inbound_nodes) == 1:
                until = keras.Model(model.inputs, layer.output)
                yield layer.name, np.asarray(_called(until, x, network)[0])

    halved = any(layer.compute_dtype in ("float16", "bfloat16") for layer in model.layers)
    whole = all("int" in str(tensor.dtype) for tensor in model.inputs)
    tolerance = HALF_TOLERANCE if halved else TOLERANCE
    source = "Keras with channels last" if reads_channels_first(model) else "Keras"
    network = verified(network, run, source, tolerance=tolerance, integers=whole, inside=inside)
    if faults:
        raise UnsupportedLayerError(list(faults.values()))
    return network


def _called(model: Any, x: np.ndarray, network: Network, watch: Watch | None = None) -> list[Any]:
    """Run a model on samples as the network takes them; its outputs in order."""
    keras = import_keras()
    try:
        outputs = called(model, _given(model, x, network), watch)
    except Exception as error:  # Which one it is depends on the layer and on TensorFlow.
        raise ModelFileError(
            f"Keras {keras.__version__} cannot run model '{network.name}' on inputs of shape "
            f"{network.input_shape}. Change the layer that it names, or save a model that runs. "
            f"Keras says: {shortened(error)}"
        ) from error
    return list(keras.tree.flatten(outputs))


def _given(model: Any, x: np.ndarray, network: Network) -> Any:
    """Return samples as a model takes them: a list or a dict of inputs, where it is made of one."""
    parts = split_inputs(x, network)
    structure = getattr(model, "_inputs_struct", None)
    if structure is None:
        return parts
    parts = parts if isinstance(parts, list) else [parts]
    return import_keras().tree.pack_sequence_as(structure, parts)
