"""Whether samples fit a network, for analog and spiking ones alike."""

from __future__ import annotations

import numpy as np

from workbench.errors import DataError
from workbench.network.layer import Shape


def given_samples(x: object, part: str) -> np.ndarray:
    """Return what a caller gave as samples as an array, refusing what is none.

    Parameters
    ----------
    x : array_like
    part : str
        Which part of a data set is meant, for the message to somebody who gave all of it.

    Raises
    ------
    DataError
        If this is no array of samples.
    """
    if hasattr(x, "x_test"):
        raise DataError(f"A whole data set was given; give its samples: data.{part}.")
    if x is None or isinstance(x, (str, bytes, dict)):
        raise DataError(f"Samples are a {type(x).__name__}; accepted: an array of numbers.")
    try:
        return np.asarray(x)
    except ValueError as error:
        raise DataError(f"Samples are no array of one shape: {error}.") from error


def checked_samples(x: np.ndarray, shape: Shape, name: str, dtype: type) -> np.ndarray:
    """Return samples as an array of `dtype`.

    Parameters
    ----------
    x : array_like, shape (samples, *shape)
    shape : tuple of int
        Of one sample.
    name : str
        Of the network, for messages.
    dtype : type
        float32 or float64.

    Raises
    ------
    DataError
        If the shape is wrong, or values are no numbers, NaN or infinite.
    """
    x = np.asarray(x)
    if x.ndim != len(shape) + 1 or x.shape[1:] != shape:
        raise DataError(
            f"Samples have shape {x.shape}; network '{name}' takes "
            f"(samples, {', '.join(map(str, shape))}). Reshape or resize the samples to fit."
        )
    if x.dtype.kind not in "biuf":
        raise DataError(f"Samples have type {x.dtype}; real numbers are needed.")
    with np.errstate(over="ignore"):  # What float32 cannot hold becomes infinite and is refused.
        x = x.astype(dtype, copy=False)
    if not np.isfinite(x).all():
        raise DataError("Samples hold NaN or infinite values. Clean or drop those samples.")
    return x
