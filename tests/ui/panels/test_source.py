from __future__ import annotations

from pathlib import Path

import numpy as np
from controls import control, row

from workbench import datasets, workflow
from workbench.ui.app import Workbench


def test_a_path_that_is_refused_stays_to_be_corrected(bench: Workbench) -> None:
    menu, path = control(bench, "swb-network-menu"), control(bench, "swb-network-path")
    path.value = "/nowhere/net.keras"
    assert bench.wait(60)
    assert bench.state.status.kind == "error"
    assert path.value == "/nowhere/net.keras"
    assert menu.value == "counting"
    menu.value = "mlp"
    assert bench.wait(60)
    assert bench.state.analog is not None and bench.state.analog.name == "mlp"
    assert path.value == ""


def test_a_path_of_samples_that_did_not_fit_goes_when_others_are_chosen(
    bench: Workbench, tmp_path: Path
) -> None:
    menu, path = control(bench, "swb-data-menu"), control(bench, "swb-data-path")
    np.savez(tmp_path / "wrong.npz", x=np.ones((3, 7)))
    path.value = str(tmp_path / "wrong.npz")
    assert bench.wait(60)
    assert bench.state.status.kind == "error"
    assert path.value == str(tmp_path / "wrong.npz")
    menu.index = 0
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert path.value == ""


def test_a_folder_of_samples_is_opened_by_its_path(bench: Workbench, tmp_path: Path) -> None:
    digits = datasets.load("mnist14")
    (tmp_path / "mine").mkdir()
    np.save(tmp_path / "mine" / "x.npy", digits.x_test[:30])
    np.save(tmp_path / "mine" / "y.npy", digits.y_test[:30])
    control(bench, "swb-data-path").value = str(tmp_path / "mine")
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert "<b>counting</b> on mine" in row(bench, "swb-title").value
    assert f"wb.datasets.from_folder('{tmp_path / 'mine'}')" in bench.code()
    accuracy = bench.state.accuracy
    assert accuracy is not None and accuracy.samples == 20


def test_a_file_of_ones_own_stands_in_the_menu(bench: Workbench, tmp_path: Path) -> None:
    path = workflow.save(workflow.load("mlp"), tmp_path / "mine.snn")
    control(bench, "swb-network-path").value = str(path)
    assert bench.wait(60)
    menu = control(bench, "swb-network-menu")
    assert menu.label == "mine.snn"
    menu.value = "counting"
    assert bench.wait(60)
    assert "mine.snn" not in [label for label, _ in menu.options]
