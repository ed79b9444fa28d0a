"""The Diagnose page: its buttons, what it says before and after, and its tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from controls import every, row

from workbench.methods.advice import Advice
from workbench.methods.attribution import Attribution, LayerTerms
from workbench.methods.diagnosis import Diagnosis
from workbench.methods.tuning_result import Tuning
from workbench.settings import Conversion, Simulation
from workbench.ui.app import Workbench
from workbench.ui.diagnosis_cells import losses_table, words_of
from workbench.ui.session.diagnosing import Diagnosed, Tuned
from workbench.ui.session.results import Status
from workbench.ui.widgets import ExplainedTable
from workbench.util.capabilities import VIEWER


def found_in(bench: Any, unit: str = "points") -> Diagnosed:
    """A diagnosis of the settings that hold, with advice for one layer."""
    layers = {name: LayerTerms() for name in ("input", *bench.state.spiking.layers, "readout")}
    first = bench.state.spiking.layers[0]
    layers[first].points["clipping"] = -4.0 if unit == "points" else 0.25
    layers[first].add(
        {"rounding": np.array([1.0, 2.0]), "clipping": np.array([1.0, 1.5])},
        np.array([1.0, 2.0]), 2.0, 1.0,
    )  # fmt: skip
    end = 94.0 if unit == "points" else 0.75
    attribution = Attribution(layers, unit, 98.0 if unit == "points" else 0.5, end)
    advice = Advice({"percentile": 99.99, "calibrate": "bias", "per_channel": True}, 3.5)
    rows = tuple(advice if name == first else None for name in layers)
    return Diagnosed(
        Diagnosis(attribution, rows, 50, True), bench.actions._request(), "50 training samples"
    )


def show(bench: Workbench, **traits: Any) -> None:
    """Set what the session would set, on the thread that does so."""
    for name, value in traits.items():
        bench._ui.post(bench.state.set_trait, name, value)
    assert bench.wait(60)


def tables(bench: Workbench) -> list[ExplainedTable]:
    """The table of losses, once it is shown."""
    found = (w for w in every(bench) if isinstance(w, ExplainedTable))
    return [w for w in found if "Losses" in str(w.table)]


def test_before_there_is_a_result_the_page_says_what_it_does_and_costs(bench: Workbench) -> None:
    page = row(bench, "swb-diagnose-form")
    samples, start, stop = page.children
    assert start.description == "Diagnose on 300 samples" and not start.disabled
    assert stop.disabled and stop.description == "Stop"
    samples.value = 1
    assert bench.wait(60)
    assert start.description == "Diagnose on 1 sample"
    assert not tables(bench)
    assert row(bench, "swb-diagnosis").layout.display == "none"


def test_while_it_goes_on_it_can_be_stopped(bench: Workbench) -> None:
    _, start, stop = row(bench, "swb-diagnose-form").children
    show(bench, diagnosis_status=Status("busy", "Following: about 8 s left …", progress=0.25))
    assert start.disabled and not stop.disabled
    line = next(w for w in every(bench) if "swb-work-status" in getattr(w, "_dom_classes", ()))
    assert 'aria-valuenow="25"' in line.value and "about 8 s left" in line.value
    show(bench, diagnosis_status=Status("stopped", "Stopped."))
    assert not start.disabled and stop.disabled


def test_advice_is_applied_by_its_button_and_undone_in_one_step(bench: Workbench) -> None:
    show(bench, diagnosis=found_in(bench))
    (table,) = tables(bench)
    buttons = [cell for line in table.table["rows"] for cell in line if cell["action"]]
    assert len(buttons) == 1
    assert buttons[0]["explanation"] == (
        "Apply to all layers: Percentile: 99.99, Calibrate: biases, Per channel: on"
    )
    table = next(
        w for w in every(bench) if isinstance(w, ExplainedTable) and "Losses" in str(w.table)
    )
    for strange in ("advice 0", "advice x", {"a": 1}, None, "tried 3"):
        table._handle_custom_msg({"action": strange}, [])
    assert bench.state.percentile == 99.9
    table._handle_custom_msg({"action": buttons[0]["action"]}, [])
    assert bench.wait(60)
    state = bench.state
    assert (state.percentile, state.calibrate, state.per_channel) == (99.99, "bias", True)
    old = [w for w in every(bench) if "Out of date: this diagnosis" in str(getattr(w, "value", ""))]
    assert len(old) == 1
    bench.actions.undo()
    assert bench.wait(60)
    assert (state.percentile, state.calibrate, state.per_channel) == (99.9, "none", False)
    assert not old[0].value


@pytest.mark.parametrize(
    ("unit", "change", "gain"), [("points", "-4.0", "+3.5"), ("mse", "+0.25", "-3.5")]
)
def test_a_regression_is_told_in_its_error(
    bench: Workbench, unit: str, change: str, gain: str
) -> None:
    table = losses_table(found_in(bench, unit), {})
    line = [cell.text for cell in table.rows[1]]
    assert line[1:3] == [change, change]
    assert line[4] == gain
    assert [cell.text for cell in table.footer][:2] == ["total", change]
    assert len(table.footer) == len(table.header) == len(line)
    assert table.header[1].text == ("points" if unit == "points" else "change of the error")


def test_changes_are_told_by_the_labels_of_controls() -> None:
    changes = {"normalization": "mmse", "steps": 16, "per_channel": False}
    assert words_of(changes).startswith("Normalization: least error (MMSE), Time steps: 16, ")
    assert words_of(changes).endswith(": off")


def test_viewers_read_why_they_cannot_start_it(
    make_workbench: Callable[..., Workbench],
) -> None:
    bench = make_workbench(capabilities=VIEWER)
    for css in ("swb-diagnose-form", "swb-tune-form"):
        *_, start, stop = row(bench, css).children
        assert start.disabled and stop.disabled
    told = [
        w for w in every(bench) if "Switched off on this server" in str(getattr(w, "value", ""))
    ]
    assert len(told) == 2


def tuned_in(bench: Any) -> Tuned:
    """A search that chose its second row, and was refused the third."""
    numbers = {
        "samples": 50, "accuracy": 0.96, "ann": 0.98, "loss": 2.0, "loss_error": 1.0,
        "loss_bound": 3.5, "agreement": 0.9, "undecided": 0.0, "synops": 1e6, "energy": 2e6,
        "seconds": 1.0, "round": 1,
    }  # fmt: skip
    rows = [
        {"settings": "default", "steps": 8, **numbers, "note": "above max_loss"},
        {"settings": "few_steps", "steps": 4, **numbers, "note": "chosen"},
        {"settings": "graded", "note": "refused: no max pooling"},
    ]
    settings = [
        (Conversion(), Simulation(steps=8)),
        (Conversion(percentile=99), Simulation(steps=4)),
    ]
    tuning = Tuning(
        *settings[1], met=True, proven=False, table=pd.DataFrame(rows), held_out=False,
        labelled=True, stopped=True, max_loss=2.5, minimise="steps", network="counting",
        row_settings=(*settings, None),
    )  # fmt: skip
    return Tuned(tuning, bench.actions._request())


def test_what_a_search_found_is_told_and_applied(bench: Workbench) -> None:
    show(bench, tuned=tuned_in(bench))
    best = next(w.value for w in every(bench) if "swb-best" in str(getattr(w, "value", "")))
    for words in (
        "Fewest time steps with a loss of at most 2.5 points: few_steps, 4 steps.",
        "Loss 2.00 ± 1.00 points", "at most 3.50 points", "50 training samples",
        "was stopped before its end", "Not proven", "was trained on lose less than new ones",
    ):  # fmt: skip
        assert words in best
    table = next(
        w for w in every(bench) if isinstance(w, ExplainedTable) and "Tried" in str(w.table)
    )
    assert [line[0]["text"] for line in table.table["rows"]] == ["few_steps", "default", "graded"]
    actions = [cell["action"] for line in table.table["rows"] for cell in line if cell["action"]]
    assert actions == ["tried 1", "tried 0"]
    bench.state.seed = 5
    table._handle_custom_msg({"action": "tried 0"}, [])
    assert bench.wait(60)
    assert bench.state.steps == 8 and bench.state.conversion == Conversion()
    row(bench, "swb-apply-tuned").click()
    assert bench.wait(60)
    assert bench.state.steps == 4 and bench.state.percentile == 99
