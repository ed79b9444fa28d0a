"""The head and the rows: answer, figures, status, pin, presentation, and ways back."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from bokeh.models import Plot
from controls import control, every, open_all, row

from workbench.ui import binding
from workbench.ui.app import PAGES, Workbench
from workbench.ui.panels.answer import answer_html
from workbench.ui.panels.status import status_html
from workbench.ui.plots.type_size import PRESENTED
from workbench.ui.session.results import Status
from workbench.ui.session.tiles import tiles
from workbench.ui.widgets import Disclosure, Page


def page_of(bench: Workbench) -> Page:
    return next(w for w in every(bench) if isinstance(w, Page))


def test_the_first_tab_explores_and_every_page_has_one(bench: Workbench) -> None:
    pages = row(bench, "swb-pages")
    assert pages.selected_index == 0
    assert list(pages.titles) == [page.title for page in PAGES]
    assert pages.titles[0] == "Explore"


def test_the_answer_is_told_and_judged(bench: Workbench) -> None:
    run = replace(bench.state.sample_run, choice=3, true_class=3, analog_choice=3)
    assert '<b>3</b><span class="swb-mark swb-right"' in answer_html(run)
    assert 'aria-label="wrong">✗' in answer_html(replace(run, true_class=4))
    assert "swb-mark" not in answer_html(replace(run, true_class=-1))
    assert "<span>SNN is</span> <b>undecided</b>" in answer_html(replace(run, choice=-1))
    names = tuple("<Ankle boot>" if n == 3 else name for n, name in enumerate(run.classes))
    named = answer_html(replace(run, classes=names))
    assert "&lt;Ankle boot&gt;" in named and "swb-long" in named
    assert "press Run" in answer_html(None)
    assert "press Run" not in answer_html(None, busy=True)


def test_every_figure_is_shown_with_its_explanation(bench: Workbench) -> None:
    shown = row(bench, "swb-tiles-box").value
    for tile in tiles(bench.state):
        assert html.escape(tile.title) in shown and html.escape(tile.explanation) in shown
    assert shown.count('tabindex="0"') == 4


def test_the_lamp_is_not_green_over_an_old_result(bench: Workbench) -> None:
    assert 'class="swb-status swb-done"' in status_html(bench.state)
    bench.actions.change(live=False)
    bench.state.steps = 33
    assert bench.wait(60)
    bench.state.set_trait("status", Status("done", "Done."))
    assert 'class="swb-status swb-stale"' in status_html(bench.state)


def test_plots_that_are_being_renewed_are_not_called_out_of_date(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binding, "LATER_S", 0.0)  # every run takes longer
    told: list[str] = []
    for part, trait in ((bench, "_dom_classes"), (row(bench, "swb-leftover"), "value")):
        part.observe(lambda change: told.append(str(change["new"])), trait)
    for percentile in (99, 98, 97):
        control(bench, "swb-percentile").value = percentile
        assert bench.wait(60)
    assert any("swb-computing" in words for words in told)
    assert not any("dimmed" in words or "Out of date" in words for words in told)


def test_a_pinned_run_is_drawn_behind_the_one_that_is_shown(bench: Workbench) -> None:
    line, pin = row(bench, "swb-pin"), row(bench, "swb-pin-button")
    assert line.layout.display == "none"
    pin.click()
    assert bench.wait(60)
    assert line.layout.display == "" and "Change a setting" in line.children[0].value
    counts = bench.state.sample_run.output_counts
    bench.state.percentile = 80
    assert bench.wait(60)
    assert "<span>Percentile</span> 99.9 → <b>80</b>" in line.children[0].value
    figure = row(bench, "swb-pane-outputs").children[-1].document.roots[0]
    kept = figure.renderers[-1].data_source.data
    assert list(kept["top"]) == counts.tolist()
    line.children[-1].click()
    assert bench.wait(60)
    assert list(figure.renderers[-1].data_source.data["top"]) == []


def test_a_presentation_has_larger_plots_and_gives_them_back_their_size(bench: Workbench) -> None:
    figure = row(bench, "swb-pane-raster").children[-1].document.roots[0]
    button = row(bench, "swb-present")

    def sizes() -> list[tuple[int, str]]:
        plots = [model for model in figure.references() if isinstance(model, Plot)]
        return sorted((plot.height, plot.yaxis[0].major_label_text_font_size) for plot in plots)

    before = sizes()
    page_of(bench).plot_room = 500  # as the page measures it
    button.value = True
    assert bench.wait(60)
    assert bench.state.presentation and page_of(bench).presentation
    for (height, size), (larger, type_size) in zip(before, sizes(), strict=True):
        assert larger > height
        assert float(type_size[:-2]) == pytest.approx(PRESENTED * float(size[:-2]))
    page_of(bench).presentation = False  # Esc
    page_of(bench).plot_room = 0
    assert bench.wait(60)
    assert not bench.state.presentation and not button.value
    assert sizes() == before


def test_a_workbench_may_open_as_a_presentation(make_workbench) -> None:
    bench = make_workbench(presentation=True)
    assert page_of(bench).presentation and row(bench, "swb-present").value
    assert not bench.state.undoable
    pages = row(bench, "swb-pages")
    bench.state.presentation = False
    pages.selected_index = 3
    bench.state.presentation = True
    assert bench.wait(60)
    assert pages.selected_index == 0  # where the answer is


def test_a_row_goes_back_to_its_default(bench: Workbench) -> None:
    page = page_of(bench)
    assert page.changed == ["swb-steps"]  # the fixture's 20
    bench.state.change(percentile=97, reset="zero")
    assert bench.wait(60)
    assert set(page.changed) == {"swb-steps", "swb-percentile", "swb-reset"}
    page._handle_custom_msg({"kind": "reset", "row": "swb-percentile"}, [])
    page._handle_custom_msg({"kind": "reset", "row": "swb-of-nobody"}, [])
    assert bench.wait(60)
    assert (bench.state.percentile, bench.state.reset) == (99.9, "zero")
    assert control(bench, "swb-percentile").value == 99.9


def test_help_speaks_of_the_network_that_is_open(bench: Workbench) -> None:
    page = page_of(bench)
    assert "percentile of conv1 is" in page.helps["swb-percentile"]
    bench.state.network = "mlp"
    assert bench.wait(60)
    assert "percentile of dense" in page.helps["swb-percentile"]


def test_settings_are_folded_in_named_groups(bench: Workbench) -> None:
    open_all(bench)
    titles = [w.title for w in every(row(bench, "swb-more")) if isinstance(w, Disclosure)]
    groups = ["Normalization", "Neurons", "Input", "Read-out", "Calibration"]
    assert titles[: 1 + len(groups)] == ["More", *groups]
    first = [w for w in every(row(bench, "swb-first")) if "swb-row" in w._dom_classes]
    assert len(first) == 3
