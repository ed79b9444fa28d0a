"""Rows of controls as declarations ask for them."""

from __future__ import annotations

import ipywidgets as widgets
from controls import every, row

from workbench.setting_values import Choice, Integer, PerLayer, Truth
from workbench.ui.app import Workbench
from workbench.ui.panels.layout import typed_integer, typed_names
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.widgets import Page, Slider

CONTROLS = (
    widgets.Button, widgets.Checkbox, widgets.Dropdown, widgets.FloatText, widgets.IntText,
    widgets.Text, widgets.ToggleButton, Slider,
)  # fmt: skip


def test_every_setting_has_controls_that_explain_it(bench: Workbench) -> None:
    page = next(w for w in every(bench) if isinstance(w, Page))
    for name, each in SETTINGS.items():
        if each.group is None or name == "live" or isinstance(each.values, PerLayer):
            continue
        css = f"swb-{name.replace('_', '-')}"
        controls = row(bench, css).children
        assert page.helps[css].startswith(each.help)
        assert {control.description for control in controls} == {each.title}
        assert isinstance(controls[0], Slider) == bool(each.places)


def test_every_control_has_help(bench: Workbench) -> None:
    without = [
        f"{type(w).__name__} {w.description}"
        for w in every(bench)
        if isinstance(w, CONTROLS) and not w.tooltip
    ]
    assert without == []


def test_the_export_form_labels_options_by_their_names(bench: Workbench) -> None:
    labels = {w.description.lower() for w in every(bench.export_form()) if isinstance(w, CONTROLS)}
    for name in ("target", "path", "overwrite", "samples", "parity_steps", "chip", "lava_python"):
        words = name.replace("_", " ")
        assert any(words in label for label in labels), name


def test_controls_suit_the_values(bench: Workbench) -> None:
    kinds = {
        name: type(row(bench, f"swb-{name.replace('_', '-')}").children[-1]) for name in SETTINGS
        if SETTINGS[name].group is not None and name != "live"
        and not isinstance(SETTINGS[name].values, PerLayer)
    }  # fmt: skip
    for name, kind in kinds.items():
        values = SETTINGS[name].values
        if isinstance(values, Choice):
            assert kind is widgets.Dropdown
        elif isinstance(values, Truth):
            assert kind is widgets.Checkbox
        elif isinstance(values, Integer) and (values.none or values.high > 2**53):
            assert issubclass(kind, widgets.Text)
        else:
            assert kind is widgets.FloatText, name


def test_a_number_may_be_left_to_the_machine(bench: Workbench) -> None:
    (threads,) = row(bench, "swb-threads").children
    assert (threads.value, threads.placeholder) == ("", "one per core")
    threads.value = "2"
    assert bench.wait(60)
    assert bench.state.simulation.threads == 2
    threads.value = " "
    assert bench.wait(60)
    assert bench.state.simulation.threads is None
    threads.value = "many"
    assert bench.wait(60)
    assert "threads is 'many'; accepted: integers from 1 to 1,024, or None" in (
        bench.state.status.text
    )
    assert threads.value == ""


def test_typed_words_are_read() -> None:
    assert [typed_integer(text) for text in ("7", " -3 ", "", "x", "1.5")] == [
        7, -3, None, "x", "1.5"
    ]  # fmt: skip
    assert typed_names(" all ") == "all"
    assert typed_names("a, b,,") == ("a", "b")
    assert typed_names("") == ()
