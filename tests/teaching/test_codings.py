"""A value in every code is what the simulator sends, and decodes to what codes promise."""

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.settings import Conversion
from workbench.teaching.codings import CODINGS, EARLY, coded, frames, mean_errors
from workbench.teaching.lone_neuron import NEURON, neuron_network, run_alone
from workbench.teaching.poisson_explorer import random_values

LEVELLED = [name for name, coding in CODINGS.items() if coding.has_levels]
COUNTED = ["rate", "events", "signed"]


@pytest.mark.parametrize("name", [*COUNTED, *LEVELLED])
@settings(max_examples=examples(8), deadline=None)
@given(values=st.lists(st.integers(0, 200), min_size=1, max_size=4), steps=st.integers(1, 20))
def test_steps_say_the_nearest_of_one_more_values(name, values, steps):
    x = np.array(values) / 200
    sent = coded(name, x, steps)
    level = np.floor(np.round(x * steps + 0.5, 9))
    assert sent.so_far[:, -1] == pytest.approx(level / steps, abs=1e-9)
    counts = np.bincount(sent.spikes["neuron"], minlength=len(x))
    expected = {
        "phase": [int(one).bit_count() for one in level],
        "ttfs_steps": level > 0,
        "one_shot": counts,
    }
    assert (counts == expected.get(name, level)).all()
    assert sent.spikes["time"].between(1, steps).all()


@pytest.mark.parametrize("name", [name for name in CODINGS if not CODINGS[name].from_input])
def test_the_end_is_what_the_run_decodes(name):
    x, steps = np.array([0.0, 0.13, 0.43, 0.77, 1.0]), 8
    chosen = dict(CODINGS[name].conversion)
    if CODINGS[name].has_levels:
        chosen["levels"] = steps
    conversion = Conversion(percentile=100, **chosen)
    run = run_alone(neuron_network(x), np.array([[1.0, 0.0]]), conversion, steps=steps)
    assert coded(name, x, steps).so_far[:, -1] == pytest.approx(run.decoded(NEURON)[0])


def test_first_spikes_are_single_and_the_larger_the_earlier():
    x = np.linspace(0.01, 1, 34)
    for name in ("ttfs", "ttfs_steps"):
        spikes = coded(name, x, 100).spikes.sort_values("neuron")
        assert spikes["neuron"].is_unique and spikes["time"].is_monotonic_decreasing
    assert coded("ttfs", x, 8).so_far[:, -1] == pytest.approx(x, abs=1e-4)


@pytest.mark.parametrize("value", [0.1, 0.2, 0.35])
def test_what_was_sent_too_early_stays_unless_it_can_be_taken_back(value):
    x, steps = np.array([value]), 40
    said = {name: coded(name, x, steps, uneven=True).so_far[0, -1] for name in CODINGS}
    assert said["rate"] == pytest.approx((value + EARLY) / 2, abs=1 / steps)
    for name in ("signed", "multi_threshold", *LEVELLED):
        assert said[name] == pytest.approx(value, abs=1 / steps)
    assert (coded("signed", x, steps, uneven=True).spikes["payload"] == -1).any()


def test_random_spikes_err_by_the_root_and_are_the_same_each_time():
    steps = np.array([25, 100])
    for value, probability in ((0.5, 1.0), (0.2, 1.0), (0.5, 0.25)):
        said = random_values(value, probability)[:, steps - 1]
        expected = np.sqrt(value * (1 / probability - value) / steps)
        error = np.sqrt(((said - value) ** 2).mean(axis=0))
        assert error == pytest.approx(expected, rel=0.2)  # four standard errors of 200 draws
    assert (random_values(0.5, 1.0) == random_values(0.5, 1.0)).all()


def test_codes_share_one_line_of_errors_and_random_spikes_are_far_above_it():
    rate = np.array(mean_errors("rate"))
    for name in ("events", "signed", *LEVELLED):
        assert mean_errors(name) == pytest.approx(rate, abs=1e-9)
    assert (np.array(mean_errors("poisson"))[4:] > 4 * rate[4:]).all()
    assert (np.array(mean_errors("multi_threshold")) < rate / 2).all()


def test_a_sensor_sends_events_at_even_distances():
    events = frames(np.array([0.0, 0.25, 1.0]), 16)
    assert events[..., 0].sum(axis=1).tolist() == [0, 4, 16] and not events[..., 1].any()
    assert set(np.diff(np.flatnonzero(events[1, :, 0]))) == {4}
