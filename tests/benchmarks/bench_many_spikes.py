"""Many spikes in JupyterLab: how soon a raster of millions is drawn, and how a long run streams.

Run it by hand on a quiet machine; it measures and asserts nothing:

    python tests/benchmarks/bench_many_spikes.py [--spikes 5000000]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

import harness  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from workbench.bench.processor import processor_name  # noqa: E402

RASTER = """
import time
import workbench as wb

network, data = wb.load("lenet"), wb.datasets.load("mnist")
spiking = wb.convert(network, data.calibration)
one = wb.simulate(spiking, data.x_test[:1], wb.Simulation(steps=100, record="all"))
total = lambda run: sum(len(run.recording.events[name][0]) for name in run.layers)
steps = -(-100 * {spikes} // total(one))
run = wb.simulate(spiking, data.x_test[:1], wb.Simulation(steps=steps, record="all"))
print("SPIKES", total(run), "BEGAN", time.time())
figure = run.plot.raster()
print(figure.title)
figure
"""

STREAM = """
from workbench.ui.app import Workbench

Workbench("resnet", steps=1000, test_samples=0)
"""

MOVES = 5
"""Of a slider, while the run streams."""

# When a canvas has marks on it, by the clock of the machine, which the kernel reads, too.
DRAWN = """() => {
    const canvas = window.swbCanvas;
    if (canvas.width === 0) return null;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) {
        colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    }
    return colours.size > 20 ? Date.now() / 1000 : null;
}"""

# Counts the frames in which the raster has other pixels than in the one before.
COUNT = """() => {
    window.swbFrames = [];
    let before = null;
    const look = () => {
        const canvas = document.querySelector(".swb-pane-raster .snn-workbench-bokeh-pane")
            && window.swbCanvas;
        const { width, height } = canvas;
        const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        let sum = 0;
        for (let i = 0; i < data.length; i += 64) sum = (sum * 31 + data[i] + 7 * data[i + 1]) | 0;
        if (sum !== before) window.swbFrames.push(performance.now());
        before = sum;
        if (window.swbFrames != null) requestAnimationFrame(look);
    };
    look();
}"""


def notebook(code: str) -> str:
    """A notebook of one cell."""
    cell = {
        "cell_type": "code", "id": "cell", "metadata": {}, "source": code, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


def raster(page: Page) -> None:
    """Tell how long after its call the raster stands on the page."""
    said = page.locator(".jp-OutputArea-output pre", has_text="BEGAN").first
    said.wait_for(timeout=300_000)
    (_, spikes, _, began), title = (line.split() for line in str(said.text_content()).splitlines())
    canvas = page.locator(".jp-OutputArea-output .snn-workbench-bokeh-pane canvas").first
    canvas.wait_for(state="attached", timeout=60_000)
    canvas.evaluate("(canvas) => (window.swbCanvas = canvas)")
    drawn = page.wait_for_function(DRAWN, timeout=120_000).json_value()
    print(f"raster of {int(spikes):,} spikes: {drawn - float(began):.1f} s; {' '.join(title)}")


def stream(page: Page) -> None:
    """Tell how often a long run is drawn anew, and whether sliders that move meanwhile stay."""
    page.wait_for_selector(".swb-status.swb-done", timeout=120_000)
    page.locator(".swb-pane-raster canvas").first.evaluate("(c) => (window.swbCanvas = c)")
    slider = page.locator(".swb-percentile input[type=number]")
    before = float(slider.input_value())
    page.evaluate(COUNT)
    began = time.perf_counter()
    page.locator(".swb-percentile .swb-range").focus()
    for _ in range(MOVES):
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector(".swb-status.swb-busy", timeout=60_000)
    page.wait_for_selector(".swb-status.swb-done", timeout=120_000)
    took = time.perf_counter() - began
    frames = len(page.evaluate("window.swbFrames"))
    moved = float(slider.input_value())
    status = page.locator(".swb-status").first.text_content()
    print(
        f"resnet, 1,000 steps: {took:.1f} s, {frames / took:.1f} new pictures a second; "
        f"{MOVES} presses meanwhile moved the percentile from {before:g} to {moved:g}; {status}"
    )


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--spikes", type=int, default=5_000_000)
    spikes = parser.parse_args().spikes
    print(f"{processor_name()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    parts = {
        "raster": (RASTER.replace("{spikes}", str(spikes)), raster),
        "stream": (STREAM, stream),
    }
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        notebooks, own = Path(name, "notebooks"), Path(name, "lab")
        notebooks.mkdir()
        own.mkdir()
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        with harness.lab_server(own, root=notebooks) as server:
            for part, (code, measure) in parts.items():
                (notebooks / f"{part}.ipynb").write_text(notebook(code))
                page = chromium.new_page(viewport={"width": 1440, "height": 900})
                harness.open_in_lab(page, server, f"{part}.ipynb")
                measure(page)
                page.close()
        chromium.close()


if __name__ == "__main__":
    main()
