"""Keras files and live models into a `Network`, verified against Keras itself.

The only module that imports tensorflow; it does so when a model is read, not before.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError
from workbench.ingest.keras_layers import KERAS_LAYERS, Translation, Unsupported
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer, Shape
from workbench.network.structure import Input

SUFFIXES = (".keras", ".h5", ".hdf5")
TOLERANCE = 1e-4
VERIFIED_SAMPLES = 16


def import_keras() -> Any:
    """Import Keras, which brings tensorflow, without tensorflow's start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    import keras

    return keras


def is_keras_model(source: object) -> bool:
    """Whether an object is a live Keras model; does not import Keras."""
    return any(c.__module__.split(".")[0] in ("keras", "tf_keras") for c in type(source).__mro__)


def load_keras_file(path: str | Path) -> Network:
    """Read a `.keras`, `.h5` or `.hdf5` model file.

    Raises
    ------
    ModelFileError
        If the file is missing or holds no model that Keras can read.
    UnsupportedLayerError
        If layers are not supported; all of them are named.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"{path} does not exist. Check the path.")
    keras = import_keras()
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever the damaged part raised.
        refusals = _refused_in_config(path)
        if refusals:
            raise UnsupportedLayerError(refusals) from error
        reason = " ".join((str(error).strip() or type(error).__name__).split())
        if len(reason) > 200:
            reason = reason[:200].rsplit(" ", 1)[0] + " …"
        raise ModelFileError(
            f"{path} is no model that Keras {keras.__version__} can read. Save it again with "
            f"model.save('name.keras'). Keras says: {reason}"
        ) from error
    return from_keras(model, name=path.stem)


def _refused_in_config(path: Path) -> list[str]:
    """Name the layers of a file that are not supported, when Keras itself cannot load it.

    Keras refuses a Lambda, or a layer class it does not know, without naming the layer.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
        layers = config["config"]["layers"]
        kinds = [(layer["config"]["name"], layer["class_name"]) for layer in layers]
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError):
        return []  # not a .keras file of a sequential or functional model
    return [
        KERAS_LAYERS.refusal(name, kind)
        for name, kind in kinds
        if kind != "InputLayer" and KERAS_LAYERS.get(kind) is None
    ]


def from_keras(model: Any, name: str | None = None) -> Network:
    """Turn a live Keras model into a `Network` and compare the two on random inputs.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, built, with one input and one output.
    name : str, optional
        Defaults to the model's name.

    Raises
    ------
    UnsupportedLayerError
        If layers or the graph are not supported; all problems are named at once.
    ConversionError
        If the outputs differ from Keras' by more than rounding explains.
    """
    network = _Reader(model, name or model.name).read()
    return _verified(network, model)


class _Reader:
    """Walks a model's graph and collects nodes, report rows and problems."""

    def __init__(self, model: Any, name: str):
        self.model = model
        self.name = name
        self.nodes: list[Node] = []
        self.rows: list[tuple[str, str, str]] = []
        self.problems: list[str] = []
        self.tensors: dict[int, tuple[str, Shape]] = {}
        self.seen: set[str] = set()

    def read(self) -> Network:
        graph = self._graph()
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for call in graph._nodes_by_depth[depth]:
                self._read_call(call)
        if self.problems:
            raise UnsupportedLayerError(self.problems)
        last, _ = self.tensors[id(graph.outputs[0])]
        nodes = tuple(self.nodes)
        if nodes[-1].name != last:
            nodes = (*(n for n in nodes if n.name != last), *(n for n in nodes if n.name == last))
        return Network(self.name, nodes, tuple(self.rows))

    def _graph(self) -> Any:
        """Return the functional graph of a model, which Sequential keeps inside."""
        model = self.model
        graph = getattr(model, "_functional", None) or model
        if not hasattr(graph, "_nodes_by_depth"):
            raise UnsupportedLayerError(
                [
                    f"Model '{model.name}' has no graph that can be read: it is unbuilt or "
                    "subclassed. Supported: Sequential and functional models with a known input "
                    "shape. Add keras.Input(shape=...) or build the model first."
                ]
            )
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise UnsupportedLayerError(
                [
                    f"Model '{model.name}' has {len(graph.inputs)} inputs and "
                    f"{len(graph.outputs)} outputs; supported: one of each. Make a "
                    "keras.Model(inputs=..., outputs=...) of the part to convert."
                ]
            )
        shape = graph.inputs[0].shape[1:]
        if None in shape:
            raise UnsupportedLayerError(
                [
                    f"Model '{model.name}' takes inputs of variable size {tuple(shape)}; "
                    "supported: fixed sizes. Rebuild it with keras.Input(shape=...)."
                ]
            )
        return graph

    def _read_call(self, call: Any) -> None:
        layer = call.operation
        kind = type(layer).__name__
        output = call.output_tensors[0]
        if kind == "InputLayer":
            shape = tuple(int(n) for n in output.shape[1:])
            self.nodes.append(Node(layer.name, Input(shape)))
            self.tensors[id(output)] = (layer.name, shape)
            self.rows.append((layer.name, kind, "kept: the input"))
            return
        known = [self.tensors.get(id(tensor)) for tensor in call.input_tensors]
        inputs = [entry for entry in known if entry is not None]
        translation = self._translate(layer, kind, inputs) if len(inputs) == len(known) else None
        if translation is None:
            # The layer is refused: carry Keras' own shape on, so that later ones are judged too.
            self.tensors[id(output)] = (layer.name, tuple(int(n) for n in output.shape[1:]))
            return
        self.rows.append((layer.name, kind, translation.action))
        self.tensors[id(output)] = self._append(layer.name, translation, inputs)

    def _translate(
        self, layer: Any, kind: str, inputs: list[tuple[str, Shape]]
    ) -> Translation | None:
        handler = KERAS_LAYERS.get(kind)
        if layer.name in self.seen:
            self.problems.append(
                f"{layer.name} ({kind}) is used more than once; supported: layers used once. "
                "Give each use a layer of its own."
            )
            return None
        self.seen.add(layer.name)
        if handler is None:
            self.problems.append(KERAS_LAYERS.refusal(layer.name, kind))
            return None
        try:
            return handler(layer, tuple(shape for _, shape in inputs))
        except Unsupported as reason:
            self.problems.append(f"{layer.name} ({kind}) {reason}")
            return None

    def _append(
        self, name: str, translation: Translation, inputs: list[tuple[str, Shape]]
    ) -> tuple[str, Shape]:
        sources = tuple(source for source, _ in inputs)
        shape = inputs[0][1]
        last = len(translation.steps) - 1
        for index, (layer, activation) in enumerate(translation.steps):
            self._check_finite(name, layer)
            node_name = name if index == last else f"{name}_{layer.kind.lower()}"
            if not self.problems:
                self.nodes.append(Node(node_name, layer, activation, sources))
            sources, shape = (node_name,), layer.output_shape
        return sources[0], shape

    def _check_finite(self, name: str, layer: Layer) -> None:
        arrays = (value for value in vars(layer).values() if isinstance(value, np.ndarray))
        if not all(np.isfinite(array).all() for array in arrays):
            self.problems.append(
                f"{name} ({layer.kind}) has weights that are NaN or infinite. Train it again, or "
                "load an earlier checkpoint."
            )


def _verified(network: Network, model: Any) -> Network:
    """Compare a network with its model on seeded random inputs and note the deviation."""
    x = np.random.default_rng(0).random((VERIFIED_SAMPLES, *network.input_shape), np.float32)
    expected = np.asarray(model(x, training=False))
    largest = max(1.0, float(np.abs(expected).max()))
    deviation = float(np.abs(network.forward(x) - expected).max()) / largest
    if not deviation <= TOLERANCE:
        raise ConversionError(
            f"Network '{network.name}' differs from Keras by {deviation:.1e} of its outputs on "
            f"random inputs; {TOLERANCE:.0e} is accepted. Please report this model."
        )
    note = f"outputs within {deviation:.1e} of Keras on {VERIFIED_SAMPLES} random inputs"
    return replace(network, verification=note, source_deviation=deviation)
