from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from workbench.ui.images import as_pixels, data_uri, png


@pytest.mark.parametrize("shape", [(3, 5, 1), (4, 2, 3)])
def test_a_png_holds_the_pixels(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    with Image.open(io.BytesIO(png(pixels))) as image:
        assert np.array_equal(np.asarray(image).reshape(shape), pixels)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((6,), (1, 6, 1)), ((4, 5), (4, 5, 1)), ((4, 5, 2), (4, 5, 1)), ((4, 5, 3), (4, 5, 3))],
)
def test_any_sample_becomes_a_picture(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert as_pixels(np.ones(shape)).shape == expected


def test_values_are_stretched() -> None:
    assert as_pixels(np.array([0.0, 0.25, 0.5])).reshape(-1).tolist() == [0, 128, 255]
    assert as_pixels(np.array([-1.0, 1.0])).reshape(-1).tolist() == [0, 255]
    assert as_pixels(np.zeros(3)).max() == 0


def test_a_sample_is_its_own_address() -> None:
    assert data_uri(np.zeros((2, 2, 1))).startswith("data:image/png;base64,iVBOR")
