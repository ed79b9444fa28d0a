"""The architecture of a model as any Keras from 2.0 on wrote it, in the words of Keras 3.

Every rule below is about one change between versions. Options that do nothing once a layer has its
weights are left out, whatever they hold: initializers, regularizers and constraints.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.errors import ModelFileError
from workbench.ingest.keras_tf_operations import as_layer

Options = dict[str, Any]

MODELS = ("Sequential", "Functional", "Model")
"""Classes of models that have layers."""

TRAINING = ("_initializer", "_regularizer", "_constraint")
"""Endings of options that do nothing once a layer has its weights."""

KERAS_1 = {"border_mode", "dim_ordering", "nb_filter", "output_dim", "init", "pool_length"}
"""Options that Keras 2 has renamed."""

_ELSEWHERE = ("batch_input_shape", "input_dtype", "input_dim", "input_length", "rng_type")
"""Options that say what the input layer says, or belong to training."""

_UNUSED: dict[str, Options] = {
    "DepthwiseConv1D": {"groups": 1, "filters": None},
    "DepthwiseConv2D": {"groups": 1, "filters": None},
    "SeparableConv1D": {"groups": 1},
    "SeparableConv2D": {"groups": 1},
    "Conv1DTranspose": {"groups": 1},
    "Conv2DTranspose": {"groups": 1},
    "SpatialDropout1D": {"noise_shape": None, "trainable": ...},
    "SpatialDropout2D": {"noise_shape": None, "trainable": ...},
    "BatchNormalization": {"fused": ..., "virtual_batch_size": None, "adjustment": None},
}
"""Options that Keras 3 refuses, with the value at which they do nothing; ... means any."""


_OPERATIONS = dict.fromkeys(
    ("Add", "Subtract", "Multiply", "TrueDivide", "Divide", "Negative"), "keras.src.ops.numpy"
) | dict.fromkeys(("Relu", "Relu6"), "keras.src.ops.nn")
"""Where operations of keras.ops are, which Keras 3 writes into `.h5` files and cannot read there.

Some are called as layers are; a layer has more options than its name.
"""


class _OfKeras1(Exception):
    """What shows that Keras 1 wrote an architecture."""


def renewed(architecture: Any, path: Path) -> Options:
    """Return the architecture of a model in the words of Keras 3.

    Parameters
    ----------
    architecture : dict
        As a file has it: ``{"class_name": "Sequential", "config": ...}``.
    path : Path
        Of that file, for messages.

    Raises
    ------
    ModelFileError
        If it is no architecture, or one of Keras 1.
    """
    try:
        kind = _name(architecture["class_name"])
        if kind not in MODELS:
            raise ModelFileError(
                f"{path} holds a model of the class {kind}; accepted: {', '.join(MODELS)}. Build "
                "the model as one of these, and save it again."
            )
        return _entry(copy.deepcopy(architecture), 0)
    except _OfKeras1 as error:
        raise ModelFileError(
            f"{path} was written by Keras 1: {error}. Supported: Keras 2 and 3. Load the model "
            "with Keras 2.2 and save it from there."
        ) from None
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ModelFileError(
            f"{path} does not hold the architecture of a Keras model: layers with names and "
            "options. Write it with model.to_json()."
        ) from error


def _name(kind: str) -> str:
    """Return the name of a class without its package, which Keras puts ahead of it."""
    return kind.rpartition(">")[2]


def _entry(entry: Options, position: int) -> Options:
    """Renew a layer, or a model inside a model, with what a graph says of it."""
    if entry["class_name"] == "TFOpLambda":
        entry = {**as_layer(entry), "module": "keras.layers", "registered_name": None}
    kind = _name(entry["class_name"])
    if kind in MODELS:
        return {**entry, **_model(kind, entry, position)}
    options = _options(kind, entry["config"])
    return {**entry, **_origin(entry), "class_name": kind, "config": options}


def _origin(entry: Options) -> Options:
    """Return where the class of a layer is found."""
    registered = ">" in entry["class_name"] or ">" in (entry.get("registered_name") or "")
    if registered:
        name = entry.get("registered_name") or entry["class_name"]
        return {"module": None, "registered_name": name}
    # Keras 3 says where its classes are; it does not in .h5 files.
    if str(entry.get("module") or "").startswith("keras."):
        return {}
    if entry["class_name"] in _OPERATIONS and entry["config"].keys() == {"name"}:
        return {"module": _OPERATIONS[entry["class_name"]], "registered_name": None}
    return {"module": "keras.layers", "registered_name": None}


def _model(kind: str, entry: Options, position: int) -> Options:
    config = entry["config"]
    if isinstance(config, list):  # Sequential models up to Keras 2.2.2.
        config = {"layers": config}
    layers = [_entry(layer, i) for i, layer in enumerate(config["layers"])]
    if kind == "Sequential":
        layers = [*_input_ahead(config), *layers]
    unnamed = entry.get("name") or f"sequential_{position + 1}"
    graph = {key: config[key] for key in ("input_layers", "output_layers") if key in config}
    if kind != "Sequential":
        _recount_calls(layers, graph)
    return {
        "module": "keras",
        "registered_name": None,
        "class_name": "Sequential" if kind == "Sequential" else "Model",
        "config": {"name": config.get("name", unnamed), "layers": layers, **graph},
    }


def _recount_calls(layers: list[Options], graph: Options) -> None:
    """Let the calls of models inside a model count from 0.

    Keras 2 took the making of a model for its first call, so that the calls in a graph began at 1.
    Keras 3 knows that of outputs, and not of the layers that read a model.
    """
    ends = list(_references(list(graph.values())))
    read = list(_references([layer.get("inbound_nodes") for layer in layers]))
    for layer in layers:
        if _name(layer["class_name"]) not in MODELS:
            continue
        name = layer.get("name") or layer["config"]["name"]
        calls = len(layer.get("inbound_nodes") or ())
        first = int(any(r[1] >= calls for r in (*ends, *read) if r[0] == name))
        for reference in read:
            reference[1] -= first if reference[0] == name else 0
        for end in ends:
            # Of a functional model, Keras 3 takes 1 off by itself.
            end[1] += (layer["class_name"] == "Model") - first if end[0] == name else 0


def _references(value: Any) -> Iterator[list[Any]]:
    """Yield what names a tensor within lists, as Keras 2 has it: [layer, call, output, ...]."""
    if not isinstance(value, list):
        return
    if len(value) in (3, 4) and isinstance(value[0], str) and isinstance(value[1], int):
        yield value
    else:
        for item in value:
            yield from _references(item)


def _input_ahead(config: Options) -> list[Options]:
    """Return the input layer that a Sequential model lacks, whose shape stands elsewhere."""
    first = config["layers"][0] if config["layers"] else {"class_name": "InputLayer"}
    if _name(first["class_name"]) == "InputLayer":
        return []
    options = first["config"] if isinstance(first["config"], dict) else {}
    shape = options.get("batch_input_shape")
    if shape is None and "layers" not in options and isinstance(first["config"], dict):
        shape = config.get("build_input_shape")
    if shape is None:
        return []
    name = f"{options.get('name', 'first')}_input"
    given = {"name": name, "batch_shape": shape, "dtype": options.get("input_dtype")}
    return [_entry({"class_name": "InputLayer", "config": given}, 0)]


def _options(kind: str, config: Options) -> Options:
    """Renew the options of a layer."""
    if old := sorted(KERAS_1 & config.keys()):
        raise _OfKeras1(f"{config.get('name', kind)} has the option '{old[0]}'")
    if kind == "InputLayer":
        return _input(config)
    unused = _UNUSED.get(kind, {})
    options = {
        name: value
        for name, value in config.items()
        if not name.endswith(TRAINING)
        and name not in _ELSEWHERE
        and not (name in unused and unused[name] in (value, ...))
    }
    if "dtype" in options:
        options["dtype"] = _dtype(options["dtype"])
    for name in ("layer", "activation"):
        if name in options:
            options[name] = _inner(options[name])
    return _RENEWED.get(kind, dict)(options)


def _inner(inner: Any) -> Any:
    """Renew a layer inside a layer, or a function."""
    name = inner
    if isinstance(inner, dict):
        if inner.get("class_name") != "function":
            return _entry(inner, 0)
        names = (inner["config"], inner.get("registered_name"))
        name = next((name for name in names if ">" in str(name)), inner["config"])
    if not isinstance(name, str) or ">" not in name:
        return name
    function = {"module": "builtins", "class_name": "function", "registered_name": "function"}
    return {**function, "config": name}


def _input(config: Options) -> Options:
    """Renew an input, which takes any number of samples."""
    shape = config["batch_input_shape"] if "batch_input_shape" in config else config["batch_shape"]
    dtype = _dtype(config.get("dtype") or config.get("input_dtype") or "float32")
    return {"name": config["name"], "batch_shape": [None, *shape[1:]], "dtype": dtype}


def _dtype(value: Any) -> Any:
    """Return the name of a policy that Keras 2 wrote as an object."""
    old = isinstance(value, dict) and value.get("class_name") in ("Policy", "PolicyV1")
    return value["config"]["name"] if old else value


def _leaky_relu(options: Options) -> Options:
    if "alpha" in options:
        options["negative_slope"] = options.pop("alpha")
    return options


def _batch_normalization(options: Options) -> Options:
    axis = options.get("axis")
    if isinstance(axis, (list, tuple)) and len(axis) == 1:
        options["axis"] = axis[0]
    return options


def _flatten(options: Options) -> Options:
    """Up to Keras 2.1, Flatten took the axes in the order in which they are."""
    return {**options, "data_format": options.get("data_format") or "channels_last"}


_RENEWED: dict[str, Callable[[Options], Options]] = {
    "LeakyReLU": _leaky_relu,
    "BatchNormalization": _batch_normalization,
    "Flatten": _flatten,
}
"""What else has changed in a layer."""
