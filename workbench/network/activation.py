"""Analog activations: what a unit does with the sum that reaches it.

Every activation that hidden layers may have is a sum of plain ones,
``offset + sum_k gain_k * unit_k(slope_k * z + shift_k)``, where a unit is a rectifier, a step or
a staircase, each of which spikes. `Activation.parts` tells this sum, so that a new activation
needs no new neuron.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

Number = float | tuple[float, ...]
"""One value for all channels, or one per channel (the last axis)."""

ACTIVATION_KINDS: dict[str, type[Activation]] = {}


def per_channel(value: Number, dtype: np.dtype | type = np.float64) -> np.ndarray:
    """Return a value or a tuple of values as an array that broadcasts over the last axis."""
    return np.asarray(value, dtype)


@dataclass(frozen=True)
class Activation:
    """The base of every activation; instances compare by value."""

    hidden: ClassVar[bool] = True
    """Whether layers inside a spiking network may have it, or the output only."""

    nonnegative: ClassVar[bool] = False
    """Whether no output is below zero, as spikes without a sign need."""

    continuous: ClassVar[bool] = True
    """Whether outputs never jump, so that rounding stays small."""

    LINEAR: ClassVar[Activation]
    RELU: ClassVar[Activation]
    SOFTMAX: ClassVar[Activation]
    SIGMOID: ClassVar[Activation]
    TANH: ClassVar[Activation]

    def __init_subclass__(cls) -> None:
        ACTIVATION_KINDS[cls.__name__] = cls

    @property
    def label(self) -> str:
        """Name with its options, as tables show it."""
        raise TypeError(f"{type(self).__name__} does not define its name")

    @property
    def offset(self) -> float:
        """Constant of the sum over `parts`."""
        return 0.0

    def parts(self) -> tuple[Part, ...]:
        """Plain units whose sum is the activation; one "" part where it is plain itself.

        Raises
        ------
        TypeError
            If the activation is for outputs only.
        """
        raise TypeError(f"{self.label} is not a sum of rectifiers and steps")

    @property
    def is_plain(self) -> bool:
        """Whether one population of neurons carries the activation as it is."""
        return self.hidden and self.parts() == (Part("", self),)

    @property
    def parameter_count(self) -> int:
        """Number of trained values that the activation stores."""
        return 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Apply the function; a softmax runs over the last axis."""
        raise TypeError(f"{type(self).__name__} cannot be applied")


@dataclass(frozen=True)
class Part:
    """One unit's share of an activation, ``gain * unit(slope * z + shift)``.

    Parameters
    ----------
    suffix : str
        Tells the populations of one layer apart: "on", "off", "step".
    unit : Activation
        A plain one.
    """

    suffix: str
    unit: Activation
    slope: Number = 1.0
    shift: Number = 0.0
    gain: Number = 1.0

    def __call__(self, z: np.ndarray) -> np.ndarray:
        slope, shift = per_channel(self.slope, z.dtype), per_channel(self.shift, z.dtype)
        return self.unit(slope * z + shift)


@dataclass(frozen=True)
class Linear(Activation):
    """``y = x``; where spikes must carry it, an ON and an OFF population share it."""

    @property
    def label(self) -> str:
        return "linear"

    def parts(self) -> tuple[Part, ...]:
        return Part("on", ReLU()), Part("off", ReLU(), slope=-1.0, gain=-1.0)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x


@dataclass(frozen=True)
class ReLU(Activation):
    """``y = min(x, ceiling)`` where ``x > threshold``, else ``slope * (x - threshold)``.

    Parameters
    ----------
    ceiling : float or None
    slope : float or tuple of float
        Of the part below the threshold; one per channel where it was trained (PReLU).
    threshold : float
    """

    ceiling: float | None = None
    slope: Number = 0.0
    threshold: float = 0.0

    @property
    def nonnegative(self) -> bool:  # type: ignore[override]
        return not np.any(per_channel(self.slope)) and self.threshold >= 0

    @property
    def continuous(self) -> bool:  # type: ignore[override]
        return not self.threshold

    @property
    def label(self) -> str:
        if isinstance(self.slope, tuple):
            name, options = "prelu", []
        elif self.slope:
            name, options = "leaky_relu", [f"{self.slope:g}"]
        else:
            name, options = "relu", []
        if self.threshold:
            options.append(f"from {self.threshold:g}")
        if self.ceiling is not None:
            options.append(f"to {self.ceiling:g}")
        return f"{name}({', '.join(options)})" if options else name

    @property
    def parameter_count(self) -> int:
        return len(self.slope) if isinstance(self.slope, tuple) else 0

    def parts(self) -> tuple[Part, ...]:
        slope, threshold = per_channel(self.slope), self.threshold
        if not slope.any() and not threshold:
            return (Part("", self),)
        # Above the threshold the function jumps from 0 to it, or to a ceiling that lies below.
        jump = threshold if self.ceiling is None else min(threshold, self.ceiling)
        parts = []
        if self.ceiling is None or self.ceiling > threshold:
            ceiling = None if self.ceiling is None else self.ceiling - threshold
            parts.append(Part("on", ReLU(ceiling), shift=-threshold))
        if jump:
            parts.append(Part("step", Step(), shift=-threshold, gain=jump))
        if slope.any():
            gain = tuple(float(-s) for s in slope) if slope.ndim else float(-slope)
            parts.append(Part("off", ReLU(), slope=-1.0, shift=threshold, gain=gain))
        return tuple(parts)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if not self.threshold and not np.any(per_channel(self.slope)):
            return np.maximum(x, 0) if self.ceiling is None else np.clip(x, 0, self.ceiling)
        above = x if self.ceiling is None else np.minimum(x, x.dtype.type(self.ceiling))
        below = per_channel(self.slope, x.dtype) * (x - x.dtype.type(self.threshold))
        return np.where(x > self.threshold, above, below)


@dataclass(frozen=True)
class Clip(Activation):
    """``y = clip(gain * x + shift, low, high)``: hard sigmoids, hard tanh.

    Parameters
    ----------
    low, high : float
    gain, shift : float
        A gain above zero.
    """

    low: float = 0.0
    high: float = 1.0
    gain: float = 1.0
    shift: float = 0.0

    @property
    def nonnegative(self) -> bool:  # type: ignore[override]
        return self.low >= 0

    @property
    def label(self) -> str:
        return f"clip({self.low:g} to {self.high:g})"

    @property
    def offset(self) -> float:
        return self.low

    def parts(self) -> tuple[Part, ...]:
        unit = ReLU(self.high - self.low)
        return (Part("on", unit, slope=self.gain, shift=self.shift - self.low),)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        scaled = x * x.dtype.type(self.gain) + x.dtype.type(self.shift)
        return np.clip(scaled, self.low, self.high)


@dataclass(frozen=True)
class Step(Activation):
    """``y = high`` where ``x > 0``, else ``low``: binary activations.

    Parameters
    ----------
    low, high : float
        0 and 1, or -1 and 1 for a sign.
    inclusive : bool
        Whether ``x = 0`` gives `high`.
    """

    continuous: ClassVar[bool] = False
    low: float = 0.0
    high: float = 1.0
    inclusive: bool = False

    @property
    def nonnegative(self) -> bool:  # type: ignore[override]
        return self.low >= 0

    @property
    def label(self) -> str:
        return f"step({self.low:g}, {self.high:g})"

    @property
    def offset(self) -> float:
        return self.low

    def parts(self) -> tuple[Part, ...]:
        unit = Step(inclusive=self.inclusive)
        if self == unit:
            return (Part("", self),)
        return (Part("step", unit, gain=self.high - self.low),)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        above = x >= 0 if self.inclusive else x > 0
        return np.where(above, x.dtype.type(self.high), x.dtype.type(self.low))


@dataclass(frozen=True)
class Ternary(Activation):
    """``y = 1`` where ``x > threshold``, ``-1`` where ``x < -threshold``, else 0."""

    continuous: ClassVar[bool] = False
    threshold: float = 0.5

    @property
    def label(self) -> str:
        return f"ternary({self.threshold:g})"

    def parts(self) -> tuple[Part, ...]:
        on = Part("on", Step(), shift=-self.threshold)
        return on, Part("off", Step(), slope=-1.0, shift=-self.threshold, gain=-1.0)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.sign(x) * (np.abs(x) > self.threshold)


@dataclass(frozen=True)
class QuantizedReLU(Activation):
    """``y = ceiling * clip(floor(x levels / ceiling + 1/2) / levels, 0, 1)``.

    The activation of QCFS (Bu et al. 2022, ICLR): with `levels` steps of time, a threshold at
    the ceiling and half of it as initial potential, an evenly driven neuron fires just that often.
    """

    ceiling: float = 1.0
    levels: int = 8

    nonnegative: ClassVar[bool] = True
    continuous: ClassVar[bool] = False

    @property
    def parameter_count(self) -> int:
        return 1  # The ceiling is trained.

    @property
    def label(self) -> str:
        return f"quantized_relu({self.levels} levels to {self.ceiling:g})"

    def parts(self) -> tuple[Part, ...]:
        return (Part("", self),)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        per_level = x.dtype.type(self.levels / self.ceiling)
        stairs = np.floor(x * per_level + x.dtype.type(0.5))
        return np.clip(stairs, 0, self.levels) * x.dtype.type(self.ceiling / self.levels)


@dataclass(frozen=True)
class Softmax(Activation):
    """``y = exp(x) / sum(exp(x))`` over the last axis."""

    hidden: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return "softmax"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        shifted = np.exp(x - x.max(axis=-1, keepdims=True))
        return shifted / shifted.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class AxisSoftmax(Activation):
    """``y = exp(x) / sum(exp(x))`` over an axis that is not the last.

    Parameters
    ----------
    axis : int
        From 0; samples do not count.
    """

    hidden: ClassVar[bool] = False
    axis: int = 0

    @property
    def label(self) -> str:
        return f"softmax(axis {self.axis})"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        axis = self.axis + 1
        return np.moveaxis(Activation.SOFTMAX(np.moveaxis(x, axis, -1)), -1, axis)


@dataclass(frozen=True)
class Sigmoid(Activation):
    """``y = 1 / (1 + exp(-x))``."""

    hidden: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return "sigmoid"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        # tanh does not overflow where exp(-x) would.
        return x.dtype.type(0.5) * (1 + np.tanh(x * x.dtype.type(0.5)))


@dataclass(frozen=True)
class Tanh(Activation):
    """``y = tanh(x)``."""

    hidden: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return "tanh"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x)


def softmax_axis(activation: Activation) -> int | None:
    """Axis of an array with samples along which a softmax runs; None of another activation."""
    if isinstance(activation, AxisSoftmax):
        return activation.axis + 1
    return -1 if isinstance(activation, Softmax) else None


Activation.LINEAR = Linear()
Activation.RELU = ReLU()
Activation.SOFTMAX = Softmax()
Activation.SIGMOID = Sigmoid()
Activation.TANH = Tanh()
