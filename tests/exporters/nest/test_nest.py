"""The NEST script, run in a process of its own, against the written semantics: ``==``."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from exporters.export_cases import (
    CASES,
    flat,
    max_pooling,
    own_potentials,
    pooled_input,
    reference,
    steps,
)

from workbench.errors import UnsupportedLayerError
from workbench.exporters import export
from workbench.util.optional import installed

needs_nest = pytest.mark.skipif(not installed("nest"), reason="NEST is not installed")

VARIANTS = [
    ("convolutions", {"reset": "zero", "initial_potential": 0.5, "percentile": 90.0}),
    ("residual", {"initial_potential": -0.25, "per_channel": True}),
    ("pooled_input", {"threshold": 0.3, "thresholds": {"output": 0.7}}),
    ("signed", {"reset": "zero", "percentile": 80.0}),
    *(
        pytest.param(case, settings, marks=pytest.mark.slow)
        for case, settings in (
            ("convolutions", {}),
            ("max_pooling", {"max_pool": "average_pooling", "percentile": 80.0}),
            ("flat", {"resolution_bits": 8, "percentile": 60.0}),
            ("rearranged", {"percentile": 80.0}),
        )
    ),
]
"""Each starts a process; by default those that show every kind of layer, neuron and reset."""


@needs_nest
@pytest.mark.parametrize(("case", "settings"), VARIANTS)
def test_spikes_equal_the_semantics(case, settings, tmp_path):
    check_spikes(CASES[case]().convert(**settings), tmp_path)


@needs_nest
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_neurons_start_from_potentials_of_their_own(reset, tmp_path):
    """At the threshold and above, too: spikes come with the first input, layer by layer."""
    check_spikes(own_potentials(CASES["residual"]().convert(reset=reset)), tmp_path)


def check_spikes(network, tmp_path):
    x = np.random.default_rng(7).random((3, *network.input_shape)) * 1.2
    report = export(
        network, "nest", tmp_path / "net", simulate=reference, samples=x, parity_steps=25
    )
    # The exporter compares every spike and raises where one differs.
    assert report.parity.status == "exact", report.parity
    total = sum(len(unit) for _, _, unit in reference(network, x, 25).values())
    assert f"simulator's {total:,} spikes" in report.parity.words


@needs_nest
def test_the_script_alone_prints_predictions_and_accuracy(tmp_path):
    network = flat().convert()
    x = np.random.default_rng(7).random((6, 12))
    report = export(network, "nest", tmp_path / "net", samples=x, labels=np.zeros(6, int))
    command = [sys.executable, report.files[0], "--samples", "4", "--steps", "30", "--threads", "2"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=500
    )
    total = len(reference(network, x[:4], 30)["output"][0])
    assert f"output: {total:,} spikes" in done.stdout
    assert "Labels: 0 0 0 0" in done.stdout
    with np.load(tmp_path / "net_nest_spikes.npz") as spikes:
        assert len(spikes["output_unit"]) == total


def test_without_nest_the_files_are_written_and_parity_says_why(tmp_path, monkeypatch):
    def find(name, *rest):
        return None if name == "nest" else find_spec(name, *rest)

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", find)
    report = export(flat().convert(), "nest", tmp_path / "net.py", simulate=reference)
    assert str(report.parity) == "Not checked: NEST is not installed (pip install nest-simulator)"
    assert [file.name for file in report.files] == ["net_nest.py", "net_nest.npz"]


@pytest.mark.parametrize("given", ["net", "net_nest.py", "net.py", "net_nest.npz"])
def test_files_are_called_alike_whatever_is_given(given, tmp_path):
    report = export(flat().convert(), "nest", tmp_path / given)
    assert [file.name for file in report.files] == ["net_nest.py", "net_nest.npz"]


def test_the_script_says_what_it_is(tmp_path):
    network = flat().convert(percentile=97.0)
    script = export(network, "nest", tmp_path / "net").files[0].read_text("utf-8")
    compile(script, "net_nest.py", "exec")
    assert script.startswith('"""Spiking network ')
    assert network.content_hash in script
    assert "percentile = 97.0" in script
    assert "python net_nest.py --samples 5" in script
    assert "#@" not in script


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda: max_pooling().convert(), r"are max pooling of spikes, .*max_pool=.relu"),
        (lambda: steps().convert(), r"step function, whose potential is never reset"),
        (lambda: flat().convert(reset="modulo"), r"a, output reset by modulo|a and output reset"),
        (
            lambda: flat().convert(signed_neurons=True),
            r"a and output have signed neurons .* NEST .*neurons='if'.*or .*brian2",
        ),
    ],
)
def test_what_nest_has_no_neurons_for_is_refused(network, message, tmp_path):
    with pytest.raises(UnsupportedLayerError, match=message):
        export(network(), "nest", tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_pooling_without_neurons_is_noted(tmp_path):
    notes = export(pooled_input().convert(), "nest", tmp_path / "a").notes
    assert any("Inputs are constant currents" in note for note in notes)
    network = CASES["convolutions"]().convert()
    pooled = any(
        layer.kind == "SumPool2D" and projection.source != network.input.name
        for projection in network.projections
        for layer in projection.maps
    )
    notes = export(network, "nest", tmp_path / "b").notes
    assert any("spiking_pools=True" in note for note in notes) == pooled
