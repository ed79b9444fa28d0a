"""An analog network as a PyTorch module, for packages that convert one.

Batch normalization is folded into the maps before it, which these packages would do themselves, so
that all get the same weights.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from workbench.conversion.passes.fold_affine import fold_affine
from workbench.errors import SimulationError
from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.pooling import AveragePool2D, MaxPool2D, Pool2D
from workbench.network.structure import Add, Identity, Reshape


def module_of(network: Network) -> Any:
    """Return a module that gives a network's sums ahead of its softmax.

    Returns
    -------
    torch.nn.Module
        From samples (batch, channels, height, width) to (batch, classes); a rectifier is a
        ``ReLU`` of its own for each layer.

    Raises
    ------
    SimulationError
        If the network has other layers than convolutions, dense maps, pooling, additions and plain
        rectifiers.
    """
    torch = importlib.import_module("torch")
    folded = fold_affine(network)
    layers, steps = torch.nn.ModuleDict(), []
    for node in folded.nodes[1:]:
        name = node.name.replace(".", "_")
        layers[name] = _layer(torch, folded, node)
        rectified = node.activation == Activation.RELU
        if rectified:
            layers[f"{name}_relu"] = torch.nn.ReLU()
        elif node.activation != Activation.LINEAR and node is not folded.output:
            raise _refusal(folded, node)
        steps.append((node.name, name, node.inputs, isinstance(node.layer, Add), rectified))
    source, output = folded.nodes[0].name, folded.output.name

    class Analog(torch.nn.Module):  # type: ignore[name-defined]
        """The network; its steps are fixed, so that it can be traced."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = layers

        def forward(self, x: Any) -> Any:
            values = {source: x}
            for node, name, inputs, is_sum, rectified in steps:
                if is_sum:
                    value = values[inputs[0]]
                    for other in inputs[1:]:
                        value = value + values[other]
                else:
                    value = self.layers[name](values[inputs[0]])
                values[node] = self.layers[f"{name}_relu"](value) if rectified else value
            return values[output]

    return Analog().eval()


def channels_first(x: np.ndarray) -> Any:
    """Return samples as a tensor."""
    torch = importlib.import_module("torch")
    x = np.moveaxis(x, -1, 1) if x.ndim == 4 else x
    return torch.from_numpy(np.array(x, np.float32, order="C"))


def _refusal(network: Network, node: Node) -> SimulationError:
    return SimulationError(
        f"Layer '{node.name}' ({node.layer.kind}, {node.activation.label}) of network "
        f"'{network.name}' cannot be given to other packages for comparison; accepted: Conv2D, "
        "Dense, pooling and Add with plain rectifiers."
    )


def _layer(torch: Any, network: Network, node: Node) -> Any:
    """Return a node's map as a module."""
    nn, layer = torch.nn, node.layer
    if isinstance(layer, Conv2D):
        return _convolution(torch, network, node)
    if isinstance(layer, Dense):
        made = nn.Linear(*layer.kernel.shape, bias=layer.bias is not None)
        _fill(torch, made, _rows(network, node).T, layer.bias)
        return made
    if isinstance(layer, Pool2D) and not np.any(layer.padding):
        kind = nn.MaxPool2d if isinstance(layer, MaxPool2D) else nn.AvgPool2d
        if isinstance(layer, (MaxPool2D, AveragePool2D)):
            return kind(layer.pool_size, layer.strides)
    if isinstance(layer, Reshape) and len(layer.output_shape) == 1:
        return nn.Flatten()
    if isinstance(layer, (Identity, Add)):
        return nn.Identity()
    raise _refusal(network, node)


def _rows(network: Network, node: Node) -> np.ndarray:
    """Return the weights of a dense map in the order of its inputs, which are channels first."""
    layer: Any = node.layer
    source = network[node.inputs[0]].layer
    image = source.input_shapes[0] if isinstance(source, Reshape) else ()
    if len(image) != 3:
        kernel: np.ndarray = layer.kernel
        return kernel
    ordered = layer.kernel.reshape(*image, -1).transpose(2, 0, 1, 3)
    return np.asarray(ordered.reshape(layer.kernel.shape))


def _convolution(torch: Any, network: Network, node: Node) -> Any:
    """Return a convolution with as much padding on either side.

    Where one side has less, rows or columns of zeros in the kernel reach into what is added there.
    """
    layer: Any = node.layer
    widths = [max(sides) for sides in layer.padding]
    zeros = [
        (w - before, w - after) for w, (before, after) in zip(widths, layer.padding, strict=True)
    ]
    per_place = layer.bias is not None and np.ndim(layer.bias) != 1
    if per_place or (np.any(zeros) and layer.dilation != (1, 1)):
        raise _refusal(network, node)
    kernel = np.pad(layer.kernel, (*zeros, (0, 0), (0, 0)))
    height, width, channels, filters = kernel.shape
    made = torch.nn.Conv2d(
        channels * layer.groups, filters, (height, width), layer.strides, padding=tuple(widths),
        dilation=layer.dilation, groups=layer.groups, bias=layer.bias is not None,
    )  # fmt: skip
    _fill(torch, made, kernel.transpose(3, 2, 0, 1), layer.bias)
    return made


def _fill(torch: Any, made: Any, kernel: np.ndarray, bias: np.ndarray | None) -> None:
    made.weight.data = torch.from_numpy(np.array(kernel, np.float32, order="C"))
    if bias is not None:
        made.bias.data = torch.from_numpy(np.array(bias, np.float32))
