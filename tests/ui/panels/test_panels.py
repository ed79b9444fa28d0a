from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import ipywidgets as widgets
import numpy as np
import pytest
from controls import control, every, row

from workbench.datasets import Dataset
from workbench.errors import SettingsError
from workbench.network.graph import Network
from workbench.settings import MaxPool
from workbench.ui.app import Workbench
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.results import Refusal
from workbench.ui.widgets import ExplainedTable

PERCENTILES = SETTINGS["percentile"].places


@pytest.mark.parametrize("percentile", [50, 90, 99, 99.5, 99.9, 99.99, 100])
def test_the_slider_reaches_every_percentile_people_use(percentile: float) -> None:
    nearest = min(PERCENTILES, key=lambda place: abs(place - percentile))
    assert nearest == pytest.approx(percentile, abs=0.12 * (100 - percentile) + 1e-9)


def test_the_slider_is_fine_near_100_and_never_returns() -> None:
    assert np.all(np.diff(PERCENTILES) > 0)
    assert (PERCENTILES[0], PERCENTILES[-1]) == (50, 100)
    assert np.diff(PERCENTILES)[-3] < 0.001


def test_the_percentile_slider_and_number_follow_the_state(bench: Workbench) -> None:
    slider, number = row(bench, "swb-percentile").children
    bench.state.percentile = 99
    assert bench.wait(60)
    assert slider.value == 99
    assert number.value == 99
    slider.value = 99.8
    assert bench.wait(60)
    assert (bench.state.percentile, number.value) == (99.8, 99.8)
    number.value = 97.3
    assert bench.wait(60)
    assert bench.state.percentile == 97.3


MOVES = [
    ("swb-threshold", 2.0, "threshold"),
    ("swb-initial-potential", 0.5, "initial_potential"),
    ("swb-steps", 35, "steps"),
    ("swb-test-samples", 50, "test_samples"),
    ("swb-reset", "zero", "reset"),
    ("swb-neurons", "signed", "neurons"),
    ("swb-normalization", "max", "normalization"),
    ("swb-per-channel", True, "per_channel"),
    ("swb-encoding", "poisson", "encoding"),
    ("swb-dt-ms", 0.5, "dt_ms"),
    ("swb-refractory-steps", 2, "refractory_steps"),
    ("swb-leak", 0.05, "leak"),
    ("swb-delay-steps", 1, "delay_steps"),
    ("swb-seed", "7", "seed"),
    ("swb-readout", "potential", "readout"),
    ("swb-spiking-pools", True, "spiking_pools"),
    ("swb-units", "ms", "units"),
    ("swb-sample", 9, "sample"),
]


def test_every_control_moves_its_setting(bench: Workbench) -> None:
    for css, value, setting in MOVES:
        before = getattr(bench.state, setting)
        control(bench, css).value = value
        assert bench.wait(60)
        expected = int(value) if setting == "seed" else value
        assert getattr(bench.state, setting) == expected, setting
        assert bench.state.status.kind == "done", (setting, bench.state.status.text)
        setattr(bench.state, setting, before)
        assert bench.wait(60)


def test_controls_that_do_not_matter_are_hidden(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench()
    assert row(bench, "swb-input-rate-hz").layout.display == "none"
    assert row(bench, "swb-max-pool").layout.display == "none"
    assert row(bench, "swb-seed").layout.display == "none"
    assert row(bench, "swb-neurons").layout.display == ""
    bench.state.encoding = "poisson"
    bench.state.network = "maxpool"
    bench.state.reset = "zero"
    assert bench.wait(60)
    assert row(bench, "swb-neurons").layout.display == "none"
    assert row(bench, "swb-input-rate-hz").layout.display == ""
    assert row(bench, "swb-max-pool").layout.display == ""


@pytest.mark.slow
def test_the_menu_of_max_pooling_offers_every_rule_and_knows_older_names(bench: Workbench) -> None:
    menu = control(bench, "swb-max-pool")
    assert {value for _, value in menu.options} == set(get_args(MaxPool))
    bench.state.change(max_pool="average")
    assert bench.wait(60)
    assert bench.state.max_pool == menu.value == "average_pooling"


def test_a_layer_has_a_threshold_of_its_own(bench: Workbench) -> None:
    box = row(bench, "swb-per-layer")
    numbers = [w for w in every(box) if isinstance(w, widgets.FloatText)]
    assert bench.state.spiking is not None
    first, last = bench.state.spiking.layers
    numbers[0].value = 1.5
    assert bench.wait(60)
    assert bench.state.thresholds == {first: 1.5}
    numbers[4].value = 99.0
    assert bench.wait(60)
    assert bench.state.percentiles == {last: 99.0}
    assert bench.state.status.kind == "done"
    numbers[0].value = 1.0  # the common value is no exception
    assert bench.wait(60)
    assert bench.state.thresholds == {}
    next(w for w in every(box) if isinstance(w, widgets.Button)).click()
    assert bench.wait(60)
    assert bench.state.percentiles == {}
    assert numbers[4].value == 100
    numbers[2].value = 5.0
    assert bench.wait(60)
    assert bench.state.simulation.clamp_steps == {first: 5}
    assert bench.state.status.kind == "done", bench.state.status.text


def test_another_network_has_other_layers(bench: Workbench) -> None:
    box = row(bench, "swb-per-layer")
    bench.state.network = "maxpool"
    assert bench.wait(60)
    names = "".join(w.value for w in every(box) if isinstance(w, widgets.HTML))
    assert bench.state.spiking is not None
    neural = [p.name for p in bench.state.spiking.populations if p.kind == "if"]
    assert all(name in names for name in neural)


def test_settings_of_single_layers_end_with_their_network(bench: Workbench) -> None:
    assert bench.state.spiking is not None
    bench.state.thresholds = {bench.state.spiking.layers[0]: 2.0}
    assert bench.wait(60)
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert bench.state.thresholds == {}


def test_rows_that_several_neurons_share_are_told(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench("counting")
    note = row(bench, "swb-sharing")
    told = "Rows are binned: 6 neurons per row in conv1. A stronger colour means more spikes."
    assert note.value == f'<span title="{told}">up to 6 neurons per row</span>'
    assert note.layout.display == ""
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert "in dense1" in note.value


def test_an_error_is_announced_and_cannot_inject(bench: Workbench) -> None:
    bench.state.network = "<img src=x onerror=alert(1)>.snn"
    assert bench.wait(60)
    status = row(bench, "swb-status-box").value
    assert 'role="alert"' in status
    assert "<img" not in status


def test_a_refused_network_lists_its_faults_beside_the_chooser(bench: Workbench) -> None:
    box = row(bench, "swb-refusal-box")
    assert (box.value, box.layout.display) == ("", "none")
    kinds = ", ".join(f"Kind{i}" for i in range(12))
    reasons = ("<a> is bad.", f"b is bad; supported: {kinds}. Replace it.")
    bench.state.refusal = Refusal("net.keras", reasons, (*reasons, "c is bad, too."))
    assert bench.wait(60)
    assert box.layout.display == ""
    assert "<b>net.keras</b> is not supported" in box.value
    assert box.value.count("<li>") == 5
    assert "&lt;a&gt; is bad." in box.value
    assert (
        "<li>b is bad. Replace it.<details><summary>Supported: a list of 12</summary>" in box.value
    )
    assert "<summary>All 3 layers, one by one</summary>" in box.value


def test_what_does_not_fit_dims_the_plots_and_names_what_they_show(
    bench: Workbench, two_inputs: tuple[Network, Dataset]
) -> None:
    network, data = two_inputs
    banner, title = row(bench, "swb-leftover"), row(bench, "swb-title")
    assert banner.layout.display == "none"
    bench.state.network = network
    assert bench.wait(60)
    assert "swb-dimmed" in bench._dom_classes
    assert "still show counting on mnist14" in banner.value
    assert "still shown: <b>counting</b>" in title.value
    bench.state.data = data
    assert bench.wait(60)
    assert "swb-dimmed" not in bench._dom_classes
    assert banner.layout.display == "none"
    assert "still shown" not in title.value


def test_thresholds_are_offered_for_every_population_that_has_one(
    make_bench: Callable[..., Workbench], leaky: Network
) -> None:
    bench = make_bench(leaky)
    words = "".join(w.value for w in every(row(bench, "swb-per-layer")) if hasattr(w, "value")
                    and isinstance(w.value, str))  # fmt: skip
    assert ">conv1_on<" in words and ">conv1_off<" in words
    bench.state.thresholds = {"conv1_off": 2.0}
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text


def test_run_stop_and_live_are_buttons(bench: Workbench) -> None:
    live = row(bench, "swb-live")
    live.value = False
    assert bench.state.live is False
    before = bench.state.sample_run
    row(bench, "swb-run").click()
    assert bench.wait(60)
    assert bench.state.sample_run is not before
    row(bench, "swb-stop").click()  # nothing runs: nothing happens
    assert bench.wait(60)
    assert bench.state.status.kind == "done"


def test_tables_are_filled(bench: Workbench) -> None:
    tables = [w.table for w in every(bench) if isinstance(w, ExplainedTable)]
    # Nothing has been put on a chip, diagnosed, tuned, swept (3 tables) or looked into yet.
    assert sum(bool(table.get("rows")) for table in tables) == len(tables) - 7 == 5


def test_the_script_page_follows_the_settings(bench: Workbench) -> None:
    bench.state.percentile = 91.5
    assert bench.wait(60)
    words = "".join(w.value for w in every(bench) if isinstance(w, widgets.HTML))
    assert "percentile=91.5" in words


def test_the_menu_says_which_samples_are_used(bench: Workbench) -> None:
    menu = control(bench, "swb-data-menu")
    menu.value = "mnist"
    assert bench.wait(60)
    assert menu.label == "automatic"


def test_a_refused_setting_leaves_nothing_to_close() -> None:
    with pytest.raises(SettingsError, match="accepted: 50 to 100"):
        Workbench("counting", percentile=10)
    Workbench.__new__(Workbench).close()


def test_a_workbench_that_closes_ends_its_threads(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench()
    bench.close()
    bench.close()
