"""Operations that stand in a functional model without a layer: ``x / 255``, ``a + b``."""

from __future__ import annotations

from numbers import Real
from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import KERAS_OPERATIONS
from workbench.ingest.keras_layers.merging import add, subtract
from workbench.network.activation import Activation, ReLU
from workbench.network.affine import Affine
from workbench.network.structure import Identity


def _constant(arguments: tuple[Any, ...]) -> tuple[float, bool]:
    """Return the number of a two-sided operation with one, and whether it stands first."""
    first, second = arguments[:2]
    for value, leads in ((first, True), (second, False)):
        if isinstance(value, Real):
            return float(value), leads
    raise Unsupported(
        "combines a tensor with something that is not a number; supported: numbers. Use "
        "Rescaling or Normalization for one per channel."
    )


@KERAS_OPERATIONS.register("Add")
def plus(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a sum of tensors, or of a tensor and a number."""
    if len(inputs) == 2:
        return add(None, inputs)
    return kept(Affine(inputs[0].shape, 1.0, _constant(arguments)[0]))


@KERAS_OPERATIONS.register("Subtract")
def minus(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Express a difference of tensors, or of a tensor and a number, as a sum."""
    if len(inputs) == 2:
        return subtract(None, inputs)
    value, leads = _constant(arguments)
    factor, constant = (-1.0, value) if leads else (1.0, -value)
    return kept(Affine(inputs[0].shape, factor, constant))


@KERAS_OPERATIONS.register("Multiply")
def times(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a product with a number."""
    if len(inputs) == 2:
        raise Unsupported(
            "multiplies two tensors, which is not linear; supported: multiplication by a number. "
            "Use an addition instead."
        )
    return kept(Affine(inputs[0].shape, _constant(arguments)[0]))


@KERAS_OPERATIONS.register("TrueDivide", "Divide")
def divided(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a division by a number."""
    if len(inputs) == 2 or _constant(arguments)[1]:
        raise Unsupported(
            "divides by a tensor, which is not linear; supported: division by a number. Leave it "
            "out."
        )
    return kept(Affine(inputs[0].shape, 1 / _constant(arguments)[0]))


@KERAS_OPERATIONS.register("Negative")
def negative(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Express a negation as an affine map."""
    return kept(Affine(inputs[0].shape, -1.0))


@KERAS_OPERATIONS.register("Relu")
def relu(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a rectifier."""
    return kept(Identity(inputs[0].shape), Activation.RELU)


@KERAS_OPERATIONS.register("Relu6")
def relu6(arguments: tuple[Any, ...], inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a rectifier clipped at 6."""
    return kept(Identity(inputs[0].shape), ReLU(ceiling=6.0))
