"""Layers with several inputs."""

from __future__ import annotations

from typing import Any

from workbench.ingest.builder import Tensor, Translation, Unsupported, kept
from workbench.ingest.keras_layers.handlers import layout_free, stored_axis
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.layer import Shape
from workbench.network.structure import Add, Concatenate


def _one_shape(inputs: tuple[Tensor, ...], verb: str) -> Shape:
    shapes = [tensor.shape for tensor in inputs]
    if len(set(shapes)) != 1:
        shown = tuple(tensor.source_shape for tensor in inputs)
        raise Unsupported(f"{verb} shapes {shown}; supported: equal shapes. Broadcast first.")
    return shapes[0]


@layout_free("Add")
def add(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep an addition of inputs of one shape."""
    return kept(Add(_one_shape(inputs, "adds"), len(inputs)))


@layout_free("Subtract")
def subtract(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express a difference as an addition of the negative."""
    shape = _one_shape(inputs, "subtracts")
    steps = ((Add(shape, 2), Activation.LINEAR),)
    return Translation(steps, "lowered to an addition", (None, Affine(shape, -1.0)))


@layout_free("Average")
def average(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Express an average of several inputs as a scaled addition."""
    shape, n = _one_shape(inputs, "averages"), len(inputs)
    steps = ((Add(shape, n), Activation.LINEAR), (Affine(shape, 1 / n), Activation.LINEAR))
    return Translation(steps, "lowered to a scaled addition")


@layout_free("Concatenate")
def concatenate(layer: Any, inputs: tuple[Tensor, ...]) -> Translation:
    """Keep a concatenation."""
    shapes = tuple(tensor.shape for tensor in inputs)
    return kept(Concatenate(shapes, stored_axis(layer.axis, inputs[0])))
