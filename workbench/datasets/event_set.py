"""A dataset from recordings of event cameras: frames to simulate, their means to train with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.datasets.arrays import from_arrays
from workbench.datasets.dataset import CALIBRATION_BYTES, Dataset
from workbench.datasets.event_sources import found_recordings, read_source
from workbench.datasets.framing import Framing
from workbench.errors import DataError
from workbench.util.stored_samples import Rows, Samples, StoredSamples

CALIBRATION_RECORDINGS = 200


@dataclass(frozen=True, eq=False, repr=False)
class EventDataset(Dataset):
    """Recordings of events, as frames and as analog images.

    Parameters
    ----------
    x_test : ndarray or StoredSamples of bool, shape (samples, frames, *frame shape)
        For ``Simulation(encoding="events")``, one frame per step.
    x_train, calibration : ndarray or StoredSamples of float32, shape (samples, *frame shape)
        The mean of each recording's frames: what an analog network is trained with. An input
        of 1 has an event in every frame.
    images : ndarray or StoredSamples of float32, shape (samples, *frame shape)
        The mean of each test recording's frames.
    y_train, y_test, x_validation, y_validation, name, classes, source
        As of `Dataset`.
    """

    images: Samples = None  # type: ignore[assignment]  # always given; fields before have defaults

    def as_images(self) -> Dataset:
        """Return the recordings as analog images, for constant and Poisson input."""
        parts = {field.name: getattr(self, field.name) for field in fields(Dataset)}
        return Dataset(**{**parts, "x_test": self.images})

    def __repr__(self) -> str:
        shape = "x".join(str(size) for size in self.sample_shape)
        return (
            f"EventDataset({self.name!r}, train={len(self.x_train)}, test={len(self.x_test)}, "
            f"frames={self.frames}, frame={shape}, classes={len(self.classes)})"
        )

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return self.x_test.shape[2:]

    @property
    def frames(self) -> int:
        """Frames of a recording."""
        return int(self.x_test.shape[1])

    def _check_shape(self, part: str, expected: tuple[int, ...]) -> None:
        found = getattr(self, part).shape[2 if part == "x_test" else 1 :]
        if found != expected:
            raise DataError(
                f"{self.name} has frames of shape {found}; the network takes {expected}. Make "
                f"them fit: wb.datasets.from_events(path, input_shape={expected})."
            )


def from_events(
    source: Any,
    y: ArrayLike | None = None,
    *,
    polarity: str | None = None,
    frames: int = 100,
    window_ms: float | None = None,
    window_events: int | None = None,
    sensor_size: tuple[int, int] | None = None,
    frame_size: tuple[int, int] | None = None,
    input_shape: tuple[int, ...] | None = None,
    classes: Iterable[str] | None = None,
    name: str | None = None,
) -> EventDataset:
    """Turn recordings of an event camera into frames.

    Parameters
    ----------
    source : str, path, structured ndarray, mapping, sequence of these, or tonic data set
        A file: N-MNIST or N-Caltech101 (`.bin`), AEDAT 2.0, 3.1 or 4.0 (`.aedat`, `.aedat4`), or
        columns in `.npz` and `.npy`. A folder: of such files; or with a subfolder for every class;
        or with subfolders Train and Test of these. Arrays: a structured array with the fields t
        (integers, microseconds), x, y and p, as tonic gives them, or a mapping of these; a list
        holds several recordings. Or a data set of tonic, ``tonic.datasets.NMNIST(...)``.
    y : array_like, optional
        Labels of the recordings of a list or of a folder without subfolders for classes.
    polarity : "channels", "merged", "on" or "off", optional
        Two channels, OFF (0) and ON (1), by default; one channel of all events; or of one kind.
    frames : int
        Frames of a recording, a step each; later events are left out.
    window_ms : float, optional
        Time that a frame covers, counted from the recording's first event.
    window_events : int, optional
        Events that a frame holds. Without either, each recording is cut into `frames` parts of
        equal time.
    sensor_size : (height, width), optional
        Pixels of the camera, where a file or array does not give them.
    frame_size : (height, width), optional
        Of the frames, at most that of the sensor, which it is by default; neighbouring pixels are
        merged.
    input_shape : tuple of int, optional
        Of a network, which sets `frame_size`, `polarity` and the place of the channels, where
        they are not given.
    classes : iterable of str, optional
        Names of the classes; those of the subfolders if there are some.
    name : str, optional

    Returns
    -------
    EventDataset
        `x_test` holds frames; `x_train` and `calibration` their means. Sets that take more than
        256 MB stay on disk, and are read when they are simulated.

    Raises
    ------
    DataError
        If there are no recordings, they are damaged, hold no events or events outside the sensor,
        or options do not fit.

    Notes
    -----
    Times need not be in order; events are sorted. A frame says whether a pixel had an event, not
    how many. An event is a full-scale input for one step, so the mean of the frames is the analog
    input that the same step counts represent; the busiest frame is added to the calibration data,
    so that full scale is 1.

    Examples
    --------
    >>> data = wb.datasets.from_events("N-MNIST", window_ms=3)  # doctest: +SKIP
    >>> snn = wb.convert(net, data.calibration)  # doctest: +SKIP
    >>> run = wb.simulate(snn, data.x_test, wb.Simulation(encoding="events"))  # doctest: +SKIP
    """
    framing = Framing(
        polarity=polarity or "channels",
        frames=frames,
        window_ms=window_ms,
        window_events=window_events,
        sensor_size=sensor_size,
        frame_size=frame_size,
    )
    if input_shape is not None:
        framing = framing.for_network(input_shape, keep_polarity=polarity is not None)
    train, test, names, title = found_recordings(source)
    if y is not None:
        if train[1] is not None:
            raise DataError(
                f"Labels are given for {title}, whose subfolders are classes. Leave y out."
            )
        train = (train[0], y)
    frames_train = _Frames(train[0], framing)
    frames_test = frames_train if test is None else _Frames(test[0], framing)
    x_test, means = frames_test.read_or_stored()
    x_train = means if test is None else frames_train.read_or_stored()[1]
    base = from_arrays(
        x_train,
        train[1],
        x_test=means,
        y_test=train[1] if test is None else test[1],
        calibration=frames_train.calibration(),
        classes=names if classes is None else classes,
        name=name or title,
        source=f"recordings of events in {title}; {frames_train.summary()}",
    )
    parts = {field.name: getattr(base, field.name) for field in fields(Dataset)}
    return EventDataset(**{**parts, "x_test": x_test, "images": means})


class _Frames:
    """Recordings that are read and put into frames when they are asked for."""

    def __init__(self, recordings: list[Any], framing: Framing):
        self._recordings, self._framing = recordings, framing
        self._first = read_source(recordings[0])
        self.shape = framing.shape(self._first)

    def __len__(self) -> int:
        return len(self._recordings)

    def frames(self, rows: Rows) -> np.ndarray:
        """Return some recordings as frames; bool, shape (samples, frames, *frame shape)."""
        chosen = np.arange(len(self))[rows]
        made = np.empty((len(chosen), self._framing.frames, *self.shape), bool)
        for sample, number in zip(made, chosen, strict=True):
            sample[...] = self._one(int(number))
        return made

    def means(self, rows: Rows) -> np.ndarray:
        """Return the mean frame of some recordings; float32, shape (samples, *frame shape)."""
        chosen = np.arange(len(self))[rows]
        made = np.empty((len(chosen), *self.shape), np.float32)
        for sample, number in zip(made, chosen, strict=True):
            sample[...] = _mean(self._one(int(number)))
        return made

    def read_or_stored(self) -> tuple[Samples, Samples]:
        """Return frames and their means, in memory where they are few."""
        count, length = len(self), self._framing.frames
        if count * length * int(np.prod(self.shape)) <= CALIBRATION_BYTES:
            frames = self.frames(slice(None))
            return frames, np.stack([_mean(one) for one in frames])
        return (
            StoredSamples((count, length, *self.shape), np.bool_, self.frames),
            StoredSamples((count, *self.shape), np.float32, self.means),
        )

    def calibration(self) -> np.ndarray:
        """Return mean frames, and the single frame with the most events."""
        room = CALIBRATION_BYTES // (4 * int(np.prod(self.shape)))
        count = max(1, min(len(self), CALIBRATION_RECORDINGS, room))
        means, busiest = [], np.zeros(self.shape, bool)
        for number in range(count):
            frames = self._one(number)
            means.append(_mean(frames))
            most = frames[frames.reshape(len(frames), -1).sum(axis=1).argmax()]
            busiest = max(busiest, most, key=np.count_nonzero)
        return np.stack([*means, busiest.astype(np.float32)])

    def summary(self) -> str:
        """Say what the frames cover, by the example of the first recording."""
        framing, lasts = self._framing, self._first.duration_us / 1000
        if framing.window_events is not None:
            covers = f"of {framing.window_events:,} events each"
        elif framing.window_ms is not None:
            covers = f"of {framing.window_ms:g} ms each"
        else:
            covers = f"that divide each recording ({lasts:,.1f} ms the first)"
        return f"{framing.frames} frames {covers}, polarity {framing.polarity}"

    def _one(self, number: int) -> np.ndarray:
        recording = self._first if number == 0 else read_source(self._recordings[number])
        if self._framing.shape(recording) != self.shape:
            raise DataError(
                f"{recording.name} has frames of shape {self._framing.shape(recording)}, and "
                f"{self._first.name} of {self.shape}; all frames of a set have one shape. Give "
                "frame_size=(height, width)."
            )
        return self._framing.apply(recording)


def _mean(frames: np.ndarray) -> np.ndarray:
    return frames.mean(axis=0, dtype=np.float64).astype(np.float32)
