import numpy as np
import pytest

from workbench.datasets import event_frames
from workbench.errors import DataError


def test_events_fall_into_the_frame_of_their_time():
    times = [0.0, 1.9, 2.0, 2.5, 9.0]
    places = [[0, 0], [1, 1], [0, 1], [0, 1], [1, 0]]
    frames = event_frames(times, places, (2, 2), steps=3, dt_ms=2.0)
    assert frames.shape == (1, 3, 2, 2)
    assert frames[0].astype(int).tolist() == [[[1, 0], [0, 1]], [[0, 1], [0, 0]], [[0, 0], [0, 0]]]


def test_no_events_are_empty_frames():
    assert not event_frames([], np.zeros((0, 1), int), (3,), steps=2).any()


@pytest.mark.parametrize(
    ("times", "places", "message"),
    [
        ([0.0], [[1]], r"times of shape \(1,\) and coordinates of shape \(1, 1\)"),
        ([0.0], [[0, 2]], r"lies at \(0, 2\), outside inputs of shape \(2, 2\)"),
        ([-1.0], [[0, 0]], "finite and not negative"),
        ([0.0], [[0.5, 0.0]], "Coordinates have type float64"),
    ],
)
def test_events_that_do_not_fit_are_refused(times, places, message):
    with pytest.raises(DataError, match=message):
        event_frames(times, places, (2, 2), steps=3)
