"""A run is kept, and compared with the one that is shown."""

from __future__ import annotations

from typing import Any

from workbench.ui.session.comparison import result_differences, setting_differences
from workbench.ui.session.own_input import OwnInput


def test_a_pinned_run_stays_and_its_differences_are_listed(bench: Any) -> None:
    state = bench.state
    bench.actions.pin()
    assert bench.wait(60)
    pinned = state.pinned
    assert pinned.run is state.sample_run and pinned.accuracy is state.accuracy
    assert setting_differences(pinned, state.sample_run) == []
    state.change(percentile=80, reset="zero", thresholds={"conv1": 2}, sample=3, per_channel=True)
    assert bench.wait(60)
    assert state.pinned is pinned
    told = {d.name: (d.pinned, d.now) for d in setting_differences(pinned, state.sample_run)}
    assert told == {
        "Sample": ("0", "3"),
        "Percentile": ("99.9", "80"),
        "Thresholds": ("none", "conv1 2"),
        "Per channel": ("off", "on"),
        "Reset": ("by subtraction", "to zero"),
    }
    results = {d.name: d for d in result_differences(pinned, state.sample_run, state.accuracy)}
    assert list(results) == ["Accuracy", "Steps to decide", "Spikes"]
    assert results["Spikes"].now == f"{state.sample_run.spike_count:,}"
    state.network = "mlp"
    assert bench.wait(60)
    assert setting_differences(pinned, state.sample_run)[0].pinned == "counting on mnist14"
    bench.actions.pin(keep=False)
    assert bench.wait(60)
    assert state.pinned is None


def test_another_input_and_an_accuracy_of_other_settings_are_told(bench: Any) -> None:
    state = bench.state
    bench.actions.pin()
    assert bench.wait(60)
    pinned, before = state.pinned, state.accuracy

    def told() -> list[tuple[str, str, str]]:
        return [(d.name, d.pinned, d.now) for d in setting_differences(pinned, state.sample_run)]

    state.own_input = OwnInput(noise=0.5)
    assert bench.wait(60)
    assert told() == [("Input", "Sample 0", "Sample 0, changed")]
    assert "Accuracy" in {
        d.name for d in result_differences(pinned, state.sample_run, state.accuracy)
    }
    stale = result_differences(pinned, state.sample_run, before)
    assert "Accuracy" not in {d.name for d in stale}
    bench.actions.pin()
    assert bench.wait(60)
    pinned = state.pinned
    state.own_input = OwnInput(noise=0.25)
    assert bench.wait(60)
    assert told() == [("Input", "Sample 0, changed", "other changes")]


def test_a_run_that_is_pinned_on_its_way_goes_on_to_its_end(bench: Any) -> None:
    state = bench.state
    bench.actions.pin()
    assert bench.wait(60)
    final, state.pinned = state.accuracy, type(state.pinned)(state.sample_run, None)
    state.set_trait("accuracy", None)
    state.set_trait("accuracy", final)
    assert state.pinned.accuracy is final


def test_nothing_is_pinned_before_the_first_run(make_bench: Any) -> None:
    bench = make_bench(run=False)
    bench.actions.pin()
    assert bench.wait(60)
    assert bench.state.pinned is None
