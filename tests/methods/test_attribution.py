"""Losses per layer and cause, compared with what a run itself says and with plain formulas."""

from itertools import cycle, product

import numpy as np
import pytest
from cases.covering import covering
from layer_cases import CASES, CONVERTED, stored

import workbench as wb
from workbench.conversion.rewriting import rewritten_for
from workbench.errors import DataError
from workbench.methods.attribution import PRICED
from workbench.methods.neuron_terms import bias_shifts
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

SETTINGS = [
    ({}, {}),
    ({"initial_potential": 0.5, "signed_neurons": True}, {"delay_steps": 1}),
    ({"percentile": 80, "reset": "zero"}, {"leak": 0.05, "refractory_steps": 1}),
    ({"reset": "modulo", "output_sign": "on_off"}, {"readout": "potential"}),
    ({"max_pool": "fir", "per_channel": True}, {"encoding": "poisson", "input_rate_hz": 500}),
    ({"output_sign": "none", "spiking_pools": True}, {"delay_steps": 3}),
]


def traced(name, conversion=(), settings=(), steps=9, samples=4):
    network, x = stored(name), CASES[name].samples(20)
    snn = wb.convert(network, x, wb.Conversion(**dict(conversion)))
    simulation = wb.Simulation(steps=steps, **dict(settings))
    x = x[:samples]
    return network, snn, x, simulation, wb.attribute(network, snn, x, simulation=simulation)


# Cases that show every option of a layer, each with one of the settings in turn; with time, all.
QUICK = set(zip(covering(CONVERTED, neighbours=False), cycle(range(len(SETTINGS)))))
PAIRS = [
    pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.slow)
    for pair in product(CONVERTED, range(len(SETTINGS)))
]


@pytest.mark.parametrize(("name", "number"), PAIRS)
def test_the_terms_are_those_of_the_run_and_add_up(name, number):
    conversion, settings = SETTINGS[number]
    if settings.get("encoding") == "poisson" and CASES[name].samples(4).min() < 0:
        pytest.skip("samples below 0 are no rates")
    if "per_channel" in conversion and name == "relu_after_flatten":
        pytest.skip("has no form with one scale per channel")
    network, snn, x, simulation, table = traced(name, conversion, settings)
    layers = table.set_index("layer")
    run = wb.simulate(snn, x, wb.Simulation(**{**vars(simulation), "record": "all"}))
    if network.classes > 1:
        agreed = 100 * (run.predictions() == network.predictions(x)).mean()
        assert table["points"].sum() == pytest.approx(agreed - 100, abs=1e-9)
        assert table.attrs == {"ann": 100.0, "snn": pytest.approx(agreed), "unit": "points"}
    else:
        error = np.square(run.outputs() - network.forward(x)).mean()
        assert table["points"].sum() == pytest.approx(error, rel=1e-6, abs=1e-12)
    np.testing.assert_allclose(table[list(PRICED)].sum(axis=1), table["points"])
    if settings.get("delay_steps"):
        return  # What is on its way has not been sent, for the layer behind.
    correlations = run.correlations(network).set_index("layer")
    for layer in snn.layers[:-1]:
        expected = correlations.loc[layer]
        assert layers.loc[layer, "magnitude"] == pytest.approx(expected["mean_error"], abs=1e-5)
        assert layers.loc[layer, "saturated"] == pytest.approx(expected["saturated"])


@pytest.mark.parametrize("delay_steps", [0, 2])
@pytest.mark.parametrize("readout", ["counts", "potential"])
def test_terms_of_calibrated_potentials_that_are_read_late_add_up(delay_steps, readout):
    network = stored("residual")
    x = CASES["residual"].samples(4)
    snn = wb.convert(network, x, wb.Conversion(calibrate="potential", initial_potential=0.5))
    assert any(isinstance(p.initial_potential, np.ndarray) for p in snn.populations)
    # The last step alone is read: more than what is left of the run less its delay.
    simulation = wb.Simulation(steps=6, delay_steps=delay_steps, readout=readout, readout_after=5)
    table = wb.attribute(network, snn, x, simulation=simulation)
    agreed = 100 * (wb.simulate(snn, x, simulation).predictions() == network.predictions(x)).mean()
    assert table.attrs["snn"] == pytest.approx(agreed)
    assert table["points"].sum() == pytest.approx(agreed - 100, abs=1e-9)


def test_what_is_added_to_all_inputs_of_a_softmax_is_no_loss():
    rng = np.random.default_rng(0)
    hidden = Dense(rng.normal(size=(6, 12)).astype(np.float32), None)
    out = Dense(rng.normal(size=(12, 3)).astype(np.float32), np.full(3, -20, np.float32))
    nodes = (
        Node("x", Input((6,))),
        Node("hidden", hidden, Activation.RELU, ("x",)),
        Node("out", out, Activation.SOFTMAX, ("hidden",)),
    )
    network, x = Network("negative", nodes), rng.random((80, 6)).astype(np.float32)
    snn = wb.convert(network, x, wb.Conversion(initial_potential=0.5))
    assert "shift logits" in set(snn.trace.step)
    simulation = wb.Simulation(steps=300, readout="potential")
    layer = wb.attribute(network, snn, x, simulation=simulation).set_index("layer").loc["out"]
    assert 0 < layer["magnitude"] < 0.01
    assert 0 < layer["inherited_size"] < 0.01


def test_the_first_layer_loses_what_the_formula_says():
    """Its drive is that of the analog network, so that a plain forward pass gives the price."""
    data, network = wb.datasets.load("mnist"), wb.load("mlp")
    x, y, steps = data.x_test[:300], data.y_test[:300], 2
    snn = wb.convert(network, data.calibration, wb.Conversion(percentile=50))
    table = wb.attribute(network, snn, x, y, wb.Simulation(steps=steps)).set_index("layer")
    first, *others = [node for node in network.nodes if node.layer.weighted]
    z = first.layer.forward(np.asarray(x, np.float64).reshape(len(x), *first.layer.input_shapes[0]))
    scale = float(np.mean(snn.population(first.name).scale))

    def accuracy(value):
        for node in others:
            value = node.activation(node.layer.forward(value))
        return 100 * (value.argmax(axis=1) == y).mean()

    exact = accuracy(np.maximum(z, 0))
    clipped = accuracy(np.clip(z, 0, scale))
    quantized = accuracy(scale / steps * np.clip(np.floor(steps * z / scale), 0, steps))
    terms = table.loc[first.name]
    # Rounding to the grid moves a few units across a step.
    assert terms["clipping"] == pytest.approx(clipped - exact, abs=0.4)
    assert terms["quantization"] == pytest.approx(quantized - clipped, abs=0.7)
    assert abs(clipped - exact) + abs(quantized - clipped) > 1
    size = np.abs(np.clip(z, 0, scale) - np.maximum(z, 0)).mean() / scale
    assert terms["clipping_size"] == pytest.approx(size, rel=1e-3)
    assert terms["unevenness_size"] == terms["unevenness"] == 0  # of a constant drive
    assert terms["inherited_size"] == pytest.approx(0, abs=1e-3)


def test_a_low_percentile_is_clipping_and_few_steps_are_not():
    few = traced("residual", steps=2)[-1].set_index("layer")
    clipped = traced("residual", {"percentile": 50}, steps=300)[-1].set_index("layer")
    sizes = ["clipping_size", "quantization_size", "unevenness_size"]
    hidden = next(name for name in few.index if name not in ("input", "readout"))
    assert few.loc[hidden, sizes].astype(float).idxmax() == "quantization_size"
    assert clipped.loc[hidden, sizes].astype(float).idxmax() == "clipping_size"


def test_networks_that_do_not_belong_together_are_refused():
    _, snn, x, simulation, _ = traced("residual")
    with pytest.raises(DataError, match="Give the analog network that was converted"):
        wb.attribute(stored("conv_odd_same"), snn, x, simulation=simulation)
    with pytest.raises(DataError, match=r"what wb\.convert returned"):
        wb.attribute(stored("residual"), stored("residual"), x)
    with pytest.raises(DataError, match="accepted for 4 samples"):
        wb.attribute(stored("residual"), snn, x, np.zeros(3, int))


@pytest.mark.parametrize("calibrate", [{"calibrate": "bias"}, {"normalization": "search"}])
def test_what_calibration_adds_to_biases_is_no_rounding(calibrate):
    network = stored("residual")
    x = CASES["residual"].samples(20)
    asked = wb.Conversion(initial_potential=0.5, **calibrate)
    snn = wb.convert(network, x, asked)
    shifts = bias_shifts(rewritten_for(network, asked), snn)
    assert shifts
    if "calibrate" in calibrate:  # the scales are then those without calibration
        plain = wb.convert(network, x, wb.Conversion(initial_potential=0.5))
        for name in snn.layers[:-1]:
            moved = snn.population(name).bias - plain.population(name).bias
            np.testing.assert_array_equal(shifts.get(name, np.zeros_like(moved)), moved)
    simulation = wb.Simulation(steps=6)
    table = wb.attribute(network, snn, x, simulation=simulation).set_index("layer")
    agreed = 100 * (wb.simulate(snn, x, simulation).predictions() == network.predictions(x)).mean()
    assert table["points"].sum() == pytest.approx(agreed - 100, abs=1e-9)
    assert (table.loc[list(shifts), "calibration_size"] > 0).all()
    first = snn.layers[0]
    assert table.loc[first, "inherited_size"] < 1e-3  # its input is exact, its weights rounded


def test_correlations_are_those_of_a_run(lenet, digits, spiking_lenet):
    x, simulation = digits.x_test[:4], wb.Simulation(steps=6)
    table = wb.attribute(lenet, spiking_lenet, x, simulation=simulation).set_index("layer")
    run = wb.simulate(spiking_lenet, x, wb.Simulation(steps=6, record="all"))
    expected = run.correlations(lenet).set_index("layer")["correlation"]
    for layer in spiking_lenet.layers[:-1]:
        assert table.loc[layer, "correlation"] == pytest.approx(expected[layer], abs=1e-6)
