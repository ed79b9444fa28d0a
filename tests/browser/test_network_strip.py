"""The network strip as a person meets it: playing, scrubbing, dragging a clip line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench, opened_in_lab

from workbench.util.package_data import notebooks_folder

pytestmark = pytest.mark.browser

CURSORS = """(lines) => lines
    .filter((line) => line.style.display !== "none")
    .map((line) => Number(line.dataset.time))"""

LIT = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let lit = 0;
    for (let i = 3; i < data.length; i += 4) lit += data[i] > 60;
    return lit;
}"""


def lit(bench: Bench, layer: str) -> int:
    """Pixels of a layer's picture that spikes light up."""
    canvas = bench.page.locator(f".swb-strip-card[data-layer={layer}] canvas")
    return int(canvas.evaluate(LIT))


def times(bench: Bench) -> list[float]:
    """The time at which each plot's line stands."""
    return list(bench.page.locator(".swb-time-line").evaluate_all(CURSORS))


def check_playing(bench: Bench) -> None:
    """Play by keys and by hand; every view follows, and the kernel has no part in it."""
    page = bench.page
    time, readout = (
        page.get_by_role("slider", name="Time", exact=True),
        page.locator(".swb-strip-readout"),
    )
    expect(readout).to_have_text("step 100")
    time.focus()
    page.keyboard.press("Home")
    expect(readout).to_have_text("step 0")
    assert lit(bench, "conv1") == 0
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(readout).to_have_text("step 5")
    assert lit(bench, "conv1") > 0
    bench.until(lambda: len(times(bench)) >= 3 and set(times(bench)) == {5})
    page.locator(".swb-strip-speed").select_option("1000")
    time.focus()
    page.keyboard.press("Space")
    expect(readout).to_have_text("step 100")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    bench.until(lambda: set(times(bench)) == {100})
    time.fill("50")
    expect(readout).to_have_text("step 50")


def check_dragging_a_clip_line(bench: Bench) -> None:
    """Drag the line of a layer: its percentile follows, and one undo takes it back."""
    page = bench.page
    handle = page.get_by_role("slider", name="Clip line of conv2")
    expect(handle).to_have_attribute("aria-valuenow", "99.9")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for away in (10, 20, 30):
        page.mouse.move(x - away, y)
    page.mouse.up()
    expect(handle).not_to_have_attribute("aria-valuenow", "99.9")
    bench.wait_until_done()
    words = page.locator("[data-layer=conv2] .swb-strip-clip-words")
    expect(words).to_have_text(re.compile(r"percentile 9\d"))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(handle).to_have_attribute("aria-valuenow", "99.9")
    handle.press("ArrowLeft")
    expect(words).to_have_text(re.compile(r"percentile 99\.8"))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(words).to_have_text("percentile 99.9")


def check_focus(bench: Bench) -> None:
    """Look at one layer, with the keyboard."""
    name = bench.page.locator("[data-layer=conv2] .swb-strip-name")
    name.press("Enter")
    expect(name).to_have_attribute("aria-pressed", "true")
    name.press("Enter")
    expect(name).to_have_attribute("aria-pressed", "false")


def test_a_run_is_played_back_in_jupyterlab(
    page: Page, lab_server: harness.Server, notebooks: Path
) -> None:
    bench = opened_in_lab(page, lab_server, notebooks)
    check_playing(bench)
    check_dragging_a_clip_line(bench)
    check_focus(bench)


def test_a_viewer_plays_a_run_back_too(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    shutil.copy(notebooks_folder() / "dashboard.ipynb", notebooks)
    harness.open_in_voila(page, voila_server, "dashboard.ipynb")
    bench = Bench(page)
    bench.wait_until_done()
    check_playing(bench)
    check_dragging_a_clip_line(bench)
