"""Nodes of a NIR graph without neurons, as layers of the workbench: images channels last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.ingest.builder import Unsupported
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import SumPool2D
from workbench.network.rearrange import Permute
from workbench.network.structure import Reshape
from workbench.network.windows import same_padding
from workbench.util.handlers import Handlers

Pair = tuple[int, int]


@dataclass(frozen=True)
class Linear:
    """What a node does to what it reads: layers one after the other, and then a factor."""

    layers: tuple[Layer, ...]
    factor: float = 1.0


NODES: Handlers[Callable[[Any, Shape], Linear]] = Handlers("ingest from NIR")


@NODES.register("Conv2d")
def _conv2d(node: Any, shape: Shape) -> Linear:
    kernel = np.asarray(node.weight, np.float64).transpose(2, 3, 1, 0)
    return Linear((_convolution(node, shape, kernel, _pair(node.stride), _pair(node.dilation)),))


@NODES.register("Conv1d")
def _conv1d(node: Any, shape: Shape) -> Linear:
    kernel = np.asarray(node.weight, np.float64).transpose(2, 1, 0)[None]
    strides, dilation = (1, _first(node.stride)), (1, _first(node.dilation))
    return Linear((_convolution(node, shape, kernel, strides, dilation),))


def _convolution(
    node: Any, shape: Shape, kernel: np.ndarray, strides: Pair, dilation: Pair
) -> Conv2D:
    if len(shape) != 3:
        raise Unsupported(
            f"reads values of shape {shape}; supported: images. Apply Conv2d to images."
        )
    if isinstance(node.padding, str):
        sides = tuple(
            same_padding(size, taps, stride, step) if node.padding == "same" else (0, 0)
            for size, taps, stride, step in zip(
                shape[:2], kernel.shape[:2], strides, dilation, strict=True
            )
        )
    else:
        given = [int(n) for n in np.atleast_1d(node.padding)]
        given = (
            [0, *given] if kernel.shape[0] == 1 and len(given) == 1 else given * (3 - len(given))
        )
        sides = tuple((n, n) for n in given)
    bias = np.broadcast_to(np.asarray(node.bias, np.float64), kernel.shape[-1:])
    return Conv2D(shape, kernel, bias, strides, (sides[0], sides[1]), dilation, int(node.groups))


@NODES.register("SumPool2d")
def _sum_pool(node: Any, shape: Shape) -> Linear:
    if len(shape) != 3:
        raise Unsupported(
            f"reads values of shape {shape}; supported: images. Apply pooling to images."
        )
    top, left = _pair(node.padding)
    sides = ((top, top), (left, left))
    return Linear((SumPool2D(shape, _pair(node.kernel_size), _pair(node.stride), sides, True),))


@NODES.register("AvgPool2d")
def _average_pool(node: Any, shape: Shape) -> Linear:
    (pool,) = _sum_pool(node, shape).layers
    rows, columns = _pair(node.kernel_size)
    return Linear((pool,), 1 / (rows * columns))


@NODES.register("Flatten")
def _flatten(node: Any, shape: Shape) -> Linear:
    if int(node.start_dim) != 0 or int(node.end_dim) not in (-1, len(shape) - 1):
        raise Unsupported(
            f"flattens axes {node.start_dim} to {node.end_dim}; supported: all, 0 to -1. Flatten "
            "everything."
        )
    size = (int(np.prod(shape)),)
    if len(shape) == 1:
        return Linear((Reshape(shape, size),))
    ahead = Permute(shape, (2, 0, 1))  # NIR's images have their channels first.
    return Linear((ahead, Reshape(ahead.output_shape, size)))


@NODES.register("Affine")
def _affine(node: Any, shape: Shape) -> Linear:
    weight = np.asarray(node.weight, np.float64)
    if weight.ndim != 2 or shape != (weight.shape[1],):
        raise Unsupported(
            f"has weights of shape {weight.shape}, but reads values of shape {shape}; supported: "
            "(outputs, inputs) after a Flatten. Add a Flatten."
        )
    bias = getattr(node, "bias", None)
    given = (
        None if bias is None else np.broadcast_to(np.asarray(bias, np.float64), weight.shape[:1])
    )
    return Linear((Dense(weight.T.copy(), given),))


NODES.register("Linear")(_affine)


@NODES.register("Scale")
def _scale(node: Any, shape: Shape) -> Linear:
    values = np.asarray(node.scale, np.float64)
    if values.ndim == 3:
        values = values.transpose(1, 2, 0)
    elif values.ndim == 2:
        values = values.T[None]  # A sequence is an image of height 1.
    return Linear((Scale(shape, np.broadcast_to(values, shape).copy()),))


def _pair(values: Any) -> Pair:
    found = [int(n) for n in np.atleast_1d(values)]
    return (found[0], found[-1])


def _first(values: Any) -> int:
    return int(np.atleast_1d(values)[0])
