from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import dense_network

from workbench import datasets, workflow
from workbench.network.readout import net_counts
from workbench.plot.race import decision_step
from workbench.settings import Conversion, Simulation
from workbench.simulation import Recorder
from workbench.spike_codes import CODES
from workbench.ui.session import playback as module
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.playback import Playback, PlaybackRecorder, Race
from workbench.ui.session.request import Request

X = np.random.default_rng(0).random((30, 3)).astype(np.float32)
NETWORK = dense_network([[1.0, -2.0], [-1.0, 0.5], [0.3, 1.0]], name="lines")


def spiking(**conversion: object):
    return workflow.convert(NETWORK, X, Conversion(**conversion))


def played(network, run: Simulation, window: int) -> Playback:
    recorder = Recorder(network, run, 1, output_steps=PlaybackRecorder.output_steps(network, run))
    playback = PlaybackRecorder(network, recorder.layers, run)
    for part in workflow.stream(network, X[:1], run, window):
        recorder.add(part)
        playback.add(part, recorder)
    return playback.so_far()


def unpacked(played: Playback, layer: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frame, unit and sign of each spike."""
    kept = np.concatenate([part.kept[layer] for part in played.frames])
    code = np.concatenate([part.events[layer] for part in played.frames])
    shift = 8 * code.itemsize - 1
    sign = np.where(code >> shift, -1, 1)
    return np.repeat(np.arange(len(kept)), kept), code & ((1 << shift) - 1), sign


@settings(max_examples=examples(12), deadline=None)
@given(
    steps=st.integers(1, 60), window=st.integers(1, 25), most=st.integers(1, 70),
    encoding=st.sampled_from(["constant", "poisson"]), signed=st.booleans(),
)  # fmt: skip
def test_every_spike_is_played_in_its_frame_however_the_run_is_cut(
    steps: int, window: int, most: int, encoding: str, signed: bool
) -> None:
    network = spiking(signed_neurons=signed, initial_potential=0.5)
    asked = Simulation(steps=steps, record="all", encoding=encoding)
    whole = workflow.simulate(network, X[:1], asked).recording
    before, module.MOST_FRAMES = module.MOST_FRAMES, most
    try:
        found = played(network, asked, window)
    finally:
        module.MOST_FRAMES = before
    every = -(-steps // most)
    assert found.frames_done == found.frame_count == -(-steps // every)
    for layer in found.layers:
        _, step, unit, *sign = whole.events[layer]
        expected = sign[0] if sign else np.ones(len(step), int)
        for values, wanted in zip(
            unpacked(found, layer), (step // every, unit, expected), strict=True
        ):
            np.testing.assert_array_equal(values, wanted)
    assert found.decided == decision_step(whole.predictions[0])
    gathered = whole.gathered[0, np.isin(whole.gathered_steps, found.race.steps)]
    np.testing.assert_array_equal(found.race.values, net_counts(network, gathered))
    assert found.spikes == found.shown == sum(len(e[0]) for e in whole.events.values())


def test_of_many_spikes_an_even_share_is_shown_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = spiking(percentile=60.0)
    asked = Simulation(steps=400, record="all")
    whole = played(network, asked, 50)
    monkeypatch.setattr(module, "EVENTS_KEPT", whole.spikes // 2)
    thinned = played(network, asked, 50)
    assert thinned.spikes == whole.spikes
    assert 0.4 * whole.spikes < thinned.shown < 0.6 * whole.spikes
    for layer in whole.layers:
        for part, other in zip(whole.frames, thinned.frames, strict=True):
            np.testing.assert_array_equal(part.counts[layer], other.counts[layer])
            assert (other.kept[layer] <= other.counts[layer]).all()
    again = played(network, asked, 50)
    assert again.shown == thinned.shown  # chosen alike each time


def test_of_many_outputs_the_first_and_the_true_one_run() -> None:
    values = np.zeros((1, 100), np.float32)
    values[0, 30:60] = np.arange(30)
    runners = Race(np.array([1]), values).runners(true=3)
    assert len(runners) == module.MOST_RUNNERS
    assert runners[0] == 3 and set(range(45, 60)) <= set(runners)
    assert Race(np.array([1]), values[:, :4]).runners() == [0, 1, 2, 3]


def test_a_run_of_a_regression_carries_decoded_values() -> None:
    data = datasets.from_arrays(X, NETWORK.forward(X), name="lines")
    asked = Request(NETWORK, data, Conversion(), Simulation(steps=40), 2, 0)
    last = dict(Pipeline().run(asked, lambda: False))
    run = last["sample_run"]
    np.testing.assert_allclose(run.playback.race.values[-1], run.outputs, rtol=1e-6)
    assert set(last["converted"].activations.layers) == set(last["converted"].spiking.layers)


def test_units_of_large_layers_take_four_bytes() -> None:
    code = np.array([40_000, 5 | 1 << 31], np.uint32)
    assert module._packed(code, 50_000).dtype == np.uint32
    small = module._packed(np.array([7, 5 | 1 << 31], np.uint32), 100)
    assert small.dtype == np.uint16 and small.tolist() == [7, 5 | 1 << 15]


def test_the_same_run_has_the_same_number_and_another_another() -> None:
    network, asked = spiking(), Simulation(steps=5, record="all")
    one, two = played(network, asked, 5), played(network, replace(asked, steps=6), 5)
    assert one.run != two.run


def test_outputs_that_are_kept_are_bounded_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    network, run = spiking(), Simulation(steps=1000)
    assert len(PlaybackRecorder.output_steps(network, run)) == 1000
    monkeypatch.setattr(module, "OUTPUT_BYTES", 8 * 1000)
    monkeypatch.setattr("workbench.network.recording.OUTPUT_BYTES", 8 * 1000)
    steps = PlaybackRecorder.output_steps(network, run)
    assert len(steps) * network.classes <= 1000 and steps[-1] == 1000


@pytest.mark.parametrize("code", [name for name, code in CODES.items() if code.in_turns])
def test_outputs_that_only_listen_race_with_their_values(
    code: str, make_bench: Callable[..., Any]
) -> None:
    run = make_bench("counting", code=code, test_samples=0).state.sample_run
    assert run.playback.race.values[-1] == pytest.approx(run.outputs, abs=1e-6)
    assert not run.output_spikes and np.array_equal(run.output_counts, run.outputs)
    assert np.argmax(run.output_counts) == run.choice
