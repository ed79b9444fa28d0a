"""What a person puts in place of a test sample, or does to it: drawn, uploaded, changed."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np

from workbench.datasets.handwriting import Stroke, centred, check_strokes, inked, resized
from workbench.datasets.images import pixels_of_file
from workbench.errors import DataError, SettingsError
from workbench.network.graph import Network
from workbench.ui.session.results import Loaded
from workbench.util.npy_files import BadArray, read_body, read_head
from workbench.util.pixels import Pixels, pixels_of_bytes

SMALLEST = 8
"""Pixels in either direction of the smallest image that is worth drawing on."""

LARGEST_KEPT = 512
"""Pixels in either direction of an uploaded image that is kept; a larger one is scaled down."""

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
ENDINGS = (*IMAGES, ".npy")


@dataclass(frozen=True, eq=False)
class Given:
    """What was uploaded.

    Parameters
    ----------
    name : str
        Of the file.
    values : ndarray
        Pixels of shape (height, width, channels), or an array of the network's input shape.
    is_image : bool
        Whether it is scaled to the network's input; an array must have its shape.
    """

    name: str
    values: np.ndarray
    is_image: bool


@dataclass(frozen=True)
class OwnInput:
    """What is shown in place of the test sample; by default, the sample itself.

    Parameters
    ----------
    strokes : tuple of Stroke
        A drawing.
    given : Given or None
        An upload; not together with strokes.
    centre : bool
        Whether a drawing, or an uploaded image, is scaled and centred as MNIST's digits are.
    invert : bool
        Whether dark and light are exchanged, as for dark ink on paper.
    contrast : float
        0 to 4. Distances from the mean are multiplied by it.
    shift_x, shift_y : int
        Places to the right and down.
    noise : float
        0 to 1. Standard deviation of random numbers that are added, as a share of the range.

    Raises
    ------
    SettingsError, DataError
        If a value is out of range.
    """

    strokes: tuple[Stroke, ...] = ()
    given: Given | None = None
    centre: bool = True
    invert: bool = False
    contrast: float = 1.0
    shift_x: int = 0
    shift_y: int = 0
    noise: float = 0.0

    def __post_init__(self) -> None:
        check_strokes(self.strokes)
        for name, low, high in (
            ("contrast", 0, 4),
            ("noise", 0, 1),
            ("shift_x", -1000, 1000),
            ("shift_y", -1000, 1000),
        ):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and low <= value <= high):
                raise SettingsError(f"{name} is {value!r}; accepted: {low} to {high}.")

    @property
    def is_picture(self) -> bool:
        """Whether it is shown in place of the test sample, so that its class is not known."""
        return bool(self.strokes) or self.given is not None

    @property
    def is_changed(self) -> bool:
        """Whether the network sees anything else but the test sample."""
        return self.is_picture or replace(self, centre=True) != OwnInput()

    def without_picture(self) -> OwnInput:
        """Return the same changes of the test sample."""
        return replace(self, strokes=(), given=None)

    def fitting(self, network: Network) -> OwnInput:
        """Return what of it a network takes."""
        fits = not self.is_picture or (
            not drawing_problem(network)
            if self.strokes or (self.given is not None and self.given.is_image)
            else self.given is not None and self.given.values.shape == network.input_shape
        )
        return self if fits else self.without_picture()

    def words(self, sample: int) -> str:
        """Name what is shown."""
        changed = ", changed" if replace(self.without_picture(), centre=True) != OwnInput() else ""
        if self.strokes:
            return f"Drawing{changed}"
        if self.given is not None:
            return f"{self.given.name}{changed}"
        return f"Sample {sample}{changed}"

    def applied(self, sample: np.ndarray, network: Network) -> np.ndarray:
        """Return what the network sees.

        Parameters
        ----------
        sample : ndarray of float32, shape (*input shape)
            The test sample.
        network : Network

        Returns
        -------
        ndarray of float32, of the same shape
            `Pixels` where the sample is, or where it was drawn or is an image.
        """
        base = sample
        if self.strokes:
            base = _as_input(self._placed(inked(self.strokes)[..., None], network), network)
        elif self.given is not None:
            values = self.given.values
            base = values
            if self.given.is_image:
                pixels = np.asarray(values, np.float64)
                pixels = 1 - pixels if self.invert and self.centre else pixels
                base = _as_input(self._placed(pixels, network), network)
        return self._changed(base)

    def _placed(self, image: np.ndarray, network: Network) -> np.ndarray:
        height, width = network.input_shape[:2]
        if self.centre:
            gray = image.mean(axis=2)
            return centred(np.where(gray < 0.1, 0.0, gray), height, width)[..., None]
        rows, columns = image.shape[:2]
        # The middle part that has the proportions of the input.
        tall = min(rows, max(1, round(columns * height / width)))
        wide = min(columns, max(1, round(rows * width / height)))
        top, left = (rows - tall) // 2, (columns - wide) // 2
        return resized(image[top : top + tall, left : left + wide], height, width)

    def _changed(self, base: np.ndarray) -> np.ndarray:
        values = np.asarray(base, np.float64)
        low, high = (0.0, 1.0) if isinstance(base, Pixels) else (values.min(), values.max())
        inverted = self.given is not None and self.given.is_image and self.centre
        if self.invert and not inverted:
            values = low + high - values
        if self.contrast != 1:
            values = values.mean() + self.contrast * (values - values.mean())
        values = shifted(values, self.shift_y, self.shift_x, low)
        if self.noise:
            random = np.random.default_rng(0)
            values = values + self.noise * (high - low) * random.standard_normal(values.shape)
        if self.contrast != 1 or self.noise:
            values = np.clip(values, low, high)
        result = np.ascontiguousarray(values, np.float32)
        return result.view(Pixels) if isinstance(base, Pixels) else result


def shifted(values: np.ndarray, down: int, right: int, ground: float) -> np.ndarray:
    """Return values that are moved; what comes in is `ground`.

    Images move along their first two axes, sequences along the first.
    """
    moved = values
    for axis, by in ((0, down), (1, right)):
        if by == 0 or values.ndim <= axis + 1:
            continue
        size = values.shape[axis]
        by = max(-size, min(size, by))
        moved = np.roll(moved, by, axis)
        inside = [slice(None)] * axis
        moved[(*inside, slice(0, by) if by > 0 else slice(size + by, None))] = ground
    return moved


def _as_input(image: np.ndarray, network: Network) -> Pixels:
    """Return an image as pixels with the network's number of channels."""
    channels = network.input_shape[2]
    if image.shape[2] != channels:
        image = np.repeat(image.mean(axis=2, keepdims=True), channels, axis=2)
    return np.clip(image, 0, 1).astype(np.float32).view(Pixels)


def drawing_problem(network: Network) -> str:
    """Return why one cannot draw for a network; "" where one can."""
    shape = " x ".join(map(str, network.input_shape))
    if network.input_parts:
        return f"{network.name} has {len(network.input_parts)} inputs; a drawing is one image."
    if len(network.input_shape) != 3:
        return f"{network.name} takes {shape} values, which are not an image to draw on."
    height, width, channels = network.input_shape
    if channels not in (1, 3):
        return (
            f"{network.name} takes {shape}: {channels} channels; supported: 1 (gray) or 3 (colour)."
        )
    if min(height, width) < SMALLEST:
        return f"{network.name} takes images of {shape}, which are too small to draw on."
    return ""


def shift_problem(network: Network) -> str:
    """Return why a sample of a network cannot be shifted; "" where it can."""
    if network.input_parts or len(network.input_shape) < 2:
        return f"{network.name} takes a vector: its places have no neighbours."
    return ""


def read_given(name: str, content: bytes, network: Network) -> Given:
    """Read an uploaded image or array for a network.

    Parameters
    ----------
    name : str
    content : bytes
    network : Network

    Raises
    ------
    DataError
        If it cannot be read, or does not fit the network.
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if ending == ".npy":
        return Given(name, _array(name, content, network.input_shape), is_image=False)
    if ending not in IMAGES:
        raise DataError(f"'{name}' is not accepted here; accepted: {', '.join(ENDINGS)}.")
    if problem := drawing_problem(network):
        raise DataError(f"{problem} Upload an array (.npy) of its shape instead.")
    pixels = pixels_of_file(io.BytesIO(content), name)
    size = max(pixels.shape[:2])
    if size > LARGEST_KEPT:
        height, width = (max(1, n * LARGEST_KEPT // size) for n in pixels.shape[:2])
        pixels = np.rint(resized(pixels, height, width)).astype(np.uint8)
    return Given(name, pixels_of_bytes(pixels), is_image=True)


def _array(name: str, content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    file = io.BytesIO(content)
    try:
        head = read_head(file)
        plain = tuple(n for n in head.shape if n != 1)
        if plain != tuple(n for n in shape if n != 1):
            raise DataError(
                f"'{name}' holds an array of shape {head.shape}; accepted: {shape}. Save one "
                "sample alone: np.save(path, x[0])."
            )
        array = read_body(file, head)
    except BadArray as error:
        raise DataError(f"'{name}' {error}. Save it again: np.save(path, x).") from error
    if array.dtype.kind not in "buif":
        raise DataError(f"'{name}' has the type {array.dtype}; accepted: real numbers.")
    if array.dtype == np.uint8 and int(array.max(initial=0)) > 1:  # as in data sets
        return pixels_of_bytes(array.reshape(shape))
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(array.reshape(shape), np.float32)
    if not np.isfinite(floats).all():
        raise DataError(f"'{name}' contains values that are not finite float32 numbers.")
    return floats


def shown_input(loaded: Loaded, sample: int, own: OwnInput) -> np.ndarray:
    """Return what the network is shown: a test sample, or what a person made of it."""
    # A drawing may be of the network before, for a moment.
    x, own = loaded.dataset.x_test[sample], own.fitting(loaded.network)
    return own.applied(x, loaded.network) if own.is_changed else x
