"""What is seen inside a layer, compared with a run of a script that records everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from workbench import workflow
from workbench.network.spiking import SpikingNetwork
from workbench.spike_codes import CODES
from workbench.ui.session.actions import Actions
from workbench.ui.session.inside import Setup, inputs_of, look, place_words
from workbench.ui.session.state import State


def never() -> bool:
    return False


def in_full(setup: Setup) -> Any:
    settings = replace(setup.settings, record="all", record_potentials="all")
    return workflow.simulate(setup.network, setup.x, settings)


@pytest.fixture
def setup(make_bench: Callable[..., Any]) -> Setup:
    run = make_bench("mlp", steps=24, test_samples=0).state.sample_run
    assert run is not None
    setup: Setup = run.setup
    return setup


@pytest.mark.parametrize("code", [name for name, code in CODES.items() if code.in_turns])
def test_a_look_repeats_a_run_in_which_layers_take_turns(
    code: str, make_bench: Callable[..., Any]
) -> None:
    run = make_bench("counting", code=code, test_samples=0).state.sample_run
    assert run is not None
    full = in_full(run.setup)
    for layer in run.setup.network.layers:
        inside = look(run.setup, layer, (3, 0), never)
        assert inside is not None
        assert np.array_equal(inside.run.counts(layer), full.counts(layer))
        expected = full.decoded(layer).reshape(-1)
        assert np.array_equal(inside.units["decoded_activation"], expected)


def test_a_look_repeats_the_run_exactly(setup: Setup) -> None:
    full = in_full(setup)
    for layer in setup.network.layers:
        picked = (3, 0)
        inside = look(setup, layer, picked, never)
        assert inside is not None
        assert np.array_equal(inside.run.counts(layer), full.counts(layer))
        potentials, spikes = full.potentials(layer)[0].reshape(24, -1), full.spikes(layer)
        for unit, trace in zip(picked, inside.traces, strict=True):
            assert trace.neuron == unit
            assert np.array_equal(trace.potential, potentials[:, unit])
            assert trace.spikes is not None and trace.signs is not None
            assert trace.spikes.tolist() == spikes[spikes.unit == unit].step.tolist()
            assert (trace.signs == 1).all()
        expected = full.activations(setup.analog, (layer,))[layer].reshape(-1)
        assert np.array_equal(inside.units["ann_activation"], expected)
        assert np.array_equal(inside.units["decoded_activation"], full.decoded(layer).reshape(-1))
        # A potential is what came in, less a threshold for each spike.
        inputs = inputs_of(inside.run, layer, 3, setup.x)["contribution_thresholds"].sum()
        bias = inside.population.bias[3] * 24 * setup.network.grid_unit(inside.population)
        trace = inside.traces[0]
        assert trace.spikes is not None
        left = inputs + bias - inside.threshold * len(trace.spikes)
        # The last layer's last spikes arrive in the step itself; a current is rounded once.
        assert left == pytest.approx(trace.potential[-1], abs=24 * setup.network.unit)


def test_inputs_are_those_of_the_matrix_of_all_synapses(
    convolutional: tuple[SpikingNetwork, Any, np.ndarray],
) -> None:
    network, settings, x = convolutional
    run = workflow.simulate(network, x, replace(settings, record="all"))
    for population in network.populations:
        for projection in network.incoming(population.name):
            matrix = projection.matrix().toarray()
            unit = population.size // 2
            table = inputs_of(run, population.name, unit, x)
            mine = table[table.source == projection.source].sort_values("unit")
            weights = np.zeros(projection.inputs)
            if not mine.spikes.isna().all():
                weights[mine.unit] = mine.weight_thresholds
                assert np.array_equal(weights, matrix[:, unit] * network.grid_unit(population))
    strongest = table["contribution_thresholds"].abs()
    assert strongest.is_monotonic_decreasing


@pytest.fixture
def convolutional(make_bench: Callable[..., Any]) -> tuple[SpikingNetwork, Any, np.ndarray]:
    setup = make_bench("counting", steps=8, test_samples=0).state.sample_run.setup
    return setup.network, setup.settings, setup.x


def test_a_look_that_is_superseded_ends(setup: Setup) -> None:
    assert look(setup, setup.network.layers[0], (0,), lambda: True) is None


def test_places_are_said_in_words() -> None:
    assert place_words(5, (10,)) == ""
    assert place_words(2 * 4 * 3 + 1 * 3 + 2, (5, 4, 3)) == "row 2, column 1, channel 2"


@pytest.fixture
def opened(make_bench: Callable[..., Any]) -> tuple[State, Actions, Callable[[], bool]]:
    bench = make_bench("mlp", steps=16, test_samples=0)
    return bench.state, bench.actions, lambda: bench.wait(60)


def test_a_picked_unit_stays_picked_and_follows_every_run(
    opened: tuple[State, Actions, Callable[[], bool]],
) -> None:
    state, actions, wait = opened
    inspector, (first, *_, last) = actions.inspector, state.sample_run.layers
    assert state.inside is None
    inspector.pick(first, 4)
    assert wait() and (state.focus, state.picked) == (first, ((first, 4),))
    assert [trace.neuron for trace in state.inside.traces] == [4]
    assert list(state.inputs) == [(first, 4)]
    before = state.inside
    state.steps = 20
    assert wait() and state.inside is not before
    assert len(state.inside.traces[0].potential) == 20
    inspector.pick(last, 1)
    assert wait() and (state.inside.layer, len(state.picked)) == (last, 2)
    inspector.pick(last, 1)
    assert wait() and state.picked == ((first, 4),) and not state.inside.traces
    inspector.focus("")
    assert wait() and state.inside is None and state.picked == ((first, 4),)
    for unit in range(10):
        inspector.pick(last, unit)
    assert wait() and [unit for _, unit in state.picked] == list(range(3, 10))
    state.network = "counting"
    assert wait()
    assert set(state.sample_run.layers) >= {layer for layer, _ in state.picked}


def test_what_is_not_there_is_refused(opened: tuple[State, Actions, Callable[[], bool]]) -> None:
    state, actions, wait = opened
    (first, *_) = state.sample_run.layers
    for ask, told in (
        (lambda: actions.inspector.focus("nope"), "There is no layer 'nope' to look into; layers:"),
        (lambda: actions.inspector.pick(first, 10**6), f"{first} has no unit 1000000; accepted: 0"),
    ):
        ask()
        assert wait() and state.status.text.startswith(told)
    assert (state.focus, state.picked, state.inside) == ("", (), None)
