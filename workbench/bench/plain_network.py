"""A spiking network as plain numbers, in the form in which other simulators are given it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from workbench.errors import SimulationError
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer
from workbench.network.pooling import SumPool2D
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape


@dataclass(frozen=True, eq=False)
class Stage:
    """Average pooling maybe, a weighted map, and neurons with the threshold 1.

    Parameters
    ----------
    pool : int
        Width of the windows; 0 for none.
    kernel : ndarray of float32
        As TensorFlow stores it; of a dense map after an image, rows in the order row, column,
        channel.
    bias : ndarray of float32, shape (filters,)
    padding : int
        Zeros around the image.
    image : (height, width, channels), or ()
        Of the input of a dense map that reads an image.
    """

    pool: int
    kernel: np.ndarray
    bias: np.ndarray
    padding: int = 0
    image: tuple[int, ...] = ()


def chain_of(spiking: SpikingNetwork) -> tuple[Stage, ...]:
    """Return a network that is a plain chain as stages, of which the first takes samples.

    Raises
    ------
    SimulationError
        If it has branches, other layers than convolutions with square kernels, average pooling and
        dense layers, or neurons that do not start at 0 and reset by subtraction.
    """
    stages = []
    for source, population in zip(spiking.populations, spiking.populations[1:], strict=False):
        incoming = spiking.incoming(population.name)
        is_plain = population.reset == "subtract" and not population.starts.any()
        if [p.source for p in incoming] != [source.name] or not is_plain:
            raise _refusal(spiking, population.name)
        stage = _stage(list(incoming[0].maps), population.threshold, population.bias)
        if stage is None:
            raise _refusal(spiking, population.name)
        stages.append(stage)
    # Ours divides samples by their scale; others get them as they are.
    scaled = (stages[0].kernel / spiking.input_scale).astype(np.float32)
    return dataclasses.replace(stages[0], kernel=scaled), *stages[1:]


def _refusal(spiking: SpikingNetwork, name: str) -> SimulationError:
    return SimulationError(
        f"Layer '{name}' of network '{spiking.name}' cannot be given to other simulators for "
        "comparison; accepted: a chain of Conv2D, average pooling and Dense with reset by "
        "subtraction."
    )


def _stage(maps: list[Layer], threshold: int, bias: np.ndarray) -> Stage | None:
    scale, pool = 1.0, 0
    image: tuple[int, ...] = ()
    first = maps[0]
    if isinstance(first, SumPool2D):
        pool = first.pool_size[0]
        if (
            first.pool_size != (pool, pool)
            or first.strides != (pool, pool)
            or first.common != pool**2
        ):
            return None
        # Their pooling divides by the window, ours does not.
        scale = float(first.common)
        maps = maps[1:]
    if isinstance(maps[0], Reshape):
        image = maps[0].input_shape
        maps = maps[1:]
    (layer, *more) = maps
    if more or not isinstance(layer, (Conv2D, Dense)):
        return None
    kernel = (layer.kernel * (scale / threshold)).astype(np.float32)
    biases = (bias / threshold).astype(np.float32)
    if isinstance(layer, Dense):
        return Stage(pool, kernel, biases, 0, image)
    padding = layer.padding[0][0]
    symmetric = layer.padding == ((padding, padding), (padding, padding))
    plain = layer.strides == layer.dilation == (1, 1) and layer.groups == 1
    if not (symmetric and plain):
        return None
    per_place = biases.reshape(-1, layer.filters)
    if (per_place != per_place[0]).any():
        return None
    return Stage(pool, kernel, per_place[0], padding)
