"""Outputs below zero keep their sign, or it is said that they do not."""

import numpy as np
import pytest
from layer_cases import CASES, CONVERTED, stored
from unknown_layers import Mixer

from workbench.conversion import convert
from workbench.conversion.output_sign import output_read, signed_scale
from workbench.conversion.statistics import OutputSums
from workbench.errors import SettingsError
from workbench.network.activation import Activation, Step
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

X = np.random.default_rng(0).random((40, 3)).astype(np.float32)


SOME = [name for name in sorted(CONVERTED)[::4] if not name.startswith("channels_first")]
"""Of the case table, without what Keras runs on some processors only."""


def network(activation=Activation.LINEAR, bias=(-0.4, 0.1), scale=1.0):
    rng = np.random.default_rng(2)
    hidden = Dense(rng.normal(size=(3, 12)).astype("f4"), np.zeros(12, "f4"))
    kernel = scale * rng.normal(0, 0.4, (12, 2))
    out = Dense(kernel.astype("f4"), scale * np.array(bias, "f4"))
    nodes = (
        Node("in", Input((3,))),
        Node("hidden", hidden, Activation.RELU, ("in",)),
        Node("out", out, activation, ("hidden",)),
    )
    return Network("signs", nodes)


def trace_row(spiking):
    rows = spiking.trace.set_index("step")["remark"]
    return rows.get("read the output", "")


@pytest.mark.parametrize(
    ("activation", "reset", "read"),
    [
        (Activation.LINEAR, "subtract", "membrane"),
        (Activation.LINEAR, "zero", "on_off"),
        (Activation.LINEAR, "modulo", "on_off"),
        (Activation.SIGMOID, "subtract", "membrane"),
        (Activation.TANH, "subtract", "membrane"),
        (Activation.RELU, "subtract", ""),
        (Step(), "subtract", ""),
        (Activation.SOFTMAX, "subtract", ""),
    ],
)
def test_the_sign_is_kept_where_it_makes_a_difference(activation, reset, read):
    spiking = convert(network(activation), X, Conversion(reset=reset))
    assert spiking.output.read == read
    assert ("keep their sign" in trace_row(spiking)) == bool(read)
    words = {"membrane": "spikes and membrane", "on_off": "ON and OFF", "": "output neurons"}[read]
    assert words in spiking.report["became"].iloc[-1]
    assert spiking.classes == 2


def test_outputs_above_zero_are_read_by_their_spikes_and_do_not_change():
    positive = network(bias=(9.0, 9.0))
    spiking = convert(positive, X)
    assert spiking.output.read == ""
    assert trace_row(spiking) == ""
    assert spiking == convert(positive, X, Conversion(output_sign="none"))


def test_a_setting_goes_first_and_losses_are_told():
    signed = network()
    none = convert(signed, X, Conversion(output_sign="none"))
    assert none.output.read == ""
    assert "give 0 for them" in trace_row(none)
    on_off = convert(signed, X, Conversion(output_sign="on_off"))
    assert on_off.output.shape == (4,)
    assert on_off.output_shape == (2,)
    # The membrane changes no spike.
    membrane = convert(signed, X)
    assert membrane.content_hash != none.content_hash
    spikes = [simulate(n, X, Simulation(record="all")).events for n in (none, membrane)]
    for layer in none.layers:
        for one, other in zip(spikes[0][layer], spikes[1][layer], strict=True):
            assert np.array_equal(one, other)


def test_a_membrane_needs_reset_by_subtraction():
    with pytest.raises(SettingsError, match=r"output_sign is 'membrane' with reset 'zero'.*on_off"):
        Conversion(output_sign="membrane", reset="zero")
    with pytest.raises(SettingsError, match=r"output_sign is 'both'; accepted: auto, membrane"):
        Conversion(output_sign="both")
    assert Conversion.from_toml(Conversion(output_sign="on_off").to_toml()).output_sign == "on_off"


def test_scales_follow_what_is_sent():
    sums = OutputSums(lowest=-6.0, highest=2.0, needs_sign=True)
    assert output_read(Conversion(), sums) == "membrane"
    assert signed_scale(2.0, sums, "membrane") == 2.0
    assert signed_scale(2.0, sums, "on_off") == 6.0
    assert signed_scale(0.01, sums, "membrane") == 6.0
    assert signed_scale(0.0, sums, "membrane") == 6.0


@pytest.mark.parametrize("scale", [1e-4, 1.0, 5000.0])
@pytest.mark.parametrize("bias", [(-0.4, 0.1), (-9.0, -7.0)])
def test_values_of_any_size_come_near_the_analog_ones(scale, bias):
    analog = network(bias=bias, scale=scale)
    for read in ("membrane", "on_off"):
        settings = Conversion(percentile=100, initial_potential=0.5, output_sign=read)
        spiking = convert(analog, X, settings)
        outputs = simulate(spiking, X[:5], Simulation(steps=500)).outputs()
        expected = analog.forward(X[:5])
        assert np.abs(outputs - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize("name", SOME)
def test_on_and_off_neurons_say_what_a_membrane_holds(name):
    analog, x = stored(name), CASES[name].samples(20)
    pairs = convert(analog, x, Conversion(output_sign="on_off"))
    one = convert(analog, x, Conversion(output_sign="membrane"))
    steps = Simulation(steps=20)
    found = simulate(pairs, x[:2], Simulation(steps=20, readout="potential"))
    expected = simulate(one, x[:2], steps).outputs(activation=False)
    largest = max(1.0, float(np.abs(expected).max()))
    assert np.abs(found.outputs(activation=False) - expected).max() < 2e-3 * largest
    event = simulate(pairs, x[:2], steps)
    reference = simulate(pairs, x[:2], Simulation(steps=20, engine="reference"))
    assert (event.gathered == reference.gathered).all()
    assert (event.predictions == reference.predictions).all()


def test_off_neurons_of_a_layer_that_no_other_code_knows_have_negated_weights():
    plain, settings = network(), Conversion(reset="zero", output_sign="on_off")
    kernel = -plain["out"].layer.kernel.astype(np.float64)
    runs = []
    for layer in (Mixer(kernel), Dense(kernel, None)):
        out = Node("out", layer, Activation.LINEAR, ("hidden",))
        spiking = convert(Network("signs", (*plain.nodes[:2], out)), X, settings)
        runs.append(simulate(spiking, X[:5], Simulation(steps=60)))
    assert np.array_equal(runs[0].output_counts, runs[1].output_counts)
    assert (runs[0].output_counts[:, 2:] > 0).any()
