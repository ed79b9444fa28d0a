"""The written semantics, checked against loops and against arithmetic on paper, on both engines."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_cases import CASES, stored
from spiking_networks import GRID, chain, looped

from workbench.conversion import convert
from workbench.network.pooling import AveragePool2D
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate, stream

ENGINES = ("event", "reference")


def run(network, x, steps=50, engine="event", **settings):
    x = np.asarray(x, float)
    settings = {"record": "all", "threads": 1, **settings}
    return simulate(network, x, Simulation(steps=steps, engine=engine, **settings))


def spike_steps(network, x, steps=50, engine="event", layer="output"):
    """Steps at which the only unit of a layer spikes, for one sample."""
    name = network.population(layer).name
    return run(network, [x], steps, engine).events[name][1].tolist()


def listed(recording, layer):
    return list(zip(*(part.tolist() for part in recording.events[layer]), strict=True))


# --- One neuron under constant input --------------------------------------------------------------


def first_reaching(current, threshold, initial, steps):
    """The k-th spike comes at the first t with v0 + t I >= k theta, one a step at most."""
    reached = [max((initial + t * current) // threshold, 0) for t in range(steps + 1)]
    return [t for t in range(steps) if reached[t + 1] > reached[t]]


@pytest.mark.parametrize("engine", ENGINES)
@given(
    current=st.integers(1, GRID),
    initial=st.integers(-GRID, GRID - 1),
)
def test_spikes_come_when_the_sum_reaches_the_next_threshold(engine, current, initial):
    network = chain([[current]], initial=initial)
    expected = first_reaching(current, GRID, initial, 60)
    assert spike_steps(network, [1.0], 60, engine) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_spike_times_on_paper(engine):
    """A quarter of the threshold a step: steps 4, 8, 12, counted from 1."""
    assert spike_steps(chain([[GRID // 4]]), [1.0], 13, engine) == [3, 7, 11]
    assert spike_steps(chain([[GRID // 4]], initial=GRID // 2), [1.0], 13, engine) == [1, 5, 9]
    third = -(-GRID // 3)  # a third, rounded up, reaches the threshold on time
    assert spike_steps(chain([[third]]), [1.0], 9, engine) == [2, 5, 8]
    assert spike_steps(chain([[GRID // 3]]), [1.0], 9, engine) == [3, 6]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
def test_reaching_the_threshold_exactly_is_enough(engine, reset):
    assert spike_steps(chain([[GRID]], reset=reset), [1.0], 5, engine) == [0, 1, 2, 3, 4]
    assert spike_steps(chain([[GRID - 1]], reset=reset), [1.0], 2, engine) == [1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_strong_current_cannot_spike_more_than_once_a_step(engine):
    network = chain([[5 * GRID // 2]])
    x = np.array([[1.0]])
    assert spike_steps(network, [1.0], 6, engine) == list(range(6))
    window = next(stream(network, x, Simulation(steps=6, engine=engine), 6))
    # Subtraction keeps what is left over.
    left = [t * 5 * GRID // 2 - t * GRID for t in range(1, 7)]
    assert window.output_potentials[0, :, 0].tolist() == left


@pytest.mark.parametrize("engine", ENGINES)
def test_resets_differ_in_what_is_left_over(engine):
    x = np.array([[1.0]])
    left = {}
    for reset in ("subtract", "zero", "modulo"):
        network = chain([[5 * GRID // 2]], reset=reset)
        window = next(stream(network, x, Simulation(steps=1, engine=engine), 1))
        left[reset] = int(window.output_potentials[0, 0, 0])
    assert left == {"subtract": 3 * GRID // 2, "zero": 0, "modulo": GRID // 2}


@pytest.mark.parametrize("engine", ENGINES)
def test_reset_to_zero_loses_the_overshoot(engine):
    current = 3 * GRID // 8  # 3/8, 6/8, 9/8: a spike every third step, an eighth lost each time
    assert spike_steps(chain([[current]], reset="zero"), [1.0], 9, engine) == [2, 5, 8]
    assert spike_steps(chain([[current]]), [1.0], 9, engine) == [2, 5, 7]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threshold", [0, 1])
def test_without_reset_a_neuron_says_whether_its_sum_is_high(engine, threshold):
    """A step function spikes by the sign of all that came so far, and keeps it."""
    hidden, kernel = [[GRID, GRID // 2]], [[7], [-7]]
    network = chain(hidden, kernel, reset="subtract")
    out = dataclasses.replace(network.output, reset="none", threshold=threshold)
    network = dataclasses.replace(network, populations=(*network.populations[:-1], out))
    # The first spikes every step, the second every other: 7, 7 - 7 + 7 = 7, 14, 14, 21, ...
    window = next(stream(network, np.array([[1.0]]), Simulation(steps=5, engine=engine), 5))
    assert window.output_potentials[0, :, 0].tolist() == [7, 7, 14, 14, 21]
    assert spike_steps(network, [1.0], 5, engine) == [0, 1, 2, 3, 4]
    # Nothing arrives: 0 reaches 0 at every step, and 1 never.
    assert spike_steps(network, [0.0], 3, engine) == ([0, 1, 2] if threshold == 0 else [])


@pytest.mark.parametrize("engine", ENGINES)
def test_without_reset_spikes_end_when_the_sum_falls(engine):
    network = chain([[GRID // 4, GRID]], [[9, -2], [-2, 1]], reset="none", threshold=GRID)
    out = dataclasses.replace(network.output, threshold=1)
    network = dataclasses.replace(network, populations=(*network.populations[:-1], out))
    recording = run(network, [[1.0]], 7, engine)
    # Unit 1 of the first layer is high from the start, unit 0 from step 3 on.
    assert listed(recording, "layer_1") == [
        (0, step, unit) for step in range(7) for unit in (0, 1) if unit or step >= 3
    ]
    # Sums of the outputs: -2 a step until step 2, then +7; +1 a step, then -1.
    assert listed(recording, "out") == [
        (0, step, unit) for step, unit in ((0, 1), (1, 1), (2, 1), (3, 0), (3, 1), (4, 0))
    ] + [(0, 4, 1), (0, 5, 0), (0, 6, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_comes_of_nothing(engine):
    network = chain([[GRID]])
    assert spike_steps(network, [0.0], 100, engine) == []
    assert spike_steps(network, [-1.0], 100, engine) == []
    assert run(chain([[GRID, GRID]]), [[0.0]], engine=engine).predictions[0, -1] == -1


@pytest.mark.parametrize("engine", ENGINES)
def test_potentials_sink_without_bound_and_come_back_late(engine):
    """Held down for ever, a neuron sinks a threshold a step."""
    network = chain([[GRID]])
    window = next(stream(network, np.array([[-1.0]]), Simulation(steps=50, engine=engine), 50))
    assert window.output_potentials[0, :, 0].tolist() == [-GRID * t for t in range(1, 51)]


@pytest.mark.parametrize("engine", ENGINES)
def test_bias_drives_every_step(engine):
    network = chain([[0]], bias=GRID // 2)
    assert spike_steps(network, [0.3], 6, engine) == [1, 3, 5]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_spike_is_seen_downstream_in_the_same_step(engine):
    network = chain([[GRID // 2]], [[GRID]], [[GRID]])
    recording = run(network, [[1.0]], 4, engine)
    for layer in network.layers:
        assert recording.events[layer][1].tolist() == [1, 3]


@pytest.mark.parametrize("engine", ENGINES)
def test_inhibition_takes_away(engine):
    network = chain([[GRID, GRID // 2]], [[GRID // 2], [-GRID]])
    # Half a threshold every step, less one every second step: never above a half.
    assert spike_steps(network, [1.0], 40, engine) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_one_step_is_a_run(engine):
    recording = run(chain([[GRID, GRID // 2]]), [[1.0]], 1, engine)
    assert recording.output_counts.tolist() == [[1, 0]]
    assert recording.predictions.tolist() == [[0]]
    assert listed(recording, "out") == [(0, 0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_go_to_the_higher_membrane(engine):
    network = chain([[GRID // 2, GRID // 2 + 3, GRID // 2 + 1]])
    recording = run(network, [[1.0]], 3, engine)
    assert recording.output_counts.tolist() == [[1, 1, 1]]
    assert recording.predictions[0].tolist() == [-1, 1, 1]


# --- Layers against loops -------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo", "none"])
@given(seed=st.integers(0, 2**32 - 1), initial=st.integers(-GRID, GRID))
def test_three_layers_agree_with_loops(engine, reset, seed, initial):
    rng = np.random.default_rng(seed)
    kernels = [rng.integers(-GRID, GRID, shape) for shape in ((3, 4), (4, 3), (3, 2))]
    network = chain(*kernels, reset=reset, initial=initial, bias=int(rng.integers(-GRID, GRID)))
    x = rng.uniform(-1, 1, (2, 3))
    recording = run(network, x, 12, engine)
    for layer, expected in looped(network, x, 12).items():
        assert listed(recording, layer) == expected


def test_a_converted_network_agrees_with_loops_over_its_weights():
    """Convolution, odd 'same' average pooling and dense, computed place by place."""
    name = "average_pool_odd_same"
    network = stored(name)
    x = CASES[name].samples(40)
    spiking = convert(network, x, Conversion(percentile=90, threshold=0.75, initial_potential=0.25))
    steps, theta, v0 = 25, 49_152, 12_288
    conv, dense = network["conv"].layer, network["head"].layer
    kernel, bias = conv.kernel.astype(np.float64), conv.bias.astype(np.float64)
    head, head_bias = dense.kernel.astype(np.float64), dense.bias.astype(np.float64)
    conv_scale, out_scale = (spiking.population(n).scale for n in ("conv", "head"))
    pixel_scale = float(x.max())
    weights = np.rint(kernel * pixel_scale / conv_scale * 65536).astype(int)
    drive = np.rint(bias / conv_scale * 65536).astype(int)
    per_spike = 0.75 * conv_scale / 4  # windows of 4, 2 and 1: a quarter each, taken 1, 2, 4 times
    head_weights = np.rint(head * per_spike / out_scale * 65536).astype(int)
    head_drive = np.rint(head_bias / out_scale * 65536).astype(int)
    found = run(spiking, x[:2], steps)
    for sample in range(2):
        pixels = np.rint(x[sample].astype(np.float64) / pixel_scale * 4096).astype(int)
        current = np.zeros((7, 5, 2), int)
        for y, c, f in np.ndindex(7, 5, 2):
            total = 0
            for i, j, channel in np.ndindex(2, 2, 2):
                if y + i < 7 and c + j < 5:  # 'same' pads an even kernel behind
                    total += weights[i, j, channel, f] * pixels[y + i, c + j, channel]
            current[y, c, f] = (total + 2048) // 4096 + drive[f]
        v = np.full((7, 5, 2), v0)
        out = np.full(3, v0)
        hidden_spikes, out_spikes = [], []
        for step in range(steps):
            v = v + current
            fired = v >= theta
            v = v - theta * fired
            hidden_spikes += [(step, int(u)) for u in np.flatnonzero(fired)]
            pooled = np.zeros((4, 3, 2), int)
            for y, c, f in np.ndindex(4, 3, 2):
                window = fired[2 * y : 2 * y + 2, 2 * c : 2 * c + 2, f]
                pooled[y, c, f] = window.sum() * 4 // window.size
            out = out + pooled.reshape(-1) @ head_weights + head_drive
            fired_out = out >= theta
            out = out - theta * fired_out
            out_spikes += [(step, int(u)) for u in np.flatnonzero(fired_out)]
        for layer, expected in (("conv", hidden_spikes), ("head", out_spikes)):
            assert len(expected) > 10
            assert [(t, u) for s, t, u in listed(found, layer) if s == sample] == expected


def test_average_pooling_has_no_neurons_of_its_own():
    name = "average_pool_odd_same"
    spiking = convert(stored(name), CASES[name].samples(10))
    assert spiking.layers == ("conv", "head")
    assert any(isinstance(n.layer, AveragePool2D) for n in stored(name).nodes)


def test_first_in_row_major_order_leads_among_equals():
    """The rule of 'fir', spike by spike, on windows of a converted network."""
    name = "max_pool_overlapping"
    settings = Conversion(percentile=90, max_pool="fir")
    spiking = convert(stored(name), CASES[name].samples(20), settings)
    recording = run(spiking, CASES[name].samples(2), 60)
    (height, width, channels) = spiking.population("conv").shape
    out_height, out_width, _ = spiking.population("pool").shape
    train = np.zeros((2, 60, height, width, channels), bool)
    sample, step, unit = recording.events["conv"]
    train.reshape(2, 60, -1)[sample, step, unit] = True
    expected = []
    for s in range(2):
        counts = np.zeros((height, width, channels), int)
        for t in range(60):
            counts += train[s, t]
            for y, x, c in np.ndindex(out_height, out_width, channels):
                places = [(2 * y + i, 2 * x + j, c) for i in range(3) for j in range(3)]
                leader = max(places, key=lambda place: counts[place])  # the first of the highest
                if train[s, t][leader]:
                    expected.append((s, t, (y * out_width + x) * channels + c))
    assert listed(recording, "pool") == expected
    assert len(expected) > 50


# --- Wide numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
def test_potentials_beyond_32_bits_are_equal_too(reset):
    rng = np.random.default_rng(0)
    kernels = [rng.integers(-(2**30), 2**30, shape) for shape in ((4, 6), (6, 3))]
    network = chain(*kernels, reset=reset)
    x = rng.uniform(-1, 1, (3, 4))
    event, reference = (run(network, x, 40, engine) for engine in ENGINES)
    expected = looped(network, x, 40)
    for layer in network.layers:
        assert listed(event, layer) == listed(reference, layer) == expected[layer]
    windows = [
        next(stream(network, x, Simulation(steps=40, engine=engine), 40)) for engine in ENGINES
    ]
    assert (windows[0].output_potentials == windows[1].output_potentials).all()
    if reset == "subtract":
        assert np.abs(windows[0].output_potentials).max() > 2**31


def test_long_runs_of_inhibited_neurons_do_not_wrap():
    """Two thresholds down a step reach below -2**31 within the run."""
    network = chain([[-2 * GRID, GRID // 2]])
    steps = 17_000
    potentials = []
    for engine in ENGINES:
        (window,) = stream(
            network, np.array([[1.0]]), Simulation(steps=steps, engine=engine), steps
        )
        potentials.append(window.output_potentials[0, -1, 0])
    assert potentials == [-2 * GRID * steps] * 2
    assert potentials[0] < -(2**31)
