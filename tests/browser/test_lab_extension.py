"""The extension of JupyterLab: a person opens networks in the workbench without writing code."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path

import harness
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from workbench_page import Bench

import workbench as wb
from workbench.datasets import model_names
from workbench.network.counts import totals
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


def execute(page: Page, command: str, **arguments: str) -> None:
    """Do what a command of JupyterLab does."""
    script = "([name, args]) => void window.jupyterapp.commands.execute(name, args)"
    page.evaluate(script, [command, arguments])


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


def test_the_palette_opens_a_workbench_whose_kernel_restarts_with_it(
    page: Page, lab_server: harness.Server
) -> None:
    page.locator(".jp-LauncherCard", has_text="SNN Workbench").wait_for()
    page.keyboard.press("Control+Shift+c")
    palette = page.locator(".lm-CommandPalette:visible")
    palette.locator("input").fill("SNN Workbench")
    palette.locator(".lm-CommandPalette-item", has_text="Open the SNN Workbench").click()
    bench = shown(page, "lenet")
    bench.type("swb-steps", "30", "input[type=number]")
    bench.wait_until_done()
    before = [session["kernel"]["id"] for session in lab_server.sessions()]
    page.get_by_role("button", name="Restart", exact=False).first.click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    # Another process with another workbench, in the panel and the session that there were.
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value("100")
    shown(page, "lenet")
    expect(page.locator(".swb-app")).to_have_count(1)
    assert [session["kernel"]["id"] for session in lab_server.sessions()] == before
    bench.type("swb-steps", "20", "input[type=number]")
    expect(bench.status).to_contain_text("20 steps")


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


def test_the_side_bar_lists_networks_which_open_as_the_settings_page_says(
    page: Page, lab_server: harness.Server
) -> None:
    add_bare_kernel(lab_server)
    page.locator(".jp-LauncherCard", has_text="SNN Workbench").wait_for()
    execute(page, "settingeditor:open", query="SNN Workbench")
    page.locator("select[id$=_preset]").select_option(label="Few steps")
    page.locator("select[id$=_theme]").select_option(label="Dark")
    page.locator("input[id$=_kernel]").fill("bare")
    saved = lab_server.folder / "lab-settings" / "snn-workbench" / "plugin.jupyterlab-settings"
    words = ("few_steps", "dark", "bare")
    harness.wait_until(
        page, lambda: saved.exists() and all(word in saved.read_text() for word in words)
    )
    page.get_by_role("tab", name="SNN Workbench: networks").click()
    bar = page.locator(".snn-workbench-networks")
    expect(bar).to_contain_text("None yet")
    assert bar.locator("strong").all_inner_texts() == list(model_names())
    bar.get_by_role("button", name="counting").click()
    # The kernel that was set does not have the package: the next is taken.
    bench = shown(page, "counting")
    expect(page.locator(".jp-KernelName:visible")).to_have_text("Python 3 (ipykernel)")
    expect(bench.control("swb-preset", "select")).to_have_value("Few steps")
    assert page.evaluate("document.body.dataset.jpThemeLight") == "false"
    execute(page, "snn-workbench:open", path=NAMES[0])
    expect(bar.locator("li").first).to_contain_text("counting.snn")
    page.screenshot(path=harness.screenshot_folder() / "lab-sidebar-dark.png")
    page.reload()
    expect(bar.locator("li").first).to_contain_text("counting.snn")


def add_bare_kernel(server: harness.Server) -> None:
    """Give the server a kernel whose Python lacks the package."""
    code = "import sys; sys.modules['workbench'] = None; from ipykernel import kernelapp as app; "
    argv = [sys.executable, "-c", f"{code} app.launch_new_instance()", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Bare", "language": "python"}
    folder = server.folder / "data" / "kernels" / "bare"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(spec))


def test_where_no_kernel_has_the_package_the_page_says_how_to_install_it(
    page: Page, lab_server: harness.Server
) -> None:
    add_bare_kernel(lab_server)

    def only_bare(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        found["kernelspecs"] = {"bare": found["kernelspecs"]["bare"]}
        route.fulfill(response=answer, json={**found, "default": "bare"})

    page.route("**/api/kernelspecs*", only_bare)
    listed(page, "counting.snn").dblclick()
    message = page.locator(".snn-workbench-message:visible")
    expect(message).to_contain_text("The kernel Bare does not have snn-workbench. Install it")
    expect(message).to_contain_text("python -m pip install snn-workbench")
    assert lab_server.sessions() == []
    page.screenshot(path=harness.screenshot_folder() / "lab-no-package.png")
    page.unroute("**/api/kernelspecs*")
    message.get_by_role("button", name="Try again").click()
    shown(page, "counting.snn")


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
        execute(page, "filebrowser:refresh")
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
        expect(summary).to_contain_text(f"{totals(network).synapses:,} synapses")
        page.screenshot(path=harness.screenshot_folder() / f"lab-summary-{name}.png")
    expect(summary.locator("h1")).to_have_text("<img src=x onerror=alert(1)>")
    expect(summary.locator("img")).to_have_count(0)
    assert lab_server.sessions() == []
