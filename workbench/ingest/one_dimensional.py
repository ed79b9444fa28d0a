"""Images and sequences: one-dimensional layers are two-dimensional ones of height 1."""

from __future__ import annotations

from workbench.ingest.builder import Translation
from workbench.network.activation import Activation
from workbench.network.layer import Layer, Shape
from workbench.network.structure import Reshape


def image_shape(shape: Shape) -> tuple[int, int, int]:
    """Return a shape as (height, width, channels); a sequence is an image of height 1."""
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    return shape[0], shape[1], shape[2]


def as_image(
    shape: Shape, layers: tuple[Layer, ...], activation: Activation, lowered: str = ""
) -> Translation:
    """Return a translation of layers for images; around a sequence's they are reshaped.

    Parameters
    ----------
    shape : tuple of int
        Of the layer's input, of an image or a sequence.
    layers : tuple of Layer
        Reading (height, width, channels); the activation follows the last.
    lowered : str
        What the layers are, where the source has another one.
    """
    action = f"lowered to {lowered}" if lowered else "kept"
    if len(shape) == 3:
        return Translation((*_linear(layers[:-1]), (layers[-1], activation)), action)
    image = image_shape(shape)
    _, width, channels = layers[-1].output_shape
    behind = Reshape(layers[-1].output_shape, (width, channels))
    ahead = Reshape(shape, image)
    action = f"lowered to {lowered or 'the two-dimensional layer'} on an image of height 1"
    return Translation((*_linear((ahead, *layers)), (behind, activation)), action)


def _linear(layers: tuple[Layer, ...]) -> tuple[tuple[Layer, Activation], ...]:
    return tuple((layer, Activation.LINEAR) for layer in layers)
