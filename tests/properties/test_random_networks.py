"""Any network is read and converted exactly, or refused by a layer's name: no third outcome."""

import re

import numpy as np
import pytest
from example_counts import examples
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from properties.random_networks import drawn
from workbench.conversion import convert
from workbench.conversion.preparation import prepare
from workbench.errors import WorkbenchError
from workbench.ingest.keras import from_keras, split_inputs
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

FORWARD = 1e-4
"""Largest deviation from Keras, relative to the largest output."""

GRID = 2e-3
"""Largest deviation of the endless run on a grid of 2^-20, relative to the largest output."""

some = settings(max_examples=examples(50), suppress_health_check=list(HealthCheck))
many = settings(max_examples=examples(300), suppress_health_check=list(HealthCheck))


def samples(shape):
    """Inputs on the 12-bit grid of their range, so that encoding rounds nothing."""
    x = np.round(np.random.default_rng(0).uniform(-0.5, 1, (6, *shape)) * 4096) / 4096
    x.reshape(-1)[0] = 1
    return x.astype(np.float32)


def deviation(network, found, expected):
    """Largest difference, relative to the largest expected value.

    Where activations jump, rounding may move a unit across a step now and then: the median over
    samples counts there.
    """
    largest = float(np.abs(expected).max()) or 1.0
    differences = np.abs(found.astype(np.float64) - expected).reshape(len(found), -1).max(axis=1)
    jumps = any(not node.activation.continuous for node in network.nodes)
    return float((np.median if jumps else np.max)(differences)) / largest


def named(model, error):
    """Whether an error names a layer of the model, and is no deviation caught by verification."""
    layers = {layer.name for layer in model.layers}
    told = set(re.findall(r"at\d+", str(error)))
    return "Please report" not in str(error) and bool(told & layers)


def check(model):
    try:
        network = from_keras(model)
    except WorkbenchError as error:
        assert named(model, error), error
        event("refused to read")
        return
    x = samples(network.input_shape)
    inputs = split_inputs(x, network)
    inputs = inputs if isinstance(inputs, list) else [inputs]
    expected = np.asarray(model(inputs, training=False))
    assert deviation(network, network.forward(x), expected) <= FORWARD
    check_conversion(model, network, x)


def check_conversion(model, network, x):
    fine = Conversion(resolution_bits=20, percentile=100)
    try:
        spiking = convert(network, x, fine)
    except WorkbenchError as error:
        assert named(model, error), error
        event("refused to convert")
        return
    event("converted")
    stages = [stage.network for stage in prepare(network, x).stages]
    other = 4 * x - 2
    expected = network.forward(other)
    for stage in stages:
        assert deviation(network, stage.forward(other), expected) <= FORWARD
    values = stages[-1].activations(x)
    output = stages[-1].output
    sums = output.layer.forward(*(values[name] for name in output.inputs))
    limit = spiking.rate_limit(x, [output.name])[output.name]
    assert deviation(network, limit, sums) <= GRID
    check_engines(spiking, x[:2])


def check_engines(spiking, x):
    steps = 12
    event_run, reference = (
        simulate(spiking, x, Simulation(steps=steps, engine=engine, record="all"))
        for engine in ("event", "reference")
    )
    for layer in reference.layers:
        for one, other in zip(event_run.events[layer], reference.events[layer], strict=True):
            assert np.array_equal(one, other), layer


def check_drawn(data):
    # Not a strategy of its own: Keras draws random numbers while it builds a model.
    model = drawn(lambda low, high: data.draw(st.integers(low, high)))
    for layer in model.layers:
        note(f"{layer.name}: {type(layer).__name__} {layer.get_config()}")
    check(model)


@some
@given(st.data())
def test_a_random_network_is_right_or_refused_by_name(data):
    check_drawn(data)


@pytest.mark.slow
@many
@given(st.data())
def test_many_random_networks_are_right_or_refused_by_name(data):
    check_drawn(data)
