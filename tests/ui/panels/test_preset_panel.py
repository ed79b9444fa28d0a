"""The menu of presets: it sets fields, and says which preset the settings are."""

from __future__ import annotations

import html

from controls import control, row

import workbench as wb
from workbench.methods.presets import PRESETS
from workbench.ui.app import Workbench
from workbench.ui.session.stories import STORIES


def test_a_preset_sets_its_fields_and_is_undone_at_once(bench: Workbench) -> None:
    menu, state = control(bench, "swb-preset"), bench.state
    assert [value for _, value in menu.options] == ["", *PRESETS, *STORIES]
    assert menu.value == "default"
    before = state.conversion, state.simulation
    state.change(seed=5, thresholds={"output": 2})
    assert bench.wait(60)
    assert menu.value == ""
    menu.value = "few_steps"
    assert bench.wait(60)
    conversion, simulation = wb.preset("few_steps")
    assert state.conversion == conversion
    assert (state.steps, state.readout, state.seed) == (simulation.steps, "potential", 5)
    assert state.status.kind == "done", state.status.text
    assert row(bench, "swb-percentile").layout.display == "none"
    assert row(bench, "swb-levels").layout.display == ""
    assert state.spiking is not None
    assert state.spiking.output.initial_potential.shape == (state.spiking.output.size,)
    state.undo()
    assert bench.wait(60)
    assert state.conversion.thresholds == {"output": 2}
    assert menu.value == ""
    state.change(**vars(before[0]), **vars(before[1]))
    assert bench.wait(60)
    assert menu.value == "default"


def test_own_settings_are_set_one_by_one(bench: Workbench) -> None:
    menu, before = control(bench, "swb-preset"), bench.state.conversion
    menu.value = ""
    assert bench.wait(60)
    assert bench.state.conversion == before
    assert menu.value == "default"


def test_a_story_opens_its_network_and_is_told_while_it_holds(bench: Workbench) -> None:
    menu, told = row(bench, "swb-presets").children
    assert told.layout.display == "none"
    menu.children[0].value = "too_few_steps"
    assert bench.wait(120)
    assert (bench.state.network, bench.state.steps) == ("lenet", 5)
    assert STORIES["too_few_steps"].text in html.unescape(told.value)
    bench.state.steps = 20
    assert bench.wait(120)
    assert (menu.children[0].value, told.layout.display) == ("default", "none")
    bench.state.undo()
    bench.state.undo()
    assert bench.state.network == "counting"
