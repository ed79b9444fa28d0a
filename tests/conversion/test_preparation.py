import importlib
from functools import partial

import numpy as np
import pytest
from layer_cases import CASES, stored
from networks import convolution_network

from workbench.conversion import convert
from workbench.conversion.passes.average_max_pooling import average_max_pooling
from workbench.conversion.passes.conversion_pass import Pass
from workbench.conversion.preparation import prepare, relative_deviation
from workbench.conversion.rewriting import passes
from workbench.errors import ConversionError, DataError
from workbench.network.graph import Network
from workbench.settings import Conversion
from workbench.util.generators import finished

prepare_module = importlib.import_module("workbench.conversion.preparation")
X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


def test_stages_keep_every_intermediate_network():
    name = "batch_norm_after_conv"
    network = stored(name)
    prepared = prepare(network, CASES[name].samples(20))
    names = [stage.name for stage in prepared.stages]
    assert names == ["compare with the source", *(run.name for run in passes())]
    assert prepared.stages[0].network is network
    sizes = {stage.name: len(stage.network.nodes) for stage in prepared.stages}
    assert [sizes[name] for name in (names[0], "fold affine", "attach activations")] == [6, 5, 4]
    assert prepared.stages[-1].network is prepared.network
    assert [row[0] for row in prepared.trace] == names


def test_trace_says_exact_or_approximate_with_deviations():
    name = "max_pool"
    prepared = prepare(stored(name), CASES[name].samples(20), max_pool="average_pooling")
    trace = {step: (kind, deviation) for step, kind, deviation, _ in prepared.trace}
    kind, deviation = trace["compare with the source"]
    assert kind == "measured"
    assert 0 <= deviation < 1e-5
    assert trace["fold affine"] == ("exact", 0)
    kind, deviation = trace["average max pooling"]
    assert kind == "approximate"
    assert deviation > 1e-3


def test_what_averaging_costs_is_told():
    """The largest deviation of an output, and the share of predictions, on calibration data."""
    name = "max_pool"
    network, x = stored(name), CASES[name].samples(20)
    prepared = prepare(network, x, max_pool="average_pooling")
    (row,) = [row for row in prepared.trace if row[1] == "approximate"]
    averaged = average_max_pooling(network)
    changed = (averaged.predictions(x) != network.predictions(x)).mean()
    deviation = averaged.deviation(averaged.forward(x), network.forward(x))
    assert row[3] == (
        f"outputs differ by up to {deviation:.1%} of their range, {changed:.1%} of the "
        "predictions change (on 20 samples)"
    )
    report = convert(network, x, Conversion(max_pool="average_pooling")).report
    assert row[3] in report.set_index("layer").loc["pool", "became"]


def test_the_same_content_is_prepared_once():
    assert prepare(convolution_network(), X) is prepare(convolution_network(), X.copy())


def test_changed_weights_under_the_same_name_give_another_result():
    a, b = convolution_network(seed=0), convolution_network(seed=1)
    assert a.name == b.name
    assert prepare(a, X) is not prepare(b, X)
    assert convert(a, X) != convert(b, X)


def test_other_samples_give_another_result():
    network = convolution_network()
    assert prepare(network, X) is not prepare(network, X[:10])
    changed = X.copy()
    changed[0, 0, 0, 0] += 0.5
    assert prepare(network, X) is not prepare(network, changed)


def test_other_settings_cost_no_forward_pass_and_channels_one(monkeypatch):
    network = convolution_network(seed=11)
    runs = []
    walk = Network.walk

    def counting(self, x):
        runs.append(len(x))
        return walk(self, x)

    monkeypatch.setattr(Network, "walk", counting)
    prepared = prepare(network, X)
    assert prepared.statistics.channels == {}
    runs.clear()
    by_channel = prepare(network, X, per_channel=True)
    assert runs == [len(X)]
    assert by_channel.statistics.layers is prepared.statistics.layers
    # Known from now on, whichever is asked for.
    assert prepare(network, X) is by_channel
    assert prepare(network, X, per_channel=True) is by_channel
    assert runs == [len(X)]


def test_a_copy_under_another_name_keeps_its_name():
    one = convolution_network()
    other = type(one)("other", one.nodes)
    assert [convert(net, X).name for net in (one, other)] == ["small", "other"]


def test_the_cache_is_bounded():
    for seed in range(prepare_module._CACHED + 3):
        prepare(convolution_network(seed), X)
    assert len(prepare_module._cache) <= prepare_module._CACHED


def test_no_samples_are_refused():
    with pytest.raises(DataError, match="no calibration samples; give at least one"):
        prepare(convolution_network(), X[:0])


def test_samples_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"takes \(samples, 5, 5, 1\)"):
        prepare(convolution_network(), X[..., 0])
    with pytest.raises(DataError, match="NaN"):
        prepare(convolution_network(), np.full_like(X, np.nan))


def test_an_exact_pass_that_changes_outputs_is_caught():
    @partial(Pass, does="takes another network", outputs="to the bit")
    def swap_weights(network):
        return convolution_network(seed=1)

    with pytest.raises(ConversionError, match="pass 'swap weights' changed the outputs"):
        finished(prepare_module._prepare(convolution_network(), X, "", (swap_weights,)))


def test_deviation_is_relative_to_the_largest_output():
    assert relative_deviation(np.array([1.0, 3]), np.array([1.0, 4])) == 0.25
    assert relative_deviation(np.array([0.5]), np.array([0.0])) == 0.5


def test_large_networks_are_compared_on_fewer_samples(monkeypatch):
    network = convolution_network()
    counted = []
    forward = Network.forward

    def counting(self, x):
        counted.append(len(x))
        return forward(self, x)

    monkeypatch.setattr(Network, "forward", counting)
    whole = finished(prepare_module._prepare(network, X, "whole", passes()))
    assert set(counted) == {len(X)}
    counted.clear()
    macs = network.totals.macs
    monkeypatch.setattr("workbench.network.graph.COMPARED_MACS", 2.5 * macs)
    some = finished(prepare_module._prepare(network, X, "some", passes()))
    assert set(counted) == {2}
    assert len(some.outputs) == 2
    assert some.network == whole.network
    assert some.statistics.samples == whole.statistics.samples == len(X)
    # What is only approximate is to be known well.
    counted.clear()
    finished(prepare_module._prepare(network, X, "all", passes("average_pooling")))
    assert set(counted) == {len(X)}
    monkeypatch.setattr("workbench.network.graph.COMPARED_MACS", macs / 2)
    assert network.affordable(8) == 1
