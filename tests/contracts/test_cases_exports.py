"""Cases on every target: exported with the simulator's spikes, or refused by name.

By default those that show every option of every layer, and every pair of neighbours; in the slow
run all of them, but for simulators that take seconds to start.
"""

import functools
import os

import numpy as np
import pytest
from cases.covering import covering, mostly_slow
from layer_cases import CASES, CONVERTED, stored
from script_runs import run_scripts

from workbench.conversion import convert
from workbench.errors import UnsupportedLayerError
from workbench.exporters import export
from workbench.exporters.loihi.layer_chain import chain
from workbench.exporters.nir.nir_graph import node_names
from workbench.ingest.nir import load_nir_file
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

LAVA_PYTHON = os.environ.get("TEST_LAVA_PYTHON", "")

STEPS = 20
SAMPLES = 2


def batches(names, size=24):
    """Cases in groups that one process runs, and in which most of the time is not importing."""
    return [names[start : start + size] for start in range(0, len(names), size)]


FEW = covering(CONVERTED)
# Scripts hold lists of connections: which layers are neighbours does not matter to them.
FEWEST = covering(CONVERTED, neighbours=False)
REST = tuple(name for name in CONVERTED if name not in FEWEST)
BATCHES = [
    *(pytest.param(names, id=names[0]) for names in batches(FEWEST)),
    *(pytest.param(names, id=names[0], marks=pytest.mark.slow) for names in batches(REST)),
]


@functools.cache
def spiking(name, **settings):
    """A case as a spiking network; made once."""
    network = stored(name)
    return convert(network, CASES[name].samples(20), Conversion(percentile=95, **settings))


def spikes(network, x, steps=STEPS, **settings):
    return simulate(network, x, Simulation(steps=steps, record="all", **settings)).events


def assert_brian2_agrees(names, folder, arguments=(), run=None, **settings):
    """Export cases to Brian2, run all scripts in one process, and compare every spike."""
    pytest.importorskip("brian2", reason="the scripts need brian2")
    commands = []
    for name in names:
        x = CASES[name].samples(SAMPLES)
        report = export(spiking(name, **settings), "brian2", folder / name, samples=x)
        output = folder / f"{name}.spikes.npz"
        commands.append([report.files[0], "--steps", STEPS, "--output", output, *arguments])
    for name, done in zip(names, run_scripts(folder, commands), strict=True):
        assert done.returncode == 0, f"{name}: {done.stderr}"
        network = spiking(name, **settings)
        expected = spikes(network, CASES[name].samples(SAMPLES), **(run or {}))
        # Random input spikes are counted, too, but the script keeps them to itself.
        assert_equal_spikes(folder, name, {layer: expected[layer] for layer in network.layers})


def assert_equal_spikes(folder, name, expected):
    with np.load(folder / f"{name}.spikes.npz") as found:
        for layer, events in expected.items():
            parts = ("sample", "step", "unit", "sign")[: len(events)]
            for what, values in zip(parts, events, strict=True):
                assert np.array_equal(found[f"{layer}_{what}"], values), (name, layer)


@pytest.mark.parametrize("names", BATCHES)
@pytest.mark.slow
def test_brian2_gives_the_simulators_spikes(names, tmp_path):
    assert_brian2_agrees(names, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "settings"),
    [
        ("constant", {"reset": "zero", "initial_potential": 0.5, "max_pool": "exact"}),
        ("constant", {"max_pool": "relu"}),
        ("constant", {"reset": "modulo", "threshold": 0.3, "max_pool": "average_pooling"}),
        ("constant", {"signed_neurons": True, "initial_potential": 0.5, "max_pool": "recent"}),
        ("poisson", {"signed_neurons": True, "max_pool": "exp"}),
        ("poisson", {"initial_potential": -0.25, "max_pool": "relu"}),
        ("poisson", {"reset": "zero", "resolution_bits": 11}),
    ],
)
def test_brian2_gives_the_simulators_spikes_for_every_setting(encoding, settings, tmp_path):
    arguments = ["--encoding", encoding, "--input-rate-hz", 600, "--seed", 4]
    run = {"encoding": encoding, "input_rate_hz": 600.0, "seed": 4}
    assert_brian2_agrees(FEW, tmp_path, arguments, run, **settings)


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_the_built_in_file_gives_the_same_spikes(name, tmp_path):
    x = CASES[name].samples(SAMPLES)
    report = export(spiking(name), "builtin", tmp_path / "net", samples=x, simulate=spikes)
    assert report.parity.status == "exact"


@pytest.mark.parametrize("name", mostly_slow(CONVERTED))
def test_loihi_computes_what_the_network_does_or_is_refused_by_name(name):
    network = spiking(name, max_pool="average_pooling")
    x = CASES[name].samples(6)
    try:
        found = chain(network)
    except UnsupportedLayerError as refusal:
        assert_refusal_names_layers(network, refusal)
        return
    value = network.encode(x) / 4096
    for layer in found:
        value = layer.map.forward(value.reshape(len(x), *layer.map.input_shapes[0]))
        value = np.maximum((value + layer.bias) / layer.threshold, 0)
    assert np.allclose(value.reshape(len(x), -1), endless_rates(network, x), rtol=1e-9, atol=1e-12)


def endless_rates(network, x):
    """Output spikes per step of an endless run in which neurons may spike any number of times."""
    values = {network.input.name: network.encode(x) / 4096}
    for population in network.populations[1:]:
        incoming = network.incoming(population.name)
        drive = sum(p.forward(values[p.source]) for p in incoming)
        drive = drive + population.bias.reshape(population.shape)
        values[population.name] = np.maximum(drive / population.threshold, 0)
    return values[network.output.name].reshape(len(x), -1)


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_nir_graphs_give_the_same_spikes_or_are_refused_by_name(name, tmp_path):
    pytest.importorskip("nir", reason="graphs are written with the nir package")
    network = spiking(name, max_pool="relu", initial_potential=0.25)
    try:
        report = export(network, "nir", tmp_path / "net", simulate=spikes, parity_steps=STEPS)
    except UnsupportedLayerError as refusal:
        assert_refusal_names_layers(network, refusal)
        return
    assert report.parity.status == "exact"


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_nir_graphs_read_back_give_the_same_spikes(name, tmp_path):
    """Resets take turns."""
    pytest.importorskip("nir", reason="graphs are written and read with the nir package")
    reset = ("subtract", "zero")[CONVERTED.index(name) % 2]
    network = spiking(name, max_pool="relu", initial_potential=0.25, reset=reset)
    try:
        file = export(network, "nir", tmp_path / "net").files[0]
    except UnsupportedLayerError:
        return  # Another test looks at the refusal.
    back = load_nir_file(file)
    x = CASES[name].samples(SAMPLES)
    expected = spikes(network, x)
    found = spikes(back, x.reshape(len(x), *back.input_shape))
    names = node_names(network)
    for layer, events in expected.items():
        for one, other in zip(events, found[names[layer]], strict=True):
            assert np.array_equal(one, other), layer


@pytest.mark.slow
@pytest.mark.parametrize("name", covering(CONVERTED, neighbours=False))
def test_spikingjelly_gives_the_same_spikes(name, tmp_path):
    pytest.importorskip("spikingjelly", reason="SpikingJelly is not installed")
    try:
        report = export(
            spiking(name, max_pool="relu"), "nir", tmp_path / "net", simulate=spikes,
            parity_steps=STEPS,
        )  # fmt: skip
    except UnsupportedLayerError:
        return  # Another test looks at the refusal.
    words = report.parity.words
    assert (
        words.endswith("gave the same output spikes") or "Not checked with SpikingJelly" in words
    ), words


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_nest_gives_the_same_spikes_or_the_network_is_refused_by_name(name, tmp_path):
    """Resets take turns."""
    pytest.importorskip("nest", reason="NEST is not installed")
    reset = ("zero", "subtract")[CONVERTED.index(name) % 2]
    network = spiking(name, max_pool="relu", initial_potential=0.25, reset=reset)
    x = CASES[name].samples(SAMPLES)
    try:
        report = export(
            network, "nest", tmp_path / "net", simulate=spikes, samples=x, parity_steps=STEPS
        )
    except UnsupportedLayerError as refusal:
        assert_refusal_names_layers(network, refusal)
        return
    assert report.parity.status == "exact"


@pytest.mark.parametrize("target", ["nest", "pynn"])
@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_scripts_are_python_or_the_network_is_refused_by_name(name, target, tmp_path):
    network = spiking(name, max_pool="relu")
    try:
        script, _ = export(network, target, tmp_path / "net").files
    except UnsupportedLayerError as refusal:
        assert_refusal_names_layers(network, refusal)
        assert not list(tmp_path.iterdir())
        return
    compile(script.read_text("utf-8"), script.name, "exec")


@pytest.mark.parametrize("name", mostly_slow(CONVERTED, neighbours=False))
def test_loihi_files_are_written_whole_or_not_at_all(name, tmp_path):
    network = spiking(name)
    try:
        report = export(network, "loihi", tmp_path / "net")
    except UnsupportedLayerError as refusal:
        assert_refusal_names_layers(network, refusal)
        assert not list(tmp_path.iterdir())
        return
    assert all(file.exists() for file in report.files)


@pytest.mark.slow
@pytest.mark.skipif(not LAVA_PYTHON, reason="TEST_LAVA_PYTHON names no Python 3.10 with Lava")
@pytest.mark.parametrize("name", FEW)
def test_lavas_own_loader_gives_the_same_spikes(name, tmp_path):
    network = spiking(name, max_pool="average_pooling", reset="zero")
    try:
        report = export(network, "loihi", tmp_path / "net", lava_python=LAVA_PYTHON)
    except UnsupportedLayerError:
        return  # Another test looks at the refusal.
    assert "Lava, unmodified, gave the integer simulator's" in report.parity.words


def assert_refusal_names_layers(network, refusal):
    """Each sentence begins with a layer, and ends with what to do."""
    names = {p.name for p in network.populations} | {p.origin for p in network.populations}
    for problem in refusal.problems:
        assert any(
            problem.startswith(f"{name} ") or f"{name}, " in problem for name in names - {""}
        )
        assert "Use " in problem or "Convert again" in problem or "Set a" in problem, problem
