"""A layer class that no other code knows is right everywhere, or refused by name."""

import dataclasses

import numpy as np
import pytest
from spiking_networks import GRID, neurons
from unknown_layers import (
    UNKNOWN,
    Blend,
    Doubled,
    Masked,
    Mirror,
    Mixer,
    Ring,
    Squared,
    looped,
    matrix_of,
)

from workbench.conversion import convert
from workbench.errors import ExportError, SimulationError, UnsupportedLayerError, WorkbenchError
from workbench.exporters import export
from workbench.network import storage
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.counts import formula
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.layer import LAYER_KINDS
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Input, Reshape
from workbench.run import Run
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

RNG = np.random.default_rng(3)
RELU, LINEAR = Activation.RELU, Activation.LINEAR
ENGINES = ("event", "reference", "dense")
STEPS = 30


@pytest.fixture
def registered(monkeypatch):
    """The classes as they are where their module has been imported."""
    for kind, cls in UNKNOWN.items():
        monkeypatch.setitem(LAYER_KINDS, kind, cls)


def normal(*shape):
    return RNG.normal(0.1, 1, shape) / np.sqrt(shape[0])


LAYERS = {
    "mixer": Mixer(normal(8, 6)),
    "mixer with a bias": Mixer(normal(8, 6), RNG.normal(size=6)),
    "ring": Ring(8, 5, normal(4)),
    "ring with a constant": Ring(8, 5, normal(4), 0.25),
    "mirror": Mirror((8,)),
    "masked": Masked(normal(8, 6), RNG.normal(size=6)),
    "blend": Blend(8),
}


def analog():
    """All of them in one network, with a normalization between two of them."""
    nodes = (
        Node("in", Input((2, 4))),
        Node("flat", Reshape((2, 4), (8,)), inputs=("in",)),
        Node("first", Mixer(normal(8, 9), RNG.normal(size=9) / 10), RELU, ("flat",)),
        Node("norm", Affine((9,), tuple(RNG.uniform(0.5, 1.5, 9)), 0.1), inputs=("first",)),
        Node("turned", Mirror((9,)), inputs=("norm",)),
        Node("ring", Ring(9, 8, normal(5), 0.2), RELU, ("turned",)),
        Node("masked", Masked(normal(8, 8)), RELU, ("ring",)),
        Node("blend", Blend(8), RELU, ("masked", "ring")),
        Node("out", Dense(normal(8, 4)), LINEAR, ("blend",)),
    )
    return Network("unknown", nodes)


X = RNG.random((40, 2, 4)).astype(np.float32)
NETWORK = analog()


def whole(*shape):
    return RNG.integers(-GRID // 2, GRID, shape)


def by_hand():
    """A spiking network that has them in its paths, next to layers that are known."""
    source = Population("in", "input", (8,), 0, 0, "", np.zeros(8, np.int64))
    populations = (source, neurons("a", 9), neurons("b", 7, bias=900), neurons("c", 5))
    narrow = Mixer(RNG.integers(-2, 3, (7, 6)))
    projections = (
        Projection("in", "a", (Mixer(whole(8, 9)),)),
        Projection("a", "b", (Mirror((9,)), Ring(9, 7, whole(5)))),
        Projection("a", "c", (Mirror((9,)), Masked(whole(9, 5), None, 2))),
        Projection("b", "c", (narrow, Dense(whole(6, 5)), Mirror((5,)))),
    )
    return SpikingNetwork("by_hand", populations, projections, Conversion(), 1.0)


BY_HAND = by_hand()
Y = RNG.random((5, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(NETWORK, X, Conversion(percentile=95))


# Counts


@pytest.mark.parametrize("name", LAYERS)
def test_counts_are_those_of_the_matrix(name):
    layer = LAYERS[name]
    matrices = [matrix_of(layer, i) for i in range(len(layer.input_shapes))]
    nonzero = [int((np.abs(matrix) > 1e-12).sum()) for matrix in matrices]
    assert layer.synapse_count == sum(nonzero)
    assert layer.macs == (0 if name == "mirror" else sum(nonzero))
    for index, matrix in enumerate(matrices):
        assert (layer.fan_out(index) == (np.abs(matrix) > 1e-12).sum(axis=1)).all()


@pytest.mark.parametrize("name", LAYERS)
def test_bounds_are_those_of_the_matrix(name):
    layer = LAYERS[name]
    matrices = [matrix_of(layer, i) for i in range(len(layer.input_shapes))]
    values = np.concatenate([m[np.abs(m) > 1e-12] for m in matrices])
    bounds = layer.bounds
    gain = sum(np.abs(matrix).sum(axis=0) for matrix in matrices).max()
    assert bounds.gain == pytest.approx(gain)
    assert (bounds.lowest, bounds.highest) == pytest.approx((values.min(), values.max()))
    assert bounds.whole == (name == "mirror")
    assert layer.disagreement == ""


def test_what_a_layer_is_follows_from_its_synapses():
    assert [LAYERS[n].weighted for n in ("mixer", "mirror", "blend")] == [True, False, True]
    assert [LAYERS[n].mixing for n in ("mixer", "ring", "mirror")] == [True, True, False]


def test_tables_of_counts_hold_them_all():
    table = NETWORK.summary().set_index("name")
    assert table.neurons.sum() == 9 + 8 + 8 + 8 + 4
    assert table.loc["first", "parameters"] == 8 * 9 + 9
    assert table.loc["ring", "synapses"] == sum(min(j, 5) for j in range(8))
    for node in NETWORK.nodes[1:]:
        assert f"{node.layer.macs:,} MACs" in formula(NETWORK, node)["operations"]


# Conversion and simulation


def events(network, x, **settings):
    return simulate(network, x, Simulation(record="all", **settings)).events


def assert_equal(found, expected):
    for layer, spikes in expected.items():
        listed = list(zip(*(part.tolist() for part in found[layer][:3]), strict=True))
        assert listed == [tuple(int(n) for n in spike) for spike in spikes], layer


def test_conversion_brings_their_weights_to_the_grid(spiking):
    (projection,) = spiking.incoming("first")
    scale = spiking.input_scale / spiking.population("first").scale
    expected = np.rint(matrix_of(NETWORK["first"].layer) * scale * 2**16)
    assert (projection.matrix().toarray() == expected).all()


def test_the_rates_come_to_the_analog_activations(spiking):
    x = X[:6]
    run = Run(simulate(spiking, x, Simulation(steps=400, record="all")), x)
    table = run.correlations(NETWORK).set_index("layer")
    assert set(table.index) == {p.name for p in spiking.populations[1:]}
    assert table.correlation.min() > 0.99
    limit = spiking.rate_limit(x)["out"]
    assert limit == pytest.approx(NETWORK.forward(x), abs=0.05)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("settings", [{}, {"batch_size": 2, "threads": 2}, {"delay_steps": 2}])
def test_engines_give_the_spikes_of_plain_loops(spiking, engine, settings):
    for network, x in ((spiking, X[:5]), (BY_HAND, Y)):
        expected = looped(network, x, STEPS, settings.get("delay_steps", 0))
        found = events(network, x, steps=STEPS, engine=engine, **settings)
        assert_equal(found, expected)
        assert all(len(spikes) for spikes in expected.values())


@pytest.mark.parametrize("encoding", ["bernoulli", pytest.param("poisson", marks=pytest.mark.slow)])
def test_engines_agree_on_random_input(spiking, encoding):
    settings = {"steps": STEPS, "encoding": encoding, "input_rate_hz": 400.0, "seed": 3}
    for network, x in ((spiking, X[:5]), (BY_HAND, Y)):
        runs = [events(network, x, engine=engine, **settings) for engine in ENGINES]
        for other in runs[1:]:
            for layer, parts in runs[0].items():
                assert all(
                    np.array_equal(a, b) for a, b in zip(parts, other[layer], strict=True)
                ), layer


def test_operations_follow_every_spike(spiking):
    for network, x in ((spiking, X[:5]), (BY_HAND, Y)):
        run = simulate(network, x, Simulation(steps=STEPS, record="all"))
        table = Run(run, x).operations().set_index("layer")
        for name in network.layers:
            expected = 0
            for projection in network.incoming(name):
                if projection.source != network.input.name:
                    reached = np.diff(projection.matrix().indptr)
                    expected += int(run.unit_totals[projection.source] @ reached)
            assert table.loc[name, "synops"] == pytest.approx(expected / len(x))


# Files


def test_files_keep_them(registered, spiking, tmp_path):
    for number, network in enumerate((NETWORK, spiking, BY_HAND)):
        again = storage.load(storage.save(network, tmp_path / f"{number}.snn"))
        assert again == network
    found = events(again, Y, steps=STEPS)
    assert_equal(found, looped(BY_HAND, Y, STEPS))


def test_a_file_with_a_class_that_is_not_imported_is_refused_by_name(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        for kind, cls in UNKNOWN.items():
            patch.setitem(LAYER_KINDS, kind, cls)
        path = storage.save(NETWORK, tmp_path / "net.snn")
    with pytest.raises(WorkbenchError, match="unknown layer kind 'Mixer'"):
        storage.load(path)


# Exports


@pytest.mark.parametrize(
    "target",
    [
        "builtin",
        pytest.param("nest", marks=pytest.mark.slow),
        "nir",
        "loihi",
        pytest.param("brian2", marks=pytest.mark.slow),
        pytest.param("pynn", marks=pytest.mark.slow),
    ],
)
def test_exports_give_the_simulators_spikes_or_refuse_by_name(
    registered, spiking, target, tmp_path, without_spikingjelly
):
    def spikes(network, x, steps):
        return events(network, x, steps=steps)

    networks = {"converted": (spiking, X[:2]), "by_hand": (BY_HAND, Y[:2])}
    for name, (network, x) in networks.items():
        try:
            report = export(network, target, tmp_path / name, samples=x, simulate=spikes)
        except WorkbenchError as refusal:
            words = {
                ("loihi", "converted"): "netx file is one chain of layers",
                ("loihi", "by_hand"): "netx file is one chain of layers",
                ("builtin", "by_hand"): "layers of the kinds Masked, Mirror, Mixer, Ring, which",
            }
            assert words[target, name] in str(refusal)
            continue
        assert target != "loihi"
        wanted = {"pynn": {"approximate"}, "nir": {"exact", "close"}}.get(target, {"exact"})
        assert report.parity.status in {*wanted, "not run"}, report.parity


def chain_by_hand():
    source = Population("in", "input", (8,), 0, 0, "", np.zeros(8, np.int64))
    projections = (
        Projection("in", "a", (Mirror((8,)), Mixer(whole(8, 9)))),
        Projection("a", "b", (Ring(9, 7, whole(5)), Mirror((7,)))),
    )
    populations = (source, neurons("a", 9), neurons("b", 7, bias=900))
    return SpikingNetwork("chain", populations, projections)


def test_chains_of_them_go_to_loihi_as_dense_maps(tmp_path):
    network = chain_by_hand()
    report = export(network, "loihi", tmp_path / "net", samples=Y[:2])
    assert report.files
    from workbench.exporters.loihi.layer_chain import chain

    for layer, projection in zip(chain(network), network.projections, strict=True):
        assert (layer.weights == projection.matrix().toarray()).all()


# Refusals


def test_maps_that_are_not_linear_are_refused_by_name(tmp_path):
    nodes = (
        Node("in", Input((3,))),
        Node("squares", Squared((3,)), inputs=("in",)),
        Node("twice", Doubled(normal(3, 2)), inputs=("squares",)),
    )
    with pytest.raises(UnsupportedLayerError) as refused:
        convert(Network("strange", nodes), np.ones((4, 3)))
    words = str(refused.value)
    assert "squares (Squared) has no spiking form, as it is not a linear map" in words
    assert "twice (Doubled) has no spiking form, as it is not a linear map" in words
    for strange in (Squared((7,)), Doubled(whole(7, 7))):
        last = BY_HAND.projections[-1]
        maps = (strange, *last.maps)
        paths = (*BY_HAND.projections[:-1], dataclasses.replace(last, maps=maps))
        network = dataclasses.replace(BY_HAND, projections=paths)
        message = f"from 'b' to 'c': its {strange.kind} is not a linear map: forward differs"
        for engine in ENGINES:
            with pytest.raises(SimulationError, match=message):
                simulate(network, Y, Simulation(steps=3, engine=engine))
        for target in ("brian2", "nir", "nest"):
            with pytest.raises(ExportError, match=message):
                export(network, target, tmp_path / "net")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Mixer(np.full((7, 5), 0.5)), "its Mixer holds weights that are not integers"),
        (
            Mixer(whole(7, 5), np.ones(5)),
            "its Mixer has a bias; accepted: a bias of the population",
        ),
        (Ring(7, 5, whole(3), 4.0), "its Ring adds a constant; accepted: a bias of the population"),
        (Affine((7,), 2.0, 3.0), "its Affine adds a constant; accepted: a bias of the population"),
    ],
)
def test_weights_off_the_grid_and_constants_are_refused_by_name(layer, message):
    last = BY_HAND.projections[-1]
    maps = (layer, *last.maps) if layer.output_shape == (7,) else (layer,)
    last = dataclasses.replace(last, maps=maps)
    network = dataclasses.replace(BY_HAND, projections=(*BY_HAND.projections[:-1], last))
    for engine in ENGINES:
        with pytest.raises(SimulationError, match=message):
            simulate(network, Y, Simulation(steps=3, engine=engine))


def test_sums_that_no_int32_holds_are_the_references():
    """The largest gain of a class that nothing knows was once taken for 1."""
    units, kernel = 1000, np.full((1000, 3), 2**24)
    zeros = np.zeros(units, np.int64)
    populations = (
        Population("in", "input", (units,), 0, 0, "", zeros),
        Population("a", "if", (units,), 1, 0, "subtract", zeros + 1),
        neurons("b", 3, threshold=2**30),
    )
    silent = Projection("in", "a", (Dense(np.zeros((units, units))),))
    for layer in (Mixer(kernel), type("Told", (Mixer,), {"weighted": True})(kernel)):
        paths = (silent, Projection("a", "b", (layer,)))
        network = SpikingNetwork("wide", populations, paths)
        for engine in ENGINES:
            run = simulate(network, np.ones((1, units)), Simulation(steps=5, engine=engine))
            assert run.output_counts.tolist() == [[5, 5, 5]], engine
    del LAYER_KINDS["Told"]
