"""Neurons with graded spikes: against the written formulas, and on every engine."""

import dataclasses

import numpy as np
import pytest
from contracts.test_cases_engines import assert_equal_runs, assert_windows_equal
from example_counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layer_cases import CASES, stored

from workbench.analysis.operations import operations
from workbench.conversion import convert
from workbench.errors import ConversionError, SettingsError, StructureError, UnsupportedLayerError
from workbench.network import storage
from workbench.network.activation import QuantizedReLU
from workbench.network.pooling import MaxPool2D
from workbench.run import Run
from workbench.run_file import load_run
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate, stream

NETWORKS = ("conv_odd_same", "max_pool_overlapping", "residual", "dense_two_linear")


def converted(name, **fields):
    x = CASES[name].samples(12)
    return convert(stored(name), x, Conversion(**fields)), x[:3]


def layer_by_layer(network, x, neuron, *, steps, once):
    """Run layers in turn for some steps; `neuron` makes one's state and its step in floats.

    Returns the sums of payloads after the last step, in parts of a threshold.
    """
    drive = network.drive(network.encode(x))
    states = {p.name: neuron(p, len(x)) for p in network.populations[1:] if p.kind == "if"}
    totals = {p.name: np.zeros((len(x), p.size)) for p in network.populations}
    highest = {}
    for step in range(steps):
        sent = {}
        for population in network.populations[1:]:
            name = population.name
            into = [p for p in network.incoming(name) if p.source != network.input.name]
            if population.kind == "max_pool":
                shape = (len(x), *network.population(into[0].source).shape)
                (pool,) = into[0].maps
                assert isinstance(pool, MaxPool2D)
                top = pool.forward(totals[into[0].source].reshape(shape)).reshape(len(x), -1)
                sent[name] = top - highest.get(name, 0)
                highest[name] = top
            else:
                z = np.zeros((len(x), population.size))
                for p in into:
                    shape = (len(x), *network.population(p.source).shape)
                    z += p.forward(sent[p.source].reshape(shape)).reshape(len(x), -1)
                if step == 0 or not once:
                    z += population.bias + drive.get(name, 0)
                sent[name] = states[name](z)
            totals[name] = totals[name] + sent[name]
    return totals


def multi_threshold(population, samples):
    """q = u / lambda; the largest 2^-i with q >= 0.75 2^-i, or -2^-i where the net allows it."""
    theta, taps = float(population.threshold * population.largest), population.largest.bit_length()
    state = {"v": np.tile(population.starts * 1.0, (samples, 1)), "net": 0.0}

    def step(z):
        q = (state["v"] + z) / theta
        s = np.zeros_like(q)
        for i in reversed(range(taps)):
            s = np.where(q >= 0.75 * 2.0**-i, 2.0**-i, s)
            s = np.where((q <= -0.75 * 2.0**-i) & (state["net"] >= 2.0**-i), -(2.0**-i), s)
        state["v"], state["net"] = theta * (q - s), state["net"] + s
        return s * population.largest

    return step


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("taps", "threshold"), [(1, 1.0), (4, 0.8), (8, 1.0)])
def test_multi_threshold_neurons_follow_their_formula(name, taps, threshold):
    network, x = converted(name, neurons="multi_threshold", taps=taps, threshold=threshold)
    expected = layer_by_layer(network, x, multi_threshold, steps=6, once=False)
    run = Run(simulate(network, x, Simulation(steps=6, record="all")), x)
    for layer in run.layers:
        population = network.population(layer)
        assert (run.recording.counts[layer] == expected[layer]).all(), layer
        table, counts = run.spikes(layer), run.counts(layer).reshape(len(x), -1)
        sums = np.zeros(counts.shape)
        np.add.at(sums, (table["sample"], table["unit"]), table["payload"])
        assert (sums == counts).all()
        assert (counts * population.largest == expected[layer]).all()
        if population.kind == "if":
            assert set(np.abs(table["payload"])) <= {2.0**-i for i in range(taps)}


def quantized(population, samples):
    """clip(floor(z / delta + 1/2), 0, L) of all that has come, settled at once."""
    state = {"z": 0.0, "net": 0.0}

    def step(z):
        state["z"] = state["z"] + z
        q = np.floor(state["z"] / population.threshold + 0.5)
        s = np.clip(q, 0, population.most) - state["net"]
        state["net"] = state["net"] + s
        return s

    return step


@pytest.mark.parametrize("payload", ["unary", "power_of_two"])
@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_one_shot_neurons_settle_at_the_quantized_network(name, delay, payload):
    network, x = converted(
        name, neurons="one_shot", payload=payload, levels=6, normalization="mmse", per_channel=True
    )
    # A threshold that rounds to an even number of grid units starts at exactly half of it.
    assert all(
        p.threshold % 2 == 0 or abs(p.starts[0] * 2 - p.threshold) == 1
        for p in network.populations
        if p.kind == "if"
    )
    exact = all(p.threshold % 2 == 0 for p in network.populations if p.kind == "if")
    steps = 80 * (1 + delay)
    settings = Simulation(steps=steps, record="all", readout="potential", delay_steps=delay)
    recording = simulate(network, x, settings)
    expected = layer_by_layer(network, x, quantized, steps=1, once=True)
    last = recording.step_totals
    for layer in network.layers[:-1]:
        off = np.abs(recording.counts[layer] - expected[layer])
        assert (off == 0).all() if exact else (off == 0).mean() > 0.999, layer
        assert last[layer][-20:].sum() == 0  # Settled networks are silent.
    whole = simulate(network, x, dataclasses.replace(settings, steps=2 * steps))
    assert (whole.gathered[:, -1] == recording.gathered[:, -1]).all()
    counted = simulate(network, x, dataclasses.replace(settings, readout="counts"))
    assert (counted.outputs() == recording.outputs()).all()
    limit = network.rate_limit(x)[network.output.name]
    assert np.abs(recording.outputs(activation=False) - limit).max() <= np.abs(limit).max()


graded = st.sampled_from(
    [
        {"neurons": "signed"},
        {"neurons": "multi_threshold", "taps": 3},
        {"neurons": "multi_threshold", "taps": 8},
        {"neurons": "one_shot"},
        {"neurons": "one_shot", "payload": "unary", "levels": 3},
        {"neurons": "one_shot", "levels": 255},
    ]
)


def drawn(data, name):
    """Settings of a conversion and of a run that go together."""
    fields, run = dict(data.draw(graded)), {"delay_steps": data.draw(st.integers(0, 3))}
    if fields["neurons"] == "one_shot":
        return fields, run
    fields["max_pool"] = data.draw(st.sampled_from(["fir", "exp", "recent", "exact"]))
    fields["initial_potential"] = data.draw(st.sampled_from([0.0, 0.5]))
    run["refractory_steps"] = data.draw(st.integers(0, 2))
    run["leak"] = data.draw(st.sampled_from([0.0, 0.07]))
    run["encoding"] = data.draw(st.sampled_from(["constant", "poisson"]))
    return fields, run


def check_agreement(data, engine):
    name = data.draw(st.sampled_from(NETWORKS))
    fields, run = drawn(data, name)
    network, x = converted(name, percentile=95, **fields)
    whole = Simulation(
        steps=data.draw(st.integers(1, 20)),
        record="all",
        readout=data.draw(st.sampled_from(["counts", "potential"])),
        engine="reference",
        **run,
    )
    expected = simulate(network, x, whole)
    other = dataclasses.replace(whole, engine=engine, batch_size=2)
    found = simulate(network, x, other)
    assert_equal_runs(expected, found)
    for name, totals in expected.unit_totals.items():
        assert (found.unit_totals[name] == totals).all(), name
    if engine == "event":
        windows = list(stream(network, x, dataclasses.replace(other, batch_size=None), 7))
        assert_windows_equal(expected, windows)


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_event_engine_batches_and_windows_agree_with_the_reference(data):
    check_agreement(data, "event")


@pytest.mark.slow
@settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_dense_engine_agrees_with_the_reference(data):
    check_agreement(data, "dense")


def test_a_spike_costs_one_operation_per_synapse_whatever_it_carries():
    network, x = converted("residual", neurons="multi_threshold")
    recording = simulate(network, x, Simulation(steps=6, record="all"))
    table = operations(recording).set_index("layer")
    for name in network.layers:
        events = recording.events[name]
        assert table.loc[name, "spikes"] == len(events[0]) / len(x)
        synops = sum(
            p.fan_out()[recording.events[p.source][2]].sum() / len(x)
            for p in network.incoming(name)
            if p.source != network.input.name
        )
        assert table.loc[name, "synops"] == pytest.approx(synops)


@pytest.mark.parametrize("fields", [{"neurons": "multi_threshold"}, {"neurons": "one_shot"}])
def test_networks_and_runs_are_read_back(fields, tmp_path):
    network, x = converted("max_pool_overlapping", **fields)
    storage.save(network, tmp_path / "a.snn")
    read = storage.load(tmp_path / "a.snn")
    assert read == network and read.conversion == network.conversion
    run = Run(simulate(network, x, Simulation(steps=5, record="all")), x)
    again = load_run(run.save(tmp_path / "run.zip"))
    for layer in run.layers:
        assert again.spikes(layer).equals(run.spikes(layer))
        assert (again.counts(layer) == run.counts(layer)).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"encoding": "poisson"}, "encoding is 'poisson', .* input enters once.*'constant'"),
        ({"leak": 0.1}, "leak is 0.1, .* one-shot .*accepted: 0.0"),
        ({"refractory_steps": 2}, "refractory_steps is 2, .* accepted: 0"),
        ({"clamp_steps": {"output": 2}}, "clamp_steps is .* accepted: {}"),
        ({"readout_after": 1}, "readout_after is 1, .* accepted: 0"),
    ],
)
def test_one_shot_neurons_refuse_what_takes_their_input(fields, message):
    network, x = converted("dense_two_linear", neurons="one_shot")
    if "clamp_steps" in fields:
        fields = {"clamp_steps": {network.output.name: 2}}
    with pytest.raises(SettingsError, match=message):
        simulate(network, x, Simulation(**fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reset": "zero"}, "neurons is 'one_shot' with reset 'zero'; accepted: reset 'subtract'"),
        ({"levels": 300}, "levels is 300 with neurons 'one_shot'; accepted there: 1 to 255"),
        ({"calibrate": "bias"}, "calibrate is 'bias' .* 'none'"),
        ({"max_pool": "fir"}, "max_pool is 'fir' .* 'exact', 'relu'"),
        ({"normalization": "search"}, "normalization is 'search'"),
        ({"output_sign": "on_off"}, "output_sign is 'on_off' .* by their potentials"),
        ({"initial_potential": 0.2}, "initial_potential is 0.2 .* half a step"),
    ],
)
def test_settings_that_one_shot_neurons_do_not_go_with(fields, message):
    with pytest.raises(SettingsError, match=message):
        Conversion(neurons="one_shot", **fields)


def test_a_step_function_has_no_one_shot_form():
    name = next(n for n in CASES if "step" in n or "binary" in n)
    with pytest.raises(UnsupportedLayerError, match="step function, which has no one-shot form"):
        converted(name, neurons="one_shot")


def test_a_staircase_of_more_levels_than_one_shot_neurons_have_is_refused():
    network = stored("quantized_activation")
    x = CASES["quantized_activation"].samples(12)
    for levels in (255, 256):
        nodes = tuple(
            dataclasses.replace(
                node, activation=dataclasses.replace(node.activation, levels=levels)
            )
            if isinstance(node.activation, QuantizedReLU)
            else node
            for node in network.nodes
        )
        finer = dataclasses.replace(network, nodes=nodes)
        if levels == 255:
            assert any(
                p.most == 255 for p in convert(finer, x, Conversion(neurons="one_shot")).populations
            )
            continue
        with pytest.raises(
            ConversionError, match=r"256 levels, which one-shot .* up to 255 levels"
        ):
            convert(finer, x, Conversion(neurons="one_shot"))


def test_payloads_that_do_not_fit_together_are_refused():
    network, _ = converted("max_pool_overlapping", neurons="multi_threshold")
    one = next(p for p in network.populations if p.kind == "if")
    for change, message in (
        ({"largest": 3}, "largest payload is 3; accepted: 1, 2, 4"),
        ({"signed": False}, "is not signed"),
        ({"rule": "loud"}, "rule is 'loud'"),
        ({"most": 5}, "net output is at most 5; accepted: 0 to 0"),
    ):
        with pytest.raises(StructureError, match=message):
            dataclasses.replace(one, **change)
    changed = [dataclasses.replace(p, largest=2) if p is one else p for p in network.populations]
    with pytest.raises(StructureError, match="but their payloads are"):
        dataclasses.replace(network, populations=tuple(changed))
