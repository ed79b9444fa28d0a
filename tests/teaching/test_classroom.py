"""Pages for a classroom: large on a projector, and what they were before on any other page."""

import pytest

import workbench as wb
from workbench.errors import SettingsError
from workbench.teaching.classroom import LARGE, LARGER


@pytest.fixture
def page():
    made = wb.teaching.ClassroomPage("<b>One</b>", "Why & how?", wb.teaching.NeuronExplorer())
    yield made
    made.close()


def sizes(figure):
    axis, line = figure.xaxis[0], figure.renderers[0].glyph
    return float(axis.axis_label_text_font_size[:-2]), line.line_width, figure.height


def test_figures_follow_the_width_of_the_page(page):
    figure = page.explorer.plots[0].figure
    own = wb.teaching.NeuronExplorer()
    text, line, height = sizes(own.plots[0].figure)
    own.close()
    smaller = pytest.approx((LARGE * text, line, LARGE * height), rel=1e-3)
    assert sizes(figure) == smaller
    page.explorer.page.wide = True
    large = sizes(figure)
    assert large[0] == pytest.approx(LARGER * text, rel=1e-3)
    assert large[1] > line and large[2] > LARGE * height
    page.explorer.page.wide = False
    assert sizes(figure) == smaller


def test_the_first_figures_can_be_shown_alone(page):
    less = wb.teaching.ClassroomPage("a", "b", wb.teaching.NeuronExplorer(), figures=1)
    assert [card.layout.display for card in less.explorer.cards] == [None, "none"]
    less.explorer.page.wide = page.explorer.page.wide = True
    assert less.explorer.plots[0].figure.height == page.explorer.plots[0].figure.height
    less.close()
    with pytest.raises(SettingsError, match="figures is 0; accepted: 1 or more"):
        wb.teaching.ClassroomPage("a", "b", page.explorer, figures=0)


def test_the_question_stands_alone_until_the_figures_are_shown(page):
    assert not page.shown and page.button.description == "Show the figures"
    assert "swb-class-asking" in page._dom_classes
    page.button.click()
    assert page.shown and page.button.description == "Hide the figures"
    assert "swb-class-asking" not in page._dom_classes
    page.button.click()
    assert not page.shown and "swb-class-asking" in page._dom_classes


def test_a_title_brings_no_markup(page):
    head = page.children[0].value
    assert "&lt;b&gt;One" in head and "Why &amp; how?" in head


def test_a_page_without_a_kernel_has_question_and_figures(page, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FIGURES", "png")
    monkeypatch.setattr(wb.teaching.explorer, "still", lambda _figure: b"a picture")
    shown = page._repr_mimebundle_()["text/html"]
    assert "Why &amp; how?" in shown and shown.count("<img ") == 2
    question, figures = shown.split("<details>")
    assert "<img " not in question and "Received" not in question and "Received" in figures


def test_closing_a_page_closes_its_explorer(page):
    page.close()
    assert not page.explorer.children and not page.children
