"""Calibration against a simulation in plain NumPy, in the units of activations."""

from dataclasses import replace

import numpy as np
import pytest
from layer_cases import CASES, stored

import workbench as wb
from workbench.conversion.steps import CALIBRATE
from workbench.errors import ConversionError
from workbench.methods import calibration
from workbench.methods.calibration import FACTORS
from workbench.network.activation import Activation, ReLU
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Add, Input, Reshape
from workbench.simulation.lone_neurons import lone_counts, recorded_drives
from workbench.util.stored_samples import StoredSamples
from workbench.workflow import conversion_steps

SAMPLES, STEPS = 24, 4
RNG = np.random.default_rng(7)
# Inputs that 12 bits say, so that the grid alone makes a difference.
X = RNG.integers(0, 4097, (SAMPLES + 5, 6, 6, 1)).astype(np.float32) / 4096
X[0, 0, 0] = 1


def weights(*shape):
    kernel = RNG.normal(0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape)
    return kernel.astype(np.float32), RNG.normal(0.1, 0.05, shape[-1]).astype(np.float32)


CONV, HIDDEN, SIDE, OUT = weights(3, 3, 1, 3), weights(48, 10), weights(48, 10), weights(10, 4)


def network(output=Activation.SOFTMAX, ceiling=None):
    """A convolution, two layers that are added up behind it, and an output."""
    return Network(
        "branched",
        (
            Node("in", Input((6, 6, 1))),
            Node("conv", Conv2D((6, 6, 1), *CONV), ReLU(ceiling), ("in",)),
            Node("flat", Reshape((4, 4, 3), (48,)), inputs=("conv",)),
            Node("hidden", Dense(*HIDDEN), Activation.RELU, ("flat",)),
            Node("side", Dense(*SIDE), inputs=("flat",)),
            Node("sum", Add((10,), 2), Activation.RELU, ("hidden", "side")),
            Node("out", Dense(*OUT), output, ("sum",)),
        ),
    )


READS = {"conv": (), "hidden": ("conv",), "sum": ("conv", "hidden"), "out": ("sum",)}
CHANNELS = {"conv": 3, "hidden": 10, "sum": 10, "out": 4}


def drive(name, x, conv=None, hidden=None, sum=None):
    """What reaches the units of a layer from the inputs, or from the layers before it."""
    if name == "conv":
        taps = [
            x[:, i : i + 4, j : j + 4, 0].reshape(len(x), 16, 1)
            for i in (0, 1, 2)
            for j in (0, 1, 2)
        ]
        sums = np.concatenate(taps, axis=2).astype(float) @ CONV[0].reshape(9, 3) + CONV[1]
        return sums.reshape(len(x), 48)
    if name == "hidden":
        return conv @ HIDDEN[0] + HIDDEN[1]
    if name == "sum":
        return hidden + conv @ SIDE[0] + SIDE[1]
    return sum @ OUT[0] + OUT[1]


def analog(x):
    """Activations of every layer; those of the output as far as spikes can say them."""
    found = {}
    for name, sources in READS.items():
        found[name] = np.maximum(drive(name, x, **{s: found[s] for s in sources}), 0)
    return found


def units(values, name):
    """Values of channels, or of all units, given to every unit."""
    size = 48 if name == "conv" else CHANNELS[name]
    return np.resize(np.asarray(values, float), size)


def channels(values, name):
    return values.reshape(-1, CHANNELS[name]).mean(axis=0)


class Spiking:
    """The network with neurons, in floats."""

    def __init__(self, x, start, signed=False):
        self.x, self.start, self.signed = x, start, signed
        self.trains = {}

    def drives(self, name, shift=0.0):
        """Input of every step."""
        return [
            drive(name, self.x, **{s: self.trains[s][t] for s in READS[name]}) + shift
            for t in range(STEPS)
        ]

    def sent(self, drives, theta, potential=0.0):
        """Values that are sent in every step; the sum over the steps tells the activation."""
        v = np.zeros_like(drives[0]) + self.start * theta + potential
        net, values = np.zeros_like(v), []
        for z in drives:
            v = v + z
            spike = (v >= theta) * 1.0
            if self.signed:
                spike -= (v < 0) & (net > 0)
            v, net = v - theta * spike, net + spike
            values.append(theta * spike)
        return values


def settings(**more):
    chosen = {"initial_potential": 0.5, "calibrate_steps": STEPS, "calibrate_samples": SAMPLES}
    return wb.Conversion(**{**chosen, **more})


def scale_of(spiking, name):
    return units(spiking.population(name).scale, name)


# Rounding to the grid moves a spike to another step here and there: one of so many samples.
ONE_SPIKE = 1.01 / SAMPLES


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("per_channel", [False, True])
def test_potentials_make_up_for_the_mean_error_of_every_unit(per_channel, signed):
    asked = settings(calibrate="potential", per_channel=per_channel, signed_neurons=signed)
    spiking = wb.convert(network(), X, asked)
    x, wanted = X[:SAMPLES], analog(X[:SAMPLES])
    plain = Spiking(x, 0.5, signed)
    for name in READS:
        theta, population = scale_of(spiking, name), spiking.population(name)
        drives = plain.drives(name)
        error = wanted[name] - np.sum(plain.sent(drives, theta), axis=0) / STEPS
        expected = 0.5 + STEPS * error.mean(axis=0) / theta
        found = population.initial_potential / population.threshold
        assert found.shape == (population.size,)
        assert np.abs(found - expected).max() < ONE_SPIKE * STEPS
        assert np.abs(found - expected).mean() < 1e-3
        # The next layers see the neurons as they have become.
        plain.trains[name] = plain.sent(drives, theta, (found - 0.5) * theta)


def test_biases_make_up_for_the_mean_error_of_every_channel():
    uncalibrated = wb.convert(network(), X, settings())
    spiking = wb.convert(network(), X, settings(calibrate="bias"))
    x, wanted = X[:SAMPLES], analog(X[:SAMPLES])
    plain = Spiking(x, 0.5)
    for name in READS:
        population, before = spiking.population(name), uncalibrated.population(name)
        theta = scale_of(spiking, name)
        added = (population.bias - before.bias) / population.threshold
        assert population.initial_potential == before.initial_potential
        if name == "out":
            assert not added.any()  # The output's potential is right as it is.
            continue
        error = wanted[name] - np.sum(plain.sent(plain.drives(name), theta), axis=0) / STEPS
        expected = units(channels(error.mean(axis=0), name), name) / theta
        assert np.abs(added - expected).max() < ONE_SPIKE
        assert np.abs(added - expected).mean() < 1e-3
        plain.trains[name] = plain.sent(plain.drives(name, added * theta), theta)


@pytest.mark.parametrize("held", [False, True])
def test_a_second_round_adds_the_error_that_is_left(held, monkeypatch):
    """Whether what reaches the neurons is held, or simulated again."""
    if not held:
        monkeypatch.setattr(calibration, "BATCH_NUMBERS", 100)
    once, twice = (
        wb.convert(network(), X, settings(calibrate="potential", calibrate_rounds=rounds))
        for rounds in (1, 2)
    )
    theta = scale_of(once, "conv")
    first, second = (
        each.population("conv").initial_potential / each.population("conv").threshold
        for each in (once, twice)
    )
    plain = Spiking(X[:SAMPLES], 0.5)
    sent = plain.sent(plain.drives("conv"), theta, (first - 0.5) * theta)
    left = (analog(X[:SAMPLES])["conv"] - np.sum(sent, axis=0) / STEPS).mean(axis=0)
    assert np.abs(second - first - STEPS * left / theta).max() < ONE_SPIKE * STEPS
    assert np.abs(second - first - STEPS * left / theta).mean() < 1e-2
    assert np.abs(second - first).max() > 0.05


def test_a_second_round_of_biases_adds_the_error_that_is_left():
    once, twice = (
        wb.convert(network(), X, settings(calibrate="bias", calibrate_rounds=rounds))
        for rounds in (1, 2)
    )
    theta = scale_of(once, "conv")
    start = wb.convert(network(), X, settings()).population("conv").bias
    first, second = (
        (each.population("conv").bias - start) / each.population("conv").threshold
        for each in (once, twice)
    )
    plain = Spiking(X[:SAMPLES], 0.5)
    sent = plain.sent(plain.drives("conv", first * theta), theta)
    left = (analog(X[:SAMPLES])["conv"] - np.sum(sent, axis=0) / STEPS).mean(axis=0)
    added = units(channels(left, "conv"), "conv") / theta
    assert np.abs(second - first - added).max() < ONE_SPIKE
    assert np.abs(second - first).max() > 1e-4


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("per_channel", [False, True])
def test_search_takes_the_scale_of_least_error(per_channel, signed):
    more = {"per_channel": per_channel, "signed_neurons": signed}
    base = wb.convert(network(), X, settings(**more))
    spiking = wb.convert(network(), X, settings(normalization="search", **more))
    x, wanted = X[:SAMPLES], analog(X[:SAMPLES])
    plain = Spiking(x, 0.5, signed)
    for name in READS:
        population, theta = spiking.population(name), scale_of(spiking, name)
        if name == "out":
            assert (theta == scale_of(base, name)).all()
            continue
        drives = plain.drives(name)
        squares, means = [], []
        for factor in FACTORS:
            sent = plain.sent(drives, factor * scale_of(base, name))
            error = wanted[name] - np.sum(sent, axis=0) / STEPS
            squares.append(channels((error**2).mean(axis=0), name))
            means.append(channels(error.mean(axis=0), name))
        squares, means = np.array(squares), np.array(means)
        chosen = channels(theta / scale_of(base, name), name)
        number = np.abs(chosen - np.array(FACTORS)[:, None]).argmin(axis=0)
        assert chosen == pytest.approx(np.array(FACTORS)[number])
        at = np.arange(len(number))
        if per_channel:
            assert (squares[number, at] <= squares.min(axis=0) * 1.02 + 1e-9).all()
        else:
            assert squares.mean(axis=1)[number[0]] <= squares.mean(axis=1).min() * 1.02
        # And its biases are moved by the error that is left.
        shift = units(means[number, at], name)
        layer = {"conv": CONV[1], "hidden": HIDDEN[1], "sum": SIDE[1]}[name]
        found = population.bias * theta / population.threshold
        added = found - units(layer, name)
        assert np.abs(added - shift).max() < ONE_SPIKE * theta.max()
        plain.trains[name] = plain.sent(plain.drives(name, added), theta)


def test_search_stays_below_a_ceiling():
    asked = settings(normalization="search", per_channel=True, percentile=100)
    plain = wb.convert(network(ceiling=0.6), X, settings(percentile=100, per_channel=True))
    spiking = wb.convert(network(ceiling=0.6), X, asked)
    assert (plain.population("conv").scale <= 0.6).all()
    assert (spiking.population("conv").scale <= 0.6 + 1e-12).all()


def test_on_and_off_outputs_start_from_potentials_of_their_own():
    asked = settings(calibrate="potential", output_sign="on_off")
    spiking = wb.convert(network(Activation.LINEAR), X, asked)
    assert spiking.output.initial_potential.shape == (8,)
    membrane = wb.convert(network(Activation.LINEAR), X, settings(calibrate="potential"))
    assert membrane.output.read == "membrane"
    assert membrane.output.initial_potential == membrane.output.threshold / 2


@pytest.mark.parametrize(
    ("reset", "signed"),
    [("subtract", False), ("subtract", True), ("zero", False), ("modulo", False)],
)
def test_neurons_by_themselves_spike_as_in_the_network(reset, signed):
    spiking = wb.convert(network(), X, wb.Conversion(reset=reset, signed_neurons=signed))
    run = wb.simulate(spiking, X, wb.Simulation(steps=9, record="all"))
    counts = lone_counts(spiking.output, recorded_drives(spiking, X, 9))
    assert np.array_equal(counts, run.output_counts)


def test_samples_on_disk_are_read_in_parts(monkeypatch):
    read = []

    def rows(chosen):
        read.append(len(X[chosen]))
        return X[chosen]

    asked = settings(calibrate="potential", calibrate_steps=2)
    expected = wb.convert(network(), X, asked)
    calibration._cache.clear()
    monkeypatch.setattr(calibration, "BATCH_NUMBERS", 2 * 48 * 5)
    stored_samples = StoredSamples(X.shape, X.dtype, rows)
    converting = conversion_steps(network(), stored_samples, asked)
    while next(converting).name != CALIBRATE:
        pass
    read.clear()  # those that the statistics have read
    with pytest.raises(StopIteration) as done:
        while True:
            next(converting)
    assert done.value.value == expected
    assert read[:5] == [5, 5, 5, 5, 4]  # of the 24 samples, for the first layer


def test_layers_whose_input_memory_cannot_hold_are_refused_by_name(monkeypatch):
    monkeypatch.setattr("workbench.methods.calibration.BATCH_NUMBERS", 48 * 50 - 1)
    monkeypatch.setattr("workbench.methods.calibration.free_memory", lambda: 16 * 48 * 50 - 1)
    asked = settings(calibrate="potential", calibrate_steps=50)
    with pytest.raises(
        ConversionError, match=r"layer 'conv' for 50 steps.*Lower .*calibrate_steps"
    ):
        wb.convert(network(), X, asked)


def test_calibration_is_told_and_nothing_is_done_twice():
    asked = settings(calibrate="potential", calibrate_steps=3)
    seen = []
    spiking = wb.convert(network(), X, asked, progress=lambda *count: seen.append(count))
    assert seen[0] == (0, 4 * SAMPLES)
    assert seen[-1] == (4 * SAMPLES, 4 * SAMPLES)
    assert seen == sorted(seen)
    (row,) = spiking.trace[spiking.trace.step == "calibrate"].itertuples()
    assert row.remark.startswith("initial potentials of 4 layers moved by 24 samples in 3 steps by")
    seen.clear()
    again = wb.convert(
        replace(network(), name="other"), X, asked, progress=lambda *_: seen.append(1)
    )
    assert seen == []
    assert (again, again.name) == (spiking, "other")


def test_batches_make_no_difference(monkeypatch):
    asked = settings(calibrate="potential", normalization="search", calibrate_steps=5)
    whole = wb.convert(network(), X, asked)
    monkeypatch.setattr(calibration, "BATCH_NUMBERS", 5 * 48 * 7)
    monkeypatch.setattr(calibration, "KEPT_NUMBERS", 0)
    calibration._cache.clear()
    parts = wb.convert(network(), X, asked)
    for one, other in zip(whole.populations, parts.populations, strict=True):
        # Sums of floats in another order: at most the last unit of the grid.
        assert np.abs(one.starts - other.starts).max() <= 1
        assert np.abs(one.bias - other.bias).max() <= 1


def test_calibration_can_be_stopped():
    converting = conversion_steps(network(), X, settings(calibrate="bias", calibrate_steps=2))
    while (step := next(converting)).name != CALIBRATE:
        pass
    assert (step.done, step.total) == (0, 3 * SAMPLES)
    converting.close()


@pytest.mark.parametrize("case", ["leaky_relu", "relu6", "max_pool"])
def test_layers_of_every_kind_are_calibrated(case):
    x = CASES[case].samples(12)
    asked = settings(calibrate="potential", normalization="search", per_channel=True)
    spiking = wb.convert(stored(case), x, asked)
    neurons = [p for p in spiking.populations if p.kind == "if" and p.read != "membrane"]
    assert all(p.initial_potential.shape == (p.size,) for p in neurons)


def test_a_saved_network_keeps_potentials_and_one_without_its_hash(tmp_path):
    spiking = wb.convert(network(), X, settings(calibrate="potential"))
    again = wb.load(wb.save(spiking, tmp_path / "net.snn"))
    assert again == spiking
    assert np.array_equal(
        again.population("conv").initial_potential, spiking.population("conv").initial_potential
    )
    plain = wb.convert(network(), X, settings())
    populations = [
        replace(p, initial_potential=np.full(p.size, p.initial_potential))
        for p in plain.populations
    ]
    assert replace(plain, populations=tuple(populations)) != plain


def test_calibration_finds_what_reset_to_zero_loses():
    """Half of the drive of an even neuron is lost by a reset to zero; the start makes up for it."""
    asked = settings(calibrate="potential", reset="zero", initial_potential=0.0)
    spiking = wb.convert(network(), X, asked)
    assert (spiking.population("conv").initial_potential > 0).any()
