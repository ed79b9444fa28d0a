"""The PyNN script, run in a process of its own: about the simulator's output rates."""

import importlib.util
import re
import subprocess
import sys

import numpy as np
import pytest
from exporters.export_cases import CASES, flat, max_pooling, reference, steps

from workbench.errors import ExportError, UnsupportedLayerError
from workbench.exporters import export
from workbench.util.optional import installed

SIMULATORS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            not (installed("pyNN") and installed(name)),
            reason=f"PyNN or {name} is not installed",
        ),
    )
    for name in ("nest", "brian2")
]


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.slow
def test_a_first_layer_that_resets_to_zero_spikes_alike(simulator, tmp_path):
    """It sees currents alone, so that delays do not count; others see spikes a step later."""
    network = flat().convert(reset="zero", percentile=99.0)
    x = np.random.default_rng(7).random((3, 12))
    script, _ = export(network, "pynn", tmp_path / "net", samples=x).files
    command = [sys.executable, script, "--simulator", simulator, "--samples", "3", "--steps", "60"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=500
    )
    first = network.populations[1].name
    found = int(re.search(rf"^{first}: ([\d,]+) spikes", done.stdout, re.M)[1].replace(",", ""))
    expected = len(reference(network, x, 60)[first][0])
    # Potentials are not integers here, and NEST's first step comes before the first drive.
    assert found == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("case", ["residual", "convolutions", "rearranged"])
@pytest.mark.slow
def test_output_rates_are_compared(case, tmp_path):
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    network = CASES[case]().convert(reset="zero")
    x = np.random.default_rng(7).random((2, *network.input_shape))
    parity = export(
        network, "pynn", tmp_path / "net", simulate=reference, samples=x, parity_steps=80
    ).parity
    assert parity.status == "approximate"
    mean = float(re.search(r"differ by ([\d.]+) spikes a step on average", parity.words)[1])
    assert mean < 0.12, parity


def test_without_pynn_the_files_are_written_and_parity_says_why(tmp_path, monkeypatch):
    def find(name, *rest):
        return None if name == "pyNN" else find_spec(name, *rest)

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", find)
    report = export(flat().convert(), "pynn", tmp_path / "net", simulate=reference)
    assert str(report.parity) == "Not checked: PyNN is not installed (pip install pynn)"
    assert [file.name for file in report.files] == ["net_pynn.py", "net_pynn.npz"]


def test_without_a_simulator_behind_it_nothing_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    parity = export(flat().convert(), "pynn", tmp_path / "net", simulate=reference).parity
    assert str(parity).startswith("Not checked: no simulator behind PyNN is installed")


def test_a_script_that_fails_is_an_error(tmp_path, monkeypatch):
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "pyNN").mkdir()
    (tmp_path / "pyNN" / "__init__.py").write_text("raise RuntimeError('broken')")
    with pytest.raises(ExportError, match=r"net_pynn\.py stopped with an error.*broken"):
        export(flat().convert(), "pynn", tmp_path / "net", simulate=reference)
    assert not list(tmp_path.glob("net*"))


def test_the_script_takes_simulators_that_have_its_neurons_alone(tmp_path):
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    script = export(flat().convert(), "pynn", tmp_path / "net").files[0]
    command = [sys.executable, script, "--simulator", "neuron"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 2
    assert re.search(r"invalid choice: 'neuron' \(choose from '?nest'?, '?brian2'?\)", done.stderr)


def test_the_script_says_what_it_is(tmp_path):
    network = flat().convert(initial_potential=0.5)
    report = export(network, "pynn", tmp_path / "net")
    script = report.files[0].read_text("utf-8")
    compile(script, "net_pynn.py", "exec")
    assert network.content_hash in script
    assert "Approximate: PyNN's" in script
    assert "#@" not in script
    notes = " ".join(report.notes)
    assert 'converted with Conversion(reset="zero")' in notes
    assert "PyNN does not set initial potentials in NEST" in notes


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda: max_pooling().convert(), r"are max pooling of spikes, .*max_pool=.relu"),
        (lambda: steps().convert(), r"step function, whose potential is never reset"),
        (lambda: flat().convert(signed_neurons=True), r"have signed neurons .* PyNN cannot"),
    ],
)
def test_what_pynn_has_no_neurons_for_is_refused(network, message, tmp_path):
    with pytest.raises(UnsupportedLayerError, match=message):
        export(network(), "pynn", tmp_path / "net")
    assert not list(tmp_path.iterdir())
