"""Notebook 7: a notebook with the workbench, and networks that open by a click."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator

import control_checks
import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench

from workbench.util.package_data import data_folder, notebooks_folder

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not importlib.util.find_spec("notebook"), reason="needs Notebook 7"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Server]:
    """A Notebook 7 over the shipped notebooks and a network."""
    root = tmp_path_factory.mktemp("notebooks7")
    shutil.copy(notebooks_folder() / "dashboard.ipynb", root)
    shutil.copy(data_folder() / "networks" / "counting.snn", root)
    with harness.notebook_server(tmp_path_factory.mktemp("notebook7"), root=root) as started:
        yield started


@pytest.fixture(autouse=True)
def _known_errors(page: Page, problems: harness.Problems) -> Iterator[None]:
    """Notebook 7.6 stumbles over shortcuts of plugins that it loads late, and over pages that are
    closed while they open, without us as well."""
    yield
    problems.allow(r"reading '(schema|updateRenderOption)'|Cannot convert undefined or null")


@pytest.fixture
def tree(page: Page, server: harness.Server, problems: harness.Problems) -> Page:
    """The list of files; pages that it opens are watched, too."""
    page.context.on("page", problems.watch)
    page.goto(f"{server.url}/tree?token={server.token}")
    expect(page.locator(".jp-DirListing-item", has_text="counting.snn")).to_be_visible()
    return page


def test_the_workbench_runs_in_a_notebook(page: Page, server: harness.Server) -> None:
    page.goto(f"{server.url}/notebooks/dashboard.ipynb?token={server.token}")
    harness.wait_for_kernel(page)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    bench = Bench(page)
    expect(bench.status).to_be_visible()
    bench.wait_until_done()
    control_checks.check_a_slider_changes_spikes_and_rates(bench)


def test_a_network_opens_by_a_double_click_in_a_tab_of_its_own(tree: Page) -> None:
    with tree.context.expect_page() as opened:
        tree.locator(".jp-DirListing-item", has_text="counting.snn").dblclick()
    page = opened.value
    bench = Bench(page)
    bench.wait_until_done()
    expect(page.locator(".swb-title")).to_contain_text("counting")
    bench.type("swb-steps", "20", "input[type=number]")
    expect(bench.status).to_contain_text("20 steps")
    page.screenshot(path=harness.screenshot_folder() / "notebook7-network.png")


def test_the_palette_writes_a_notebook_which_shows_the_workbench(
    tree: Page, server: harness.Server
) -> None:
    with tree.context.expect_page() as opened:
        tree.keyboard.press("Control+Shift+c")
        tree.locator(".lm-CommandPalette input:visible").fill("SNN Workbench")
        tree.locator(".lm-CommandPalette-item", has_text="Open the SNN Workbench").click()
    page = opened.value
    harness.wait_for_kernel(page)
    (path,) = server.root.glob("Untitled*.ipynb")
    (cell,) = json.loads(path.read_text())["cells"]
    assert 'wb.Workbench("lenet"' in "".join(cell["source"])
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    bench = Bench(page)
    bench.wait_until_done()
    expect(page.locator(".swb-title")).to_contain_text("lenet")
