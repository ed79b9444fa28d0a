"""The HDF5 file that Lava's ``netx.hdf5.Network`` loads: writing it, and reading it back.

Images are (channels, height, width) in it, convolution weights (filters, channels, rows,
columns), dense weights (units, inputs) with flattened images in C order of (channels,
height, width). The loader's neuron spikes on ``v > vThMant``, so the mantissa is one less
than the potential at which a neuron is meant to spike.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.exporters.loihi.chip_integers import QuantizedLayer
from workbench.network.convolution import Conv2D
from workbench.network.layer import Shape


@dataclass(frozen=True, eq=False)
class FileLayer:
    """A group of the file as read back: type "conv", "flatten" or "dense", and its data sets."""

    type: str
    data: dict[str, np.ndarray]
    threshold_mantissa: int = 0


def groups(layers: tuple[QuantizedLayer, ...]) -> list[int]:
    """Number of each layer's group in the file; flattening takes a group of its own."""
    numbers, number = [], 0
    for layer in layers:
        number += 2 if layer.source.flattened else 1
        numbers.append(number)
    return numbers


def write(path: Path, layers: tuple[QuantizedLayer, ...], about: str) -> None:
    """Write a network.

    Parameters
    ----------
    path : Path
    layers : tuple of QuantizedLayer
    about : str
        Description, stored as an attribute of the file.
    """
    import h5py

    # In memory first: where a disk is full, HDF5 keeps a file open that it cannot close.
    written = io.BytesIO()
    # Without an order of creation, with which HDF5 stores the time: files of one network are equal.
    with h5py.File(written, "w") as file:
        file.attrs["about"] = about
        group = file.create_group("layer/0")
        _text(group, "type", "input")
        group["shape"] = np.array(channels_first(layers[0].source.map.input_shapes[0]))
        for number, layer in zip(groups(layers), layers, strict=True):
            if layer.source.flattened:
                flat = file.create_group(f"layer/{number - 1}")
                _text(flat, "type", "flatten")
                flat["shape"] = np.array([math.prod(layer.source.flattened)])
            _write_layer(file.create_group(f"layer/{number}"), layer)
    path.write_bytes(written.getbuffer())


def _write_layer(group: Any, layer: QuantizedLayer) -> None:
    source = layer.source.map
    group["shape"] = np.array(channels_first(source.output_shape))
    group["bias"] = layer.bias.astype(np.int32)
    if isinstance(source, Conv2D):
        _text(group, "type", "conv")
        group["weight"] = layer.weight.transpose(3, 2, 0, 1).astype(np.int32)
        group["inChannels"] = source.input_shape[2]
        group["outChannels"] = source.filters
        group["kernelSize"] = np.array(source.kernel.shape[:2])
        group["stride"] = np.array(source.strides)
        group["padding"] = np.array([source.padding[0][0], source.padding[1][0]])
        group["dilation"] = np.array(source.dilation)
        group["groups"] = source.groups
    else:
        _text(group, "type", "dense")
        weight = layer.weight
        if layer.source.flattened:
            image = weight.reshape(*layer.source.flattened, -1)
            weight = image.transpose(2, 0, 1, 3).reshape(weight.shape)
        # What was folded into a dense map is mostly zeros.
        packed = {"compression": "gzip"} if layer.source.folded else {}
        group.create_dataset("weight", data=weight.T.astype(np.int32), **packed)
        group["inFeatures"], group["outFeatures"] = weight.shape
    neuron = group.create_group("neuron")
    _text(neuron, "type", "LOIHI")
    neuron["iDecay"] = 4096  # No current outlives its step,
    neuron["vDecay"] = 0  # and no potential leaks: a plain integrate-and-fire neuron.
    neuron["vThMant"] = layer.threshold - 1
    neuron["refDelay"] = 1


def channels_first(shape: Shape) -> Shape:
    """(height, width, channels) as (channels, height, width); other shapes stay."""
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _text(group: Any, name: str, value: str) -> None:
    # The loader wants fixed-length bytes, not HDF5's variable-length strings.
    group.create_dataset(name, data=np.array([value], "S10"))


def read(path: Path) -> tuple[Shape, list[FileLayer]]:
    """Read a file back: the input's shape as stored, and all groups after it, in order."""
    import h5py

    with h5py.File(path, "r") as file:
        stored = file["layer"]
        layers = [_read_layer(stored[str(number)]) for number in range(1, len(stored))]
        return tuple(int(n) for n in stored["0/shape"][()]), layers


def _read_layer(group: Any) -> FileLayer:
    data = {key: np.asarray(group[key][()]) for key in group if key not in ("type", "neuron")}
    mantissa = int(group["neuron/vThMant"][()]) if "neuron" in group else 0
    return FileLayer(group["type"][0].decode(), data, mantissa)
