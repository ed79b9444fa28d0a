"""Pictures for pages without a browser are small, and look as the figure does."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from workbench.plot import saving
from workbench.plot.still import COLOURS, still


def test_a_picture_has_few_colours_that_are_near_those_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    across = np.linspace(0, 255, 400, dtype=np.uint8)
    drawn = np.zeros((300, 400, 3), np.uint8)
    drawn[..., 0], drawn[..., 2] = across, across[300::-1][:300, None]
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, "PNG")
    monkeypatch.setattr(saving, "picture_of", lambda *_args, **_options: file.getvalue())
    found = Image.open(io.BytesIO(still(None)))
    assert (found.mode, found.size) == ("P", (400, 300))
    assert len(found.getcolors(COLOURS)) > 100
    assert np.abs(np.asarray(found.convert("RGB")).astype(int) - drawn).max() <= 32
