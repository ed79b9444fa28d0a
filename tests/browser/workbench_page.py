"""A page with the workbench, as the tests in JupyterLab and in Voila handle it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
from playwright.sync_api import Locator, Page, expect

from workbench.util.package_data import notebooks_folder

STATUS = ".swb-status"
DONE = re.compile("swb-done")
ERROR = re.compile("swb-error")

MODELS = """(name) => Object.values(window.Bokeh.documents)
    .flatMap((doc) => [...doc._all_models.values()])
    .filter((model) => model.name === name && model.data != null)
    .map((model) => {
        const plain = (value) => ArrayBuffer.isView(value) || value?.dtype != null
            ? Array.from(value) : Array.isArray(value) ? value.map(plain) : value;
        const data = model.data;
        const keys = typeof data.keys === "function" ? [...data.keys()] : Object.keys(data);
        return Object.fromEntries(keys.map((key) => [key, plain(data.get?.(key) ?? data[key])]));
    })"""

PIXELS = """(canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let sum = 0, coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
        sum = (sum * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2] + data[i + 3]) | 0;
        const colour = data.slice(i, i + 3);
        coloured += Math.max(...colour) - Math.min(...colour) > 40;
    }
    return { sum, coloured };
}"""


def opened_in_lab(page: Page, server: harness.Server, notebooks: Path) -> Bench:
    """Open the shipped notebook in JupyterLab, and wait for its first run."""
    shutil.copy(notebooks_folder() / "workbench.ipynb", notebooks)
    harness.open_in_lab(page, server, "workbench.ipynb")
    bench = Bench(page)
    bench.wait_until_done()
    return bench


class Bench:
    """The workbench on a page."""

    def __init__(self, page: Page):
        self.page = page
        self.status = page.locator(STATUS)

    def wait_until_done(self) -> None:
        """Wait for the end of a run.

        A run that a change has just asked for may not have begun: wait for what it brings, too.
        """
        expect(self.status).to_have_class(DONE)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what no locator tells."""
        harness.wait_until(self.page, holds)

    def is_done(self) -> bool:
        """Whether no run goes on."""
        return DONE.search(self.status.get_attribute("class") or "") is not None

    def data(self, name: str) -> dict[str, Any]:
        """Columns of a named source, as the browser has them once the plot is there."""
        self.page.wait_for_function(f"(name) => ({MODELS})(name).length === 1", arg=name)
        found = self.page.evaluate(MODELS, name)
        assert len(found) == 1, f"{len(found)} sources named {name}"
        return dict(found[0])

    def pixels(self, pane: str) -> list[dict[str, int]]:
        """Of each canvas of a pane: a sum over its pixels, and how many of them have a colour."""
        canvases = self.page.locator(f".swb-pane-{pane} canvas")
        return [dict(canvas.evaluate(PIXELS)) for canvas in canvases.all()]

    def control(self, css: str, kind: str) -> Locator:
        """An input of a row of controls."""
        return self.page.locator(f".{css} {kind}").first

    def press(self, css: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard."""
        self.control(css, ".swb-range").focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def type(self, css: str, text: str, kind: str = "input") -> None:
        """Type into a field and leave it."""
        field = self.control(css, kind)
        field.fill(text)
        field.press("Enter")
        field.blur()

    def open_file(self, setting: str, path: Path) -> None:
        """Open a file of this machine: by its path, or by upload where paths are not opened."""
        self.unfold("Open a file")
        row = self.page.locator(f".swb-{setting}-path")
        if row.locator("input[type=text]").count():
            self.type(f"swb-{setting}-path", str(path))
            return
        with self.page.expect_file_chooser() as chooser:
            row.locator(".swb-upload").click()
        chooser.value.set_files(path)

    def open_tab(self, title: str) -> None:
        """Bring one of the pages to the front."""
        self.page.locator(".swb-pages .lm-TabBar-tab", has_text=title).click()

    def unfold(self, *titles: str) -> None:
        """Open sections, from the outside in, unless they are open."""
        for title in titles:
            header = self.page.get_by_role("button", name=title, exact=True).first
            if header.get_attribute("aria-expanded") == "false":
                header.click()

    def screenshot(self, name: str, *, width: int = 1400, height: int = 1500) -> None:
        """Keep a picture of the page."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(1_000)
        self.page.screenshot(path=harness.screenshot_folder() / f"workbench-{name}.png")
        if before is not None:
            self.page.set_viewport_size(before)

    def overflowing(self) -> list[str]:
        """Names of parts that are wider than the room they have."""
        found = self.page.evaluate(
            """() => [...document.querySelectorAll(
                ".swb-app .swb-tile, .swb-app .swb-card, .swb-app .swb-row, .swb-app .swb-top"
            )].filter((part) => part.scrollWidth > part.clientWidth + 2)
              .map((part) => `${part.className}: ${part.scrollWidth} > ${part.clientWidth}`)"""
        )
        return list(found)

    def cut_tabs(self) -> list[str]:
        """Titles of pages that have too little room."""
        labels = self.page.locator(".swb-pages .lm-TabBar-tabLabel")
        return list(
            labels.evaluate_all(
                "(all) => all.filter((label) => label.scrollWidth > label.clientWidth)"
                ".map((label) => label.textContent)"
            )
        )
