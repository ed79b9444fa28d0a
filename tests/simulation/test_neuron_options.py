"""Refractory periods, leaks, held starts, delays and membrane readout, against plain loops."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_cases import CASES, stored

from workbench.conversion import convert
from workbench.errors import SettingsError
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate
from workbench.simulation.neuron_options import PLAIN, dynamics_of

NAMES = (
    "conv_odd_same",
    "max_pool_overlapping",
    "residual",
    "dense_two_linear",
    "ternary_activation",
)


def spiking_case(name, **conversion):
    x = CASES[name].samples(12)
    return convert(stored(name), x, Conversion(percentile=95, **conversion)), x[:3]


def by_hand(network, x, settings):
    """Every neuron in a loop of its own; returns spike trains per layer (samples, steps, units)."""
    drive = network.drive(network.encode(x))
    trains = {p.name: np.zeros((len(x), settings.steps, p.size), int) for p in network.populations}
    for sample, population in itertools.product(range(len(x)), network.populations[1:]):
        train = trains[population.name][sample]
        arriving = np.zeros((settings.steps, population.size), np.int64)
        for projection in network.incoming(population.name):
            if projection.source == network.input.name:
                continue
            source = trains[projection.source][sample]
            late = np.zeros_like(source)
            late[settings.delay_steps :] = source[: settings.steps - settings.delay_steps]
            if population.kind == "max_pool":
                counts = late.cumsum(axis=0)
                shape = (-1, *projection.maps[0].input_shape)
                highest = projection.maps[0].forward(counts.reshape(shape).astype(float))
                highest = highest.reshape(settings.steps, -1)
                train[:] = np.diff(highest, axis=0, prepend=0) > 0
            else:
                arriving += projection.forward(late).reshape(arriving.shape).astype(np.int64)
        if population.kind != "if":
            continue
        held = settings.clamp_steps.get(population.name, 0)
        leak = round(settings.leak * population.threshold)
        silent = population is network.output and settings.readout == "potential"
        constant = population.bias + drive.get(population.name, np.zeros((len(x), 1), int))[sample]
        for unit in range(population.size):
            v, waiting = int(population.starts[unit]), 0
            for step in range(settings.steps):
                if waiting:
                    waiting -= 1
                    continue
                if step < held:
                    continue
                v = max(v - leak, 0) if v > 0 else v
                v += int(constant[unit] + arriving[step, unit])
                if v >= population.threshold and not silent:
                    train[step, unit] = 1
                    waiting = settings.refractory_steps
                    after = {"subtract": v - population.threshold, "zero": 0, "none": v}
                    v = after.get(population.reset, v % max(population.threshold, 1))
    return trains


OPTIONS = (
    {"refractory_steps": 3},
    {"leak": 0.07},
    {"delay_steps": 1},
    {"delay_steps": 4},
    {"readout": "potential"},
    {"refractory_steps": 1, "leak": 0.02, "delay_steps": 2, "readout": "potential"},
)
COMBINED = [
    # By default every network with every option; resets take turns.
    pytest.param(
        name,
        options,
        reset,
        id=f"{name}-{options}-{reset}",
        marks=() if (i + j) % 3 == k else pytest.mark.slow,
    )
    for i, name in enumerate(NAMES)
    for j, options in enumerate(OPTIONS)
    for k, reset in enumerate(("subtract", "zero", "modulo"))
]


@pytest.mark.parametrize(("name", "options", "reset"), COMBINED)
def test_spikes_are_those_of_loops(name, options, reset):
    network, x = spiking_case(name, reset=reset, max_pool="exact")
    settings = Simulation(steps=25, record="all", **options)
    trains = by_hand(network, x, settings)
    for engine in ("reference", "event"):
        run = simulate(network, x, dataclasses.replace(settings, engine=engine))
        for layer in trains.keys() & run.events.keys():
            spikes = np.stack(np.nonzero(trains[layer]))
            assert np.array_equal(np.stack(run.events[layer]), spikes), (engine, layer)


@pytest.mark.parametrize("engine", ["reference", "event"])
def test_a_held_layer_starts_later(engine):
    network, x = spiking_case("residual", reset="subtract")
    settings = Simulation(steps=25, record="all", engine=engine, clamp_steps={"conv": 4, "head": 9})
    run = simulate(network, x, settings)
    for layer, train in by_hand(network, x, settings).items():
        if layer in run.events:
            assert np.array_equal(np.stack(run.events[layer]), np.stack(np.nonzero(train))), layer
    assert run.events["conv"][1].min() >= 4
    assert run.events["conv_1"][1].min() >= 4


@given(
    st.sampled_from(NAMES),
    st.integers(0, 4),
    st.floats(0, 0.3),
    st.integers(0, 3),
    st.sampled_from(["counts", "potential"]),
    st.sampled_from(["constant", "poisson"]),
    st.integers(1, 40),
)
def test_engines_agree_whatever_the_dynamics(
    name, refractory, leak, delay, readout, encoding, steps
):
    network, x = spiking_case(name)
    options = {
        "steps": steps,
        "record": "all",
        "refractory_steps": refractory,
        "leak": leak,
        "delay_steps": delay,
        "readout": readout,
        "encoding": encoding,
        "batch_size": 2,
    }
    one, other = (
        simulate(network, x, Simulation(engine=engine, **options))
        for engine in ("event", "reference")
    )
    for layer in one.layers:
        assert np.array_equal(np.stack(one.events[layer]), np.stack(other.events[layer])), layer
    assert np.array_equal(one.predictions, other.predictions)


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_windows_do_not_move_a_spike(engine):
    from workbench.simulation import stream

    network, x = spiking_case("residual")
    settings = Simulation(
        steps=31, record="all", engine=engine, refractory_steps=2, delay_steps=3, leak=0.01,
        clamp_steps={"conv": 7},
    )  # fmt: skip
    run = simulate(network, x, settings)
    for length in (1, 5, 31):
        windows = list(stream(network, x, settings, length))
        for layer in run.layers:
            parts = np.concatenate([np.stack(w.spikes[layer]) for w in windows], axis=1)
            parts = parts[:, np.lexsort(parts[::-1])]
            assert np.array_equal(parts, np.stack(run.events[layer])), (layer, length)


def test_a_membrane_readout_predicts_the_largest_sum():
    """With constant spikes ahead, potentials grow as the analog outputs do."""
    network, x = spiking_case("dense_hidden")
    run = simulate(network, x, Simulation(steps=400, readout="potential"))
    analog = stored("dense_hidden").predictions(x)
    assert np.array_equal(run.predictions[:, -1], analog)
    assert run.unit_totals["head"].sum() == 0


def test_a_refractory_neuron_fires_at_most_once_in_a_period():
    network, x = spiking_case("conv_odd_same")
    run = simulate(network, x, Simulation(steps=40, record="all", refractory_steps=3))
    for layer in run.layers:
        assert run.counts[layer].max() <= 10


def test_a_delay_shifts_each_layer_by_one_step_more():
    network, x = spiking_case("dense_hidden", initial_potential=0.5)
    plain, late = (
        simulate(network, x, Simulation(steps=30, record="all", delay_steps=d)) for d in (0, 1)
    )
    for ours, theirs in zip(plain.events["hidden"], late.events["hidden"], strict=True):
        assert np.array_equal(ours, theirs)
    assert late.events["head"][1].min() >= plain.events["head"][1].min()


def test_plain_settings_are_plain():
    network, _ = spiking_case("residual")
    assert set(dynamics_of(network, Simulation()).values()) == {PLAIN}


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_a_layer_to_hold_must_exist(engine):
    network, x = spiking_case("max_pool_overlapping")
    with pytest.raises(
        SettingsError, match="clamp_steps names nope, pool; layers with neurons are"
    ):
        simulate(network, x, Simulation(engine=engine, clamp_steps={"pool": 1, "nope": 2}))
