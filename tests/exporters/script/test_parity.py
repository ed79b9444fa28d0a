import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from exporters.export_cases import Stack, flat, reference

import workbench as wb
from workbench.errors import ExportError
from workbench.exporters import export
from workbench.exporters.script import parity
from workbench.exporters.script.parity import Runner
from workbench.network.activation import ReLU
from workbench.network.dense import Dense
from workbench.network.graph import Network


@pytest.fixture(scope="module")
def network():
    return flat().convert()


def test_without_brian2_the_files_are_written_and_parity_says_why(network, tmp_path, monkeypatch):
    def find(name, *rest):
        return None if name == "brian2" else find_spec(name, *rest)

    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", find)
    report = export(network, "brian2", tmp_path / "net", simulate=reference)
    assert str(report.parity) == "Not checked: brian2 is not installed (pip install brian2)"
    assert len(report.files) == 2


def test_a_script_that_takes_too_long_is_stopped(network, tmp_path):
    pytest.importorskip("brian2", reason="the script needs brian2")
    report = export(network, "brian2", tmp_path / "net", simulate=reference, parity_timeout_s=0.01)
    assert report.parity.status == "not run"
    assert "took longer than 0.01 s" in report.parity.words


@pytest.mark.slow
def test_a_differing_spike_is_an_error_and_leaves_no_files(network, tmp_path):
    pytest.importorskip("brian2", reason="the script needs brian2")

    def one_spike_late(spiking, x, steps):
        spikes = reference(spiking, x, steps)
        sample, step, unit = spikes["a"]
        spikes["a"] = sample, np.r_[step[:1] + 1, step[1:]], unit
        return spikes

    with pytest.raises(ExportError, match="differ from the simulator's in layer 'a'"):
        export(network, "brian2", tmp_path / "net", simulate=one_spike_late, parity_steps=10)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["parity_samples", "parity_steps"])
def test_options_are_checked(network, tmp_path, option):
    with pytest.raises(ExportError, match=f"{option} is 0; accepted: integers from 1"):
        export(network, "brian2", tmp_path / "net", **{option: 0})


def test_a_folder_that_bears_a_librarys_name_is_no_library(tmp_path, monkeypatch):
    (tmp_path / "no_such_simulator").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    runner = Runner("no_such_simulator", "It")
    assert importlib.util.find_spec("no_such_simulator") is not None
    assert runner.absence == "It is not installed (pip install no_such_simulator)"


@pytest.mark.parametrize(("late", "kind"), [(0, "same"), (1e-12, "same"), (1e-6, "other")])
def test_exact_times_may_differ_by_rounding_alone(late, kind, tmp_path, monkeypatch):
    first_spikes = flat().convert(code="ttfs")
    events = {
        "a": (np.array([0, 0, 1]), np.array([9, 50, 9]), np.array([2, 0, 1]), np.ones(3) * 1.25),
        "output": (*(np.zeros(0, int),) * 3, np.zeros(0)),
    }
    turned = [2, 0, 1]  # what a script saves comes in another order
    saved = {
        f"{layer}_{part}": values[turned] if len(values) else values
        for layer, found in events.items()
        for part, values in zip(("sample", "step", "unit", "time"), found, strict=True)
    }
    saved["a_time"] = saved["a_time"] + late

    def run(script, runner, x, steps, timeout_s):
        assert steps is None, "the code has a length of its own"
        return saved

    monkeypatch.setattr(parity, "run", run)
    given = {"simulate": lambda *_: events, "overwrite": True}
    if kind == "same":
        report = export(first_spikes, "brian2", tmp_path / "net", **given)
        assert "3 spikes, all at the same times, to 1e-09 windows" in report.parity.words
        assert "2 windows" in report.parity.words
    else:
        with pytest.raises(ExportError, match="spikes differ from the simulator's in layer 'a'"):
            export(first_spikes, "brian2", tmp_path / "net", **given)


@pytest.mark.parametrize(
    ("value", "kind"), [(0, "same"), (1e-17, "same"), (-1e-17, "same"), (1e-6, "other")]
)
@pytest.mark.parametrize("engine", ["simulator", "script"])
def test_a_spike_that_sends_nothing_may_be_missing(engine, value, kind, tmp_path, monkeypatch):
    """Where a drive cancels to zero, the order of the sum decides whether there is a spike."""
    first_spikes = flat().convert(code="ttfs")
    parts = ("sample", "step", "unit", "time")
    end = first_spikes.send_windows["a"] + 1
    one = (np.array([0]), np.array([9]), np.array([2]), np.array([end - 0.75]))
    late = (np.array([0]), np.array([99]), np.array([1]), np.array([end - value]))
    both = tuple(np.concatenate(pair) for pair in zip(one, late, strict=True))
    none = (*(np.zeros(0, int),) * 3, np.zeros(0))
    simulated, written = (both, one) if engine == "simulator" else (one, both)
    saved = {
        f"{layer}_{part}": values
        for layer, events in {"a": written, "output": none}.items()
        for part, values in zip(parts, events, strict=True)
    }
    monkeypatch.setattr(parity, "run", lambda *_: saved)
    given = {"simulate": lambda *_: {"a": simulated, "output": none}}
    if kind == "same":
        report = export(first_spikes, "brian2", tmp_path / "net", **given)
        assert "the simulator's 1 spikes" in report.parity.words
    else:
        with pytest.raises(ExportError, match="spikes differ from the simulator's in layer 'a'"):
            export(first_spikes, "brian2", tmp_path / "net", **given)


@pytest.mark.slow
def test_drives_that_cancel_to_zero_are_exported(tmp_path):
    """Pairs of equal neurons with opposite weights, which engines add up in their own order."""
    pytest.importorskip("brian2", reason="the script needs brian2")
    random = np.random.default_rng(0)
    half, out = random.random((6, 4)), random.normal(size=(4, 6))
    kernels = {"a": np.concatenate([half, half], axis=1), "b": np.concatenate([out, -out])}
    kernels["b"][:, 0] = np.abs(kernels["b"][:, 0])  # one neuron that has an activation
    stack = Stack((6,), 2).dense("a", 8, ReLU()).dense("b", 6, ReLU()).dense("output", 3)
    nodes = [
        replace(node, layer=Dense(kernel.astype(np.float32), np.zeros(kernel.shape[1], np.float32)))
        if (kernel := kernels.get(node.name)) is not None
        else node
        for node in stack.network().nodes
    ]
    x = random.random((40, 6))
    snn = wb.convert(Network("cancel", tuple(nodes)), x, wb.Conversion(code="ttfs"))
    times = wb.simulate(snn, x, wb.Simulation(record="all")).spikes("b")["time"]
    assert (snn.send_windows["b"] + 1 - times < parity.SAME_TIME).any()
    assert wb.export(snn, "brian2", tmp_path / "net", samples=x).parity.status == "exact"
