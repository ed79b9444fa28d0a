from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench import workflow
from workbench.datasets import Dataset
from workbench.errors import SettingsError, WorkbenchError
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.ui.app import Workbench
from workbench.ui.session.results import Status


def text(bench: Workbench) -> str:
    assert bench.wait(300)  # where TensorFlow is imported, on a busy machine
    return bench.state.status.text


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
    assert "Press Run" in text(bench)
    assert bench.state.sample_run is before
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.sample_run is not before


def test_without_live_another_network_is_opened_all_the_same(bench: Workbench) -> None:
    bench.actions.change(live=False)
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.analog is not None and bench.state.analog.name == "mlp"


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
    assert "accepted: 50 to 100" in text(bench)
    assert bench.state.status.kind == "error"
    assert bench.state.percentile == 99.9


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.keras", None, "does not exist"),
        ("text.snn", b"no archive", "not an snn-workbench network"),
        ("notes.txt", b"hello", "accepted: .snn"),
    ],
)
def test_a_file_that_is_no_network_leaves_the_previous_one(
    bench: Workbench, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    bench.state.network = str(path)
    assert words in text(bench)
    assert bench.state.network == "counting"
    bench.state.percentile = 99
    assert bench.wait(60)
    assert bench.state.status.kind == "done"
    assert bench.state.analog is not None and bench.state.analog.name == "counting"


def test_a_network_without_a_spiking_form_leaves_the_previous_one(
    bench: Workbench, counting: Network
) -> None:
    first, hidden, *rest = counting.nodes
    soft = dataclasses.replace(hidden, activation=Activation.SOFTMAX)
    bench.state.network = Network("soft", (first, soft, *rest))
    assert "softmax inside the network" in text(bench)
    assert bench.state.network == "counting"
    bench.state.percentile = 98
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert bench.state.analog is not None and bench.state.analog.name == "counting"


def test_many_reasons_are_a_list_until_another_network_is_asked_for(
    bench: Workbench, counting: Network
) -> None:
    first, hidden, *inner, last = counting.nodes
    soft = dataclasses.replace(hidden, activation=Activation.SOFTMAX)
    sigmoid = dataclasses.replace(last, activation=Activation.SIGMOID)
    head = Dense(np.ones((last.layer.output_size, 10), np.float32))
    nodes = (first, soft, *inner, sigmoid, Node("head", head, inputs=(last.name,)))
    bench.state.network = Network("two faults", nodes)
    assert bench.wait(60)
    refusal = bench.state.refusal
    assert refusal is not None and refusal.network == "two faults"
    assert len(refusal.reasons) == len(refusal.problems) >= 2
    assert "reasons: they are listed" in text(bench)
    assert "counting stays open" in text(bench)
    bench.state.percentile = 98
    assert bench.wait(60)
    assert bench.state.refusal is refusal
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.refusal is None


def test_what_is_left_over_is_told_until_network_and_samples_fit(
    bench: Workbench, two_inputs: tuple[Network, Dataset]
) -> None:
    network, data = two_inputs
    assert bench.state.leftover == ""
    bench.state.network = network
    assert bench.wait(60)
    assert bench.state.leftover == "counting on mnist14"
    assert "The plots still show counting on mnist14." in text(bench)
    bench.state.data = data
    assert bench.wait(60)
    assert bench.state.leftover == ""
    assert bench.state.status.kind == "done", bench.state.status.text


def test_a_file_that_holds_no_samples_leaves_the_previous_ones(
    bench: Workbench, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.npz"
    path.write_bytes(b"no archive")
    bench.state.data = str(path)
    assert bench.wait(60)
    assert bench.state.status.kind == "error"
    assert bench.state.data is None
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.status.kind == "done"


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("order", [("network", "data"), ("data", "network")])
def test_a_network_and_samples_of_ones_own_are_opened_one_after_the_other(
    bench: Workbench, own_files: dict[str, str], order: tuple[str, str], live: bool
) -> None:
    first, second = order
    bench.actions.change(live=live)
    bench.actions.change(**{first: own_files[first]})
    assert "10 x 12 x 3" in text(bench) or "(10, 12, 3)" in text(bench)
    assert bench.state.status.kind == "error"
    assert getattr(bench.state, first) == own_files[first]
    bench.actions.change(**{second: own_files[second]})
    assert bench.wait(60)
    assert bench.state.status.kind == ("done" if live else "idle"), bench.state.status.text
    assert bench.state.loaded is not None
    assert bench.state.loaded.network.input_shape == (10, 12, 3)
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.status.kind == "done"
    assert bench.state.sample_run is not None
    assert len(bench.state.sample_run.output_counts) == 4


def test_a_file_that_cannot_be_read_goes_back_alone(
    bench: Workbench, own_files: dict[str, str], tmp_path: Path
) -> None:
    bench.state.network = own_files["network"]
    assert "Choose an .npz file or a folder with such samples." in text(bench)
    bench.state.data = str(tmp_path / "missing.npz")
    assert "missing.npz" in text(bench)
    assert (bench.state.network, bench.state.data) == (own_files["network"], None)
    bench.state.data = own_files["data"]
    assert bench.wait(60)
    assert bench.state.status.kind == "done"
    bench.state.network = str(tmp_path / "missing.snn")
    assert "missing.snn" in text(bench)
    assert (bench.state.network, bench.state.data) == (own_files["network"], own_files["data"])


def test_from_samples_of_ones_own_back_to_the_digits(
    bench: Workbench, own_files: dict[str, str]
) -> None:
    bench.state.network = own_files["network"]
    bench.state.data = own_files["data"]
    assert bench.wait(60)
    bench.state.network = "counting"
    assert text(bench).startswith("own does not fit counting, mnist14 is shown instead.")
    assert bench.state.status.kind == "done"
    assert bench.state.data is None
    assert bench.state.loaded is not None and bench.state.loaded.title == "counting on mnist14"
    bench.state.percentile = 99
    assert "does not fit" not in text(bench)  # told once


def test_digits_of_another_size_are_not_said_to_be_used(bench: Workbench) -> None:
    bench.state.data = "mnist"
    assert bench.wait(60)
    assert bench.state.data is None
    assert bench.state.status.kind == "done"
    assert bench.state.loaded is not None and bench.state.loaded.dataset.name == "mnist14"


def test_a_sample_beyond_the_last_leaves_the_previous_one(bench: Workbench) -> None:
    bench.state.sample = 7
    assert bench.wait(60)
    bench.state.sample = 10_000
    assert "0 to 1,999" in text(bench)
    assert bench.state.sample == 7


def test_an_unexpected_error_is_shown_with_its_traceback(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(bench.actions.pipeline.converter, "run", fail)
    bench.actions.run()
    assert "Unexpected ZeroDivisionError: by nought" in text(bench)
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


def test_export_writes_files_and_says_how_they_compare(bench: Workbench, tmp_path: Path) -> None:
    result = text(bench)
    bench.actions.export("builtin", str(tmp_path / "new" / "net"), samples=3)
    assert text(bench) == result  # the run's own result stays
    assert "Exported" in bench.state.export_status.text
    exported = bench.state.exported
    assert exported is not None
    assert all(Path(file).is_file() for file in exported.files)
    assert exported.parity.startswith("Exact, compared with the simulator: ")


@pytest.mark.parametrize(
    ("target", "path", "words"),
    [
        ("builtin", "file/net", "is a file, not a folder"),
        ("toaster", "net", "no export target 'toaster'"),
        ("builtin", " ", "Give a name for the files."),
    ],
)
def test_an_export_that_cannot_be_is_refused_in_words(
    bench: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    path: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    bench.actions.export(target, path)
    assert bench.wait(60)
    assert words in bench.state.export_status.text
    assert bench.state.export_status.kind == "error"
    assert bench.state.status.kind == "done"
    assert bench.state.exported is None


def test_exporting_uses_the_present_settings(bench: Workbench, tmp_path: Path) -> None:
    bench.actions.change(live=False, threshold=2.0)
    bench.actions.export("builtin", str(tmp_path / "net"))
    assert bench.wait(60)
    assert workflow.load(tmp_path / "net.snn").conversion.threshold == 2.0


def test_the_last_of_many_quick_changes_wins(make_bench: Callable[..., Workbench]) -> None:
    bench = make_bench(test_samples=0)
    for value in range(60, 100):
        bench.state.percentile = value
    assert bench.wait(60)
    assert bench.state.spiking is not None
    assert bench.state.spiking.conversion.percentile == 99


def test_a_status_without_details_has_none() -> None:
    assert Status("error", "a sentence").details == ""


def test_per_layer_settings_of_another_network_are_no_obstacle(bench: Workbench) -> None:
    first = bench.state.spiking.layers[0]  # type: ignore[union-attr]
    bench.state.change(
        clamp_steps={first: 3}, record=(first,), record_potentials=(first,), thresholds={first: 2}
    )
    assert bench.wait(60)
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert (bench.state.clamp_steps, bench.state.thresholds) == ({}, {})
    assert (bench.state.record, bench.state.record_potentials) == ((), ())


def test_what_is_told_of_an_export_ends_with_the_settings_it_was_of(
    bench: Workbench, tmp_path: Path
) -> None:
    bench.actions.export("builtin", str(tmp_path / "net"), samples=-1)
    assert bench.wait(60)
    assert "Test samples is -1" in bench.state.export_status.text
    bench.state.percentile = 98
    assert bench.wait(60)
    assert bench.state.export_status == Status()


def test_a_change_that_comes_while_a_network_is_read_is_kept(bench: Workbench) -> None:
    assert bench.state.spiking is not None
    bench.actions.change(live=False)
    bench.state.thresholds = {bench.state.spiking.layers[0]: 2}
    bench.state.network = "mlp"
    bench.state.percentile = 90
    assert bench.wait(60)
    assert (bench.state.percentile, bench.state.thresholds) == (90, {})


def test_what_another_network_lacks_is_dropped_though_its_reading_was_stopped(
    bench: Workbench,
) -> None:
    assert bench.state.spiking is not None
    bench.state.thresholds = {bench.state.spiking.layers[0]: 2}
    assert bench.wait(60)
    publish = bench.actions._publish
    bench.actions._publish = lambda *_: None  # type: ignore[method-assign]  # nothing is shown
    bench.state.network = "mlp"
    assert bench.actions._runs.wait(60)
    bench.actions.stop()
    bench.actions._publish = publish  # type: ignore[method-assign]
    bench.actions.run()
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert bench.state.thresholds == {}


def test_every_export_that_is_ordered_is_written(bench: Workbench, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        bench.actions.export("builtin", str(tmp_path / name))
    assert bench.wait(60)
    assert {path.name for path in tmp_path.glob("*.snn")} == {"one.snn", "two.snn", "three.snn"}
    assert "Exported three.snn" in bench.state.export_status.text


def test_an_export_leaves_what_is_open_as_it_is(bench: Workbench, tmp_path: Path) -> None:
    order = bench.actions._request()
    bench.state.network = "mlp"
    assert bench.wait(60)
    loaded = bench.actions.pipeline.loader.loaded
    request, of_order = bench.actions.pipeline.opened(order)
    assert (request.network, of_order.network.name) == ("counting", "counting")
    assert bench.actions.pipeline.loader.loaded is loaded
    bench.state.network = str(tmp_path / "missing.snn")
    assert bench.wait(60)
    assert bench.state.network == "mlp"


def test_files_of_other_settings_are_said_to_be_old(bench: Workbench, tmp_path: Path) -> None:
    bench.actions.export("builtin", str(tmp_path / "net"))
    assert bench.wait(60)
    assert not bench.state.export_outdated
    bench.state.change(steps=15, sample=3)  # not part of the files
    assert not bench.state.export_outdated
    bench.state.percentile = 90
    assert bench.wait(60)
    assert bench.state.export_outdated
    bench.state.undo()
    assert not bench.state.export_outdated


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
    assert "0 to 29" in text(bench)
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
    assert "Press Run" in text(bench)
    bench.state.percentile = 99.9
    assert bench.wait(60)
    assert bench.state.status == said


def test_live_from_a_script_catches_up(bench: Workbench) -> None:
    bench.state.live = False
    bench.state.percentile = 90
    bench.state.live = True
    assert bench.wait(60)
    assert bench.state.status.kind == "done" and not bench.state.outdated
