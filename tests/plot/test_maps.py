"""Where units stand in the picture of their layer."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.plot.maps import cell_of, mosaic, unit_at


@pytest.mark.parametrize("shape", [(3,), (50,), (6, 4), (5, 4, 3)])
def test_a_unit_is_found_where_it_is_drawn(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).random(shape)
    image, _ = mosaic(values)
    for unit, value in enumerate(values.reshape(-1)):
        cell = cell_of(unit, shape)
        assert cell is not None and image[cell] == value
        assert unit_at(*cell, shape) == unit
    assert cell_of(values.size, shape) is None
    assert unit_at(-1, 0, shape) is None and unit_at(0, 10**6, shape) is None
