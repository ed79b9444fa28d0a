"""Running a Keras model on any processor, wherever its channels stand.

TensorFlow has convolutions with channels first only on some processors. Each layer that reads
channels first is therefore called as its twin: the same layer with channels last, on values whose
axes are moved there and back. Keras itself computes all of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from workbench.ingest.keras_graph import graph_of
from workbench.ingest.keras_older import TRAINING

Watch = Callable[[Any, Any], None]
"""Called with each layer that reads channels first, and with its output."""


def reads_channels_first(model: Any) -> bool:
    """Whether a layer of a model reads channels first; nested models count."""
    return any(map(_is_first, model._flatten_layers(include_self=False, recursive=True)))


def called(model: Any, inputs: Any, watch: Watch | None = None) -> Any:
    """Call a model at inference.

    Parameters
    ----------
    model : keras.Model
        With a graph: sequential or functional.
    inputs : ndarray, or list or dict of ndarray
        As the model takes them.
    watch : function of (layer, tensor), optional

    Returns
    -------
    tensor, or list or dict of tensors
        As the model gives them.
    """
    if not reads_channels_first(model):
        return model(inputs, training=False)
    return _through(graph_of(model), inputs, watch)


def _is_first(layer: Any) -> bool:
    return getattr(layer, "data_format", None) == "channels_first"


def _through(graph: Any, inputs: Any, watch: Watch | None) -> Any:
    """Run a graph; its operations are called as `_at_inference` returns them."""
    outputs = graph._run_through_graph(
        graph._standardize_inputs(inputs), operation_fn=lambda call: _at_inference(call, watch)
    )
    alone = isinstance(outputs, (list, tuple)) and len(outputs) == 1
    return outputs[0] if alone else outputs


def _at_inference(operation: Any, watch: Watch | None) -> Callable[..., Any]:
    nested = graph_of(operation) if hasattr(operation, "layers") else None
    if nested is not None:
        return lambda inputs, **options: _through(nested, inputs, watch)
    if _is_first(operation):
        return lambda x, **options: _with_channels_last(operation, x, watch)
    return lambda *args, **options: operation(*args, **{**options, **_inference(operation)})


def _inference(operation: Any) -> dict[str, bool]:
    """Return the option that says a layer is not trained, for those that have it."""
    return {"training": False} if "training" in inspect.signature(operation.call).parameters else {}


def _with_channels_last(layer: Any, x: Any, watch: Watch | None) -> Any:
    """Call a layer's twin on a value with channels first, and return what the layer would."""
    from keras import ops

    if len(x.shape) < 3:
        return layer(x, **_inference(layer))  # Nothing stands after the channels.
    options = {
        name: value for name, value in layer.get_config().items() if not name.endswith(TRAINING)
    }
    activation = getattr(layer, "activation", None)
    if activation is not None:
        options["activation"] = None  # It follows below, where the axes are the layer's own.
    twin = type(layer).from_config({**options, "data_format": "channels_last"})
    moved = ops.moveaxis(x, 1, -1)
    twin.build(tuple(moved.shape))
    twin.set_weights(layer.get_weights())
    value = twin(moved, **_inference(twin))
    if len(value.shape) == len(x.shape):
        value = ops.moveaxis(value, -1, 1)
    if watch is not None:
        watch(layer, value)
    return value if activation is None else activation(value)
