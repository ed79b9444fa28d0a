"""Folders of images, one subfolder per class; only the chosen images are read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.errors import DataError
from workbench.util.memory_budget import check_size
from workbench.util.pixels import pixels_of_bytes
from workbench.util.stored_samples import Rows, StoredSamples

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp")

SHUFFLE_SEED = 0
"""The first samples of a set are to be of all classes, and the same ones every time."""

_CHANNELS = {"1": 1, "L": 1, "RGB": 3, "P": 3}
"""Channels of an image by its mode: gray, or colours, which may come from a palette."""

_FORMATS = ("PNG", "JPEG", "BMP", "PPM", "TIFF", "WEBP")
"""What is decoded, whatever a file is called; Pillow would start Ghostscript for others."""

_BYTES_PER_PIXEL = 12
"""While an image is decoded and converted."""

MOST_PIXELS = 24_000_000
"""Of an uploaded image: what a camera gives."""

_KINDS = {1: "gray", 3: "in colour"}


def images_by_class(folder: Path) -> dict[str, list[Path]]:
    """Return the image files in every subfolder that holds some, by names in order."""
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir() and _is_shown(entry))
    found = {name: _images(folder / name) for name in names}
    return {name: files for name, files in found.items() if files}


def _images(folder: Path) -> list[Path]:
    # Folders of a million files are listed this way in seconds: none is asked for its size.
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if entry.name.lower().endswith(SUFFIXES) and _is_shown(entry) and entry.is_file()
        )
    return [folder / name for name in names]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".")


def labelled_images(
    found: Mapping[str, list[Path]], classes: Sequence[str], image_size: tuple[int, int] | None
) -> tuple[StoredSamples, np.ndarray]:
    """Return images in a shuffled order, and their class numbers.

    Parameters
    ----------
    found : mapping of class to list of Path
        What `images_by_class` returns.
    classes : sequence of str
        In the order of the class numbers.
    image_size : (height, width), optional
        To resize the images to; those of the first image, which all must have, if not given.

    Raises
    ------
    DataError
        If a folder is no class, or the first image cannot be read.
    """
    unknown = sorted(set(found) - set(classes))
    if unknown:
        raise DataError(
            f"{found[unknown[0]][0].parent} is not one of the training classes "
            f"({', '.join(classes)}). Rename it to one of these, or remove it."
        )
    files = [file for name in found for file in found[name]]
    labels = [classes.index(name) for name in found for _ in found[name]]
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
        """Return some images as Pixels of float32, shape (samples, height, width, channels)."""
        chosen = np.arange(len(self._files))[rows]
        samples = np.empty((len(chosen), *self.shape), np.uint8)
        for sample, number in zip(samples, chosen, strict=True):
            pixels = _pixels(self._files[number], self._resized)
            if pixels.shape != self.shape:
                raise DataError(self._unlike(self._files[number], pixels.shape))
            sample[...] = pixels
        return pixels_of_bytes(samples)

    def _unlike(self, file: Path, shape: tuple[int, ...]) -> str:
        """Say in what an image differs from the first one."""
        first, size = self._files[0], self.shape[:2]
        if shape[2] != self.shape[2]:
            return (
                f"{file} is {_KINDS[shape[2]]}, and {first} is {_KINDS[self.shape[2]]}; all images "
                "of a folder must be of one kind. Convert those of the other kind, or remove them."
            )
        return (
            f"{file} has {shape[0]} x {shape[1]} pixels (height x width), and {first} has "
            f"{size[0]} x {size[1]}; all samples have one shape. Resize them when they are read: "
            f"image_size={size}, or on the command line --image-size {size[0]},{size[1]}."
        )


def _pixels(file: Path, size: tuple[int, int] | None) -> np.ndarray:
    """Read an image; uint8, shape (height, width, channels)."""
    return _as_bytes(_decoded(file, str(file)), file, size)


def pixels_of_file(file: IO[bytes], name: str) -> np.ndarray:
    """Read an image that somebody uploaded; what is transparent becomes white.

    Returns
    -------
    ndarray of uint8, shape (height, width, 1 or 3)

    Raises
    ------
    DataError
        If it is no image, too large, or has gray pixels of which no range is known.
    """
    from PIL import Image

    image = _decoded(file, name, most_pixels=MOST_PIXELS)
    if image.mode in ("I", "F"):
        raise DataError(_other_pixels(name, image.mode))
    if image.mode.startswith("I;16"):
        # Pillow would clip what is above 255.
        return (np.asarray(image) >> 8).astype(np.uint8)[..., None]
    if "A" in image.mode or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    channels = 1 if image.mode in ("1", "L") else 3
    return np.asarray(image.convert("L" if channels == 1 else "RGB")).reshape(
        image.height, image.width, channels
    )


def _decoded(file: Any, name: str, most_pixels: int | None = None) -> Any:
    """Decode an image whose size was checked before."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
            if most_pixels is not None and width * height > most_pixels:
                raise DataError(
                    f"{name} has {width:,} x {height:,} pixels; accepted: up to "
                    f"{most_pixels // 10**6} million. Make it smaller."
                )
            check_size(_BYTES_PER_PIXEL * width * height, name, DataError)
            image.load()
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"{name} is not an image. Remove it, or copy it again.") from error
    # Decoders raise what they come across; none of it is the program's own fault.
    except Exception as error:
        raise DataError(f"{name} cannot be read: {error}. Remove it, or copy it again.") from error
    return image


def _other_pixels(name: str, mode: str) -> str:
    return (
        f"{name} has pixels of the kind {mode}; accepted: gray of 8 bits, and colours "
        "without transparency (L, RGB). Convert it, e.g. with Pillow: image.convert('RGB')."
    )


def _as_bytes(image: Any, file: Path, size: tuple[int, int] | None) -> np.ndarray:
    from PIL import Image

    channels = _CHANNELS.get(image.mode)
    if channels is None:
        raise DataError(_other_pixels(str(file), image.mode))
    plain = image.convert("L" if channels == 1 else "RGB")
    if size is not None and plain.size != size[::-1]:
        plain = plain.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(plain).reshape(plain.height, plain.width, channels)
