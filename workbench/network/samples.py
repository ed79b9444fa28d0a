"""Whether samples fit a network, for analog and spiking ones alike."""

from __future__ import annotations

import numpy as np

from workbench.errors import DataError
from workbench.network.layer import Shape


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
