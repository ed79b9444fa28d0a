"""A page on which scenes are shown, and the pictures that are taken of it."""

from __future__ import annotations

import json
from pathlib import Path

import harness
from playwright.sync_api import Page, expect
from workbench_page import Bench

from workbench.plot.still import in_few_colours

IMAGES = Path(__file__).parents[2] / "docs" / "images"

DOCUMENTED = {
    "explore-light-1440x900": "workbench.png",
    "pinned-changed-1920x1080": "workbench_pinned.png",
    "losses-diagnose-1440x1200": "workbench_diagnose.png",
    "swept-light-1440x1300": "workbench_sweep.png",
    "lab-presentation-explore-light-1920x1080": "workbench_presentation.png",
}
"""File in docs/images by picture."""

LAPTOP, PROJECTOR, NARROW, PHONE = (1440, 900), (1920, 1080), (900, 1100), (400, 800)


class Stage:
    """A page on which a scene is shown, and the pictures that are taken of it."""

    def __init__(self, page: Page, server: harness.Server, scene: str):
        self.page, self.server, self.scene = page, server, scene
        self.bench = Bench(page)

    def open(self, notebook: str = "dashboard.ipynb", *, run: bool = True) -> None:
        """Open a notebook as a person does, and wait for its first run."""
        if self.server.token:
            harness.open_in_lab(self.page, self.server, notebook)
        else:
            harness.open_in_voila(self.page, self.server, notebook)
        expect(self.bench.status).to_be_visible()
        if run:
            self.bench.wait_until_done()
            expect(self.page.locator(".swb-pane-accuracy canvas").first).to_be_visible()

    def open_code(self, code: str, *, run: bool = True) -> None:
        """Open a notebook of one cell."""
        write_notebook(self.server.root / "scene.ipynb", code)
        self.open("scene.ipynb", run=run)

    def keep(self, name: str, size: tuple[int, int] = LAPTOP, *, whole: bool = False) -> None:
        """Take a picture of a window of this size; of the `whole` page where it is longer."""
        width, height = size
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.mouse.move(2, 2)  # no tooltip
        self.top()
        self.page.wait_for_timeout(1_500)  # what is laid out and drawn anew
        full = f"{self.scene}-{name}-{width}x{height}"
        picture = self.page.screenshot(full_page=whole)
        path = harness.screenshot_folder() / f"{full}.png"
        path.write_bytes(picture)
        if full in DOCUMENTED:
            (IMAGES / DOCUMENTED[full]).write_bytes(in_few_colours(picture))
        print(path.name, flush=True)

    def top(self) -> None:
        """Scroll the workbench to the upper edge of the window."""
        self.page.locator(".swb-app").first.evaluate("(app) => app.scrollIntoView()")

    def is_on(self, theme: str) -> None:
        """Choose JupyterLab's light or dark theme."""
        harness.set_theme(self.page, theme)


def write_notebook(path: Path, code: str) -> None:
    """Write a notebook of one cell."""
    cell = {"cell_type": "code", "id": "cell-0", "metadata": {}, "execution_count": None}
    cells = [{**cell, "source": code, "outputs": []}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}}
    path.write_text(json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}))
