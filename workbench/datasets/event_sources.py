"""Where recordings of events lie: files, folders with a subfolder for every class, arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from workbench.datasets.event_files import READERS, read_recording
from workbench.datasets.images import SHUFFLE_SEED
from workbench.datasets.recordings import EventRecording, as_recording
from workbench.errors import DataError

FOLDERS = {"train": ("train", "training"), "test": ("test", "val", "validation", "testing")}
"""Names, in small letters, of folders with what is trained and tested with."""

Split = tuple[list[Any], Any]
"""Recordings, or where they lie, and their class numbers, or None."""

Found = tuple[Split, Split | None, tuple[str, ...] | None, str]
"""What is trained with, what is tested with if it is kept apart, names of classes, and a title."""


CAMERA_SUFFIXES = (".bin", ".aedat", ".aedat4")
"""Endings of files that hold events and nothing else."""


LOOKED_AT = 50
"""Files of each level of a folder that are looked at, to see what it holds."""


def holds_events(place: Path) -> bool:
    """Whether this is a recording of an event camera, or a folder of them.

    Parameters
    ----------
    place : Path

    Returns
    -------
    bool
    """
    if not place.is_dir():
        return place.suffix.lower() in CAMERA_SUFFIXES
    patterns = ("*", "*/*", "*/*/*")  # a folder of files, of classes, of Train and Test
    some = (file for pattern in patterns for file in islice(place.glob(pattern), LOOKED_AT))
    return any(file.suffix.lower() in CAMERA_SUFFIXES for file in some)


def read_source(recording: EventRecording | _Item | Path) -> EventRecording:
    if isinstance(recording, _Item):
        return recording.read()
    return recording if isinstance(recording, EventRecording) else read_recording(recording)


def found_recordings(source: Any) -> Found:
    """Find recordings; see `workbench.datasets.from_events` for what is accepted.

    Raises
    ------
    DataError
        If there are none, or this is something else.
    """
    if isinstance(source, (str, os.PathLike)):
        place = Path(source).expanduser()
        if place.is_dir():
            return _of_folder(place)
        return ([place], None), None, None, place.stem
    if isinstance(source, (np.ndarray, Mapping)):
        return ([as_recording(source, "events")], None), None, None, "events"
    if hasattr(source, "__getitem__") and hasattr(source, "sensor_size"):
        # A data set as tonic's: items are pairs of events and label.
        numbers = range(len(source))
        labels = getattr(source, "targets", None) or [source[number][1] for number in numbers]
        items = [_Item(source, number) for number in numbers]
        return (items, labels), None, None, type(source).__name__
    if not isinstance(source, Sequence):
        raise DataError(
            f"Expected recordings of events, got a {type(source).__name__}; accepted: a path, a "
            "structured array with the fields t, x, y, p, or a list of these."
        )
    if not len(source):
        raise DataError("There are no recordings of events; give at least one.")
    recordings = [
        Path(one).expanduser()
        if isinstance(one, (str, os.PathLike))
        else as_recording(one, f"events[{number}]")
        for number, one in enumerate(source)
    ]
    return (recordings, None), None, None, "events"


@dataclass(frozen=True)
class _Item:
    """A recording of a data set that reads its files itself."""

    source: Any
    number: int

    def read(self) -> EventRecording:
        events, _ = self.source[self.number]
        width, height = self.source.sensor_size[:2]  # (width, height, polarities)
        found = as_recording(events, f"events[{self.number}]")
        return replace(found, sensor_size=(int(height), int(width)))


def _of_folder(folder: Path) -> Found:
    title = folder.resolve().name or "events"
    inside = {entry.name.lower(): entry for entry in sorted(folder.iterdir()) if entry.is_dir()}
    train, test = (
        next((inside[name] for name in names if name in inside), None) for names in FOLDERS.values()
    )
    names: tuple[str, ...] | None
    if train is None or test is None:
        split, names = _labelled(folder, None)
        return split, None, names, title
    split, names = _labelled(train, None)
    tested, _ = _labelled(test, names)
    return split, tested, names, title


def _labelled(
    folder: Path, classes: tuple[str, ...] | None
) -> tuple[Split, tuple[str, ...] | None]:
    """Return the recordings of a folder in a shuffled order, always alike, and the classes."""
    groups = recordings_by_class(folder)
    if not groups:
        raise DataError(
            f"{folder} holds no recordings of events ({', '.join(READERS)}), neither itself nor in "
            f"a subfolder for every class, as in {folder.name}/cat/1.bin."
        )
    if "" in groups:
        return (groups[""], None), None
    known = tuple(groups) if classes is None else classes
    unknown = sorted(set(groups) - set(known))
    if unknown:
        raise DataError(
            f"{folder / unknown[0]} is not one of the training classes ({', '.join(known)}). "
            "Rename it to one of these, or remove it."
        )
    files = [file for group in groups.values() for file in group]
    labels = [known.index(group) for group, found in groups.items() for _ in found]
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(files))
    return ([files[number] for number in order], [labels[number] for number in order]), known


def recordings_by_class(folder: Path) -> dict[str, list[Path]]:
    """Return the recordings of each subfolder; those of the folder itself are under ""."""
    if own := _recordings(folder):
        return {"": own}
    inside = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    found = {entry.name: _recordings(entry) for entry in inside if entry.name[:1] != "."}
    return {name: files for name, files in found.items() if files}


def _recordings(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in READERS and not file.name.startswith(".") and file.is_file()
    )
