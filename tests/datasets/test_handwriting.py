from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.datasets.handwriting import (
    MOST_POINTS,
    MOST_STROKES,
    Stroke,
    centred,
    check_strokes,
    inked,
    resized,
)
from workbench.errors import DataError


def test_ink_is_where_the_pen_went() -> None:
    ink = inked([Stroke((0.25, 0.5, 0.75, 0.5), 0.1)], 100)
    y, x = np.mgrid[:100, :100] + 0.5
    distance = np.hypot(np.maximum(0, np.maximum(25 - x, x - 75)), y - 50)
    assert (ink[distance < 4.4] == 1).all()
    assert (ink[distance > 5.6] == 0).all()
    assert ink.sum() == pytest.approx(50 * 10 + np.pi * 25, rel=0.01)


def test_an_eraser_takes_away_what_is_there_by_then() -> None:
    line, eraser = Stroke((0.1, 0.5, 0.9, 0.5)), Stroke((0.5, 0.5), 0.2, True)
    ink = inked([line, eraser], 50)
    assert ink[25, 25] == 0 and ink[25, 10] == 1
    assert inked([eraser, line], 50)[25, 25] == 1


def test_a_pen_may_leave_the_canvas() -> None:
    assert inked([Stroke((-0.5, 0.5, 1.5, 0.5))], 40)[20].min() == 1
    assert not inked([Stroke((5.0, 5.0))], 40).any()


@settings(max_examples=examples(30))
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(1, 12))
def test_every_pixel_is_the_mean_of_its_area(rows: int, columns: int, high: int, wide: int) -> None:
    image = np.random.default_rng(rows * columns).random((rows, columns, 2))
    # By hand: on a grid of which both sizes are parts.
    fine = np.repeat(np.repeat(image, high, 0), wide, 1)
    expected = fine.reshape(high, rows, wide, columns, 2).mean(axis=(1, 3))
    assert resized(image, high, wide) == pytest.approx(expected)


@settings(max_examples=examples(30))
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=6),
    st.sampled_from([(28, 28), (14, 14), (32, 32), (20, 30)]),
)
def test_a_drawing_is_placed_as_mnist_places_digits(
    points: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    ink = inked([Stroke(tuple(n for point in points for n in point))])
    image = centred(ink, *size)
    assert image.shape == size and image.min() >= 0 and image.max() <= 1 + 1e-9
    used_rows, used_columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    longer = max(np.ptp(used_rows), np.ptp(used_columns)) + 1
    assert longer == round(20 / 28 * min(size))
    for axis, used in enumerate((used_rows, used_columns)):
        along = image.sum(axis=1 - axis)
        middle = (along * np.arange(size[axis])).sum() / along.sum()
        touches = used[0] == 0 or used[-1] == size[axis] - 1  # where it was moved back in
        assert abs(middle - (size[axis] - 1) / 2) <= 0.5 + 1e-9 or touches


def test_the_box_and_the_centre_are_those_of_mnist_worked_out_by_hand() -> None:
    """A bar of 40 x 10 pixels, with one end twice as dark: 20 x 5 pixels in 28 x 28."""
    ink = np.zeros((100, 100))
    ink[30:70, 60:70] = 0.5
    ink[50:70, 60:70] = 1.0
    image = centred(ink, 28, 28)
    expected = np.zeros((28, 28))
    # Centre of mass: (4.5 * 10 * 0.5 + 14.5 * 10) / 15 = 11.17 rows and 2 columns into the bar.
    expected[2:12, 12:17], expected[12:22, 12:17] = 0.5, 1.0
    assert image == pytest.approx(expected)


def test_without_ink_there_is_nothing_to_centre() -> None:
    assert not centred(np.zeros((9, 9)), 28, 28).any()


@pytest.mark.parametrize(
    ("points", "width", "message"),
    [
        ((0.5,), 0.1, "has 1 numbers; accepted: x and y"),
        ((), 0.1, "has 0 numbers"),
        ((float("nan"), 0), 0.1, "must be numbers below a million"),
        ((10**400, 0), 0.1, "must be numbers"),
        (("a", 0), 0.1, "must be numbers"),
        ((0, 0), 9.0, "width is 9.0; accepted: 0.005 to 0.5"),
        ((0, 0), float("nan"), "must be numbers"),
    ],
)
def test_what_is_no_stroke_is_refused(points: Any, width: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Stroke(points, width)


def test_more_than_a_person_draws_is_refused() -> None:
    check_strokes([Stroke((0, 0))] * MOST_STROKES)
    for strokes in ([Stroke((0, 0))] * (MOST_STROKES + 1), [Stroke((0, 0) * (MOST_POINTS + 1))]):
        with pytest.raises(DataError, match="Clear it and draw less"):
            check_strokes(strokes)
