"""How a recording of events becomes frames: window, resolution and polarity."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.datasets.recordings import EventRecording
from workbench.errors import DataError
from workbench.settings import POLARITIES
from workbench.util.memory_budget import memory_budget

MOST_FRAMES = 1_000_000

MOST_BYTES = 2**31
"""What the frames of one recording may take."""

_SIGNED = (
    ' Input spikes have no sign: use "channels", and in the first layer the weights w for ON and '
    "-w for OFF."
)


@dataclass(frozen=True)
class Framing:
    """How events become frames.

    Parameters
    ----------
    polarity : "channels", "merged", "on" or "off"
        Two channels, of OFF (0) and ON (1); one channel of both together; or of one kind alone.
    frames : int
        Frames of a recording; events after the last are left out, missing ones are empty.
    window_ms : float, optional
        Time that a frame covers, counted from the first event.
    window_events : int, optional
        Events that a frame holds. Without either, the recording's time is cut into `frames` equal
        parts.
    sensor_size : (height, width), optional
        Of the camera, where files do not say it.
    frame_size : (height, width), optional
        At most that of the sensor: a pixel (row, column) goes to ``(row * height // sensor
        height, column * width // sensor width)``. That of the sensor by default.
    channels_first : bool
        Frames of shape (channels, height, width), as networks from PyTorch and ONNX read them.
    """

    polarity: str = "channels"
    frames: int = 100
    window_ms: float | None = None
    window_events: int | None = None
    sensor_size: tuple[int, int] | None = None
    frame_size: tuple[int, int] | None = None
    channels_first: bool = False

    def __post_init__(self) -> None:
        if self.polarity not in POLARITIES:
            raise DataError(
                f"polarity is {self.polarity!r}; accepted: {', '.join(POLARITIES)}."
                + (_SIGNED if self.polarity == "signed" else "")
            )
        if self.window_ms is not None and self.window_events is not None:
            raise DataError("window_ms and window_events are both given; give one of them.")
        if self.window_ms is not None and not 0.001 <= self.window_ms < float("inf"):
            raise DataError(
                f"window_ms is {self.window_ms}; accepted: milliseconds, from 0.001, the clock of "
                "recordings."
            )
        for name, value, most in (
            ("frames", self.frames, MOST_FRAMES),
            ("window_events", self.window_events or 1, None),
        ):
            if int(value) != value or value < 1 or (most is not None and value > most):
                limit = f"1 to {most:,}" if most else "1 or more"
                raise DataError(f"{name} is {value}; accepted: integers, {limit}.")
        for name in ("sensor_size", "frame_size"):
            size = getattr(self, name)
            if size is not None and (len(size) != 2 or not all(1 <= n <= 2**15 for n in size)):
                raise DataError(
                    f"{name} is {size}; accepted: (height, width), each from 1 to {2**15:,}."
                )

    @property
    def channels(self) -> int:
        return 2 if self.polarity == "channels" else 1

    def for_network(self, input_shape: tuple[int, ...], *, keep_polarity: bool) -> Framing:
        """Return this framing with what a network's input says: size, channels and their place.

        Parameters
        ----------
        input_shape : tuple of int
            (height, width, channels) or (channels, height, width), of 1 or 2 channels.
        keep_polarity : bool
            Whether the polarity was chosen; else one channel means "merged".

        Raises
        ------
        DataError
            If the network takes no such images.
        """
        shape = tuple(int(n) for n in input_shape)
        last, first = (len(shape) == 3 and shape[at] in (1, 2) for at in (2, 0))
        if not last and not first:
            raise DataError(
                f"The network takes inputs of shape {shape}; frames of events are images of 1 or 2 "
                "channels, (height, width, channels) or (channels, height, width). Convert a "
                "network with such an input."
            )
        channels, size = (shape[2], shape[:2]) if last else (shape[0], shape[1:])
        polarity = self.polarity
        if not keep_polarity:
            polarity = "channels" if channels == 2 else "merged"
        return replace(
            self,
            polarity=polarity,
            frame_size=self.frame_size or (size[0], size[1]),
            channels_first=not last,
        )

    def shape(self, recording: EventRecording) -> tuple[int, ...]:
        """Return the shape of a frame of a recording.

        Raises
        ------
        DataError
            If the sensor's size is not known, or frames of it take too much memory.
        """
        height, width = self.frame_size or self._sensor(recording)
        channels = self.channels
        size = self.frames * height * width * channels
        most = min(MOST_BYTES, memory_budget())
        if size > most:
            raise DataError(
                f"{recording.name}: {self.frames:,} frames of {height:,} x {width:,} pixels take "
                f"{size / 1e9:,.1f} GB; accepted: {most / 1e9:.1f} GB for a recording. Give "
                "a smaller frame_size=(height, width), or fewer frames."
            )
        return (channels, height, width) if self.channels_first else (height, width, channels)

    def apply(self, recording: EventRecording) -> np.ndarray:
        """Return the frames of a recording; several events of one place in a frame count once.

        Returns
        -------
        ndarray of bool, shape (frames, *shape)

        Raises
        ------
        DataError
            If events lie outside of the sensor, or its size is not known.
        """
        sensor = self._sensor(recording)
        events = recording.events
        _check_pixels(recording, sensor)
        frame = self._numbers(recording)
        kept = frame < self.frames
        if self.polarity in ("on", "off"):
            kept &= events["p"] == (self.polarity == "on")
        frame, events = frame[kept], events[kept]
        size = self.frame_size or sensor
        if size[0] > sensor[0] or size[1] > sensor[1]:
            raise DataError(
                f"{recording.name}: the sensor has {sensor[0]} x {sensor[1]} pixels (height x "
                f"width), fewer than the frames' {size[0]} x {size[1]}; accepted: frame_size up to "
                "the sensor's, as events are not enlarged."
            )
        row = events["y"].astype(np.int64) * size[0] // sensor[0]
        column = events["x"].astype(np.int64) * size[1] // sensor[1]
        channel = events["p"].astype(np.int64) if self.polarity == "channels" else np.int64(0)
        frames = np.zeros((self.frames, *self.shape(recording)), bool)
        place = (channel, row, column) if self.channels_first else (row, column, channel)
        frames[(frame, *place)] = True
        return frames

    def _numbers(self, recording: EventRecording) -> np.ndarray:
        """Return the frame of each event."""
        count = len(recording.events)
        if self.window_events is not None:
            return np.arange(count) // self.window_events
        since: np.ndarray = recording.events["t"] - recording.events["t"][0]
        if self.window_ms is not None:
            return since // round(self.window_ms * 1000)
        return since * self.frames // (recording.duration_us + 1)

    def _sensor(self, recording: EventRecording) -> tuple[int, int]:
        size = self.sensor_size or recording.sensor_size or self.frame_size
        if size is None:
            raise DataError(
                f"{recording.name} does not say how many pixels the sensor has. Give "
                "sensor_size=(height, width), or on the command line --sensor-size H,W."
            )
        return size


def _check_pixels(recording: EventRecording, sensor: tuple[int, int]) -> None:
    x, y = recording.events["x"], recording.events["y"]
    outside = (x < 0) | (y < 0) | (x >= sensor[1]) | (y >= sensor[0])
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{recording.name}: event {first} is at x={x[first]}, y={y[first]} ({outside.sum():,} "
            f"of {len(x):,} events lie outside), and the sensor has {sensor[0]} x {sensor[1]} "
            "pixels (height x width). Give the right size: sensor_size=(height, width), or on the "
            "command line --sensor-size H,W. N-MNIST has 34,34, N-Caltech101 up to 180,240."
        )
