"""The workbench as a person meets it in Voila, without code."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import control_checks
import file_checks
import harness
import numpy as np
import pytest
from playwright.sync_api import Page, Route, WebSocket, expect
from workbench_page import Bench

from workbench.util.package_data import notebooks_folder

pytestmark = pytest.mark.browser


@pytest.fixture
def bench(page: Page, voila_server: harness.Server, notebooks: Path) -> Bench:
    """The shipped dashboard, with its first run done."""
    shutil.copy(notebooks_folder() / "dashboard.ipynb", notebooks)
    harness.open_in_voila(page, voila_server, "dashboard.ipynb")
    bench = Bench(page)
    expect(bench.status).to_be_visible()
    bench.wait_until_done()
    return bench


def test_the_dashboard_shows_spikes_and_a_slider_changes_them(bench: Bench) -> None:
    control_checks.check_a_slider_changes_spikes_and_rates(bench)
    bench.screenshot("voila-light")


def test_values_stay_as_typed(bench: Bench) -> None:
    control_checks.check_values_stay_as_typed(bench)


def test_a_preset_sets_the_settings_below_it(bench: Bench) -> None:
    menu = bench.page.locator(".swb-preset select")
    expect(menu).to_have_value("Default")
    menu.select_option(label="Few steps")
    expect(bench.status).to_contain_text("8 steps")
    bench.wait_until_done()
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value("8")
    bench.screenshot("voila-preset")
    bench.type("swb-threshold", "1.2", "input[type=number]")
    expect(menu).to_have_value("own settings")


def test_a_run_is_pinned_and_compared(bench: Bench) -> None:
    control_checks.check_a_run_is_pinned_and_compared(bench)
    bench.screenshot("voila-pinned")


def test_a_dashboard_is_opened_as_a_presentation(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    shutil.copy(notebooks_folder() / "dashboard.ipynb", notebooks)
    page.set_viewport_size({"width": 1920, "height": 1080})
    harness.open_in_voila(page, voila_server, "dashboard.ipynb?presentation")
    bench = Bench(page)
    expect(page.locator(".swb-app.swb-presenting")).to_have_count(1)
    expect(page.locator(".swb-says b")).to_have_text("8")
    bench.screenshot("voila-presentation", width=1920, height=1080)


def test_a_long_run_streams_and_stops(bench: Bench) -> None:
    control_checks.check_a_long_run_streams_and_stops(bench)


def test_viewers_have_no_field_for_a_path_or_a_program(bench: Bench) -> None:
    bench.unfold("Open a file")
    expect(bench.page.locator(".swb-network-path .swb-upload")).to_be_visible()
    expect(bench.page.locator(".swb-network-path input[type=text]")).to_have_count(0)
    expect(bench.page.locator(".swb-data-path input[type=text]")).to_have_count(0)
    bench.open_tab("Export")
    bench.page.locator(".swb-export-target select").select_option(label="Loihi config")
    expect(bench.page.locator(".swb-export-loihi-chip")).to_be_visible()
    expect(bench.page.locator(".swb-export-loihi-lava-python")).to_have_count(0)


def test_export_and_download(bench: Bench) -> None:
    bench.wait_until_done()
    bench.open_tab("Export")
    pages = bench.page.locator(".swb-pages")
    file_checks.check_export_and_download(bench, None, pages)


def test_figures_are_saved_by_a_viewer(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_figures_are_saved(bench, tmp_path)


def test_a_click_on_a_spike_shows_its_neuron(bench: Bench) -> None:
    control_checks.check_a_click_on_a_spike_shows_its_neuron(bench)


def test_uploaded_samples_are_shown(bench: Bench, notebooks: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    # More than a server takes in one message, unless it is told to.
    bars = np.zeros((4000, 28, 28, 1), np.float32)
    bars[:, 4:24, 13:15] = 1
    np.savez(path, x=bars, y=np.ones(4000, int))
    assert path.stat().st_size > 12_000_000
    bench.open_file("data", path)
    expect(bench.page.locator(".swb-title")).to_contain_text("mine")
    bench.wait_until_done()
    expect(bench.control("swb-data-menu", "select")).to_have_value("mine.npz")
    # Nothing tells where this computer keeps the file, nor an export.
    bench.open_tab("Export")
    pages = bench.page.locator(".swb-pages")
    pages.locator(".swb-export-target select").select_option(label="Built-in simulator")
    pages.locator("button.swb-export").click()
    expect(bench.status).to_contain_text("Exported exported_network.snn")
    expect(pages.locator("button.swb-download", has_text="exported_network.snn")).to_be_visible()
    assert "/tmp/" not in bench.page.content()
    assert not list(notebooks.glob("exported_network*"))


def test_what_became_of_layers_is_told(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_what_became_of_layers_is_told(bench, tmp_path)


def test_a_refused_network_lists_its_faults(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_a_refused_network_lists_its_faults(bench, tmp_path)


def test_settings_are_saved_and_loaded(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_settings_are_saved_and_loaded(bench, tmp_path)
    control_checks.check_help_opens_beside_a_control(bench)


def test_what_does_not_fit_is_dimmed_until_it_fits(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_what_does_not_fit_is_dimmed_until_it_fits(bench, tmp_path)


def test_a_narrow_page_cuts_nothing(bench: Bench) -> None:
    for width in (900, 400):
        bench.page.set_viewport_size({"width": width, "height": 1200})
        bench.page.wait_for_timeout(1_000)  # what is laid out anew
        bench.until(lambda: bench.overflowing() == bench.cut_tabs() == [])
    bench.screenshot("voila-narrow", width=900, height=2000)


def test_a_dark_dashboard(page: Page, voila_server: harness.Server, notebooks: Path) -> None:
    shutil.copy(notebooks_folder() / "dashboard.ipynb", notebooks)
    harness.open_in_voila(page, voila_server, "dashboard.ipynb?theme=dark")
    bench = Bench(page)
    expect(bench.status).to_be_visible()
    bench.wait_until_done()
    bench.until(lambda: sum(canvas["coloured"] for canvas in bench.pixels("raster")) > 5_000)
    bench.screenshot("voila-dark")


def write_notebook(path: Path, source: str) -> None:
    """Write a notebook of one cell."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    text = json.dumps(
        {
            "cells": [cell | {"source": source}],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    path.write_text(text, encoding="utf-8")


def test_a_dashboard_whose_kernel_ended_starts_again_at_a_click(
    bench: Bench, problems: harness.Problems
) -> None:
    page = bench.page
    told_by_page = "JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}')"
    kernel = page.evaluate(f"{told_by_page}.kernelId")
    harness.kill_kernel(kernel)
    told = page.locator(".swb-gone")
    expect(told).to_contain_text("This dashboard has stopped")
    for width in (1400, 400):
        bench.screenshot(f"voila-kernel-ended-{width}", width=width, height=900)
    told.locator("button").click()
    bench.until(lambda: page.evaluate(f"{told_by_page}.kernelId") not in (None, kernel))
    bench.wait_until_done()
    expect(told).to_have_count(0)
    problems.allow(r"/voila/api/shutdown/|/api/kernels/")  # a page that goes ends its kernel


REGRESSION = """
import numpy as np
import workbench as wb
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

rng = np.random.default_rng(0)
kernels = [rng.normal(0, size ** -0.5, (size, units)).astype("f4")
           for size, units in ((2, 40), (40, 40), (40, 1))]
nodes = [Node("in", Input((2,)))]
for i, kernel in enumerate(kernels):
    activation = Activation.RELU if i < 2 else Activation.LINEAR
    layer = Dense(kernel, np.full(kernel.shape[1], -0.05 if i < 2 else -0.3, "f4"))
    nodes.append(Node(f"dense{i}", layer, activation, (nodes[-1].name,)))
network = Network("waves", tuple(nodes))
x = rng.random((300, 2)).astype("f4")
y = 20 * network.forward(x) + rng.normal(0, 0.4, (300, 1))
kernel = nodes[-1].layer
nodes[-1] = Node("dense2", Dense(20 * kernel.kernel, 20 * kernel.bias), inputs=("dense1",))
data = wb.datasets.from_arrays(x, y.astype("f4"), name="waves")
wb.Workbench(Network("waves", tuple(nodes)), data)
"""


def test_a_regression_shows_values_and_its_error(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    write_notebook(notebooks / "regression.ipynb", REGRESSION)
    harness.open_in_voila(page, voila_server, "regression.ipynb")
    bench = Bench(page)
    expect(bench.status).to_be_visible()
    bench.wait_until_done()
    expect(bench.status).to_contain_text("Mean squared error")
    expect(page.locator(".swb-pane-accuracy .swb-card-title")).to_have_text("Error")
    expect(page.locator(".swb-pane-outputs .swb-card-title")).to_have_text("Outputs")
    bench.screenshot("voila-regression")


LATE = """
import workbench as wb
from ipywidgets import Widget

bench = wb.Workbench("mlp", run=False, test_samples=0)
answer = Widget._handle_control_comm_msg.__func__

def answer_and_run(cls, message):
    answer(cls, message)
    bench.actions.run()

Widget._handle_control_comm_msg = classmethod(answer_and_run)
bench
"""


def test_what_changes_while_the_page_loads_is_shown(
    page: Page, voila_server: harness.Server, notebooks: Path
) -> None:
    # A page asks for all values, then loads what it builds widgets from: what changes between
    # the two is sent to nobody.
    write_notebook(notebooks / "late.ipynb", LATE)
    asked: list[str] = []
    held: list[Route] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: asked.extend(re.findall("request_states", str(frame))))

    def hold(route: Route) -> None:
        if asked:
            held.append(route)
        else:
            route.continue_()

    page.on("websocket", watch)
    page.route("**/jupyterlab-manager/static/*.js*", hold)
    harness.open_in_voila(page, voila_server, "late.ipynb")
    harness.wait_until(page, lambda: bool(held))
    page.wait_for_timeout(3_000)  # what the run brings meanwhile
    for route in held:
        route.continue_()
    bench = Bench(page)
    expect(bench.status).to_be_visible()
    bench.wait_until_done()
    expect(page.locator(".swb-title")).to_contain_text("mlp")
