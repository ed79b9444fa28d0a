"""Images that somebody uploads."""

import io

import numpy as np
import pytest
from PIL import Image

from workbench.datasets.images import pixels_of_file
from workbench.errors import DataError


def stored(image, form):
    file = io.BytesIO()
    image.save(file, form)
    file.seek(0)
    return file


def test_gray_of_16_bits_keeps_its_range():
    values = np.linspace(0, 65535, 20).astype(np.uint16).reshape(4, 5)
    for form in ("PNG", "TIFF"):
        pixels = pixels_of_file(stored(Image.fromarray(values), form), "gray")
        assert pixels.dtype == np.uint8 and np.array_equal(pixels[..., 0], values >> 8)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_gray_of_no_known_range_is_refused(mode):
    with pytest.raises(DataError, match=f"gray.tif has pixels of the kind {mode}; accepted: gray"):
        pixels_of_file(stored(Image.new(mode, (3, 3)), "TIFF"), "gray.tif")
