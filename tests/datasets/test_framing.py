"""Frames of events: window, polarity, resolution; by an independent count in pure Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.datasets.framing import Framing
from workbench.datasets.recordings import as_recording
from workbench.errors import DataError

SENSOR = (6, 8)
EVENT = st.tuples(st.integers(0, 5000), st.integers(0, 7), st.integers(0, 5), st.integers(0, 1))
EVENTS = st.lists(EVENT, min_size=1, max_size=40)


def arrays(events):
    columns = zip(*events, strict=True)
    return {key: np.array(column) for key, column in zip("txyp", columns, strict=True)}


def expected(events, framing):
    """Place events one after the other, as the docstring of `Framing` says."""
    events = sorted(events, key=lambda event: event[0])
    start, end = events[0][0], events[-1][0]
    height, width = framing.frame_size or SENSOR
    frames = np.zeros((framing.frames, height, width, framing.channels), bool)
    for number, (t, x, y, p) in enumerate(events):
        if framing.window_events:
            frame = number // framing.window_events
        elif framing.window_ms:
            frame = (t - start) // round(1000 * framing.window_ms)
        else:
            frame = (t - start) * framing.frames // (end - start + 1)
        if frame >= framing.frames or (framing.polarity, p) in (("on", 0), ("off", 1)):
            continue
        channel = p if framing.polarity == "channels" else 0
        frames[frame, y * height // SENSOR[0], x * width // SENSOR[1], channel] = True
    return frames


@given(
    EVENTS,
    st.sampled_from(["channels", "merged", "on", "off"]),
    st.integers(1, 12),
    st.sampled_from([{}, {"window_ms": 0.3}, {"window_ms": 1.5}, {"window_events": 7}]),
    st.sampled_from([None, (3, 4), (5, 3), (1, 1)]),
)
def test_every_option_places_events_as_told(events, polarity, frames, window, size):
    framing = Framing(polarity, frames, sensor_size=SENSOR, frame_size=size, **window)
    made = framing.apply(as_recording(arrays(events), "events"))
    assert np.array_equal(made, expected(events, framing))
    first = Framing(**{**vars(framing), "channels_first": True})
    moved = first.apply(as_recording(arrays(events), "events"))
    assert np.array_equal(np.moveaxis(moved, 1, -1), made)


@given(EVENTS, st.integers(0, 2**40), st.randoms())
def test_neither_the_order_nor_the_start_of_time_matters(events, start, random):
    framing = Framing(frames=5, sensor_size=SENSOR)
    made = framing.apply(as_recording(arrays(events), "events"))
    shuffled = [(t + start, *rest) for t, *rest in random.sample(events, len(events))]
    assert np.array_equal(framing.apply(as_recording(arrays(shuffled), "events")), made)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"polarity": "signed"},
            r"accepted: channels, merged, on, off\. Input spikes have no sign",
        ),
        ({"frames": 0}, "frames is 0; accepted: integers, 1 to 1,000,000"),
        ({"frames": 2.5}, r"frames is 2\.5"),
        ({"window_events": -1}, "window_events is -1; accepted: integers, 1 or more"),
        ({"window_ms": 0}, "window_ms is 0; accepted: milliseconds"),
        ({"window_ms": float("nan")}, "window_ms is nan"),
        ({"window_ms": 1, "window_events": 1}, "both given; give one"),
        ({"frame_size": (0, 3)}, r"frame_size is \(0, 3\); accepted: \(height, width\)"),
        ({"sensor_size": (3,)}, r"sensor_size is \(3,\)"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(DataError, match=message):
        Framing(**options)


ONE = {"t": np.array([3]), "x": np.array([7]), "y": np.array([2]), "p": np.array([1])}


@pytest.mark.parametrize(
    ("changed", "options", "message"),
    [
        ({}, {}, "does not say how many pixels the sensor has. Give sensor_size="),
        ({}, {"sensor_size": (6, 7)}, r"event 0 is at x=7, y=2 \(1 of 1 .*has 6 x 7 pixels"),
        ({"y": np.array([-1])}, {"sensor_size": (6, 8)}, "at x=7, y=-1"),
        ({"x": np.array([2**40])}, {"sensor_size": (6, 8)}, "at x=2147483647"),
        ({}, {"sensor_size": (6, 8), "frame_size": (6, 9)}, "events are not enlarged"),
        ({"t": np.array([0.5])}, {}, r"t has the type float64; accepted: integers.*microseconds"),
        ({"x": np.array([0.5])}, {}, "x has the type float64; accepted: integers"),
        ({"p": np.array([2])}, {}, "p holds values other"),
        ({key: np.array([], int) for key in "txyp"}, {}, "holds no events"),
        ({key: np.array([0, 2**50 if key == "t" else 1]) for key in "txyp"}, {}, "nanoseconds"),
        ({"t": np.array([1, 2])}, {}, r"columns of shapes t \(2,\), x \(1,\)"),
    ],
)
def test_events_that_do_not_fit_are_refused(changed, options, message):
    with pytest.raises(DataError, match=message):
        Framing(**options).apply(as_recording({**ONE, **changed}, "events"))


def test_columns_are_found_by_the_names_of_other_libraries():
    columns = {"timestamps": ONE["t"], "x": ONE["x"], "y": ONE["y"], "polarity": ONE["p"]}
    assert as_recording(columns, "events").events.tolist() == [(3, 7, 2, True)]
    with pytest.raises(DataError, match=r"has the fields a; accepted: t, x, y, p \(t is missing\)"):
        as_recording({"a": ONE["t"]}, "events")
    with pytest.raises(DataError, match=r"shape \(5, 4\) without named columns"):
        as_recording(np.zeros((5, 4)), "events")


def test_a_network_sets_what_is_not_given():
    framing = Framing(sensor_size=SENSOR)
    last = framing.for_network((3, 4, 1), keep_polarity=False)
    assert (last.polarity, last.frame_size, last.channels_first) == ("merged", (3, 4), False)
    first = framing.for_network((2, 3, 4), keep_polarity=False)
    assert (first.polarity, first.frame_size, first.channels_first) == ("channels", (3, 4), True)
    assert Framing("on").for_network((3, 4, 1), keep_polarity=True).polarity == "on"
    with pytest.raises(DataError, match=r"inputs of shape \(784,\); frames of events are images"):
        framing.for_network((784,), keep_polarity=False)
