"""Drawing a digit, and finding samples to look at, as a person does in JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench, opened_in_lab

pytestmark = pytest.mark.browser


@pytest.fixture
def bench(page: Page, lab_server: harness.Server, notebooks: Path) -> Bench:
    """The workbench of the shipped notebook."""
    return opened_in_lab(page, lab_server, notebooks)


def test_a_drawn_one_is_read_as_a_one_and_undone(bench: Bench) -> None:
    page = bench.page
    answer = page.locator(".swb-says b").first
    section = page.locator(".swb-own-input")
    section.get_by_text("Input by hand").click()
    canvas = section.locator(".swb-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None

    def place(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*place(0.52, 0.15))
    page.mouse.down()
    page.mouse.move(*place(0.48, 0.85), steps=12)
    # The pen is still down.
    expect(section.locator(".swb-own-sees")).to_contain_text("SNN says 1")
    page.mouse.up()
    expect(answer).to_have_text("1")
    expect(section.locator(".swb-own-sees")).to_contain_text("ANN says 1")
    expect(page.locator(".swb-mark")).to_have_count(0)
    expect(bench.status).to_contain_text("Drawing")
    bench.screenshot("lab-drawn", height=1000)
    section.get_by_role("button", name="Undo stroke").click()
    expect(bench.status).to_contain_text("Sample 0")
    bench.wait_until_done()


def test_a_cell_of_the_matrix_lists_its_samples_and_a_picture_opens_one(bench: Bench) -> None:
    page = bench.page
    bench.open_tab("Data")
    matrix = page.locator(".swb-pane-confusion .bk-Canvas").first
    matrix.scroll_into_view_if_needed()
    # Where on the page the cell of true 7, predicted 7 is, BokehJS knows.
    where = page.evaluate(
        """() => {
            const views = Object.values(Bokeh.index).flatMap((view) => [...view.owner.all_views()]);
            const plot = views.find((view) => view.model.name === "confusion" && view.frame);
            const box = plot.canvas_view.el.getBoundingClientRect();
            const { x_scale, y_scale } = plot.frame;
            return [box.x + x_scale.compute(7.5), box.y + y_scale.compute(2.5)];
        }"""
    )
    page.mouse.click(*where)
    lists = page.locator(".swb-sample-lists")
    expect(lists.locator(".mod-active")).to_have_text(re.compile(r"True 7, SNN says 7 \(\d+\)"))
    pictures = page.locator(".swb-gallery .swb-thumbnail")
    expect(pictures.first.locator(".swb-caption")).to_have_text("7")
    name = pictures.nth(1).get_attribute("aria-label") or ""
    pictures.nth(1).click()
    number = re.findall(r"\d+", name)[0]
    expect(bench.status).to_contain_text(f"Sample {number}:")
    expect(page.locator(".swb-gallery [aria-current]")).to_have_attribute("aria-label", name)
    bench.screenshot("lab-data")
