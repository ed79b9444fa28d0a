from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from controls import control, every, row

from workbench.network.graph import Network
from workbench.ui.app import Workbench
from workbench.ui.session.own_input import OwnInput
from workbench.ui.widgets import DownloadButton, DrawCanvas

ONE = {"points": [0.5, 0.1, 0.5, 0.9], "width": 0.08, "erase": False}


def canvas(bench: Workbench) -> DrawCanvas:
    return next(w for w in every(bench) if isinstance(w, DrawCanvas))


def said(bench: Workbench) -> str:
    return str(row(bench, "swb-own-said").value)


def test_what_is_drawn_is_answered_and_undone(bench: Workbench) -> None:
    before = said(bench)
    canvas(bench).gesture = "one"
    for end in (0.5, 0.9):  # one stroke, as it grows
        canvas(bench).value = [{**ONE, "points": [0.5, 0.1, 0.5, end]}]
    assert bench.wait(60)
    run = bench.state.sample_run
    assert run is not None and run.choice == 1
    assert "SNN says <b>1</b>" in said(bench) and "ANN says <b>1</b>" in said(bench)
    assert said(bench) != before
    picture = row(bench, "swb-picture-box").value
    assert 'alt="Drawing"' in picture
    verdict = row(bench, "swb-answer-box").value
    assert "swb-mark" not in verdict and "true" not in verdict
    bench.actions.undo()  # the whole stroke
    assert bench.wait(60)
    assert canvas(bench).value == []
    bench.actions.redo()
    assert bench.wait(60)
    assert canvas(bench).value == [ONE]


def test_sliders_change_the_sample_and_reset_takes_it_back(bench: Workbench) -> None:
    moves = (("swb-noise", 0.4, "noise"), ("swb-contrast", 0.5, "contrast"),
             ("swb-shift-x", 3, "shift_x"), ("swb-shift-y", -2, "shift_y"),
             ("swb-invert", True, "invert"))  # fmt: skip
    for css, value, name in moves:
        control(bench, css).value = value
        assert bench.wait(60)
        assert getattr(bench.state.own_input, name) == value
    run = bench.state.sample_run
    assert run is not None and run.words == "Sample 0, changed" and run.true_class >= 0
    reset = next(w for w in every(row(bench, "swb-own-input"))
                 if getattr(w, "description", "") == "Reset")  # fmt: skip
    reset.click()
    assert bench.wait(60)
    assert bench.state.own_input == OwnInput()
    assert control(bench, "swb-noise").value == 0
    assert control(bench, "swb-invert").value is False


HOSTILE: list[Any] = [
    [{}], [{"points": "ab", "width": 0.1}], [{"points": [1], "width": 0.1}],
    [{"points": [0, 0], "width": 1e9}], [{"points": [[0], 0], "width": 0.1}],
    [{"points": [0, 10**400], "width": 0.1}], [ONE] * 1000,
]  # fmt: skip


def test_what_is_no_drawing_is_refused(bench: Workbench) -> None:
    for value in HOSTILE:
        bench.actions.run()
        assert bench.wait(60)
        canvas(bench).value = value
        assert bench.wait(60)
        assert bench.state.own_input == OwnInput()
        assert bench.state.status.kind == "error", value
        assert not bench.state.status.details


def test_the_tools_that_make_no_sense_are_hidden_and_say_why(
    make_bench: Callable[..., Workbench], two_inputs: tuple[Network, Any]
) -> None:
    bench = make_bench(*two_inputs)
    note = row(bench, "swb-own-note").value
    assert "No drawing: two has 2 inputs" in note and "No shift: two takes a vector" in note
    assert canvas(bench).disabled and canvas(bench).layout.display == "none"
    control(bench, "swb-noise").value = 0.3
    assert bench.wait(60)
    assert bench.state.status.kind == "done", bench.state.status.text
    bench.state.change(network="counting", data=None)
    assert bench.wait(60)
    assert row(bench, "swb-own-note").value == ""
    assert not canvas(bench).disabled


def test_what_the_network_sees_can_be_saved(bench: Workbench, tmp_path: Any) -> None:
    save = next(w for w in every(row(bench, "swb-own-input")) if isinstance(w, DownloadButton))
    loaded = bench.state.loaded
    assert loaded is not None
    assert np.load(io.BytesIO(save._content())).tolist() == loaded.dataset.x_test[0].tolist()
