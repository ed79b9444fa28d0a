"""Folders of images, a subfolder a class, of which only those are read that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.stored import Rows, StoredSamples

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp")

SHUFFLE_SEED = 0
"""The first samples of a set are to be of all classes, and the same ones every time."""

_CHANNELS = {"1": 1, "L": 1, "RGB": 3, "P": 3}
"""Channels of an image by its mode: gray, or colours, which may come from a palette."""

_KINDS = {1: "gray", 3: "in colour"}


def class_folders(folder: Path) -> list[Path]:
    """Return the subfolders of a folder that hold images, by name."""
    subfolders = (path for path in folder.iterdir() if path.is_dir())
    visible = (path for path in subfolders if not path.name.startswith("."))
    return sorted((path for path in visible if _files(path)), key=lambda path: path.name)


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return sorted(path for path in found if not path.name.startswith(".") and path.is_file())


def labelled_images(
    folder: Path, classes: Sequence[str], image_size: tuple[int, int] | None
) -> tuple[StoredSamples, np.ndarray]:
    """Return the images below a folder in a shuffled order, and their class numbers.

    Parameters
    ----------
    folder : Path
        With a subfolder a class.
    classes : sequence of str
        Names of the subfolders, in the order of the class numbers.
    image_size : (height, width), optional
        To resize the images to; those of the first image, which all must have, if not given.

    Raises
    ------
    DataError
        If a subfolder is no class, or the first image cannot be read.
    """
    files: list[Path] = []
    labels: list[int] = []
    for path in class_folders(folder):
        if path.name not in classes:
            raise DataError(
                f"{path} is none of the classes to train with ({', '.join(classes)}). Give it the "
                "name of one, or remove it."
            )
        found = _files(path)
        files += found
        labels += [classes.index(path.name)] * len(found)
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(files))
    images = ImageFiles([files[number] for number in order], image_size)
    samples = StoredSamples((len(files), *images.shape), np.float32, images.read)
    return samples, np.asarray(labels, np.int64)[order]


class ImageFiles:
    """Image files that are read as pixels from 0 to 1.

    Parameters
    ----------
    files : list of Path
        At least one.
    image_size : (height, width), optional
        As in `labelled_images`.
    """

    def __init__(self, files: list[Path], image_size: tuple[int, int] | None):
        self._files = files
        self._resized = image_size
        self.shape = _pixels(files[0], image_size).shape

    def read(self, rows: Rows) -> np.ndarray:
        """Return some images as float32, shape (samples, height, width, channels)."""
        chosen = np.arange(len(self._files))[rows]
        samples = np.empty((len(chosen), *self.shape), np.float32)
        for sample, number in zip(samples, chosen, strict=True):
            pixels = _pixels(self._files[number], self._resized)
            if pixels.shape != self.shape:
                raise DataError(self._unlike(self._files[number], pixels.shape))
            np.divide(pixels, np.float32(255), out=sample)
        return samples

    def _unlike(self, file: Path, shape: tuple[int, ...]) -> str:
        """Say in what an image differs from the first one."""
        first, size = self._files[0], self.shape[:2]
        if shape[2] != self.shape[2]:
            return (
                f"{file} is {_KINDS[shape[2]]}, and {first} is {_KINDS[self.shape[2]]}; all images "
                "of a folder are of one kind. Convert those of the other kind, or remove them."
            )
        return (
            f"{file} has {shape[0]} x {shape[1]} pixels (height x width), and {first} has "
            f"{size[0]} x {size[1]}; all samples have one shape. Have them resized when they are "
            f"read: image_size={size}, or on the command line --image-size {size[0]},{size[1]}."
        )


def _pixels(file: Path, size: tuple[int, int] | None) -> np.ndarray:
    """Read an image; uint8, shape (height, width, channels)."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            image.load()
    except UnidentifiedImageError as error:
        raise DataError(f"{file} is no image. Remove it, or copy it again.") from error
    # Decoders raise what they come across; none of it is the program's own fault.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{file} cannot be read: {error}. Remove it, or copy it again.") from error
    return _as_bytes(image, file, size)


def _as_bytes(image: Any, file: Path, size: tuple[int, int] | None) -> np.ndarray:
    from PIL import Image

    channels = _CHANNELS.get(image.mode)
    if channels is None:
        raise DataError(
            f"{file} has pixels of the kind {image.mode}; accepted: gray of 8 bits, and colours "
            "without transparency (L, RGB). Convert it, e.g. with Pillow: image.convert('RGB')."
        )
    plain = image.convert("L" if channels == 1 else "RGB")
    if size is not None and plain.size != size[::-1]:
        plain = plain.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(plain).reshape(plain.height, plain.width, channels)
