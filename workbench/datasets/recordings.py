"""Recordings of event cameras in one form, checked, whatever they came from.

Times are microseconds, as all these formats count them. Pixel (0, 0) is at the upper left; row y
counts down, column x to the right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.util.memory_budget import memory_budget

EVENT = np.dtype([("t", np.int64), ("x", np.int32), ("y", np.int32), ("p", np.bool_)])
"""Time in microseconds, column, row, and whether the pixel became brighter (ON)."""

MOST_EVENTS = 100_000_000
"""What one recording may hold, some 2 GB."""

EVENT_BYTES = 64
"""An event, while its columns are read and put in order."""

LONGEST_US = 2**43
"""About 100 days: times that span more are in other units, or damaged."""

ALIASES = {
    "t": ("t", "ts", "timestamp", "timestamps", "time"),
    "x": ("x",),
    "y": ("y",),
    "p": ("p", "on", "polarity", "pol"),
}
"""Names of the four columns, by which libraries write them."""


def most_events() -> int:
    """Return how many events a recording may hold, as memory is."""
    return min(MOST_EVENTS, memory_budget() // EVENT_BYTES)


@dataclass(frozen=True)
class EventRecording:
    """One recording.

    Parameters
    ----------
    name : str
        For messages.
    events : ndarray of EVENT, shape (events,)
        In the order of time, at least one.
    sensor_size : (height, width), optional
        Of the camera, where the file says so.
    """

    name: str
    events: np.ndarray
    sensor_size: tuple[int, int] | None = None

    @property
    def duration_us(self) -> int:
        """Time from the first event to the last."""
        return int(self.events["t"][-1] - self.events["t"][0])


def damaged(path: Path, why: str) -> DataError:
    """Return the refusal of a file that is not what its format says."""
    return DataError(f"{path} cannot be read: {why}. Record or download it again.")


def as_recording(values: Any, name: str) -> EventRecording:
    """Return events that are held in arrays, as tonic and SpikingJelly give them.

    Parameters
    ----------
    values : structured ndarray, or mapping of str to ndarray
        With the fields t (integers, microseconds), x, y (integers), p (0 and 1, or -1 and 1).
    name : str
        For messages.

    Raises
    ------
    DataError
        If a field is missing or of another type, or there are no events.
    """
    if not isinstance(values, (np.ndarray, Mapping)):
        raise DataError(
            f"{name} is a {type(values).__name__}; accepted: a structured array with the fields t, "
            "x, y, p."
        )
    if isinstance(values, np.ndarray) and values.dtype.names is None:
        raise DataError(
            f"{name} is an array of shape {values.shape} without named columns, so their order is "
            "unknown. Give a structured array: np.rec.fromarrays([t, x, y, p], names='t,x,y,p')."
        )
    fields = list(values if isinstance(values, Mapping) else values.dtype.names or ())
    columns = {
        key: np.asarray(_column(values, fields, aliases, name)) for key, aliases in ALIASES.items()
    }
    shapes = {column.shape for column in columns.values()}
    if len(shapes) != 1 or any(len(shape) != 1 for shape in shapes):
        told = ", ".join(f"{key} {column.shape}" for key, column in columns.items())
        raise DataError(
            f"{name} has columns of shapes {told}; accepted: (events,), all of one length."
        )
    return recording(name, columns["t"], columns["x"], columns["y"], columns["p"])


def recording(
    name: str,
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    sensor_size: tuple[int, int] | None = None,
) -> EventRecording:
    """Check columns and put them into one array, in the order of time.

    Raises
    ------
    DataError
        If there are none or too many events, or their times or polarities are not accepted.
    """
    if not len(t):
        raise DataError(f"{name} holds no events. Leave this recording out.")
    most = most_events()
    if len(t) > most:
        raise DataError(f"{name} holds {len(t):,} events; accepted: {most:,}. Cut the recording.")
    for key, column in (("t", t), ("x", x), ("y", y)):
        if column.dtype.kind not in "iu":
            remedy = (
                "Times are integers in microseconds: (seconds * 1e6).astype('int64')."
                if key == "t"
                else f"Convert it: {key}.astype('int32')."
            )
            raise DataError(
                f"{name}: {key} has the type {column.dtype}; accepted: integers. {remedy}"
            )
    if not np.isin(p, (-1, 0, 1)).all():
        raise DataError(f"{name}: p holds values other than 0 and 1, or -1 and 1.")
    first, last = int(t.min()), int(t.max())
    if last - first > LONGEST_US or max(abs(first), abs(last)) > 2**62:
        raise DataError(
            f"{name}: times go from {first} to {last}; accepted: microseconds, over at most 100 "
            "days. Convert nanoseconds with t // 1000."
        )
    events = np.empty(len(t), EVENT)
    events["t"], events["p"] = t, p > 0
    for key, column in (("x", x), ("y", y)):
        # What has no room in 32 bits is outside every sensor, and refused as such.
        events[key] = np.clip(column, -1, np.iinfo(np.int32).max)
    if (np.diff(events["t"]) < 0).any():
        events = events[np.argsort(events["t"], kind="stable")]
    return EventRecording(name, events, sensor_size)


def _column(values: Any, fields: list[str], aliases: tuple[str, ...], name: str) -> Any:
    for alias in aliases:
        if alias in fields:
            return values[alias]
    raise DataError(
        f"{name} has the fields {', '.join(map(str, fields)) or '(none)'}; accepted: t, x, y, p "
        f"({aliases[0]} is missing). Rename them: np.rec.fromarrays([t, x, y, p], names='t,x,y,p')."
    )
