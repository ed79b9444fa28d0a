from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from controls import status_text

from workbench.datasets import Dataset
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.ui.app import Workbench


def test_without_live_another_network_is_opened_all_the_same(bench: Workbench) -> None:
    bench.actions.change(live=False)
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert bench.state.analog is not None and bench.state.analog.name == "mlp"


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
    assert words in status_text(bench)
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
    assert "softmax inside the network" in status_text(bench)
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
    assert "reasons: they are listed" in status_text(bench)
    assert "counting stays open" in status_text(bench)
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
    assert "The plots still show counting on mnist14." in status_text(bench)
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
    assert "10 x 12 x 3" in status_text(bench) or "(10, 12, 3)" in status_text(bench)
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
    assert "Choose an .npz file or a folder with such samples." in status_text(bench)
    bench.state.data = str(tmp_path / "missing.npz")
    assert "missing.npz" in status_text(bench)
    assert (bench.state.network, bench.state.data) == (own_files["network"], None)
    bench.state.data = own_files["data"]
    assert bench.wait(60)
    assert bench.state.status.kind == "done"
    bench.state.network = str(tmp_path / "missing.snn")
    assert "missing.snn" in status_text(bench)
    assert (bench.state.network, bench.state.data) == (own_files["network"], own_files["data"])


def test_from_samples_of_ones_own_back_to_the_digits(
    bench: Workbench, own_files: dict[str, str]
) -> None:
    bench.state.network = own_files["network"]
    bench.state.data = own_files["data"]
    assert bench.wait(60)
    bench.state.network = "counting"
    assert status_text(bench).startswith("own does not fit counting, mnist14 is shown instead.")
    assert bench.state.status.kind == "done"
    assert bench.state.data is None
    assert bench.state.loaded is not None and bench.state.loaded.title == "counting on mnist14"
    bench.state.percentile = 99
    assert "does not fit" not in status_text(bench)  # told once


def test_digits_of_another_size_are_not_said_to_be_used(bench: Workbench) -> None:
    bench.state.data = "mnist"
    assert bench.wait(60)
    assert bench.state.data is None
    assert bench.state.status.kind == "done"
    assert bench.state.loaded is not None and bench.state.loaded.dataset.name == "mnist14"


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
