"""Every case converts to a network with the same activations, or is refused by name."""

import numpy as np
import pytest
from cases.covering import covering, mostly_slow
from exporters.export_cases import Stack
from layer_cases import CASES, CONVERTED, MAX_POOLED, REFUSED, converted, stored

from workbench.conversion import convert
from workbench.conversion.preparation import prepare
from workbench.conversion.rewriting import rewritten_for
from workbench.errors import WorkbenchError
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

MIXED_SCALES = {"relu_after_flatten"}
"""Cases whose reshape would mix scales of single units into channels."""

SCALES = tuple(
    # By default every case with scales per channel, which is harder; and few with one per layer.
    pytest.param(
        i, per_channel, id=f"{name}-{'channels' if per_channel else 'layers'}",
        marks=() if per_channel or name in covering(CONVERTED) else pytest.mark.slow,
    )
    for i, name in enumerate(CONVERTED)
    for per_channel in (False, True)
)  # fmt: skip

STAIRCASES = {"quantized_activation"}
"""Cases whose activation is a staircase, which long runs smooth."""


def analog_values(network, x):
    """Activations of the populations; of the output what reaches its softmax."""
    values = dict(network.activations(x))
    output = network.output
    values[output.name] = output.layer.forward(*(values[name] for name in output.inputs))
    return values


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_without_spiking_form_is_refused_by_name(name):
    network = stored(name)
    with pytest.raises(WorkbenchError, match=CASES[name].refused):
        convert(network, CASES[name].samples(8))


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_exact_passes_keep_outputs(name):
    network = stored(name)
    prepared = prepare(network, CASES[name].samples(20))
    x = 4 * CASES[name].samples(6, seed=3) - 2
    expected = network.forward(x)
    for stage in (each.network for each in prepared.stages):
        assert stage.forward(x) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def deviation(network, decoded, expected):
    """Largest difference relative to the largest value.

    Where activations jump, rounding inputs to 12 bits may move single units across a step: there
    the median counts.
    """
    largest = np.abs(expected).max() or 1.0
    differences = np.abs(decoded - expected).reshape(-1) / largest
    if all(node.activation.continuous for node in network.nodes):
        return differences.max()
    return np.median(differences)


def grid_tolerance(bits):
    """Weights of a few tenths of a threshold, rounded to the grid; inputs to 12 bits."""
    return 2e-3 + 40 * 2.0**-bits


@pytest.mark.parametrize(("number", "per_channel"), SCALES)
def test_endless_run_would_decode_the_analog_activations(number, per_channel):
    """Resolutions take turns."""
    name, bits = CONVERTED[number], (16, 20)[(number + per_channel) % 2]
    network = stored(name)
    x = CASES[name].samples(30)
    if per_channel and name in MIXED_SCALES:
        with pytest.raises(WorkbenchError, match="Use per_channel=False"):
            convert(network, x, Conversion(per_channel=True))
        return
    settings = Conversion(
        per_channel=per_channel, resolution_bits=bits, percentile=99, threshold=0.75
    )
    spiking = convert(network, x, settings)
    analog = analog_values(prepare(network, x).network, x[:10])
    limit = spiking.rate_limit(x[:10])
    assert set(limit) == set(spiking.layers)
    for layer, decoded in limit.items():
        expected = analog[layer]
        if layer == spiking.output.name:
            # The output is compared before any activation.
            assert decoded.shape == expected.shape
        assert deviation(network, decoded, expected) <= grid_tolerance(bits), layer


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_negative_inputs_keep_their_sign(name):
    network = stored(name)
    x = 2 * CASES[name].samples(20) - 1
    spiking = convert(network, x)
    rewritten = prepare(network, x).network
    expected = analog_values(rewritten, x[:6])[rewritten.output.name]
    decoded = spiking.rate_limit(x[:6])[spiking.output.name]
    assert deviation(network, decoded, expected) <= 5e-3


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_neurons_are_those_of_the_analog_network_and_the_cost_of_rounding_is_measured(name):
    spiking = converted(name)
    assert spiking.summary()["neurons"].sum() == stored(name).totals.neurons
    row = spiking.trace.set_index("step").loc["round to the grid"]
    assert row["exact"] == "measured"
    assert 0 <= row["deviation"] < 5e-3


@pytest.mark.parametrize("name", [name for name in CONVERTED if "pool" in name])
def test_settings_that_give_pooling_neurons_add_theirs(name):
    """One for each pair that a maximum is taken of, one for each average of values above 0."""
    network = stored(name)
    x = CASES[name].samples(20)
    for settings in (Conversion(max_pool="relu"), Conversion(spiking_pools=True)):
        spiking = convert(network, x, settings)
        rewritten = rewritten_for(network, settings)
        expected = sum(rewritten.neurons(node) for node in rewritten.nodes)
        assert spiking.summary()["neurons"].sum() == expected
        assert set(spiking.summary()["kind"]) == {"if"} or settings.max_pool != "relu"


@pytest.mark.parametrize("name", mostly_slow(tuple(n for n in CONVERTED if n not in STAIRCASES)))
def test_long_runs_approach_the_activations(name):
    network = stored(name)
    x = CASES[name].samples(20)
    settings = Conversion(percentile=100, initial_potential=0.5, max_pool="exact")
    assert decoded_error(network, convert(network, x, settings), x[:3]) < 0.02


@pytest.mark.parametrize("name", MAX_POOLED)
def test_long_runs_approach_max_pooling_by_plain_neurons(name):
    network = stored(name)
    x = CASES[name].samples(20)
    settings = Conversion(percentile=100, initial_potential=0.5, max_pool="relu")
    spiking = convert(network, x, settings)
    assert {population.kind for population in spiking.populations} == {"input", "if"}
    output = spiking.output.name
    expected = analog_values(rewritten_for(network, settings), x[:10])[output]
    assert deviation(network, spiking.rate_limit(x[:10])[output], expected) <= 5e-3


@pytest.mark.parametrize("name", MAX_POOLED)
def test_long_runs_approach_averaged_max_pooling(name):
    network = stored(name)
    x = CASES[name].samples(20)
    settings = Conversion(percentile=100, initial_potential=0.5, max_pool="average_pooling")
    assert decoded_error(network, convert(network, x, settings), x[:3], averaged=True) < 0.02


def decoded_error(network, spiking, x, averaged=False):
    """Largest difference of decoded and analog activations, in units of the layer's range."""
    run = simulate(spiking, x, Simulation(steps=1000, record="all"))
    rule = "average_pooling" if averaged else "exact"
    analog = analog_values(prepare(network, x, max_pool=rule).network, x)
    worst = 0.0
    for layer in run.layers:
        expected = np.maximum(analog[layer], 0)
        decoded = spiking.decode(layer, run.counts[layer], run.steps)
        # A layer that no sample drives has no range of its own.
        largest = max(expected.max(), np.max(spiking.population(layer).scale))
        worst = max(worst, float(np.abs(decoded - expected).max() / largest))
    return worst


@pytest.mark.parametrize("name", MAX_POOLED)
def test_max_pooling_passes_at_least_the_maximum_and_exactly_that_if_asked(name):
    network = stored(name)
    x = CASES[name].samples(20)
    for rule in ("fir", "exact"):
        spiking = convert(network, x, Conversion(percentile=95, max_pool=rule))
        run = simulate(spiking, x[:3], Simulation(steps=150, record="all"))
        for projection in spiking.projections:
            target = spiking.population(projection.target)
            if target.kind == "max_pool":
                shape = projection.maps[0].input_shape
                counts = run.counts[projection.source].reshape(3, *shape).astype(float)
                highest = projection.maps[0].forward(counts).reshape(3, -1)
                passed = run.counts[target.name]
                assert (passed >= highest).all()
                assert passed.sum() > 0
                if rule == "exact":
                    assert (passed == highest).all()


def test_wide_averages_at_the_border_keep_the_resolution_of_the_grid():
    stack = Stack((12, 12, 1)).conv("conv", 2, 3).pool("pool", size=5, stride=1, same=True)
    spiking = stack.dense("head", 3).convert()
    assert spiking.trace.set_index("step").loc["round to the grid", "deviation"] < 5e-3
