"""Sums, products with constants, and normalization."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from workbench.ingest.builder import Steps, Tensor, Translation, Unsupported, kept
from workbench.ingest.onnx_ops.constants import along_channels, per_sample
from workbench.ingest.onnx_ops.handlers import ONNX_OPS, Call
from workbench.network.activation import Activation, Number
from workbench.network.affine import Affine, BatchNorm
from workbench.network.structure import Add, Reshape


@ONNX_OPS.register("BatchNormalization")
def batch_normalization(call: Call) -> Tensor:
    """Keep a batch normalization; conversion folds it where that is exact."""
    # Below opset 14, a second output says the same as training_mode = 1.
    if call.attribute("training_mode", 0) or any(call.operation.outputs[1:]):
        raise Unsupported("is in training mode. Export the model in evaluation mode: model.eval().")
    tensor = call.channels_last()
    names = ("a scale", "a shift", "a mean", "a variance")
    gamma, beta, mean, variance = (call.weights(i + 1, name) for i, name in enumerate(names))
    channels = tensor.shape[-1]
    if mean is None or variance is None or mean.shape != (channels,):
        raise Unsupported(
            f"normalizes channels other than the {channels} of its input. Check the input shape."
        )
    epsilon = float(call.attribute("epsilon", 1e-5))
    norm = BatchNorm(tensor.shape, gamma, beta, mean, variance, epsilon)
    return call.append(kept(norm), [tensor])


@ONNX_OPS.register("Add", "Sum")
def addition(call: Call) -> Tensor:
    """Keep a sum of tensors; a constant added is an affine map."""
    constants = [value for value in call.values if isinstance(value, np.ndarray)]
    tensors = [index for index, value in enumerate(call.values) if isinstance(value, Tensor)]
    if not constants:
        return _sum(call, tensors)
    if len(call.values) > 2:
        raise Unsupported(
            "adds constants to several tensors; supported: constants in one of them. Add them "
            "one after the other."
        )
    return _affine(call, tensors[0], np.ones(1), constants[0])


def _sum(call: Call, indices: list[int], negative: bool = False) -> Tensor:
    """Add tensors of one shape, or take the last one away."""
    inputs = call.alike(indices)
    shape = inputs[0].shape
    if any(tensor.shape != shape for tensor in inputs):
        shown = ", ".join(str(tensor.source_shape) for tensor in inputs)
        raise Unsupported(f"combines shapes {shown}; supported: equal shapes. Expand first.")
    if len(inputs) == 1:
        return call.append(Translation((), "removed: a sum of one"), inputs)
    if len({tensor.node for tensor in inputs}) < len(inputs):
        return _of_itself(call, inputs, negative)
    before = (None,) * (len(inputs) - 1) + (Affine(shape, -1.0) if negative else None,)
    action = "lowered to an addition" if negative else "kept"
    steps: Steps = ((Add(shape, len(inputs)), Activation.LINEAR),)
    return call.append(Translation(steps, action, before), inputs)


def _of_itself(call: Call, inputs: list[Tensor], negative: bool) -> Tensor:
    """Express ``x + x`` as a multiple."""
    if negative or len({tensor.node for tensor in inputs}) > 1:
        raise Unsupported(
            "combines a tensor with itself; supported: x + x. Multiply by a constant instead."
        )
    layer = Affine(inputs[0].shape, float(len(inputs)))
    return call.append(kept(layer), inputs[:1])


@ONNX_OPS.register("Sub")
def subtraction(call: Call) -> Tensor:
    """Express a difference as a sum with the negative."""
    first, second = call.values
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return _sum(call, [0, 1], negative=True)
    if isinstance(first, Tensor):
        return _affine(call, 0, np.ones(1), -_known(second))
    return _affine(call, 1, -np.ones(1), _known(first))


@ONNX_OPS.register("ai.onnx.ml.Scaler")
def scaler(call: Call) -> Tensor:
    """Express ``(x - offset) * scale``, as scikit-learn's StandardScaler is exported."""
    tensor = call.in_source_order()
    offset, scale = (
        np.array(call.attribute(name) or [default], np.float64)
        for name, default in (("offset", 0.0), ("scale", 1.0))
    )
    columns = tensor.shape[-1]
    if not {offset.size, scale.size} <= {1, columns}:
        raise Unsupported(
            f"has {offset.size} offsets and {scale.size} scales for {columns} columns. Export it "
            "for inputs of the number of columns that it was fitted to."
        )
    stored = sum(values.size for values in (offset, scale) if values.size > 1)
    layer = Affine(tensor.shape, _number(scale), _number(-offset * scale), stored)
    return call.append(kept(layer), [tensor])


@ONNX_OPS.register("Neg")
def negation(call: Call) -> Tensor:
    """Express a negation as an affine map."""
    return _affine(call, 0, -np.ones(1), np.zeros(1))


@ONNX_OPS.register("Mul")
def product(call: Call) -> Tensor:
    """Keep a product with a constant."""
    first, second = call.values
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        raise Unsupported(
            "multiplies two tensors, which is not linear and has no spiking form; supported: "
            "multiplication by a constant. Replace gates and activations such as SiLU or GELU by "
            "relu."
        )
    index = 0 if isinstance(first, Tensor) else 1
    return _affine(call, index, _known(second if index == 0 else first), np.zeros(1))


@ONNX_OPS.register("Div")
def quotient(call: Call) -> Tensor:
    """Keep a division by a constant."""
    divisor = call.value(1)
    if not isinstance(divisor, np.ndarray):
        raise Unsupported(
            "divides by a tensor, which is not linear; supported: division by a constant. Leave "
            "it out."
        )
    if not np.all(divisor):
        raise Unsupported("divides by zero. Correct the constant.")
    return _affine(call, 0, 1 / divisor.astype(np.float64), np.zeros(1))


def _known(value: Tensor | np.ndarray | None) -> np.ndarray:
    assert isinstance(value, np.ndarray)
    return value.astype(np.float64)


def _affine(call: Call, index: int, factor: np.ndarray, constant: np.ndarray) -> Tensor:
    """Add ``factor x + constant``, per channel if possible, else per unit."""
    varying = factor if factor.size > 1 else constant
    tensor, values = along_channels(call, index, varying)
    stored = varying.size if varying.size > 1 else 0
    if values is not None:
        layer = Affine(
            tensor.shape,
            _number(values if varying is factor else factor),
            _number(constant if varying is factor else values),
            stored,
        )
        return call.append(kept(layer), [tensor])
    return _per_unit(call, tensor, factor, constant, stored)


def _per_unit(
    call: Call, tensor: Tensor, factor: np.ndarray, constant: np.ndarray, stored: int
) -> Tensor:
    """Give every unit its own factor and constant: each is a channel of a vector."""
    shape, size = tensor.shape, math.prod(tensor.shape)
    numbers = []
    for values in (factor, constant):
        each = per_sample(values, tensor, call.batch)
        numbers.append(_number(np.broadcast_to(each, shape).reshape(-1)))
    layer = Affine((size,), numbers[0], numbers[1], stored)
    steps = (Reshape(shape, (size,)), layer, Reshape((size,), shape))
    linear = tuple((step, Activation.LINEAR) for step in steps)
    translation = Translation(linear, "lowered to an affine map of every unit")
    return replace(call.append(translation, [tensor]), channels_first=False)


def _number(values: np.ndarray) -> Number:
    """Return one number where all are the same, else one per channel."""
    flat = values.reshape(-1)
    if flat.size == 1 or (flat == flat[0]).all():
        return float(flat[0])
    return tuple(float(value) for value in flat)
