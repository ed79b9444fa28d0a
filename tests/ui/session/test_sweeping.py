"""Sweeps go on beside the runs, fill as they go, are stopped and gone on with, and forecast."""

import threading

import numpy as np
import pytest

from workbench import datasets
from workbench.ui.session import sweeping
from workbench.ui.session.background import Watch
from workbench.ui.session.sweep_order import VIEWER_BOUNDS
from workbench.ui.session.sweeping import is_of_another_base, swept_in
from workbench.util.capabilities import VIEWER

AXES = {"percentile": [95, 99], "initial_potential": [0, 0.5]}


@pytest.fixture
def held(monkeypatch):
    """Make a sweep wait after its first run; return (reached, go on)."""
    measure, reached, go_on = sweeping.iter_sweep, threading.Event(), threading.Event()

    def waiting(*arguments, cancelled, **options):
        for number, rows in enumerate(measure(*arguments, cancelled=cancelled, **options)):
            yield rows
            if number == 0:
                reached.set()
                while not go_on.wait(0.005) and not cancelled():
                    pass

    monkeypatch.setattr(sweeping, "iter_sweep", waiting)
    return reached, go_on


def test_a_sweep_is_measured_and_a_point_sets_its_settings(bench):
    state, sweeps = bench.state, bench.actions.studies.sweeps
    state.change(leak=0.01, threads=1)
    sweeps.start(AXES, 30, 8)
    assert bench.wait(120)
    assert state.swept_status.kind == "done", state.swept_status
    assert "24 points on 30 " in state.swept_status.text
    swept = swept_in(state)
    assert swept.is_whole and len(swept.table) == 24 and not swept.table.stopped
    assert swept.table["part"].unique().tolist() != ["test"]
    point = int(swept.table.index[-1])
    changes = swept.changes(point)
    assert changes["leak"] == 0.01 and "threads" not in changes
    bench.actions.change(**changes)
    assert (state.percentile, state.initial_potential, state.steps) == (99, 0.5, 8)
    assert state.threads == 1 and not is_of_another_base(state, swept)
    state.undo()
    assert state.steps == 20 and state.percentile == 99.9
    state.leak = 0.02
    assert is_of_another_base(state, swept)


def test_it_fills_is_stopped_and_a_second_press_measures_what_is_missing(make_bench, held):
    reached, go_on = held
    bench = make_bench()
    state, sweeps = bench.state, bench.actions.studies.sweeps
    sweeps.start(AXES, 20, 4)
    assert reached.wait(60) and bench._ui.flush(60)
    assert len(state.swept.table) == 4 and state.swept_status.kind == "busy"
    state.steps = 7  # other controls go on
    assert bench.actions._runs.wait(60) and bench._ui.flush(60)
    assert state.sample_run.steps == 7 and state.swept_status.kind == "busy"
    sweeps.stop()
    assert bench.wait(60)
    status = state.swept_status
    assert status.kind == "stopped"
    assert status.text.startswith("Stopped: 4 points on 20 ")
    assert "12 points to go: press Resume." in status.text
    sweeps.forecast(AXES, 20, 4)
    assert bench.wait(60)
    forecast = state.sweep_forecast
    assert (forecast.points, forecast.known, forecast.runs) == (16, 4, 3)
    assert forecast.seconds > 0
    before = state.swept.table
    go_on.set()
    sweeps.start(AXES, 20, 4)
    assert bench.wait(60)
    assert state.swept_status.kind == "done" and state.swept.is_whole
    same = state.swept.table.loc[before.index, "seconds"]
    assert same.tolist() == before["seconds"].tolist()  # not measured again
    sweeps.forecast(AXES, 20, 4)
    assert bench.wait(60) and state.sweep_forecast.runs == 0


def test_a_short_sweep_does_not_change_the_forecast(bench):
    state, sweeps = bench.state, bench.actions.studies.sweeps
    axes, seconds = {"percentile": [95, 99], "code": ["rate", "ttfs"]}, []
    for _ in range(2):
        sweeps.forecast(axes, 100, 64)
        assert bench.wait(60)
        seconds.append(state.sweep_forecast.seconds)
        assert state.sweep_forecast.known == 0
        sweeps.start(axes, 2, 1)
        assert bench.wait(60) and state.swept_status.kind == "done"
    assert seconds[0] == seconds[1] > 0


def test_an_axis_of_how_the_machine_computes_is_loaded(bench):
    sweeps = bench.actions.studies.sweeps
    for name, values, other in (
        ("engine", ["reference", "event"], "threads"), ("threads", [None, 1], "engine"),
    ):  # fmt: skip
        sweeps.start({name: values}, 2, 1)
        assert bench.wait(60)
        swept = swept_in(bench.state)
        assert [swept.changes(point)[name] for point in swept.table.index] == values
        assert other not in swept.changes(0)


@pytest.mark.parametrize("pressed", [True, False])
def test_the_time_limit_is_told_where_it_ended_a_sweep(make_bench, held, pressed):
    bench = make_bench(capabilities=VIEWER)
    sweeps = bench.actions.studies.sweeps
    sweeps.start(AXES, 20, 4)
    assert held[0].wait(60)
    if pressed:
        sweeps.stop()
    else:
        sweeps._work._most_s = 0.0
    assert bench.wait(60)
    assert ("This server allows" in bench.state.swept_status.text) != pressed


def test_a_large_sweep_says_that_it_prepares_points(bench):
    sweeps, told = bench.actions.studies.sweeps, []
    watch = Watch(lambda _done, _total: None, lambda: True, tell=told.append)
    order = sweeps.order(AXES, 20, 4)
    assert sweeps._sweep(sweeps._pipeline(), order, watch)[0] is None
    assert told == ["preparing 16 points"]


def test_a_forecast_that_nobody_waits_for_ends(bench):
    sweeps, asked = bench.actions.studies.sweeps, []
    order = sweeps.order({"percentile": [95, 96]}, 20, 4)
    state, converter = bench.state, sweeps._pipeline().converter
    found = sweeps._forecasts.of(
        order, state.loaded, state.converted, converter, lambda: not asked.append(0), busy=False
    )
    assert found is None and len(asked) == 1


def test_another_network_ends_it_and_drops_its_points(make_bench, held):
    reached, _ = held
    bench = make_bench()
    state, sweeps = bench.state, bench.actions.studies.sweeps
    sweeps.start(AXES, 20, 4)
    assert reached.wait(60)
    state.network = "mlp"
    assert bench.wait(120)
    assert state.swept_status.kind == "stopped"
    assert "another network or other samples are open" in state.swept_status.text
    assert state.swept is not None and swept_in(state) is None
    sweeps.forecast(AXES, 20, 4)
    assert bench.wait(60) and state.sweep_forecast.known == 0
    state.undo()
    assert bench.wait(120) and swept_in(state) is not None  # the same network again


def test_it_needs_no_run_before(make_bench):
    bench = make_bench(run=False)
    bench.actions.studies.sweeps.start({"percentile": [99]}, 20, 2)
    assert bench.wait(60) and bench.state.swept_status.kind == "done"
    assert len(swept_in(bench.state).table) == 2
    bench.actions.run()
    assert bench.wait(60) and swept_in(bench.state) is not None


def test_closing_ends_it(make_bench, held):
    reached, _ = held
    bench = make_bench()
    bench.actions.studies.sweeps.start(AXES, 20, 4)
    assert reached.wait(60)
    bench.close()
    assert bench.actions.studies.sweeps._work.wait(60)


def test_a_regression_is_refused_before_anything_runs(make_bench, two_inputs):
    network, data = two_inputs
    targets = np.random.default_rng(0).random((len(data.x_train), 2))
    bench = make_bench(network, datasets.from_arrays(data.x_train, targets))
    sweeps = bench.actions.studies.sweeps
    sweeps.forecast(AXES, 20, 4)
    sweeps.start(AXES, 20, 4)
    assert bench.wait(60)
    assert "is a regression" in bench.state.sweep_forecast.problem
    assert bench.state.swept_status.kind == "error" and bench.state.swept is None


def test_samples_without_labels_are_told(make_bench, own_files):
    bench = make_bench(own_files["network"], own_files["data"])
    sweeps = bench.actions.studies.sweeps
    sweeps.start({"percentile": [99]}, 20, 2)
    assert bench.wait(60)
    assert "without labels: agreement with the ANN" in bench.state.swept_status.text
    assert bench.state.swept.table["ann"].unique().tolist() == [1.0]


def test_points_that_cannot_be_combined_are_rows_that_say_why(bench):
    axes = {"neurons": ["if", "signed"], "reset": ["subtract", "zero"]}
    sweeps = bench.actions.studies.sweeps
    sweeps.forecast(axes, 20, 2)
    assert bench.wait(60)
    forecast = bench.state.sweep_forecast
    assert (forecast.points, forecast.refused, forecast.runs) == (8, 2, 3)
    sweeps.start(axes, 20, 2)
    assert bench.wait(60)
    assert "6 points on 20 " in bench.state.swept_status.text
    assert "2 points could not run" in bench.state.swept_status.text
    refused = bench.state.swept.table[bench.state.swept.table["accuracy"].isna()]
    assert len(refused) == 2 and refused["note"].str.contains("accepted: reset 'subtract'").all()


def test_viewers_sweep_within_bounds(make_bench, monkeypatch):
    bench = make_bench(capabilities=VIEWER)
    sweeps = bench.actions.studies.sweeps
    assert sweeps.bounds is VIEWER_BOUNDS
    sweeps.start({"levels": list(range(1, 400))}, 20, 4)
    assert bench.wait(60)
    assert "accepted on this server: up to 300" in bench.state.swept_status.text
    sweeps.start({"percentile": [99]}, 20, 2)
    assert bench.wait(60) and bench.state.swept_status.kind == "done"
    sweeps._work._most_s = 0.0  # the time is over at once
    sweeps.start({"percentile": [90, 91]}, 20, 2)
    assert bench.wait(60) and bench.state.swept_status.kind == "stopped"


def test_what_is_refused_is_told(bench):
    sweeps = bench.actions.studies.sweeps
    for axes, message in (({}, "no axis"), ({"percentile": [20]}, "percentile in the grid is 20")):
        sweeps.forecast(axes, 20, 4)
        sweeps.start(axes, 20, 4)
        assert bench.wait(60)
        assert bench.state.swept_status.kind == "error"
        assert message in bench.state.swept_status.text
        assert message in bench.state.sweep_forecast.problem
    assert bench.state.swept is None
