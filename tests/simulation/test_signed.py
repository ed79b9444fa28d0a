"""Neurons that take spikes back: on paper, against plain loops, and on every engine."""

import dataclasses
import itertools

import numpy as np
import pytest
from contracts.test_cases_engines import assert_equal_runs, assert_windows_equal
from hypothesis import given
from hypothesis import strategies as st
from layer_cases import CASES, stored
from spiking_networks import GRID, chain

from workbench.analysis.operations import operations
from workbench.conversion import convert
from workbench.errors import SettingsError
from workbench.network import storage
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate, stream

ENGINES = ("event", "reference", "dense")


def signed(network):
    """The same with neurons that take spikes back."""
    first, *others = network.populations
    populations = (first, *(dataclasses.replace(p, signed=True) for p in others))
    return dataclasses.replace(network, populations=populations)


def seesaw():
    """A neuron that excites another every other step, and one that inhibits it twice as much."""
    return signed(chain([[GRID // 2, GRID // 4]], [[GRID], [-2 * GRID]], names=["hidden", "out"]))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_spike_is_taken_back_while_there_is_one(engine):
    """Inputs come at steps 1, 3, 5, ...; from the fourth spike of the first on, one is inhibited.

    out: +1 at step 1 fires. At step 3 it gets 1 - 2 = -1: below 0 and one spike to take back,
    so it sends -1 and is at 0. At step 5 +1 fires; at step 7 it is taken back, and so on.
    """
    run = simulate(seesaw(), np.ones((1, 1)), Simulation(steps=12, engine=engine, record="all"))
    _, step, _, sign = run.events["out"]
    assert step.tolist() == [1, 3, 5, 7, 9, 11]
    assert sign.tolist() == [1, -1, 1, -1, 1, -1]
    assert run.output_counts.tolist() == [[0]]
    assert run.counts["out"].tolist() == [[0]]
    assert run.unit_totals["out"].tolist() == [6]
    assert run.step_totals["out"].sum() == 6


@pytest.mark.parametrize("engine", ENGINES)
def test_a_neuron_that_has_not_spiked_takes_nothing_back(engine):
    network = signed(chain([[GRID]], [[-GRID]], names=["hidden", "out"]))
    settings = Simulation(steps=5, engine=engine, record="all", record_potentials="all")
    run = simulate(network, np.ones((1, 1)), settings)
    assert run.events["out"][0].size == 0
    assert run.potentials["out"][0, :, 0].tolist() == [-GRID * t for t in range(1, 6)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_taken_back_counts_negatively_in_the_next_layer(engine):
    """A third neuron adds up what the second sends: its potential rises and falls."""
    kernels = [[GRID // 2, GRID // 4]], [[GRID], [-2 * GRID]], [[5]]
    network = signed(chain(*kernels, names=["hidden", "middle", "out"]))
    settings = Simulation(steps=8, engine=engine, record_potentials=("out",))
    run = simulate(network, np.ones((1, 1)), settings)
    assert run.potentials["out"][0, :, 0].tolist() == [0, 5, 5, 0, 0, 5, 5, 0]


def looped(kernels, bias, steps):
    """Signed neurons under a bias, by loops over Python integers: the sent numbers a layer."""
    sent = []
    arriving = [[0] * len(bias[0])] * steps
    for layer, offsets in enumerate(bias):
        train = [[0] * len(offsets) for _ in range(steps)]
        for unit, offset in enumerate(offsets):
            v, net = 0, 0
            for step in range(steps):
                u = v + offset + arriving[step][unit]
                s = 1 if u >= GRID else -1 if u < 0 and net > 0 else 0
                v, net = u - s * GRID, net + s
                train[step][unit] = s
        sent.append(train)
        if layer < len(kernels):
            weights = kernels[layer]
            arriving = [
                [sum(w[j] * s for w, s in zip(weights, row, strict=True)) for j in range(len(w0))]
                for row in train
                for w0 in [weights[0]]
            ]
    return sent


@given(st.data())
def test_spikes_are_those_of_loops(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=3, max_size=3))
    numbers = st.integers(-GRID, GRID)

    def table(rows, columns):
        row = st.lists(numbers, min_size=columns, max_size=columns)
        return data.draw(st.lists(row, min_size=rows, max_size=rows))

    kernels = [table(rows, columns) for rows, columns in itertools.pairwise(sizes)]
    bias = [table(1, size)[0] for size in sizes]
    network = signed(chain([[0] * sizes[0]], *kernels))
    populations = [
        dataclasses.replace(p, bias=np.array(b, np.int64))
        for p, b in zip(network.populations[1:], bias, strict=True)
    ]
    network = dataclasses.replace(network, populations=(network.input, *populations))
    expected = looped(kernels, bias, 20)
    for engine in ("event", "reference"):
        run = simulate(network, np.zeros((1, 1)), Simulation(20, engine=engine, record="all"))
        for name, train in zip(run.layers, expected, strict=True):
            found = np.zeros((20, len(train[0])), int)
            _, step, unit, sign = run.events[name]
            found[step, unit] = sign
            assert found.tolist() == train, (engine, name)


def converted(name, **settings):
    x = CASES[name].samples(12)
    made = Conversion(percentile=95, signed_neurons=True, **settings)
    return convert(stored(name), x, made), x[:5]


@given(
    st.sampled_from(["conv_odd_same", "max_pool_overlapping", "residual", "dense_two_linear"]),
    st.sampled_from(["fir", "exp", "recent", "exact"]),
    st.integers(0, 2),
    st.sampled_from([0.0, 0.07]),
    st.integers(0, 3),
    st.sampled_from(["counts", "potential"]),
    st.sampled_from(["constant", "poisson"]),
    st.integers(1, 40),
)
def test_engines_batches_and_windows_agree(
    name, rule, refractory, leak, delay, readout, encoding, steps
):
    network, x = converted(name, max_pool=rule)
    whole = Simulation(
        steps=steps,
        record="all",
        refractory_steps=refractory,
        leak=leak,
        delay_steps=delay,
        readout=readout,
        encoding=encoding,
        engine="reference",
    )
    expected = simulate(network, x, whole)
    event = dataclasses.replace(whole, engine="event", batch_size=2)
    assert_equal_runs(expected, simulate(network, x, event))
    windows = list(stream(network, x, dataclasses.replace(event, batch_size=None), 7))
    assert_windows_equal(expected, windows)


def test_synaptic_operations_count_spikes_of_either_sign():
    run = simulate(seesaw(), np.ones((1, 1)), Simulation(steps=12, record="all"))
    table = operations(run).set_index("layer")
    assert table.loc["out", "spikes"] == 6
    # Six spikes of the first hidden neuron, three of the second, one synapse each.
    assert table.loc["out", "synops"] == 9


def test_late_inhibition_costs_less_where_spikes_are_taken_back():
    """Decoded outputs come closer to what infinitely many steps would decode to."""
    errors = []
    x = CASES["residual"].samples(12)
    for choice in (False, True):
        made = Conversion(percentile=100, initial_potential=0.5, signed_neurons=choice)
        network = convert(stored("residual"), x, made)
        run = simulate(network, x, Simulation(steps=40, record="all"))
        limit = network.rate_limit(x)
        layer = network.layers[-2]
        decoded = network.decode(layer, run.counts[layer], 40)
        errors.append(np.abs(decoded - limit[layer]).mean())
    assert errors[1] < 0.9 * errors[0]


def test_saved_networks_take_spikes_back_as_before(tmp_path):
    network, x = converted("max_pool_overlapping")
    again = storage.load(storage.save(network, tmp_path / "net.snn"))
    assert again == network
    assert again.populations[1].signed
    settings = Simulation(steps=20, record="all")
    assert_equal_runs(simulate(network, x, settings), simulate(again, x, settings))
    plain = convert(stored("max_pool_overlapping"), CASES["max_pool_overlapping"].samples(12))
    assert plain.content_hash != network.content_hash


@pytest.mark.parametrize("reset", ["zero", "modulo"])
def test_other_resets_leave_nothing_to_give_back(reset):
    with pytest.raises(
        SettingsError,
        match=rf"neurons is 'signed' with reset '{reset}'; accepted: reset 'subtract', because",
    ):
        Conversion(signed_neurons=True, reset=reset)


def test_steps_stay_steps():
    """Neurons of a step function are never reset, so they take nothing back."""
    network, _ = converted("ternary_activation")
    kinds = {p.reset: p.signed for p in network.populations if p.kind == "if"}
    assert kinds["none"] is False
    assert kinds["subtract"] is True
