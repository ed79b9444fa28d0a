"""Sweeping settings and loading a point of the front, as a person does it in JupyterLab."""

from __future__ import annotations

from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench, opened_in_lab

pytestmark = pytest.mark.browser

PLACE = """(point) => {
    const views = Object.values(Bokeh.index).flatMap((view) => [...view.owner.all_views()]);
    const plot = views.find((view) => view.model.name === "sweep" && view.frame);
    const box = plot.canvas_view.el.getBoundingClientRect();
    const { x_scale, y_scale } = plot.frame;
    return [box.x + x_scale.compute(point[0]), box.y + y_scale.compute(point[1])];
}"""


@pytest.fixture
def bench(page: Page, lab_server: harness.Server, notebooks: Path) -> Bench:
    """The workbench of the shipped notebook, with its Sweep tab open."""
    bench = opened_in_lab(page, lab_server, notebooks)
    bench.open_tab("Sweep")
    return bench


def type_values(bench: Bench, axis: int, text: str) -> None:
    bench.type(f"swb-sweep-axis-{axis}", text, ".swb-sweep-values input")


def test_a_sweep_is_stopped_gone_on_with_and_a_point_is_loaded(bench: Bench) -> None:
    page = bench.page
    forecast, status = page.locator(".swb-sweep-forecast"), page.locator(".swb-work-status:visible")
    start, stop = page.locator(".swb-sweep"), page.locator(".swb-stop-sweep")
    expect(forecast).to_contain_text("144 points; 12 runs on 200 validation samples")
    type_values(bench, 1, "99, high")
    expect(page.get_by_text("Percentile: 'high' is not a number")).to_be_visible()
    expect(start).to_be_disabled()
    type_values(bench, 1, "50..99")
    bench.type("swb-sweep-samples", "100", "input[type=number]")
    bench.type("swb-sweep-longest", "32", "input[type=number]")
    expect(forecast).to_contain_text("150 runs on 100 validation samples")
    start.click()
    page.locator(".swb-pane-sweep canvas").first.scroll_into_view_if_needed()
    shown = len(bench.data("points")["x"])
    bench.until(lambda: len(bench.data("points")["x"]) > shown)  # it fills while it goes on
    stop.click()
    expect(status).to_contain_text("press Resume")
    expect(start).to_have_text("Resume")
    type_values(bench, 1, "50, 99.5")
    type_values(bench, 2, "0, 0.5")
    expect(forecast).to_contain_text("of them measured")
    expect(start).to_have_text("Resume")
    start.click()
    expect(status).to_contain_text("40 points on 100 validation samples. Took")
    expect(forecast).to_contain_text("nothing is left to measure")

    front = bench.data("front")
    best = front["x"][-1], front["y"][-1]
    percentile, steps = front["axis_percentile"][-1], front["axis_steps"][-1]
    page.locator(".swb-pane-sweep canvas").first.scroll_into_view_if_needed()
    page.mouse.move(*page.evaluate(PLACE, best))
    expect(page.locator(".bk-Tooltip").first).to_contain_text("initial potential")
    page.mouse.click(*page.evaluate(PLACE, best))
    loaded = page.locator(".swb-sweep-loaded")
    expect(loaded).to_contain_text("Loaded: Percentile ")
    bench.wait_until_done()
    expect(bench.status).to_contain_text(f"{steps} steps in" if steps != "1" else "1 step in")
    expect(page.get_by_text("Out of date: this sweep")).to_be_hidden()
    bench.screenshot("lab-sweep")
    bench.open_tab("Explore")
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value(steps)
    shown_percentile = bench.control("swb-percentile", "input[type=number]")
    expect(shown_percentile).to_have_value(percentile.removesuffix(".0"))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value("100")
    expect(loaded).to_be_hidden()
    bench.wait_until_done()
