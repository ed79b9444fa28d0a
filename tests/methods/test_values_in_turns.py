"""Losses of codes in which layers take turns: clipping and quantization, and nothing else."""

import numpy as np
import pytest
from exporters.export_cases import CASES, Stack

import workbench as wb
from workbench.conversion import begin
from workbench.methods import values_in_turns
from workbench.methods.advice import Adviser
from workbench.methods.values_in_turns import values_sent
from workbench.network.activation import ReLU
from workbench.network.schedule import run_settings
from workbench.spike_codes import CODES
from workbench.util.generators import finished

IN_TURNS = [name for name, code in CODES.items() if code.in_turns]
SLOTS = [name for name, code in CODES.items() if code.has_slots]


def made(case, **settings):
    """An analog network, its samples, and its spiking form."""
    stack = CASES[case]() if isinstance(case, str) else case
    x = stack.random.random((40, *stack.nodes[0].layer.output_shape))
    network = stack.network()
    return network, x, wb.convert(network, x, wb.Conversion(**settings))


@pytest.mark.parametrize("code", IN_TURNS)
@pytest.mark.parametrize("case", ["residual", "max_pooling", "steps"])
def test_prices_add_up_to_what_is_lost(case, code):
    network, x, spiking = made(case, code=code, levels=4, percentile=80.0)
    y = network.predictions(x)
    table = wb.attribute(network, spiking, x, y)
    run = wb.simulate(spiking, x)
    lost = 100 * ((run.predictions() == y).mean() - 1)
    assert table["points"].sum() == pytest.approx(lost, abs=1e-9)
    assert table.attrs["snn"] == pytest.approx(100 + lost)
    layers = table[1:-1].set_index("layer")
    assert (layers["pooling_size"] == 0).all()
    assert layers["unevenness_size"].max() <= (0 if code in SLOTS else 1e-12)
    if code in SLOTS and case != "steps":
        # All that is lost in the first layer arises there, and is of the two kinds.
        first = layers.iloc[0]
        assert first["quantization_size"] > 0
        parts = first["clipping_size"] + first["quantization_size"] + first["inherited_size"]
        assert first["magnitude"] <= parts + 1e-12
    if code == "ttfs":
        assert layers["quantization_size"].max() <= 1e-12


def test_terms_are_those_of_the_quantized_network():
    """The first layer by hand: its activation, clipped at its scale, and rounded to levels."""
    levels = 5
    network, x, spiking = made("flat", code="ttfs_steps", levels=levels, percentile=70.0)
    rewritten = finished(begin(network, x, spiking.conversion)).network
    node = rewritten.nodes[1]
    exact = node.activation(node.layer.forward(x))
    scale = spiking.population("a").scale
    clipped = np.clip(exact, 0, scale)
    rounded = np.floor(clipped / scale * levels + 0.5) * scale / levels
    row = wb.attribute(network, spiking, x).set_index("layer").loc["a"]
    for term, wanted in (("clipping", exact - clipped), ("quantization", clipped - rounded)):
        assert row[f"{term}_size"] == pytest.approx(np.abs(wanted).mean() / scale, rel=0.02)
    assert row["saturated"] == pytest.approx((rounded == scale).mean(), abs=0.01)
    assert row["silent"] == pytest.approx((rounded == 0).mean(), abs=0.01)


def test_early_spikes_are_clipping():
    network, x, spiking = made("flat", code="ttfs", thresholds={"a": 0.2})
    with pytest.warns(wb.WorkbenchWarning, match="before their window"):
        early = wb.simulate(spiking, x).early_spikes["a"]
    row = wb.attribute(network, spiking, x).set_index("layer").loc["a"]
    assert row["clipping_size"] > 0.01 > 1e-12 > row["quantization_size"]
    assert row["saturated"] == pytest.approx(early / x.shape[0] / 9)


@pytest.mark.parametrize("code", IN_TURNS)
def test_regression_adds_up_in_units_of_the_error(code):
    stack = Stack((6,), 2).dense("a", 8, ReLU(ceiling=1.5)).dense("output", 1, ReLU())
    network, x, spiking = made(stack, code=code, levels=3)
    wanted = network.forward(x)
    table = wb.attribute(network, spiking, x, wanted)
    assert table.attrs["unit"] == "mse"
    error = np.square(wb.simulate(spiking, x).outputs() - wanted).mean()
    assert table["points"].sum() == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("code", IN_TURNS)
def test_batches_give_the_values_that_spikes_stand_for(code):
    _, x, spiking = made("max_pooling", code=code, levels=4)
    settings = run_settings(spiking, wb.Simulation(batch_size=15))
    parts = [values for _, values in values_sent(spiking, x, settings)]
    assert len(parts) == 3
    run = wb.simulate(spiking, x, wb.Simulation(record="all"))
    for layer in spiking.layers[:-1]:
        values = np.concatenate([part[layer] for part in parts])
        decoded = spiking.decode(layer, values, 1 if code == "ttfs" else 4)
        np.testing.assert_allclose(decoded, run.decoded(layer), rtol=1e-12)


@pytest.mark.parametrize("code", IN_TURNS)
def test_batches_are_as_small_as_memory_asks(code, monkeypatch):
    """Their spikes fit, as many as all units could send, and the losses are the same."""
    network, x, spiking = made("max_pooling", code=code, levels=255)
    y = network.predictions(x)
    wanted = wb.attribute(network, spiking, x, y)
    settings = run_settings(spiking, wb.Simulation())
    room = 2**20
    monkeypatch.setattr(values_in_turns, "BATCH_BYTES", room)
    sizes = [len(window.samples) for window, _ in values_sent(spiking, x, settings)]
    units = sum(p.size for p in spiking.populations)
    most = 32 if code == "ttfs" else 8 * 24
    assert 1 <= sizes[0] < len(x) == sum(sizes)
    assert sizes[0] == 1 or sizes[0] * units * most * 2 <= room
    found = wb.attribute(network, spiking, x, y)
    np.testing.assert_allclose(found["points"], wanted["points"], atol=1e-9)
    monkeypatch.setattr(values_in_turns, "BATCH_BYTES", 0)
    assert len(next(values_sent(spiking, x, settings))[0].samples) == 1


@pytest.mark.parametrize("code", IN_TURNS)
def test_more_levels_are_tried_where_there_are_levels(code):
    """And nothing that makes no difference: steps, starts, and how outputs are read."""
    tried = []

    def measure(conversion, simulation):
        tried.append((conversion, simulation))
        return conversion.levels

    settings = wb.Conversion(code=code, levels=3), wb.Simulation()
    advice = Adviser(settings, measure, 3, 1).best("quantization")
    assert (advice and advice.text) == ("levels=6" if code in SLOTS else None)
    assert tried
    for conversion, simulation in tried:
        assert (conversion.initial_potential, simulation) == (0, wb.Simulation())
