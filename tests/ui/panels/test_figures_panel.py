from __future__ import annotations

from dataclasses import replace

import pytest
from controls import row

from workbench.ui import binding
from workbench.ui.app import Workbench
from workbench.ui.session.results import Status


def test_plots_of_the_run_before_are_dim_until_theirs_come(bench: Workbench) -> None:
    cards = {name: row(bench, f"swb-pane-{name}") for name in ("accuracy", "correlation")}
    run, accuracy = bench.state.sample_run, bench.state.accuracy
    assert run is not None and accuracy is not None

    def dim() -> dict[str, bool]:
        assert bench.wait(60)
        return {name: "swb-old" in card._dom_classes for name, card in cards.items()}

    assert dim() == {"accuracy": False, "correlation": False}
    newer = replace(run, asked=replace(run.asked), correlations={})
    bench.state.sample_run = newer
    assert dim() == {"accuracy": True, "correlation": True}
    bench.state.sample_run = replace(newer, correlations=run.correlations)
    assert dim() == {"accuracy": True, "correlation": False}
    bench.state.accuracy = replace(accuracy, asked=newer.asked)
    assert dim() == {"accuracy": False, "correlation": False}


def test_spikes_come_before_what_nobody_watches_while_a_slider_moves(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binding, "LATER_S", 1000.0)  # however long the run takes
    told: list[str] = []
    pane = row(bench, "swb-pane-raster").children[-1]
    pane.document.on_change(lambda _event: told.append("spikes"))
    strip = row(bench, "swb-strip-box").children[0]
    for widget, name in ((bench._page, "helps"), (strip, "clips")):
        widget.observe(lambda change: told.append(change["name"]), name)
    bench.state.percentile = 97
    assert bench.wait(60)
    assert list(dict.fromkeys(told)) == ["spikes", "clips", "helps"]
    assert (told.count("clips"), told.count("helps")) == (1, 1)


def test_settings_without_a_run_are_told_above_the_plots(bench: Workbench) -> None:
    bench.actions.change(live=False)
    bench.state.steps = 33
    assert bench.wait(60)
    banner = row(bench, "swb-leftover")
    assert "Out of date: these plots show a run with other settings." in banner.value
    assert "swb-dimmed" in bench._dom_classes
    bench.actions.run()
    assert bench.wait(60)
    assert banner.layout.display == "none"
    assert not {"swb-dimmed", "swb-computing"} & set(bench._dom_classes)


def test_how_far_a_run_is_is_a_bar(bench: Workbench) -> None:
    bench.state.status = Status("busy", "Simulating …", progress=0.25)
    assert bench.wait(60)
    head = row(bench, "swb-status-box").value
    assert 'aria-valuenow="25"' in head and "width:25.0%" in head
    bench.state.status = Status("done", "Done.")
    assert bench.wait(60)
    assert "progressbar" not in row(bench, "swb-status-box").value
