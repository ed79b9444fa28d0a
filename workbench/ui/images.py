"""A sample as a PNG that a page can show by itself."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np


def as_pixels(sample: np.ndarray) -> np.ndarray:
    """Turn a sample into gray or colour pixels, uint8, shape (height, width, 1 or 3).

    Samples that are no image become one row. Values are stretched from their smallest (0 if
    none is below) to their largest.
    """
    image = np.asarray(sample, np.float64)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3:
        image = image.reshape(1, -1, 1)
    if image.shape[2] not in (1, 3):
        image = image.mean(axis=2, keepdims=True)
    low = min(0.0, float(image.min(initial=0)))
    high = float(image.max(initial=0))
    return np.rint((image - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """Encode pixels, uint8, shape (height, width, 1 or 3)."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row starts with filter 0
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def data_uri(sample: np.ndarray) -> str:
    """Return a sample as an address that holds the image itself."""
    return "data:image/png;base64," + base64.b64encode(png(as_pixels(sample))).decode()
