"""What the page says when its kernel is gone; a kernel of straw stands for every way to go."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from workbench.ui import widgets

pytestmark = pytest.mark.browser

STRAW = """
class Signal {
  slots = [];
  connect(slot) { this.slots.push(slot); }
  disconnect(slot) { this.slots = this.slots.filter((other) => other !== slot); }
  emit(value) { for (const slot of this.slots) slot(null, value); }
}
const kernel = { statusChanged: new Signal(), connectionStatusChanged: new Signal() };
const model = {
  widget_manager: { kernel },
  on: (_name, slot) => (model.comm = slot),
  off: () => (model.comm = null),
};
window.kernel = kernel;
window.model = model;
window.unwatch = watchKernel(model, () => document.querySelector(".swb-app"));
"""


def opened(page: Page, *, voila: bool = False, css: str = "") -> Page:
    """A page with a workbench that is one button."""
    page.set_content(
        f"<body {'data-voila=voila' if voila else ''}>"
        f"<div class='swb-app {css}'><button>Run</button></div>"
    )
    code = (Path(widgets.__file__).parent / "kernel.js").read_text("utf-8")
    page.add_script_tag(content=code.replace("LOST_MS = 4000", "LOST_MS = 20") + STRAW)
    expect(page.locator(".swb-gone")).to_have_count(0)
    return page


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        ("kernel.statusChanged.emit('restarting')", "The kernel was restarted."),
        ("kernel.statusChanged.emit('autorestarting')", "The kernel was restarted."),
        ("kernel.statusChanged.emit('dead')", "The kernel has ended."),
        ("model.comm()", "The kernel was restarted."),
    ],
)
def test_a_notebook_says_which_cell_to_run(page: Page, happens: str, words: str) -> None:
    opened(page).evaluate(happens)
    expect(page.locator(".swb-gone")).to_have_text(f"{words} Run this cell again.")
    assert page.locator("button", has_text="Run").evaluate("(button) => button.inert")
    page.evaluate("kernel.connectionStatusChanged.emit('connected')")  # to another kernel
    expect(page.locator(".swb-gone")).to_have_count(1)


def test_a_form_by_itself_names_the_workbench_too(page: Page) -> None:
    opened(page, css="swb-export-cell").evaluate("kernel.statusChanged.emit('dead')")
    expect(page.locator(".swb-gone")).to_have_text(
        "The kernel has ended. Run the workbench's cell and this cell again."
    )


def test_a_dashboard_starts_again_at_a_click(page: Page) -> None:
    opened(page, voila=True).evaluate("kernel.statusChanged.emit('dead')")
    told = page.locator(".swb-gone")
    expect(told).to_contain_text("This dashboard has stopped: its session on the server has ended.")
    expect(told).to_have_attribute("role", "alert")
    expect(told.locator("button")).to_have_text("Start again")


def test_a_lost_connection_is_told_until_it_is_back(page: Page) -> None:
    opened(page, voila=True).evaluate("kernel.connectionStatusChanged.emit('connecting')")
    told = page.locator(".swb-gone")
    expect(told).to_contain_text("The connection to the server is lost.")
    page.evaluate("kernel.connectionStatusChanged.emit('connected')")
    expect(told).to_have_count(0)
    assert not page.locator("button", has_text="Run").evaluate("(button) => button.inert")


def test_a_page_that_is_closed_listens_no_more(page: Page) -> None:
    opened(page).evaluate("window.unwatch()")
    page.evaluate("kernel.statusChanged.emit('dead')")
    assert page.evaluate("kernel.connectionStatusChanged.slots.length") == 0
    expect(page.locator(".swb-gone")).to_have_count(0)
