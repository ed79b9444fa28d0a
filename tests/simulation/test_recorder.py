"""One recorder adds up windows, whoever runs the network and however long the windows are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import convolution_network

from workbench import workflow
from workbench.network.recording import Recording
from workbench.settings import Conversion, Simulation
from workbench.simulation import Recorder, simulate, stream

X = np.random.default_rng(0).random((7, 5, 5, 1), np.float32)
ANALOG = convolution_network()
PLAIN = workflow.convert(ANALOG, X)
SIGNED = workflow.convert(ANALOG, X, Conversion(signed_neurons=True, initial_potential=0.5))


def assert_same(recording: Recording, other: Recording) -> None:
    assert recording.layers == other.layers
    for name in recording.layers:
        for part, expected in zip(recording.events[name], other.events[name], strict=True):
            assert part.dtype == np.int64
            assert np.array_equal(part, expected)
        assert np.array_equal(recording.counts[name], other.counts[name])
    for table in ("unit_totals", "step_totals", "potentials"):
        ours, theirs = getattr(recording, table), getattr(other, table)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    for array in ("predictions", "output_counts", "gathered", "ranked", "ranked_steps"):
        assert np.array_equal(getattr(recording, array), getattr(other, array)), array


@settings(max_examples=12)
@given(window=st.integers(1, 23), batch=st.integers(1, 8), signed=st.booleans())
def test_windows_of_any_length_make_the_same_recording(
    window: int, batch: int, signed: bool
) -> None:
    network = SIGNED if signed else PLAIN
    asked = Simulation(steps=23, record="all", record_potentials="all", batch_size=batch)
    recorder = Recorder(network, asked, len(X))
    for part in stream(network, X, asked, window):
        recorder.add(part)
    assert_same(recorder.recording(), simulate(network, X, Simulation(
        steps=23, record="all", record_potentials="all", engine="reference"
    )))  # fmt: skip


def test_spikes_are_counted_by_hand() -> None:
    asked = Simulation(steps=30, record="all")
    recorder = Recorder(SIGNED, asked, len(X))
    for part in stream(SIGNED, X, asked, 7):
        recorder.add(part)
    recording = recorder.recording()
    assert recorder.spike_count == sum(len(events[0]) for events in recording.events.values())
    signs = np.concatenate([e[3] for e in recording.events.values() if len(e) > 3])
    assert recorder.negative_count == (signs < 0).sum() > 0
    for name, (sample, step, unit, *sign) in recording.events.items():
        net = np.zeros((len(X), SIGNED.population(name).size), int)
        np.add.at(net, (sample, unit), sign[0] if sign else 1)
        assert np.array_equal(recording.counts[name], net)
        assert np.array_equal(
            recording.unit_totals[name], np.bincount(unit, minlength=net.shape[1])
        )
        assert np.array_equal(recording.step_totals[name], np.bincount(step, minlength=30))


def test_spikes_beyond_the_limit_are_counted_but_not_kept() -> None:
    asked = Simulation(steps=30, record="all")
    every = Recorder(PLAIN, asked, 1)
    some = Recorder(PLAIN, asked, 1, most_spikes=20)
    for part in stream(PLAIN, X[:1], asked, 2):
        every.add(part)
        some.add(part)
    assert some.spike_count == every.spike_count > 60
    assert 0 < some.steps_kept < every.steps_kept == 30
    for name in some.layers:
        _, step, *_ = every.spikes(name)
        assert np.array_equal(some.spikes(name)[1], step[step < some.steps_kept])
    assert np.array_equal(some.recording().counts["conv"], every.recording().counts["conv"])


def test_what_was_recorded_can_be_asked_for_on_the_way() -> None:
    asked = Simulation(steps=30, record="all")
    recorder = Recorder(PLAIN, asked, 1)
    whole = simulate(PLAIN, X[:1], asked)
    for part in stream(PLAIN, X[:1], asked, 4):
        recorder.add(part)
        done = recorder.steps_done
        assert done == part.stop
        for name in recorder.layers:
            _, step, unit = recorder.spikes(name)
            _, steps, units = whole.events[name]
            assert np.array_equal(step, steps[steps < done])
            assert np.array_equal(unit, units[steps < done])
        assert np.array_equal(recorder.chosen, whole.predictions[:, part.start : part.stop])


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_only_the_last_window_of_a_batch_has_counts(engine: str) -> None:
    asked = Simulation(steps=9, engine=engine, batch_size=4)
    windows = list(stream(PLAIN, X, asked, 4))
    assert [bool(w.counts) for w in windows] == [False, False, True] * 2
    last = np.concatenate([w.counts["out"] for w in windows if w.counts])
    assert np.array_equal(last, simulate(PLAIN, X, asked).counts["out"])
