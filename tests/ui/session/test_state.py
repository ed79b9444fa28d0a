from __future__ import annotations

import threading

import numpy as np
import pytest

from workbench.errors import SettingsError
from workbench.settings import Conversion
from workbench.ui.session.all_settings import trait_of
from workbench.ui.session.state import State


def test_settings_are_attributes() -> None:
    state = State(percentile=99, steps=7)
    assert state.conversion == Conversion(percentile=99)
    assert state.simulation.steps == 7
    state.percentile = 98.5
    assert state.conversion.percentile == state.percentile == 98.5


def test_numbers_of_numpy_are_accepted_and_kept_as_those_of_python() -> None:
    state = State(test_samples=np.int32(30))
    state.sample = np.argmax([0.1, 0.9])
    state.steps = np.int64(7)
    assert (state.sample, state.test_samples, state.steps) == (1, 30, 7)
    assert {type(value) for value in (state.sample, state.test_samples, state.steps)} == {int}


def test_a_change_replaces_the_value_whole_and_tells_once() -> None:
    state, seen = State(), []
    state.observe(lambda change: seen.append(change["new"]), "conversion")
    before = state.conversion
    state.change(percentile=99, threshold=2.0)
    assert before.percentile == Conversion().percentile
    assert [(c.percentile, c.threshold) for c in seen] == [(99, 2.0)]


def test_the_same_value_again_tells_nobody() -> None:
    state, seen = State(), []
    state.observe(seen.append, "conversion")
    state.percentile = state.percentile
    assert seen == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"percentile": 200}, "50 to 100"),
        ({"steps": 0}, "integers from 1"),
        ({"reset": "sideways"}, "subtract, zero, modulo"),
        ({"sample": -1}, "sample is -1; accepted: integers from 0"),
        ({"sample": True}, "sample is True"),
        ({"test_samples": 1.5}, "test_samples is 1.5"),
        ({"units": "furlongs"}, "accepted: steps, ms"),
        ({"live": 1}, "live is 1"),
        ({"colour": "red"}, "no setting colour; it has network"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_changes(
    values: dict[str, object], words: str
) -> None:
    state = State()
    before = (state.conversion, state.simulation, state.sample)
    with pytest.raises(SettingsError, match=words):
        state.change(**{"threshold": 3.0, **values})
    assert (state.conversion, state.simulation, state.sample) == before


def test_changes_on_two_threads_are_both_kept() -> None:
    state = State()

    threads = [
        threading.Thread(target=lambda: [state.change(threshold=1 + v / 100) for v in range(200)]),
        threading.Thread(target=lambda: [state.change(percentile=60 + v / 10) for v in range(200)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (state.threshold, state.percentile) == (2.99, 79.9)


def test_trait_of_says_where_a_setting_lives() -> None:
    assert trait_of("percentile") == "conversion"
    assert trait_of("steps") == "simulation"
    assert trait_of("sample") == "sample"
