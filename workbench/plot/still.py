"""Pictures of figures for pages that run without a browser, as those of the documentation."""

from __future__ import annotations

import io
from typing import Any

PICTURE_WIDTH = 760
"""In CSS pixels: about the text width of a page."""

COLOURS = 256


def still(figure: Any) -> bytes:
    """Return a figure as a PNG file of few colours.

    Raises
    ------
    WorkbenchError
        If there is no browser that draws it.
    """
    from workbench.plot.saving import picture_of

    return in_few_colours(picture_of(figure, "png", width=PICTURE_WIDTH, scale=1.5))


def in_few_colours(picture: bytes) -> bytes:
    """Return a PNG file of 256 colours: a third of the bytes, and the eye sees no difference."""
    from PIL import Image

    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    few = drawn.quantize(COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()
