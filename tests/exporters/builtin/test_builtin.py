import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from exporters.export_cases import flat, reference

from workbench.errors import ExportError
from workbench.exporters import export
from workbench.network import storage


@pytest.fixture(scope="module")
def network():
    return flat().convert(initial_potential=0.5)


def test_the_file_reads_back_and_spikes_the_same(network, tmp_path):
    report = export(network, "builtin", tmp_path / "net", simulate=reference)
    assert [file.name for file in report.files] == ["net.snn", "net.py"]
    assert report.parity.status == "exact"
    assert "same content hash and gives the same" in report.parity.words
    assert storage.load(report.files[0]) == network


def test_a_file_that_spikes_differently_is_not_left_behind(network, tmp_path):
    calls = []

    def changing(spiking, x, steps):
        calls.append(spiking)
        return {"a": (np.arange(len(calls)),) * 3}

    with pytest.raises(ExportError, match="spikes differently in layer 'a'"):
        export(network, "builtin", tmp_path / "net", simulate=changing)
    assert not list(tmp_path.iterdir())


def test_the_script_runs_without_tensorflow(network, tmp_path):
    x = np.random.default_rng(5).random((3, 12))
    report = export(network, "builtin", tmp_path / "net", samples=x, labels=np.array([0, 1, 2]))
    script = report.files[1].read_text()
    assert "sys.argv[1] if" in script
    block = "import sys; sys.modules['tensorflow'] = None; sys.argv = [sys.argv[1]]; "
    run = f"{block}import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", run, report.files[1]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Predictions (-1: undecided):" in done.stdout
    assert "Labels: 0 1 2" in done.stdout


@pytest.mark.slow
def test_the_lines_for_a_notebook_run_without_tensorflow(network, tmp_path):
    x = np.random.default_rng(5).random((3, 12))
    report = export(network, "builtin", tmp_path / "net", samples=x)
    *lines, last = report.run.splitlines()
    cell = "\n".join([*lines, f"print(repr({last}))"])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['tensorflow'] = None\n{cell}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(eval(done.stdout, {"array": list})) == 3
    assert "my_samples.npz" in export(network, "builtin", tmp_path / "bare").run


@pytest.mark.slow
def test_the_script_takes_several_inputs_one_by_one(network, tmp_path):
    parts = (("left", (2, 3)), ("right", (6,)))
    network = dataclasses.replace(network, input_parts=parts)
    x = np.random.default_rng(5).random((3, 12))
    given = {"left": x[:, :6].reshape(3, 2, 3), "right": x[:, 6:]}
    report = export(network, "builtin", tmp_path / "net", samples=given)
    np.savez(tmp_path / "parts.npz", **given)
    printed = []
    for arguments in ([], [tmp_path / "parts.npz"]):
        command = [sys.executable, report.files[1], *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.splitlines()[1:])
    assert printed[0] == printed[1]
    assert printed[0][0].startswith("Predictions")
    assert printed[0][1] == "Labels: not known"
