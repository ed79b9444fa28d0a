"""A sample as a picture that a page can show by itself: an image, or lines where it is none."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from PIL import Image

from workbench.network.layer import Shape

WIDTH, HEIGHT = 96, 96
SMALL = 64
"""Pixels of a small picture in either direction, at most."""

MOST_LINES = 8
"""Channels of a sequence that are drawn; more are a thicket."""

CHANNELS_OF_SEQUENCE = 8
"""Two axes with this many places on the second, or fewer, are a sequence and its channels."""


def pictures(
    sample: np.ndarray, parts: tuple[tuple[str, Shape], ...] = ()
) -> list[tuple[str, str]]:
    """Return a picture of every input.

    Parameters
    ----------
    sample : ndarray
        As the network takes it.
    parts : tuple of (name, shape)
        Inputs that the sample holds side by side; empty where there is one.

    Returns
    -------
    list of (name, address)
        The addresses hold the pictures themselves; one input has no name.
    """
    values = np.asarray(sample)
    if not parts:
        return [("", data_uri(values))]
    found, start = [], 0
    for name, shape in parts:
        size = math.prod(shape)
        found.append((name, data_uri(values.reshape(-1)[start : start + size].reshape(shape))))
        start += size
    return found


def data_uri(sample: np.ndarray) -> str:
    """Return a sample as an address that holds the picture itself."""
    kind, content = (
        ("png", png(as_pixels(sample))) if is_image(sample) else ("svg+xml", svg(sample))
    )
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def thumbnail(sample: np.ndarray) -> str:
    """Return a small picture of a sample, as an address; an image is thinned out to be small."""
    if not is_image(sample):
        return data_uri(sample)
    pixels = as_pixels(sample)
    every = -(-max(pixels.shape[:2]) // SMALL)
    return f"data:image/png;base64,{base64.b64encode(png(pixels[::every, ::every])).decode()}"


def is_image(sample: np.ndarray) -> bool:
    """Whether a sample has places in two directions: neither a vector nor a sequence."""
    shape = tuple(size for size in np.shape(sample)[:-1] if size > 1)
    if np.ndim(sample) == 2:
        return np.shape(sample)[1] > CHANNELS_OF_SEQUENCE
    return np.ndim(sample) > 2 and len(shape) > 1


def as_pixels(image: np.ndarray) -> np.ndarray:
    """Turn an image into gray or colour pixels, uint8, shape (height, width, 1 or 3).

    Values are stretched from their smallest (0 if none is below) to their largest.
    """
    image = np.asarray(image, np.float64)
    if image.ndim < 2:
        image = image.reshape(1, -1)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim > 3:  # frames of a volume, side by side
        image = np.concatenate(list(image.reshape(-1, *image.shape[-3:])), axis=1)
    if image.shape[2] not in (1, 3):
        image = image.mean(axis=2, keepdims=True)
    low = min(0.0, float(image.min(initial=0)))
    high = float(image.max(initial=0))
    return np.rint((image - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """Encode pixels, uint8, shape (height, width, 1 or 3)."""
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def svg(sample: np.ndarray) -> bytes:
    """Draw a vector, or every channel of a sequence, as a line over a zero line."""
    values = np.asarray(sample, np.float64)
    values = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values.reshape(-1, 1)
    low = min(0.0, float(values.min(initial=0)))
    span = (float(values.max(initial=0)) - low) or 1.0
    heights = HEIGHT - 4 - (HEIGHT - 8) * (values - low) / span
    zero = HEIGHT - 4 - (HEIGHT - 8) * (0 - low) / span
    lines = "".join(
        f'<path d="{_steps(channel)}" stroke="hsl({200 + 47 * number % 360},60%,65%)"/>'
        for number, channel in enumerate(heights.T[:MOST_LINES])
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" '
        f'stroke-width="1.2"><path d="M0 {zero:.1f}H{WIDTH}" stroke="#777" stroke-width="0.6"/>'
        f"{lines}</svg>"
    ).encode()


def _steps(heights: np.ndarray) -> str:
    """A path with a level stretch for each value; of very many values, as many as are seen."""
    if len(heights) > 4 * WIDTH:
        heights = heights[np.linspace(0, len(heights) - 1, 4 * WIDTH).astype(int)]
    width = WIDTH / max(1, len(heights))
    ends = (f"V{y:.1f}H{(i + 1) * width:.2f}" for i, y in enumerate(heights))
    return f"M0 {heights[0] if len(heights) else HEIGHT:.1f}" + "".join(ends)
