"""What a layer may say of itself besides its shapes, its forward pass and its synapses.

Passes, and the way onto the exact grid, ask layers these questions instead of asking what type
they are. The answers here are those of a layer that says nothing: it is then left as it is, and
its synapses are listed. No answer is inherited by a class that overrides `forward` or `synapses`,
nor by a class from outside the workbench: it was given for another layer (`Layer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from workbench.network.layer import Layer, Shape
    from workbench.network.rearrange import Pad

Around = tuple[tuple[int, int], tuple[int, int]]
"""Zeros ((above, below), (left, right)) of an image."""


def as_image(shape: Shape) -> Shape:
    """Return the shape that a sequence, (width, channels), has as an image of height 1."""
    return (1, *shape) if len(shape) == 2 else shape


class ClosedForms:
    """The questions, and the answers of a layer that says nothing."""

    linear: ClassVar[bool] = True
    """Whether outputs are sums over the synapses, maybe with a constant; a maximum is not."""

    renames: ClassVar[bool] = False
    """Whether every output is the input unit of the same number, under another shape."""

    idle: ClassVar[bool] = False
    """Whether it does nothing, and is there for its activation alone."""

    maximum: ClassVar[bool] = False
    """Whether it is the max pooling of images that a population of its own can do by spikes."""

    averages: ClassVar[bool] = False
    """Whether outputs are averages of inputs."""

    factored: ClassVar[bool] = False
    """Whether it takes up, or passes on, a factor of each channel and keeps its form."""

    @property
    def affine(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Factor and constant of each channel, if outputs are ``factor x + constant``."""
        return None

    @property
    def joined_axis(self) -> int | None:
        """Axis along which the inputs stand side by side, if that is all it does."""
        return None

    @property
    def zeros_around(self) -> tuple[tuple[int, int], ...] | None:
        """Zeros before and after the input along each axis, if that is all it does."""
        return None

    def followed_by(self, scale: np.ndarray, shift: np.ndarray) -> Layer | None:
        """Return a layer that gives ``scale y + shift`` where this one gives y.

        Parameters
        ----------
        scale, shift : ndarray, shape (channels,) or ()

        Returns
        -------
        Layer or None
            None where the layer has no numbers of its own to take that up.
        """
        return None

    def beside_negated(self) -> Layer | None:
        """Return a layer with -y in channels behind those of y, if its own weights give both."""
        return None

    def reordered(self, order: np.ndarray) -> Layer | None:
        """Return a layer that does the same when it reads unit ``i`` where this reads another.

        Parameters
        ----------
        order : ndarray of int, shape (input units,)
            Each number once: what this layer reads as input ``j`` is input ``order[j]`` of the
            other.
        """
        return None

    def taking_up_zeros(self, around: Around, *, nonnegative: bool) -> Layer | None:
        """Return a layer that reads an image without the zeros around it.

        Parameters
        ----------
        around : ((above, below), (left, right))
            Zeros that end the image which this layer reads.
        nonnegative : bool
            Whether the image is known to be nowhere below zero.
        """
        return None

    def without_other_channels(self, pad: Pad) -> tuple[Layer, ...] | None:
        """Return maps that do the same as a padding of channels and this layer behind it.

        Zeros ahead of weights cost as much as other values; the maps read the channels alone.
        """
        return None

    def averaged(self) -> Layer | None:
        """Return the average pooling of the same windows, if it is a max pooling."""
        return None

    def lifted(self) -> Layer | None:
        """Return the layer that does the same for sequences as images of height 1."""
        return None

    @property
    def common(self) -> int:
        """By what the integer form's outputs are divided; `carried` divides factors by it."""
        return 1

    @property
    def integer_form(self) -> Layer | None:
        """The layer with integer weights; None where it only has factors, or does nothing.

        Of layers that are `factored` and do not mix.
        """
        raise TypeError(f"{type(self).__name__} has no factors to take out.")

    def carried(self, factor: np.ndarray) -> np.ndarray:
        """Carry a factor of each input unit to the output units; NaN where none arrives."""
        raise TypeError(f"{type(self).__name__} does not carry factors.")

    def carried_back(self, factor: np.ndarray) -> np.ndarray:
        """Carry a factor of each output unit back to the input units; NaN where none is read."""
        raise TypeError(f"{type(self).__name__} does not carry factors.")

    def kernel_between(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the kernel times a factor of each input and output unit; a new float64 array.

        Of layers that are `factored` and mix. NaN stands for any factor.
        """
        raise TypeError(f"{type(self).__name__} has no kernel to take up factors.")


FORMS = tuple(name for name in vars(ClosedForms) if not name.startswith("_"))
"""Names of the questions."""
