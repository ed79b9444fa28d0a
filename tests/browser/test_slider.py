"""What belongs together when a slider moves: a drag, or several key presses, is one gesture."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from workbench.ui import widgets

pytestmark = pytest.mark.browser

STRAW = """
window.sent = [];
const held = { value: 0, places: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], description: "", tooltip: "" };
const model = {
  get: (name) => held[name],
  set: (name, value) => (held[name] = value),
  save_changes: () => window.sent.push([held.gesture, held.value]),
  on: () => {},
  off: () => {},
};
render({ model, el: document.querySelector("div") });
"""


def opened(page: Page, *, pause_ms: int) -> Page:
    page.set_content("<body><div style='width: 400px'></div>")
    code = (Path(widgets.__file__).parent / "slider.js").read_text("utf-8")
    code = code.replace("PAUSE_MS = 700", f"PAUSE_MS = {pause_ms}")
    page.add_script_tag(content=code.replace("export default { render };", "") + STRAW)
    return page


def gestures(page: Page) -> list[str]:
    """Gesture of each value that was sent."""
    sent = page.evaluate("window.sent")
    assert all(gesture for gesture, _ in sent)
    return [gesture for gesture, _ in sent]


def test_each_drag_is_one_gesture(page: Page) -> None:
    opened(page, pause_ms=700)
    box = page.locator("input").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    for _ in range(2):
        page.mouse.move(box["x"] + 10, middle)
        page.mouse.down()
        for place in (60, 120, 180):
            page.mouse.move(box["x"] + place, middle)
        page.mouse.up()
    found = gestures(page)
    assert len(found) >= 4
    assert len(set(found)) == 2


@pytest.mark.parametrize(("pause_ms", "expected"), [(10**9, 1), (-1, 3)])
def test_key_presses_that_follow_soon_are_one_gesture(
    page: Page, pause_ms: int, expected: int
) -> None:
    opened(page, pause_ms=pause_ms)
    page.locator("input").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    found = gestures(page)
    assert len(found) == 3
    assert len(set(found)) == expected
