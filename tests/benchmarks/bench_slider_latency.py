"""How long a person waits: Run All to the first plot, and a slider to the raster's new pixels.

Run it by hand on a quiet machine; it measures and asserts nothing. Without arguments it measures
both places, with `lenet`, one sample and 100 time steps:

    python tests/benchmarks/bench_slider_latency.py [lab] [voila] [--moves 20]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

import harness  # noqa: E402
import numpy as np  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from workbench.bench.processor import processor_name  # noqa: E402
from workbench.util.cores import usable_cores  # noqa: E402

WATCH = """(handle) => {
    const canvas = document.querySelector(".swb-pane-raster .snn-workbench-bokeh-pane")
        && window.swbCanvas;
    const look = () => {
        const { width, height } = canvas;
        const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        let sum = 0;
        for (let i = 0; i < data.length; i += 16) sum = (sum * 31 + data[i] + 7 * data[i + 1]) | 0;
        return sum;
    };
    const before = look();
    window.swbWaited = new Promise((resolve) => {
        let began = null;
        // The listener is older than the slider's, so the clock starts first.
        window.addEventListener("keydown", () => (began = performance.now()), {
            capture: true, once: true,
        });
        const frame = () => {
            if (began != null && look() !== before) resolve(performance.now() - began);
            else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
}"""


PLACES = ("lab", "voila")


def move(page: Page, key: str) -> float:
    """Press a key on the percentile slider and return the milliseconds to other pixels."""
    page.locator(".swb-percentile .swb-range").focus()
    page.locator(".swb-pane-raster canvas").first.evaluate(
        "(canvas) => (window.swbCanvas = canvas)"
    )
    page.evaluate(WATCH, None)
    page.keyboard.press(key)
    return float(
        page.evaluate(
            "Promise.race([window.swbWaited, new Promise((r) => setTimeout(() => r(-1), 10000))])"
        )
    )


def measure(page: Page, moves: int, *, idle: bool) -> list[float]:
    """Move to and fro, each time after the accuracy run has ended, or in the middle of it."""
    times = []
    for number in range(moves):
        if idle:
            page.wait_for_selector(".swb-status.swb-done", timeout=120_000)
        else:
            page.wait_for_selector(".swb-status.swb-busy", timeout=60_000)
        time.sleep(0.3)
        times.append(move(page, "ArrowLeft" if number % 4 < 2 else "ArrowRight"))
    return times


def report(name: str, times: list[float]) -> None:
    """Print the median, the 95th percentile and the slowest."""
    seen = [t for t in times if t >= 0]
    if not seen:
        print(f"{name}: none of {len(times)} moves changed a pixel")
        return
    late = float(np.percentile(seen, 95))
    print(
        f"{name}: median {statistics.median(seen):.0f} ms, 95 % within {late:.0f} ms, "
        f"slowest {max(seen):.0f} ms, {len(seen)} of {len(times)} moves"
    )


def first_plot(page: Page, place: str, server: harness.Server) -> float:
    """Open the workbench and return the seconds until its raster is drawn.

    In JupyterLab from running all cells of an open notebook in a fresh kernel; in Voila from
    asking for the page, whose kernel starts then.
    """
    began = time.perf_counter()
    if place == "lab":
        harness.open_in_lab(page, server, "dashboard.ipynb")
        began = time.perf_counter()
    else:
        harness.open_in_voila(page, server, "dashboard.ipynb")
    page.wait_for_selector(".swb-pane-raster canvas", timeout=120_000)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("places", nargs="*", metavar="place", help=f"of {', '.join(PLACES)}")
    parser.add_argument("--moves", type=int, default=20, help="of each kind (default: 20)")
    arguments = parser.parse_args()
    if unknown := set(arguments.places) - set(PLACES):
        parser.error(f"places are {', '.join(PLACES)}, not {', '.join(sorted(unknown))}")
    print(f"{processor_name()}, {usable_cores()} cores")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        notebooks = folder / "notebooks"
        notebooks.mkdir()
        shutil.copy(ROOT / "notebooks" / "dashboard.ipynb", notebooks)
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        for place in arguments.places or PLACES:
            start = harness.lab_server if place == "lab" else harness.voila_server
            (folder / place).mkdir()
            with start(folder / place, root=notebooks) as server:
                page = chromium.new_page(viewport={"width": 1440, "height": 900})
                print(f"{place}, first plot: {first_plot(page, place, server):.1f} s")
                page.wait_for_selector(".swb-status.swb-done", timeout=120_000)
                report(f"{place}, idle", measure(page, arguments.moves, idle=True))
                report(f"{place}, while it runs", measure(page, arguments.moves, idle=False))
                page.close()
        chromium.close()


if __name__ == "__main__":
    main()
