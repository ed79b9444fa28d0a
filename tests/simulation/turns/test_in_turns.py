"""Runs in which layers take turns, against networks quantized or evaluated by NumPy itself."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
from bokeh.models import LinearAxis
from spiking_networks import path

import workbench as wb
from workbench.conversion import begin
from workbench.network.affine import Scale
from workbench.network.pooling import MaxPool2D
from workbench.network.projection import Projection
from workbench.simulation.turns.first_spikes import FirstSpikes
from workbench.spike_codes import CODES
from workbench.util.generators import finished

SLOT_CODES = [name for name, code in CODES.items() if code.has_slots]
SLOW = pytest.mark.slow  # their synapses are listed one by one
IN_TURNS = [name for name, code in CODES.items() if code.in_turns]


@pytest.fixture(scope="module")
def digits():
    return wb.datasets.load("mnist")


@pytest.fixture(scope="module")
def networks():
    return {name: wb.load(name) for name in ("mlp", "maxpool", "resnet_plain")}


def converted(network, digits, **settings):
    return wb.convert(network, digits.calibration, wb.Conversion(**settings))


@pytest.mark.parametrize("levels", [1, 2, 3, 7, 8, 15, 16, 100])
@pytest.mark.parametrize("name", SLOT_CODES)
def test_what_a_neuron_sends_adds_up_to_its_value(name, levels):
    code, values = CODES[name], np.arange(levels + 1)
    slots = np.arange(levels)
    sent = code.sends(values[:, None], slots, levels) * code.weight(slots, levels)
    assert (sent.sum(axis=1) == values).all()
    assert (sent[0] == 0).all()


def quantized(snn, x):
    """Values of every layer by synapses alone: floor(L z / theta + 1/2), clipped to 0 to L."""
    levels = snn.conversion.levels
    values = {snn.input.name: snn.encode(x).reshape(len(x), -1)}
    for population in snn.populations[1:]:
        name, total = population.name, 0
        for projection in snn.incoming(name):
            if population.kind == "max_pool":
                (pool,) = projection.maps
                image = values[projection.source].reshape(len(x), *pool.input_shape)
                rows, columns = pool.output_shape[:2]
                (a, b), (c, d) = pool.pool_size, pool.strides
                best = [
                    image[:, i * c : i * c + a, j * d : j * d + b].max(axis=(1, 2))
                    for i in range(rows)
                    for j in range(columns)
                ]
                total = np.stack(best, axis=1).reshape(len(x), -1)
                continue
            brought = (projection.matrix().T @ values[projection.source].T).T
            if projection.source == snn.input.name:
                brought = levels * ((brought + 2**11) >> 12)
            total = total + brought
        if population.kind == "max_pool":
            values[name] = total
            continue
        total = total + levels * population.bias
        theta = population.threshold
        if population is snn.output:
            return values, total
        values[name] = np.clip((2 * total + theta) // (2 * theta), 0, levels)
    raise AssertionError


@pytest.mark.parametrize(
    "kind", ["mlp", pytest.param("maxpool", marks=SLOW), pytest.param("resnet_plain", marks=SLOW)]
)
def test_codes_of_slots_are_the_quantized_network(networks, digits, kind):
    x = digits.x_test[:6]
    totals = []
    for code in SLOT_CODES:
        settings = {"normalization": "mmse", "per_channel": True, "levels": 5}
        snn = converted(networks[kind], digits, code=code, **settings)
        values, total = quantized(snn, x)
        run = wb.simulate(snn, x, wb.Simulation(record="all"))
        assert run.steps == snn.windows * 5
        assert (run.recording.gathered[:, -1] == total).all()
        for layer, value in values.items():
            if layer != snn.input.name:
                population = snn.population(layer)
                per_level = snn.theta(population) * population.scale / 5
                wanted = value.reshape(len(x), *population.shape) * per_level
                np.testing.assert_allclose(run.decoded(layer), wanted, rtol=1e-12)
        totals.append(run.operations()["synops"].sum())
    assert totals[0] > totals[1]  # binary digits take more spikes than one first spike


@pytest.mark.parametrize("kind", ["mlp", "maxpool", "resnet_plain"])
def test_exact_times_are_the_analog_network(networks, digits, kind):
    x = digits.x_test[:20]
    snn = converted(networks[kind], digits, code="ttfs")
    network = finished(begin(networks[kind], digits.calibration, snn.conversion)).network
    values = {network.nodes[0].name: x.astype(np.float64)}
    for node in network.nodes[1:]:
        sums = node.layer.forward(*(values[name] for name in node.inputs))
        values[node.name] = sums if node is network.output else node.activation(sums)
    run = wb.simulate(snn, x, wb.Simulation(record="all"))
    wanted = values[network.output.name]
    assert np.abs(run.outputs(activation=False) - wanted).max() < 1e-12
    assert (run.predictions() == wanted.argmax(axis=1)).all()
    assert run.early_spikes.sum() == 0
    for layer in snn.layers[:-1]:
        np.testing.assert_allclose(run.decoded(layer), values[layer], atol=1e-12)
        spikes = run.spikes(layer)
        assert list(spikes) == ["sample", "time", "unit"]
        assert not spikes.duplicated(["sample", "unit"]).any()
        assert len(spikes) == (values[layer] > 0).sum()
        assert spikes["time"].between(snn.send_windows[layer], snn.send_windows[layer] + 1).all()


@pytest.mark.parametrize("code", IN_TURNS)
def test_the_reference_windows_batches_and_files_give_the_same(networks, digits, code, tmp_path):
    x = digits.x_test[:4]
    snn = converted(networks["maxpool"], digits, code=code, levels=6)
    simulation = wb.Simulation(record="all")
    run = wb.simulate(snn, x, simulation)
    wb.save(snn, tmp_path / "net.snn")
    again = wb.load(tmp_path / "net.snn")
    assert again == snn
    assert again != converted(networks["maxpool"], digits, code="rate", levels=6)
    others = {
        "reference": wb.simulate(snn, x, wb.Simulation(record="all", engine="reference")),
        "batches": wb.simulate(snn, x, wb.Simulation(record="all", batch_size=3)),
        "steps": wb.simulate(again, x, wb.Simulation(record="all", steps=7)),
        "file": wb.load_run(run.save(tmp_path / "run.zip")),
    }
    for other in others.values():
        for layer in run.layers:
            # Times that differ by rounding may come in another order.
            mine, theirs = (
                spikes.sort_values(["sample", "unit", spikes.columns[1]], ignore_index=True)
                for spikes in (run.spikes(layer), other.spikes(layer))
            )
            assert mine[["sample", "unit"]].equals(theirs[["sample", "unit"]])
            np.testing.assert_allclose(mine.iloc[:, 1], theirs.iloc[:, 1], rtol=0, atol=1e-12)
            assert (run.counts(layer) == other.counts(layer)).all()
        np.testing.assert_allclose(run.outputs(), other.outputs(), atol=1e-12)
        assert (run.recording.predictions == other.recording.predictions).all()
    windows = list(wb.stream(snn, x, simulation, window_steps=7))
    for layer in run.layers:
        assert sum(len(w.spikes[layer][0]) for w in windows) == len(run.spikes(layer))
        totals = np.concatenate([w.spike_counts[layer].sum(axis=0) for w in windows])
        assert (totals == run.recording.step_totals[layer]).all()
    assert (windows[-1].counts[snn.layers[0]] == run.recording.counts[snn.layers[0]]).all()


@pytest.mark.parametrize("code", IN_TURNS)
def test_accuracy_is_known_in_the_last_window_alone(networks, digits, code):
    snn = converted(networks["mlp"], digits, code=code)
    run = wb.simulate(snn, digits.x_test[:50])
    table = run.accuracy(digits.y_test[:50], networks["mlp"])
    begins = run.recording.settings.readout_after
    assert (table["undecided"].iloc[:begins] == 1).all()
    assert table["undecided"].iloc[-1] == 0
    assert table["snn"].iloc[-1] >= 0.9
    rates = run.rates()
    assert rates[rates["layer"] == snn.layers[0]]["mean_rate"].iloc[: run.steps // 3 - 1].sum() == 0
    assert list(run.energy()["layer"])[-1] == "total"


def test_early_spikes_are_counted_told_and_saved(networks, digits, tmp_path):
    snn = converted(networks["mlp"], digits, code="ttfs", thresholds={"dense1": 0.2})
    with pytest.warns(wb.WorkbenchWarning, match="reached their threshold before their window"):
        run = wb.simulate(snn, digits.x_test[:5], wb.Simulation(record="all"))
    assert run.early_spikes["dense1"] > 0
    assert run.early_spikes["dense2"] == 0
    first = run.spikes("dense1")["time"]
    assert (first == 1).sum() == run.early_spikes["dense1"]
    with pytest.warns(wb.WorkbenchWarning, match="reached their threshold before their window"):
        plain = wb.simulate(snn, digits.x_test[:5], wb.Simulation(record=()))
    again = wb.load_run(plain.save(tmp_path / "run.zip"))
    assert again.early_spikes.equals(run.early_spikes)


@pytest.mark.parametrize("code", IN_TURNS)
def test_potentials_follow_what_arrives(networks, digits, code):
    snn = converted(networks["mlp"], digits, code=code)
    run = wb.simulate(snn, digits.x_test[:2], wb.Simulation(record_potentials="all"))
    output = run.recording.potentials["output"][:, -1]
    assert (output - snn.output.starts == run.recording.gathered[:, -1]).all()
    start = run.recording.potentials["dense2"][:, 0]
    assert (start == snn.population("dense2").starts).all()


def test_currents_may_be_negative(tiny):
    network, x = tiny
    snn = wb.convert(network, x, wb.Conversion(code="ttfs"))
    run = wb.simulate(snn, x)
    wanted = network.forward(x)
    np.testing.assert_allclose(run.outputs(), wanted, atol=1e-5)


@pytest.mark.parametrize("code", IN_TURNS)
@pytest.mark.parametrize("place", [1, 2])
def test_max_pooling_at_either_end_is_refused(code, place):
    shape, pool = (4, 4, 1), MaxPool2D((4, 4, 1), (2, 2), (2, 2))
    spiking = path(Scale(shape, np.ones(())), Scale(shape, np.ones(())))
    populations, projections = list(spiking.populations), list(spiking.projections)
    size = pool.output_size if place == 2 else 16
    populations[place] = dataclasses.replace(
        populations[place],
        kind="max_pool",
        shape=pool.output_shape if place == 2 else shape,
        bias=np.zeros(size, np.int64),
        threshold=0,
        initial_potential=0,
        reset="",
        max_pool="exact",
    )
    same = MaxPool2D(shape, (1, 1), (1, 1))
    old = projections[place - 1]
    projections[place - 1] = Projection(old.source, old.target, (pool if place == 2 else same,))
    told = {"populations": tuple(populations), "projections": tuple(projections)}
    name = populations[place].name
    message = f"Population '{name}' is a max pooling that (is the output|reads the input), with"
    with pytest.raises(wb.StructureError, match=message):
        dataclasses.replace(spiking, conversion=wb.Conversion(code=code), **told)


@pytest.fixture
def tiny():
    from workbench.network.activation import Activation
    from workbench.network.dense import Dense
    from workbench.network.graph import Network, Node
    from workbench.network.structure import Input

    random = np.random.default_rng(0)
    nodes = (
        Node("input", Input((3,)), Activation.LINEAR, ()),
        Node("hidden", Dense(random.normal(size=(3, 8))), Activation.RELU, ("input",)),
        Node("output", Dense(random.normal(size=(8, 2))), Activation.LINEAR, ("hidden",)),
    )
    return Network("tiny", nodes), random.normal(size=(30, 3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reset": "zero"}, r"Conversion.reset is 'zero' with code '{}', whose neurons send once"),
        ({"signed_neurons": True}, r"Conversion.neurons is 'signed' with code '{}'"),
        ({"neurons": "one_shot"}, r"Conversion.neurons is 'one_shot' .*accepted: 'if'"),
        ({"calibrate": "bias"}, r"Conversion.calibrate is 'bias' .*accepted: 'none'"),
        ({"normalization": "search"}, r"Conversion.normalization is 'search'"),
        ({"max_pool": "fir"}, r"Conversion.max_pool is 'fir' .*accepted: 'exact', 'relu'"),
        ({"output_sign": "on_off"}, r"Conversion.output_sign is 'on_off'"),
        ({"initial_potential": 0.3}, r"Conversion.initial_potential is 0.3"),
    ],
)
@pytest.mark.parametrize("code", IN_TURNS)
def test_conversions_that_make_no_sense_are_refused(code, settings, message):
    with pytest.raises(wb.SettingsError, match=message.format(code)):
        wb.Conversion(code=code, **settings)


def test_runs_that_make_no_sense_are_refused(networks, digits):
    snn = converted(networks["mlp"], digits, code="phase")
    for settings in (
        {"encoding": "poisson"},
        {"leak": 0.1},
        {"refractory_steps": 1},
        {"delay_steps": 1},
        {"clamp_steps": {"dense1": 3}},
    ):
        (name,) = settings
        with pytest.raises(wb.SettingsError, match=rf"Simulation.{name} is .* with code 'phase'"):
            wb.simulate(snn, digits.x_test[:1], wb.Simulation(**settings))


def test_targets_other_than_the_own_simulator_are_refused(networks, digits, tmp_path):
    snn = converted(networks["mlp"], digits, code="ttfs")
    for target in ("nir", "nest", "pynn", "loihi"):
        with pytest.raises(
            wb.ExportError, match=r"code='ttfs', which .*; code='rate' with steps=32 can"
        ):
            wb.export(snn, target, tmp_path / "net")
    report = wb.export(snn, "builtin", tmp_path / "net")
    assert report.parity.status == "exact"


def test_the_preset_is_exact(networks, digits):
    conversion, simulation = wb.preset("ttfs")
    snn = wb.convert(networks["resnet_plain"], digits.calibration, conversion)
    x = digits.x_test[:100]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = wb.simulate(snn, x, simulation)
    outputs = networks["resnet_plain"].forward(x)
    assert (run.predictions() == outputs.argmax(axis=1)).all()


def test_figures_of_exact_times_count_windows(networks, digits):
    snn = converted(networks["mlp"], digits, code="ttfs")
    run = wb.simulate(snn, digits.x_test[:3], wb.Simulation(record="all"))
    for figure in (run.plot.raster(), run.plot.output_race(), run.plot.accuracy(digits.y_test[:3])):
        axes = figure.figure.select({"type": LinearAxis})
        assert "time (windows)" in [axis.axis_label for axis in axes]


def test_spikes_of_the_smallest_values_stay_in_their_window_and_sample(digits, networks):
    snn, x = converted(networks["mlp"], digits, code="ttfs"), digits.x_test[:2]
    rule = FirstSpikes(snn, x, wb.Simulation())
    for name in snn.layers[:-1]:
        window, values = snn.send_windows[name], np.zeros((2, snn.population(name).size))
        values[0, 0] = 1e-300  # sent at the very end of the window, to float64
        steps = rule.steps_of(window)
        assert rule.per_step(values, window)[:, -1].tolist() == [1, 0]
        (_, step, _), _ = rule.events(values, window)
        assert step.tolist() == [steps.stop - 1]
