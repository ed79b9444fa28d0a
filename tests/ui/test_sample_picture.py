from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from workbench.ui.sample_picture import as_pixels, data_uri, pictures, png, svg


@pytest.mark.parametrize("shape", [(3, 5, 1), (4, 2, 3)])
def test_a_png_holds_the_pixels(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    with Image.open(io.BytesIO(png(pixels))) as image:
        assert np.array_equal(np.asarray(image).reshape(shape), pixels)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6,), (1, 6, 1)),
        ((4, 9), (4, 9, 1)),
        ((2, 4, 5, 3), (4, 10, 3)),
        ((4, 5, 2), (4, 5, 1)),
        ((4, 5, 3), (4, 5, 3)),
    ],
)
def test_any_sample_becomes_a_picture(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert as_pixels(np.ones(shape)).shape == expected


def test_values_are_stretched() -> None:
    assert as_pixels(np.array([0.0, 0.25, 0.5])).reshape(-1).tolist() == [0, 128, 255]
    assert as_pixels(np.array([-1.0, 1.0])).reshape(-1).tolist() == [0, 255]
    assert as_pixels(np.zeros(3)).max() == 0


def test_a_sample_is_its_own_address() -> None:
    assert data_uri(np.zeros((2, 2, 1))).startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize("shape", [(7,), (30, 2), (30, 1), (1, 30, 2), (1,), (400,)])
def test_what_is_no_image_is_drawn_as_lines(shape: tuple[int, ...]) -> None:
    sample = np.random.default_rng(0).normal(size=shape)
    assert data_uri(sample).startswith("data:image/svg+xml;base64,")
    drawing = ElementTree.fromstring(svg(sample))
    channels = shape[-1] if len(shape) > 1 else 1
    assert len(drawing) == 1 + channels  # the zero line and the channels


def test_a_line_has_a_level_for_every_value_between_top_and_bottom() -> None:
    zero, path = ElementTree.fromstring(svg(np.array([0.0, 1.0, -1.0])))
    heights = [float(part.partition("H")[0]) for part in path.attrib["d"].split("V")[1:]]
    assert heights[1] < heights[0] < heights[2]
    assert heights[0] == pytest.approx(float(zero.attrib["d"].split()[1].partition("H")[0]))


@pytest.mark.parametrize("sample", [np.zeros(5), np.zeros((8, 8)), np.zeros((20, 3))])
def test_a_silent_sample_has_a_picture_too(sample: np.ndarray) -> None:
    assert data_uri(sample).startswith("data:image/")


def test_every_input_has_its_picture() -> None:
    parts = (("image", (4, 9, 1)), ("facts", (3,)))
    (first, image), (second, facts) = pictures(np.arange(39.0), parts)
    assert (first, second) == ("image", "facts")
    assert image == data_uri(np.arange(36.0).reshape(4, 9, 1))
    assert facts == data_uri(np.arange(36.0, 39.0))
