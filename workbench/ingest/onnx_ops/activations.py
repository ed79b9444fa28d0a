"""Activations; in ONNX every one is an operation of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.onnx_ops.constants import along_channels
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call, positive_axis
from workbench.network.activation import Activation, Clip, ReLU
from workbench.network.structure import Identity

ELEMENTWISE: dict[str, Callable[[Call], Activation]] = {
    "Relu": lambda call: Activation.RELU,
    "LeakyRelu": lambda call: ReLU(slope=float(call.attribute("alpha", 0.01))),
    "Sigmoid": lambda call: Activation.SIGMOID,
    "Tanh": lambda call: Activation.TANH,
    "HardSigmoid": lambda call: Clip(
        0.0, 1.0, float(call.attribute("alpha", 0.2)), float(call.attribute("beta", 0.5))
    ),
}
"""Activations that need no more than their attributes."""


@ONNX_OPS.register(*ELEMENTWISE)
def elementwise(call: Call) -> Tensor:
    """Keep an activation."""
    tensor = call.tensor()
    activation = ELEMENTWISE[call.operation.kind](call)
    if isinstance(activation, Clip) and activation.gain <= 0:
        raise Unsupported(
            f"has alpha {activation.gain:g}; supported: above zero. Use HardSigmoid with its "
            "default alpha."
        )
    return call.append(kept(Identity(tensor.shape), activation), [tensor])


@ONNX_OPS.register("Clip")
def clip(call: Call) -> Tensor:
    """Keep a clipped range: a rectifier where it begins at zero."""
    tensor = call.tensor()
    low, high = _bound(call, 1, "a lower bound"), _bound(call, 2, "an upper bound")
    unbounded = np.finfo(np.float32).max
    low = None if low is None or low <= -unbounded else low
    high = None if high is None or high >= unbounded else high
    if low == 0 and (high is None or high > 0):
        activation: Activation = ReLU(ceiling=high)
    elif low is None and high is None:
        activation = Activation.LINEAR
    elif low is None or high is None or low >= high:
        raise Unsupported(
            f"clips to {low} and {high}; supported: a lower bound below the upper one, 0 without "
            "an upper one, or none at all. Use relu, or give both bounds."
        )
    else:
        activation = Clip(low, high)
    return call.append(kept(Identity(tensor.shape), activation), [tensor])


def _bound(call: Call, index: int, what: str) -> float | None:
    bound = call.constant(index, what)
    return None if bound is None else float(bound.reshape(-1)[0])


@ONNX_OPS.register("PRelu")
def prelu(call: Call) -> Tensor:
    """Keep a rectifier with a trained slope, one for all or one per channel."""
    slope = call.weights(1, "slopes")
    assert slope is not None  # ONNX demands it.
    tensor, values = along_channels(call, 0, slope)
    if values is None:
        raise Unsupported(
            f"has slopes of shape {slope.shape} for inputs of shape {tensor.source_shape}; "
            "supported: one, or one per channel. Train it with PReLU(num_parameters=channels)."
        )
    activation = ReLU(slope=tuple(float(value) for value in values))
    return call.append(kept(Identity(tensor.shape), activation), [tensor])


@ONNX_OPS.register("Softmax")
def softmax(call: Call) -> Tensor:
    """Keep a softmax, over the last stored axis."""
    return _softmax(call, "kept")


def _softmax(call: Call, action: str) -> Tensor:
    axis = positive_axis(int(call.attribute("axis", -1)), call.tensor())
    tensor = call.with_last(0, axis)
    steps: Steps = ((Identity(tensor.shape), Activation.SOFTMAX),)
    return call.append(Translation(steps, action), [tensor])


@ONNX_OPS.register("LogSoftmax", "Log")
def logarithm(call: Call) -> Tensor:
    """Leave out the logarithm with which a network ends: its outputs are the probabilities."""
    kind = call.operation.kind
    if not call.makes_logarithms:
        what = "probabilities" if kind == "LogSoftmax" else "its input"
        raise Unsupported(
            f"is a logarithm of {what}, which a spike rate cannot express; supported: Softmax, or "
            "LogSoftmax at the end of the network. Leave it out, or choose the value before it: "
            f"output={call.operation.inputs[0]!r}."
        )
    if kind == "Log":
        action = "removed: the outputs are the probabilities themselves"
        return call.append(Translation((), action), [call.tensor()])
    return _softmax(call, "lowered to a softmax: the outputs are probabilities, not logarithms")
