"""A teacher serves the pages of the course, and shows one of them on a projector."""

from __future__ import annotations

from collections.abc import Iterator

import harness
import pytest
from playwright.sync_api import Page, expect

from workbench.launch.dashboards import course_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the pages of the course."""
    with harness.dashboards(tmp_path_factory.mktemp("course"), "--course") as url:
        yield url


def test_a_page_is_read_from_the_last_row(page: Page, index: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(index)
    for each in course_pages():
        expect(page.get_by_role("link", name=each.title)).to_contain_text(each.about)
    page.get_by_role("link", name="One neuron").click()
    question = page.locator(".swb-class-question")
    expect(question).to_contain_text("How can it say 0.43?")
    lines = page.locator(".swb-lesson-line [role=status]")
    slider = page.get_by_role("slider", name="Input")
    show = page.get_by_role("button", name="Show the figures")
    expect(show).to_be_visible()
    expect(lines.first).to_be_hidden()  # until the class has guessed
    expect(slider).to_be_hidden()
    assert show.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)") >= 32
    show.focus()
    page.keyboard.press("Enter")
    expect(lines.first).to_contain_text("17.00 sent (17 spikes of 1)")
    size = "(each) => parseFloat(getComputedStyle(each).fontSize)"
    harness.wait_until(page, lambda: question.evaluate(size) >= 32)
    harness.wait_until(page, lambda: lines.first.evaluate(size) >= 24)
    large = """() => {
        const models = Object.values(window.Bokeh?.documents ?? {})
            .flatMap((doc) => [...doc._all_models.values()]);
        const axes = models.filter((model) => model.type === "LinearAxis");
        const sizes = axes.map((axis) => parseFloat(axis.axis_label_text_font_size));
        return sizes.length === 4 && Math.min(...sizes) > 20;
    }"""
    page.wait_for_function(large)

    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(lines.first).not_to_contain_text("Received 17.20")
    assert page.locator("textarea, .jp-Editor, .CodeMirror").count() == 0  # nothing to type code in

    fits = "document.documentElement.scrollWidth <= innerWidth"
    for theme, width in (("Dark", 1920), ("Light", 1366), ("Dark", 400)):
        page.get_by_role("button", name=f"{theme} theme").click()
        page.set_viewport_size({"width": width, "height": 900})
        harness.wait_until(page, lambda: bool(page.evaluate(fits)))
    page.get_by_role("button", name="Hide the figures").click()
    expect(lines.first).to_be_hidden()
    harness.wait_until(page, lambda: bool(page.evaluate(fits)))
    page.get_by_role("link", name="All pages").click()
    expect(page.get_by_role("link", name="One neuron")).to_be_visible()
