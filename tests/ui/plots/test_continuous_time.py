"""A run in continuous time is in windows wherever the workbench tells of time."""

from workbench.ui.plots.activity import rates_of, spikes_of
from workbench.ui.session.tiles import tiles


def test_the_workbench_tells_windows(make_workbench):
    bench = make_workbench(code="ttfs")
    state = bench.state
    run, accuracy = state.sample_run, state.accuracy
    windows = run.windows
    assert windows == accuracy.windows == state.converted.spiking.windows > 1
    assert f"{windows} windows in" in state.status.text
    shown = {tile.name: tile for tile in tiles(state)}
    assert shown["decided"].title == "Time to decide"
    assert shown["decided"].beside == f"of {windows} windows"
    assert shown["spikes"].beside.endswith(" per window")
    assert "time_windows" in spikes_of(run) and "time_ms" not in spikes_of(run)
    assert "mean_rate_spikes_per_window" in rates_of(run)
    state.units = "ms"
    assert bench.wait(100)
    assert run.clock.label(state.units) == "time (windows)"
