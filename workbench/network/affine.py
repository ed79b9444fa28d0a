"""Per-channel maps: batch normalization as it is stored, a plain affine map, and a scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from workbench.network.activation import Number, per_channel
from workbench.network.bounds import Bounds, absolute_sums
from workbench.network.closed_forms import as_image
from workbench.network.layer import Synapses
from workbench.network.structure import Wire


class ChannelAffine(Wire):
    """``y = scale x + shift``, both per channel (the last axis) or one for all."""

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = False
    factored: ClassVar[bool] = True

    @property
    def scale(self) -> np.ndarray:
        """Factor of the input; float64, shape (channels,) or ()."""
        raise TypeError(f"{self.kind} does not define its scale")

    @property
    def shift(self) -> np.ndarray:
        """Constant added; float64, shape (channels,) or ()."""
        raise TypeError(f"{self.kind} does not define its shift")

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        dtype = inputs[0].dtype
        return inputs[0] * self.scale.astype(dtype) + self.shift.astype(dtype)

    @property
    def affine(self) -> tuple[np.ndarray, np.ndarray]:
        return self.scale, self.shift

    @property
    def integer_form(self) -> None:
        return None

    def carried(self, factor: np.ndarray) -> np.ndarray:
        return factor * self.scale

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        return factor * self.scale

    def lifted(self) -> ChannelAffine:
        lifted: ChannelAffine = self.replace(input_shape=as_image(self.input_shape))
        return lifted

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        index = np.arange(math.prod(self.input_shape), dtype=np.int64)
        yield index, index, np.broadcast_to(self.scale, self.input_shape).reshape(-1)

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds.of(self.scale, np.abs(self.scale).max(initial=0))

    @property
    def synapse_count(self) -> int:
        """A factor of every unit is no synapse: it goes into those of its neighbours."""
        return 0

    @property
    def macs(self) -> int:
        return self.output_size


@dataclass(frozen=True, eq=False)
class BatchNorm(ChannelAffine):
    """``y = gamma (x - mean) / sqrt(variance + epsilon) + beta`` over the last axis.

    Parameters
    ----------
    mean, variance : ndarray, shape (channels,)
    gamma, beta : ndarray, shape (channels,), or None
        None where the layer was made without a scale or a center: 1 and 0.
    """

    gamma: np.ndarray | None
    beta: np.ndarray | None
    mean: np.ndarray
    variance: np.ndarray
    epsilon: float

    def check(self) -> None:
        channels = self.input_shape[-1:]
        for name in ("gamma", "beta", "mean", "variance"):
            array = getattr(self, name)
            fits = array is None or array.shape == channels
            shape = None if array is None else array.shape
            self.demand(fits, f"{name} has the shape {shape}", f"the shape {channels}")
        # Not below 0: NaN, as damaged files hold it, is told where values are checked.
        positive = not bool((self.variance.astype(np.float64) + self.epsilon <= 0).any())
        self.demand(positive, "variance is below 0", "variance + epsilon above 0")

    @property
    def scale(self) -> np.ndarray:
        """Factor of the input; float64, shape (channels,)."""
        variance = self.variance.astype(np.float64)
        gamma = np.float64(1) if self.gamma is None else self.gamma.astype(np.float64)
        return gamma / np.sqrt(variance + self.epsilon)

    @property
    def shift(self) -> np.ndarray:
        """Constant added; float64, shape (channels,)."""
        beta = np.float64(0) if self.beta is None else self.beta.astype(np.float64)
        return beta - self.mean.astype(np.float64) * self.scale


@dataclass(frozen=True, eq=False)
class Affine(ChannelAffine):
    """``y = factor x + constant``: rescaling, normalization, signs of a subtraction.

    Parameters
    ----------
    factor, constant : float or tuple of float
        For all channels, or one per channel.
    stored : int
        How many trained numbers of the source they stand for.
    """

    factor: Number = 1.0
    constant: Number = 0.0
    stored: int = 0

    def check(self) -> None:
        for name in ("factor", "constant"):
            size = np.size(getattr(self, name))
            self.demand(
                size in (1, self.input_shape[-1]),
                f"{name} has {size} numbers",
                f"one for all, or one for each of the channels of {self.input_shape}",
            )

    @property
    def scale(self) -> np.ndarray:
        return per_channel(self.factor)

    @property
    def shift(self) -> np.ndarray:
        return per_channel(self.constant)

    @property
    def parameter_count(self) -> int:
        return self.stored


@dataclass(frozen=True, eq=False)
class Scale(Wire):
    """``y = factor x``: one synapse per unit, as a shortcut into an addition has.

    Parameters
    ----------
    factor : ndarray, shape broadcastable to `input_shape`
    """

    weighted: ClassVar[bool] = True
    mixing: ClassVar[bool] = False
    factor: np.ndarray

    def check(self) -> None:
        shape, units = self.factor.shape, self.input_shape
        ahead = len(units) - len(shape)
        pairs = zip(shape, units[max(ahead, 0) :], strict=False)
        self.demand(
            ahead >= 0 and all(size in (1, wanted) for size, wanted in pairs),
            f"factor has the shape {shape}",
            f"a shape that broadcasts to {units}",
        )

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds.of(self.factor, absolute_sums(self.factor.reshape(1, -1)).max(initial=0))

    def forward(self, *inputs: np.ndarray) -> np.ndarray:
        return inputs[0] * self.factor

    def negated(self) -> Scale:
        negated: Scale = self.replace(factor=-self.factor)
        return negated

    def synapses(self, input_index: int = 0) -> Iterator[Synapses]:
        index = np.arange(math.prod(self.input_shape), dtype=np.int64)
        yield index, index, np.broadcast_to(self.factor, self.input_shape).reshape(-1)

    @property
    def synapse_count(self) -> int:
        return math.prod(self.input_shape)
