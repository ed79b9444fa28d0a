"""The extension of JupyterLab: a person opens networks in the workbench without writing code."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import harness
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from workbench_page import Bench

import workbench as wb
from workbench.util.package_data import data_folder

pytestmark = pytest.mark.browser

NAMES = ("counting.snn", "counting.keras")


@pytest.fixture(autouse=True)
def networks(page: Page, lab_server: harness.Server, notebooks: Path) -> Path:
    """Open JupyterLab with nothing but the launcher, over a folder with networks."""
    for name in NAMES:
        shutil.copy(data_folder() / "networks" / name, notebooks)
    page.goto(f"{lab_server.url}/lab?reset&token={lab_server.token}")
    expect(listed(page, NAMES[0])).to_be_visible()
    return notebooks


def listed(page: Page, name: str) -> Locator:
    """A row of the file browser."""
    return page.locator(".jp-DirListing-item", has_text=name)


def shown(page: Page, network: str) -> Bench:
    """The workbench that is in front, once it has run."""
    front = page.locator(".lm-DockPanel-tabBar .lm-mod-current .lm-TabBar-tabLabel")
    expect(front).to_have_text(network)
    bench = Bench(page)
    bench.wait_until_done()
    expect(page.locator(".snn-workbench-body .snn-workbench-message:visible")).to_have_count(0)
    return bench


def test_a_card_shows_a_bundled_network_which_is_there_after_a_reload(page: Page) -> None:
    page.locator(".jp-LauncherCard", has_text="SNN Workbench").click()
    bench = shown(page, "lenet")
    expect(page.locator(".swb-title")).to_contain_text("lenet")
    bench.type("swb-steps", "30", "input[type=number]")
    bench.wait_until_done()
    page.reload()
    # The same workbench, in the kernel that it had, with what was set.
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value("30")
    shown(page, "lenet")


def test_a_file_opens_by_a_double_click_and_stays_as_it_is(page: Page, networks: Path) -> None:
    listed(page, "counting.snn").dblclick()
    shown(page, "counting.snn")
    before = [(networks / name).read_bytes() for name in NAMES]
    page.keyboard.press("Control+s")
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save().catch(() => undefined)")
    page.get_by_role("button", name="Open as notebook").click()
    cell = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cell).to_contain_text('bench = wb.Workbench("counting.snn")')
    assert [(networks / name).read_bytes() for name in NAMES] == before
    assert not list(networks.glob(".ipynb_checkpoints/counting*"))
    notebook = json.loads((networks / "Untitled.ipynb").read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_the_context_menu_opens_networks_alone(page: Page) -> None:
    item = page.locator(".lm-Menu-item", has_text="Open in SNN Workbench")
    listed(page, "figures.ipynb").click(button="right")
    expect(page.locator(".lm-Menu-item", has_text="Rename")).to_be_visible()
    expect(item).to_be_hidden()
    page.keyboard.press("Escape")
    listed(page, "counting.keras").click(button="right")
    item.click()
    shown(page, "counting.keras")


def test_a_summary_shows_a_saved_network_without_a_kernel(
    page: Page, networks: Path, lab_server: harness.Server
) -> None:
    source = zipfile.ZipFile(data_folder() / "networks" / "counting.snn")
    with source, zipfile.ZipFile(networks / "hostile.snn", "w") as hostile:
        for name in source.namelist():
            part = source.read(name)
            if name == "network.json":
                part = part.replace(b'"counting"', b'"<img src=x onerror=alert(1)>"')
            hostile.writestr(name, part)
    for name in ("counting.snn", "hostile.snn"):
        page.evaluate("window.jupyterapp.commands.execute('filebrowser:refresh')")
        listed(page, name).click(button="right")
        page.locator(".lm-Menu-item", has_text="Show Network Summary").click()
        summary = page.locator(".snn-workbench-summary:visible")
        network = wb.load(networks / "counting.snn")
        layers = summary.get_by_role("table", name="Layers").locator("tbody tr")
        expect(layers).to_have_count(len(network.nodes))
        parameters = sum(
            value.size
            for node in network.nodes
            for value in vars(node.layer).values()
            if isinstance(value, np.ndarray)
        )
        expect(summary).to_contain_text(f"{parameters:,} parameters")
        page.screenshot(path=harness.screenshot_folder() / f"lab-summary-{name}.png")
    expect(summary.locator("h1")).to_have_text("<img src=x onerror=alert(1)>")
    expect(summary.locator("img")).to_have_count(0)
    assert lab_server.sessions() == []
