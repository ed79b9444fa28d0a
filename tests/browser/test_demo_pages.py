"""The pages for visitors as a visitor meets them: served by Voila, without explanation."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench

from workbench.util.package_data import notebooks_folder

pytestmark = pytest.mark.browser

STROKE = ((0.3, 0.2), (0.7, 0.2), (0.55, 0.5), (0.45, 0.85))


def open_demo(page: Page, server: harness.Server, notebooks: Path, name: str) -> Bench:
    shutil.copy(notebooks_folder() / f"demo_{name}.ipynb", notebooks)
    harness.open_in_voila(page, server, f"demo_{name}.ipynb")
    return Bench(page)


@pytest.mark.parametrize("width", [1920, 400])
def test_a_drawing_is_answered_while_it_is_drawn(
    page: Page, voila_server: harness.Server, notebooks: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    bench = open_demo(page, voila_server, notebooks, "draw")
    bench.wait_until_done()
    expect(page.locator(".swb-says b")).to_have_text("8")  # the first sample
    box = page.locator(".swb-canvas").bounding_box()
    assert box is not None and box["width"] >= 280
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    # The pen is still down.
    expect(page.locator(".swb-others")).not_to_contain_text("true")
    expect(bench.status).to_contain_text("Drawing:")
    page.mouse.up()
    expect(page.locator(".swb-says b")).to_have_text("7")
    expect(page.locator(".swb-others b").first).to_have_text("7")
    page.get_by_role("button", name="Noise").click()
    expect(bench.status).to_contain_text("Drawing, changed:")
    page.locator(".swb-thumbnail").first.click()
    expect(page.locator(".swb-others")).to_contain_text("true")
    bench.screenshot(f"demo-draw-{width}", width=width, height=1080 if width > 400 else 1700)


def test_the_point_moves_when_a_slider_does(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    bench = open_demo(page, voila_server, notebooks, "tuning")
    bench.wait_until_done()
    bench.until(lambda: len(bench.data("tradeoff-now")["x"]) == 1)
    before = bench.data("tradeoff-now")["x"][0]
    bench.type("swb-steps", "10", "input[type=number]")
    bench.until(lambda: bench.data("tradeoff-now")["x"][0] < before)
    assert len(bench.data("tradeoff")["x"]) == 2
    assert bench.overflowing() == []
    bench.screenshot("demo-tuning", width=1920, height=1080)


def test_two_codes_play_on_one_clock(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    open_demo(page, voila_server, notebooks, "compare")
    sides = page.locator(".swb-side")
    for side in sides.all():
        expect(side.locator(".swb-status")).to_have_class(re.compile("swb-done"))
    readouts = page.locator(".swb-side .swb-strip-readout")
    expect(readouts.first).to_contain_text("32")
    expect(readouts.last).to_contain_text("4")  # windows
    sides.first.locator(".swb-strip-time").focus()
    page.keyboard.press("Home")
    for readout in readouts.all():
        expect(readout).to_contain_text("0")
    page.keyboard.press("End")
    expect(readouts.first).to_contain_text("32")
    expect(readouts.last).to_contain_text("4")  # windows
    page.locator(".swb-frame").last.click()
    for side in sides.all():
        expect(side.locator(".swb-status")).to_contain_text("Sample 2:")
        expect(side.locator(".swb-says b")).to_have_text("9")
    Bench(page).screenshot("demo-compare", width=1920, height=1080)
