"""Diagnoses and searches go on beside the runs, can be stopped, and tell when they are old."""

import threading

import pytest

from workbench.errors import WorkbenchError
from workbench.methods.tuning_result import Tuning
from workbench.ui.session import studies
from workbench.ui.session.diagnosing import searched_settings
from workbench.util.capabilities import VIEWER


def test_a_diagnosis_names_losses_and_advice_that_can_be_applied(bench):
    state, studies = bench.state, bench.actions.studies
    state.steps = 2
    studies.diagnose(60)
    assert bench.wait(120)
    status, found = state.diagnosis_status, state.diagnosis
    assert status.kind == "done" and "Diagnosed on 60 " in status.text
    table = found.diagnosis.table
    assert table.attrs["unit"] == "points"
    assert table["points"].sum() == pytest.approx(table.attrs["snn"] - table.attrs["ann"])
    assert len(found.advice) == len(table)
    advised = next(each for each in found.advice if each is not None)
    assert not state.is_of_other_settings(found)
    before = state.conversion, state.simulation
    bench.actions.change(**advised.changes)
    assert (state.conversion, state.simulation) != before
    assert state.is_of_other_settings(found)
    state.undo()
    assert (state.conversion, state.simulation) == before
    assert not state.is_of_other_settings(found)


def held(monkeypatch, name):
    """Make a kind of work wait in its progress until it is stopped; return when it has begun."""
    begun, pause = threading.Event(), threading.Event()

    def work(_pipeline, _order, watch):
        begun.set()
        while True:
            watch.progress(1, 10)
            pause.wait(0.005)

    monkeypatch.setattr(studies, name, work)
    return begun


def test_other_controls_go_on_meanwhile_and_it_can_be_stopped(make_bench, monkeypatch):
    begun = held(monkeypatch, "diagnose")
    bench = make_bench()
    bench.actions.studies.diagnose()
    assert begun.wait(60)
    bench.actions.studies.diagnose()  # one at a time
    run = bench.state.sample_run
    bench.state.steps = 7
    assert bench.actions._runs.wait(60) and bench._ui.flush(60)
    assert bench.state.sample_run is not run and bench.state.sample_run.steps == 7
    assert bench.state.diagnosis_status.kind == "busy"
    bench.actions.studies.stop_diagnosis()
    assert bench.wait(60)
    assert bench.state.diagnosis_status.text == "Stopped."
    assert bench.state.diagnosis is None


def test_closing_ends_it(make_bench, monkeypatch):
    begun = held(monkeypatch, "search")
    bench = make_bench()
    bench.actions.studies.tune()
    assert begun.wait(60)
    bench.close()
    assert bench.actions.studies._searches._worker.wait(60)
    with pytest.raises(WorkbenchError, match="The workbench is closed"):
        bench.actions.studies.tune()


@pytest.mark.slow
def test_a_search_finds_settings_that_can_be_applied(bench):
    state, studies = bench.state, bench.actions.studies
    state.change(threads=1, seed=7)
    studies.tune(max_loss=100, minimise="steps", samples=50)
    assert bench.wait(300)
    assert state.tuned_status.kind == "done", state.tuned_status
    tuning = state.tuned.tuning
    assert isinstance(tuning, Tuning) and tuning.met
    changes = searched_settings(tuning.conversion, tuning.simulation)
    assert "threads" not in changes and changes["steps"] == tuning.simulation.steps
    bench.actions.change(**changes)
    assert state.conversion == tuning.conversion
    assert state.steps == tuning.simulation.steps and state.seed == 7 and state.threads == 1
    state.undo()
    assert state.steps == 20


@pytest.mark.parametrize("max_loss", [-1, 101])
def test_what_is_refused_is_told(bench, max_loss):
    bench.actions.studies.tune(max_loss=max_loss)
    assert bench.wait(60)
    assert bench.state.tuned_status.kind == "error"
    assert "accepted: percentage points from 0 to 100" in bench.state.tuned_status.text


def test_viewers_of_a_dashboard_start_no_long_work(make_bench):
    bench = make_bench(capabilities=VIEWER)
    bench.actions.studies.diagnose()
    bench.actions.studies.tune()
    assert bench.wait(60)
    for status in (bench.state.diagnosis_status, bench.state.tuned_status):
        assert status.kind == "error" and "Switched off on this server" in status.text
    assert bench.state.diagnosis is None and bench.state.tuned is None
