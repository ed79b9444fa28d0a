from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from controls import status_text

from workbench.errors import SettingsError, WorkbenchError
from workbench.ui.app import Workbench
from workbench.ui.session.results import Status


def test_setting_the_state_runs(bench: Workbench) -> None:
    before = bench.state.sample_run
    bench.state.percentile = 95
    assert bench.wait(60)
    after = bench.state.sample_run
    assert before is not None and after is not None
    assert after.spike_count > before.spike_count


def test_without_live_a_change_waits_for_run(bench: Workbench) -> None:
    bench.actions.change(live=False)
    before = bench.state.sample_run
    bench.state.percentile = 95
    assert "Press Run" in status_text(bench)
    assert bench.state.sample_run is before
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.sample_run is not before


def test_live_again_catches_up(bench: Workbench) -> None:
    bench.actions.change(live=False)
    bench.state.percentile = 95
    before = bench.state.sample_run
    bench.actions.set_live(True)
    assert bench.wait(60)
    assert bench.state.sample_run is not before


@pytest.mark.parametrize("value", [200, -1, "x"])
def test_a_refused_value_is_told_in_words(bench: Workbench, value: object) -> None:
    bench.actions.change(percentile=value)
    assert "accepted: 50 to 100" in status_text(bench)
    assert bench.state.status.kind == "error"
    assert bench.state.percentile == 99.9


def test_a_sample_beyond_the_last_leaves_the_previous_one(bench: Workbench) -> None:
    bench.state.sample = 7
    assert bench.wait(60)
    bench.state.sample = 10_000
    assert "0 to 1,999" in status_text(bench)
    assert bench.state.sample == 7


def test_an_unexpected_error_is_shown_with_its_traceback(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(bench.actions.pipeline.converter, "run", fail)
    bench.actions.run()
    assert "Unexpected ZeroDivisionError: by nought" in status_text(bench)
    assert "Traceback" in bench.state.status.details
    monkeypatch.undo()
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.status.kind == "done"


def test_stop_ends_a_long_run_and_keeps_what_it_showed(bench: Workbench) -> None:
    shown = threading.Event()

    def on_run(change: dict[str, Any]) -> None:
        if change["new"].steps == 500_000:
            shown.set()

    bench.state.observe(on_run, "sample_run")
    bench.state.steps = 500_000
    assert shown.wait(60)
    bench.actions.stop()
    assert bench.wait(20)
    run = bench.state.sample_run
    assert run is not None and 0 < run.steps_done < 500_000
    assert bench.state.status.kind == "stopped"
    assert "Stopped after" in bench.state.status.text


def test_a_newer_change_takes_the_place_of_a_long_run(bench: Workbench) -> None:
    bench.state.steps = 500_000
    bench.state.steps = 10
    assert bench.wait(20)
    assert bench.state.sample_run is not None and bench.state.sample_run.steps == 10
    assert bench.state.status.kind == "done"


def test_results_are_set_on_the_ui_thread_alone(bench: Workbench) -> None:
    threads: set[str] = set()
    bench.state.observe(
        lambda _change: threads.add(threading.current_thread().name),
        ["sample_run", "accuracy", "status", "converted"],
    )
    bench.state.percentile = 97
    assert bench.wait(60)
    assert threads == {"workbench-ui"}


def test_the_last_of_many_quick_changes_wins(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench(test_samples=0)
    for value in range(60, 100):
        bench.state.percentile = value
    assert bench.wait(60)
    assert bench.state.spiking is not None
    assert bench.state.spiking.conversion.percentile == 99


def test_a_status_without_details_has_none() -> None:
    assert Status("error", "a sentence").details == ""


def test_a_sample_of_other_samples_is_not_gone_back_to(
    bench: Workbench, own_files: dict[str, str]
) -> None:
    bench.state.sample = 1500
    assert bench.wait(60)
    bench.actions.change(live=False)
    bench.state.change(**own_files)
    assert bench.wait(60)
    bench.state.sample = 5000
    bench.actions.run()
    assert "0 to 29" in status_text(bench)
    assert bench.state.sample == 0


@pytest.mark.parametrize("value", [-1, 10**10, 1.5, "two"])
def test_a_script_is_refused_the_same_samples_as_a_page(bench: Workbench, value: Any) -> None:
    with pytest.raises(SettingsError, match="accepted: integers from 0"):
        bench.state.sample = value
    assert bench.state.sample == 0


def test_a_closed_workbench_says_so(bench: Workbench, tmp_path: Path) -> None:
    bench.state.steps = 400_000
    bench.close()
    assert bench.wait(60)
    for act in (bench.actions.run, lambda: bench.actions.export("builtin", str(tmp_path / "net"))):
        with pytest.raises(WorkbenchError, match="The workbench is closed"):
            act()
    bench.actions.stop()
    bench.state.percentile = 90
    assert not bench.state.undo()
    assert bench.state.status.kind != "busy"


def test_a_run_that_ends_as_settings_change_is_not_done(bench: Workbench) -> None:
    bench.actions.change(live=False)
    bench.actions._runs._busy = True  # the run has told its result, and is about to end
    bench.state.percentile = 90
    bench.actions._runs._busy = False
    assert bench.wait(60)
    assert bench.state.outdated and bench.state.status.kind == "idle"


def test_settings_as_they_were_run_need_no_run(bench: Workbench) -> None:
    said = bench.state.status
    bench.actions.change(live=False)
    bench.state.percentile = 90
    assert "Press Run" in status_text(bench)
    bench.state.percentile = 99.9
    assert bench.wait(60)
    assert bench.state.status == said


def test_live_from_a_script_catches_up(bench: Workbench) -> None:
    bench.state.live = False
    bench.state.percentile = 90
    bench.state.live = True
    assert bench.wait(60)
    assert bench.state.status.kind == "done" and not bench.state.outdated
