"""A notebook that was saved shows the last pictures where its widgets do not run."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import harness
import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import Page, expect
from workbench_page import Bench

pytestmark = pytest.mark.browser

LINE = (0xD5, 0x5E, 0x00)
"""Colour of the figure's line."""

KEPT = """() => window.jupyterapp.shell.currentWidget.context.model.toJSON().cells.map((cell) =>
    cell.outputs.map((output) => output.data?.["image/png"] ?? "").join(""))"""


def kept(page: Page) -> list[str]:
    """For each cell, the picture that the notebook would be saved with."""
    return list(page.evaluate(KEPT))


def near(png: str, colour: tuple[int, int, int]) -> int:
    """How many pixels of a picture have about this colour."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    colours = image.getcolors(1 << 24) or []
    return sum(
        n for n, c in colours if max(abs(a - b) for a, b in zip(c, colour, strict=True)) < 12
    )


def run_in_kernel(page: Page, lines: str) -> None:
    """Run lines of Python in the notebook's kernel."""
    page.evaluate(
        """async (lines) => {
            const { context } = window.jupyterapp.shell.currentWidget;
            const kernel = context.sessionContext.session.kernel;
            await kernel.requestExecute({ code: lines }).done;
        }""",
        lines,
    )


def reopen_with_widgets(page: Page, server: harness.Server, notebook: str) -> None:
    """Load the page of an open notebook afresh, with all its widgets.

    On a busy machine ipywidgets draws some outputs before it has read the kernel's widgets, and
    does not look again: a person loads the page once more.
    """
    for _ in range(4):
        harness.reopen_in_lab(page, server, notebook)
        widgets = page.locator(".snn-workbench-bokeh-pane, .swb-app, .jupyter-widgets")
        for cell in range(2):
            expect(page.locator(".jp-CodeCell").nth(cell).locator(widgets).first).to_be_attached()
        if page.get_by_text("Error displaying widget").count() == 0:
            return


def test_a_saved_notebook_shows_the_last_picture_of_each_figure(
    page: Page, lab_server: harness.Server, problems: harness.Problems
) -> None:
    copy = harness.open_in_lab(page, lab_server, "pictures.ipynb")
    bench = Bench(page)
    bench.wait_until_done()
    harness.wait_until(page, lambda: all(kept(page)))
    assert near(kept(page)[0], LINE) > 100
    # Beside the live widgets they are hidden.
    pictures = page.locator(".jp-RenderedImage img")
    expect(pictures).to_have_count(2)
    for i in range(2):
        expect(pictures.nth(i)).to_be_hidden()
    harness.save_in_lab(page)

    # So they are after the page was loaded again, and follow what is shown, once all is quiet.
    reopen_with_widgets(page, lab_server, copy)
    bench.wait_until_done()
    expect(page.locator(".jp-CodeCell").first.locator(".bk-Figure")).to_be_visible()
    before = kept(page)
    run_in_kernel(page, "source.data = {'x': [0, 1, 2], 'y': [2, 1, 2]}; bench.state.sample = 5")
    harness.wait_until(page, lambda: all(a != b for a, b in zip(before, kept(page), strict=True)))
    for i in range(2):
        expect(pictures.nth(i)).to_be_hidden()
    last = kept(page)
    harness.save_in_lab(page)
    saved = lab_server.root / copy
    assert saved.stat().st_size < 400_000

    # Converted, and read without a server.
    notebook = nbformat.read(saved, as_version=4)
    html, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    page.goto("about:blank")
    page.set_content(html)
    sources = page.locator("img").evaluate_all("(all) => all.map((one) => one.src)")
    assert [source.partition(",")[2] for source in sources] == [one.strip() for one in last]
    assert page.locator("img").first.evaluate("(one) => one.complete && one.naturalWidth > 0")
    assert page.locator("img").first.get_attribute("alt") == "the figure “Three points”"

    # Opened later by somebody else: the widgets are gone, the pictures are not.
    lab_server.end_sessions()
    page.goto(f"{lab_server.url}/lab/tree/{copy}?reset")
    harness.wait_for_kernel(page)
    for i in range(2):
        expect(pictures.nth(i)).to_be_visible()
    problems.allow("[Ww]idget")


@pytest.fixture
def without(lab_server: harness.Server) -> Iterator[Any]:
    """A function that takes an extension from JupyterLab, for pages that are loaded afterwards."""
    settings = lab_server.folder / "config" / "labconfig" / "page_config.json"
    before = settings.read_text()

    def take(extension: str) -> None:
        disabled = {**json.loads(before)["disabledExtensions"], extension: True}
        settings.write_text(json.dumps({"disabledExtensions": disabled}))

    yield take
    settings.write_text(before)


@pytest.mark.parametrize(
    ("extension", "package", "other"),
    [
        (
            "@jupyter-widgets/jupyterlab-manager",
            "jupyterlab_widgets",
            "lacks the package anywidget",
        ),
        ("anywidget", "anywidget", "lacks the package jupyterlab_widgets"),
    ],
)
def test_a_server_without_a_package_of_the_widgets_says_which(
    page: Page,
    lab_server: harness.Server,
    problems: harness.Problems,
    without: Any,
    extension: str,
    package: str,
    other: str,
) -> None:
    without(extension)
    harness.open_in_lab(page, lab_server, "pictures.ipynb")
    for cell in range(2):
        outputs = page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea")
        told = outputs.get_by_text(f"lacks the package {package}")
        expect(told).to_be_visible()
        expect(told.locator("pre", has_text=package)).to_be_visible()
        expect(outputs.get_by_text(other)).to_be_hidden()
    page.goto("about:blank")  # the kernel goes on telling a page that has no use for it
    problems.allow("anywidget|[Ww]idget|AnyModel|opening new comm")
