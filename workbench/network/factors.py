"""Factors of units: how they are read per channel, which all places of an image share."""

from __future__ import annotations

import numpy as np

from workbench.errors import ConversionError

MIXED = (
    "A layer that mixes places and channels (a reshape) lies between factors per channel (scales "
    "with per_channel=True, a batch normalization, a PReLU) and a convolution or pooling, whose "
    "weights are the same at all places. Use per_channel=False, or put a relu ahead of the reshape."
)


def of_channels(factor: np.ndarray) -> np.ndarray:
    """Return the factor of each channel, which all places of an image share.

    Raises
    ------
    ConversionError
        If the places of a channel have several.
    """
    per_channel = factor.reshape(-1, factor.shape[-1])
    # Places that nothing reaches (padding, other branches of a concatenation) take any factor.
    silent = np.isnan(per_channel).all(axis=0)
    lowest = np.fmin.reduce(per_channel, axis=0)
    highest = np.fmax.reduce(per_channel, axis=0)
    if not np.array_equal(lowest[~silent], highest[~silent]):
        raise ConversionError(MIXED)
    return np.where(silent, 1.0, lowest)


def known(factor: np.ndarray) -> np.ndarray:
    """Return factors of units, any where nothing arrives."""
    return np.where(np.isnan(factor), 1.0, factor)


def between_kernel(
    kernel: np.ndarray, groups: int, before: np.ndarray, after: np.ndarray
) -> np.ndarray:
    """Return the kernel of a convolution times a factor of each input and output unit.

    Parameters
    ----------
    kernel : ndarray, shape (height, width, channels per group, filters)
    groups : int
    before, after : ndarray of float64, shape (*input shape), (*output shape)

    Returns
    -------
    ndarray of float64, shape of the kernel
    """
    # In place from here on: the kernels of large networks fill hundreds of megabytes.
    result = kernel.astype(np.float64)
    channels, per_group, filters = of_channels(before), kernel.shape[2], kernel.shape[3]
    # Filter f reads the input channels of its own group only.
    group = np.arange(filters) // (filters // groups)
    source = group * per_group + np.arange(per_group)[:, None]
    result *= channels[source] * of_channels(after)
    return result
