"""Brian2 within this process gives the simulator's runs: spikes, counts and predictions."""

import dataclasses
import importlib.util

import numpy as np
import pandas as pd
import pytest
from exporters.export_cases import CASES, flat

import workbench as wb
from workbench.errors import DataError, ExportError, SettingsError
from workbench.exporters.brian2 import inside
from workbench.settings import Simulation

brian2 = pytest.importorskip("brian2", reason="Brian2 itself is run")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Brian2 calls pyparsing by its old names."""


def inputs(network, samples=3):
    return np.random.default_rng(3).random((samples, *network.input_shape))


ENCODINGS = (
    {"steps": 20, "readout_after": 6},
    {"steps": 15, "encoding": "poisson", "input_rate_hz": 300.0, "dt_ms": 2.0, "seed": 5},
    {"steps": 10, "encoding": "bernoulli"},
)
RUNS = [
    # By default each network and each encoding once.
    pytest.param(
        case,
        settings,
        id=f"{settings.get('encoding', 'constant')}-{case}",
        marks=() if i == j else pytest.mark.slow,
    )
    for i, settings in enumerate(ENCODINGS)
    for j, case in enumerate(("convolutions", "max_pooling", "residual"))
]


@pytest.mark.parametrize(("case", "settings"), RUNS)
def test_a_run_equals_the_simulators(case, settings):
    network = CASES[case]().convert()
    x, settings = inputs(network), Simulation(**settings, record="all")
    ours, theirs = wb.simulate(network, x, settings), wb.run_in_brian2(network, x, settings)
    assert theirs.layers == ours.layers
    for layer in ours.layers:
        pd.testing.assert_frame_equal(theirs.spikes(layer), ours.spikes(layer))
        assert np.array_equal(theirs.counts(layer), ours.counts(layer))
    assert np.array_equal(theirs.output_counts, ours.output_counts)
    assert np.array_equal(theirs.recording.predictions, ours.recording.predictions)
    pd.testing.assert_frame_equal(theirs.rates(), ours.rates())
    pd.testing.assert_frame_equal(theirs.operations(), ours.operations())
    assert theirs.elapsed_s > 0


def test_only_what_is_asked_for_is_recorded():
    network = flat().convert()
    assert wb.run_in_brian2(network, inputs(network), Simulation(steps=5)).layers == ("output",)


@pytest.mark.slow
def test_progress_goes_from_none_to_all_samples():
    network, told = flat().convert(), []
    wb.run_in_brian2(network, inputs(network), progress=lambda *now: told.append(now))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_a_line_tells_the_progress_where_a_person_watches(monkeypatch):
    told = []
    monkeypatch.setattr(inside, "progress_line", lambda: lambda *now: told.append(now))
    network = flat().convert()
    wb.run_in_brian2(network, inputs(network))
    assert (told[0], told[-1]) == ((0, 3), (3, 3))


@pytest.mark.slow
def test_a_notebooks_brian2_stays_as_it_was(capsys):
    network = flat().convert()
    brian2.defaultclock.dt = 0.25 * brian2.ms
    brian2.prefs.codegen.target = "auto"
    wb.run_in_brian2(network, inputs(network), Simulation(steps=5, dt_ms=2.0))
    assert float(brian2.defaultclock.dt) == 0.25e-3
    assert brian2.prefs.codegen.target == "auto"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"leak": 0.1}, r"Simulation.leak is 0.1, which the Brian2 form .* accepted: 0.0"),
        ({"readout": "potential"}, r"Simulation.readout is 'potential', .* accepted: 'counts'"),
        ({"encoding": "events"}, r"Simulation.encoding is 'events', .* accepted: 'constant'"),
    ],
)
def test_settings_that_brian2_does_not_do_are_refused(settings, message):
    network = flat().convert()
    with pytest.raises(SettingsError, match=message):
        wb.run_in_brian2(network, inputs(network), Simulation(**settings))


def test_settings_are_called_by_their_names():
    names = {field.name for field in dataclasses.fields(Simulation)}
    assert names > inside.HONOURED | inside.OUR_OWN
    assert not inside.HONOURED & inside.OUR_OWN


def test_samples_that_do_not_fit_are_refused():
    network = flat().convert()
    with pytest.raises(DataError, match=r"shape \(2, 5\)"):
        wb.run_in_brian2(network, np.zeros((2, 5)))


def test_networks_beyond_memory_are_refused(monkeypatch):
    network = flat().convert()
    monkeypatch.setattr(inside, "free_memory", lambda: 1000)
    with pytest.raises(ExportError, match=r"keeps each of the [\d,]+ synapses .* GB are free"):
        wb.run_in_brian2(network, inputs(network))


def test_a_missing_brian2_is_told_with_the_remedy(monkeypatch):
    network = flat().convert()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="pip install brian2"):
        wb.run_in_brian2(network, inputs(network))
