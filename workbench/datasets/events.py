"""Events with time stamps, as event cameras give them, into frames a step long."""

from __future__ import annotations

import numpy as np

from workbench.errors import DataError


def event_frames(
    times_ms: np.ndarray,
    coordinates: np.ndarray,
    shape: tuple[int, ...],
    *,
    steps: int,
    dt_ms: float = 1.0,
) -> np.ndarray:
    """Put the events of one recording into frames, for ``Simulation(encoding="events")``.

    Parameters
    ----------
    times_ms : ndarray, shape (events,)
        Time of each event in milliseconds from the start of the recording.
    coordinates : ndarray of int, shape (events, axes)
        Where each event lies in the network's input, for instance (row, column, polarity).
    shape : tuple of int
        Of the network's input.
    steps : int
        Number of frames; later events are left out.
    dt_ms : float
        Length of a step; several events of one input in one step count once.

    Returns
    -------
    ndarray of bool, shape (1, steps, *shape)
        One sample; several are put together with ``np.concatenate``.

    Raises
    ------
    DataError
        If times and coordinates do not fit together or the shape, or a time is negative.
    """
    times = np.asarray(times_ms, np.float64)
    places = np.asarray(coordinates)
    if times.ndim != 1 or places.shape != (len(times), len(shape)):
        raise DataError(
            f"There are times of shape {times.shape} and coordinates of shape {places.shape}; "
            f"accepted: (events,) and (events, {len(shape)}) for inputs of shape {shape}."
        )
    if places.size and places.dtype.kind not in "iu":
        raise DataError(f"Coordinates have type {places.dtype}; accepted: integers.")
    outside = (places < 0) | (places >= np.array(shape))
    if outside.any():
        wrong = tuple(int(n) for n in places[outside.any(axis=1)][0])
        raise DataError(f"An event lies at {wrong}, outside inputs of shape {shape}.")
    if not np.isfinite(times).all() or times.min(initial=0) < 0 or dt_ms <= 0:
        raise DataError(
            "Times must be finite and not negative, and dt_ms above 0. Count times from the start "
            "of the recording."
        )
    frames = np.zeros((1, steps, *shape), bool)
    step = np.floor(times / dt_ms).astype(np.int64)
    early = step < steps
    frames[(0, step[early], *places[early].T)] = True
    return frames
