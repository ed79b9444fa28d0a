import importlib.util

import numpy as np
import pytest
from exporters.export_cases import (
    CASES,
    Stack,
    convolutions,
    flat,
    max_pooling,
    own_potentials,
    pooled_input,
    reference,
    steps,
)

import workbench as wb
from workbench.errors import ExportError, UnsupportedLayerError
from workbench.exporters import export
from workbench.exporters.nir import parity
from workbench.network.pooling import MaxPool2D

nir = pytest.importorskip("nir", reason="graphs are written with the nir package")

EXPRESSED = ("convolutions", "residual", "pooled_input", "flat", "rearranged", "signed")


@pytest.mark.parametrize("settings", [{}, {"reset": "zero", "initial_potential": 0.5}])
@pytest.mark.parametrize("case", EXPRESSED)
def test_the_graph_read_back_gives_the_semantics_spikes(
    case, settings, tmp_path, without_spikingjelly
):
    network = CASES[case]().convert(percentile=90.0, **settings)
    report = export(network, "nir", tmp_path / "net", simulate=reference, parity_steps=25)
    assert [file.name for file in report.files] == ["net.nir"]
    assert report.parity.status == "exact", report.parity
    assert "Not checked with SpikingJelly, which is not installed" in report.parity.words
    hand_set = any("no initial potentials" in note for note in report.notes)
    assert hand_set == ("initial_potential" in settings)


@pytest.mark.parametrize("case", ["convolutions", "flat"])
def test_potentials_of_single_neurons_stand_in_the_metadata(case, tmp_path, without_spikingjelly):
    network = own_potentials(CASES[case]().convert())
    report = export(network, "nir", tmp_path / "net", simulate=reference, parity_steps=25)
    assert report.parity.status == "exact", report.parity
    assert any("no initial potentials" in note for note in report.notes)
    again = wb.load(report.files[0])
    for old, new in zip(network.populations, again.populations, strict=True):
        share = [p.starts / max(1, p.threshold) for p in (old, new)]
        assert np.array_equal(*share)


@pytest.mark.slow
@pytest.mark.parametrize("case", EXPRESSED)
def test_spikingjelly_gives_the_same_spikes(case, tmp_path):
    pytest.importorskip("spikingjelly", reason="reads the graph")
    network = CASES[case]().convert(percentile=90.0)
    report = export(network, "nir", tmp_path / "net", simulate=reference, parity_steps=25)
    assert report.parity.words.endswith("SpikingJelly gave the same output spikes")


def test_images_stay_images_and_neurons_say_how_they_reset(tmp_path):
    network = convolutions().convert(threshold=0.75)
    report = export(network, "nir", tmp_path / "net")
    assert str(report.parity) == "Not checked: no simulator was given to compare with"
    graph = nir.read(report.files[0])
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    assert kinds["a_in_conv"] == kinds["b_in_conv"] == "Conv2d"
    between = [kinds[f"c_in_{part}"] for part in ("pool", "flatten", "affine")]
    assert between == ["SumPool2d", "Flatten", "Affine"]
    neurons = graph.nodes["a"]
    assert tuple(neurons.v_threshold.shape) == (4, 9, 11)
    assert (neurons.v_threshold == 0.75).all()
    assert (neurons.r == 1).all()
    assert {k: v if isinstance(v, float) else str(v) for k, v in neurons.metadata.items()} == {
        "reset": "subtract",
        "threshold": ">=",
        "initial_potential": 0.0,
    }
    assert "v = v - v_threshold" in str(graph.metadata["about"])
    assert network.content_hash in str(graph.metadata["about"])


def test_groups_and_oblong_kernels_are_filled_with_zeros(tmp_path):
    stack = Stack((6, 6, 4)).conv("a", 4, 3, groups=2).dense("output", 2)
    report = export(stack.convert(), "nir", tmp_path / "net")
    node = nir.read(report.files[0]).nodes["a_in_conv"]
    assert node.weight.shape == (4, 4, 3, 3)
    assert int(node.groups) == 1
    assert not node.weight[:2, 2:].any()
    assert node.weight[:2, :2].all()


@pytest.mark.parametrize(
    ("build", "settings", "message"),
    [
        (max_pooling, {}, r'^p and q are max pooling .* Conversion\(max_pool="relu"\)'),
        (steps, {}, r"^a.* consist of neurons of a step function"),
        (flat, {"signed_neurons": True}, r"^a and output have signed neurons .*, which NIR cannot"),
        (
            flat,
            {"reset": "modulo"},
            r'^a and output reset by modulo.*Conversion\(reset="subtract"\)',
        ),
    ],
)
def test_what_nir_cannot_say_is_refused_by_name(build, settings, message, tmp_path):
    with pytest.raises(UnsupportedLayerError, match=message):
        export(build().convert(**settings), "nir", tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_an_affine_map_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        parity.sys.modules["workbench.exporters.nir.nir_graph"], "LARGEST_AFFINE", 50
    )
    with pytest.raises(UnsupportedLayerError, match=r"^a reads input along a path .* 108 weights"):
        export(flat().convert(), "nir", tmp_path / "net")


def test_a_differing_spike_is_an_error_and_leaves_no_file(tmp_path, without_spikingjelly):
    def one_spike_late(spiking, x, steps):
        spikes = reference(spiking, x, steps)
        sample, step, unit = spikes["a"]
        spikes["a"] = sample, np.r_[step[:1] + 1, step[1:]], unit
        return spikes

    with pytest.raises(ExportError, match="differ from the simulator's in layer 'a'"):
        export(flat().convert(), "nir", tmp_path / "net", simulate=one_spike_late, parity_steps=10)
    assert not list(tmp_path.iterdir())


def test_numbers_beyond_float32_are_told(tmp_path, without_spikingjelly):
    network = pooled_input().convert(resolution_bits=20, threshold=20.0)
    report = export(network, "nir", tmp_path / "net")
    assert any("24 bits of float32" in note for note in report.notes)


def test_without_the_package_the_pip_line_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    with pytest.raises(ExportError, match=r"needs the package nir, .*pip install nir"):
        export(flat().convert(), "nir", tmp_path / "net")


def test_older_readers_get_files_without_v_reset(tmp_path, without_spikingjelly):
    import h5py

    network = convolutions().convert()
    for reader, kept in (("1.0.8", True), ("1.0.4", False)):
        report = export(
            network, "nir", tmp_path / reader, reader=reader, simulate=reference, parity_steps=20
        )
        assert report.parity.status == "exact"
        with h5py.File(report.files[0]) as stored:
            assert ("v_reset" in stored["node/nodes/a"]) == kept
    with pytest.raises(ExportError, match=r"reader is 'old'; accepted: 1\.0\.8, 1\.0\.4"):
        export(network, "nir", tmp_path / "net", reader="old")


def test_max_pooling_by_plain_neurons_is_written_as_strided_convolutions(
    tmp_path, without_spikingjelly
):
    stack = Stack((10, 10, 2)).conv("a", 4, 3).pool("p", MaxPool2D, 2, 2)
    network = stack.conv("b", 3, 3).dense("output", 2).convert(max_pool="relu")
    report = export(network, "nir", tmp_path / "net", simulate=reference, parity_steps=20)
    assert report.parity.status == "exact"
    nodes = nir.read(report.files[0]).nodes
    flat = {name for name, node in nodes.items() if type(node).__name__ == "Affine"}
    assert flat == {"output_2_in_affine"}
