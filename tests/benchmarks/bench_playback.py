"""How smoothly a run is played back in JupyterLab: milliseconds per frame, and frames dropped.

Run it by hand; it measures and asserts nothing:

    python tests/benchmarks/bench_playback.py [--seconds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

import harness  # noqa: E402
from playwright.sync_api import CDPSession, Page, sync_playwright  # noqa: E402

RUNS = {"lenet": (100, 60), "resnet": (1000, 30)}
"""Steps of each network's run, and the frames a second that it is to reach."""

# How long all callbacks of a frame take together, and how far frames are apart.
MEASURE = """async (seconds) => {
    const spent = new Map();
    const ask = window.requestAnimationFrame;
    window.requestAnimationFrame = (act) => ask.call(window, (now) => {
        const began = performance.now();
        act(now);
        spent.set(now, (spent.get(now) ?? 0) + performance.now() - began);
    });
    document.querySelector(".swb-strip-button[aria-label=Repeat]").click();
    document.querySelector(".swb-strip-button[aria-label=Play]").click();
    const frames = [];
    await new Promise((resolve) => {
        const begin = performance.now();
        const look = (now) => {
            frames.push(now);
            if (now - begin > 1000 * seconds + 500) resolve();
            else ask.call(window, look);
        };
        ask.call(window, look);
    });
    window.requestAnimationFrame = ask;
    document.querySelector(".swb-strip-button[aria-label=Pause]").click();
    const kept = frames.filter((now) => now - frames[0] > 500);
    return {
        gaps: kept.slice(1).map((now, i) => now - kept[i]),
        work: kept.map((now) => spent.get(now) ?? 0),
    };
}"""


def notebook(network: str, steps: int) -> str:
    """A notebook that shows a workbench."""
    code = (
        "from workbench.ui.app import Workbench\n"
        f"Workbench({network!r}, steps={steps}, test_samples=20)"
    )
    cell = {
        "cell_type": "code", "id": "cell", "metadata": {}, "source": code, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


def share(values: list[float], part: float) -> float:
    """The value that such a part of all values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def busy(tools: CDPSession) -> dict[str, float]:
    """Seconds for which the page's thread has computed, which other programs do not prolong."""
    found = tools.send("Performance.getMetrics")["metrics"]
    values = {metric["name"]: float(metric["value"]) for metric in found}
    named = {"all": "Task", "script": "Script", "style": "RecalcStyle", "layout": "Layout"}
    return {what: values[f"{name}Duration"] for what, name in named.items()}


def measure(page: Page, network: str, seconds: float) -> None:
    """Play a run and print how it went."""
    _, wanted = RUNS[network]
    page.locator(".swb-strip").scroll_into_view_if_needed()
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(tools)
    found = page.evaluate(MEASURE, seconds)
    gaps, work = found["gaps"], found["work"]
    frames = len(gaps) * (seconds + 0.5) / seconds
    parts = ", ".join(
        f"{what} {1000 * (after - before[what]) / frames:.1f}"
        for what, after in busy(tools).items()
    )
    late = sum(max(0, round(gap * wanted / 1000) - 1) for gap in gaps)
    print(
        f"{network}: {1000 * len(gaps) / sum(gaps):.1f} frames a second; "
        f"work per frame {share(work, 0.5):.1f} ms, 95 % {share(work, 0.95):.1f} ms; "
        f"between frames {share(gaps, 0.5):.1f} ms, 95 % {share(gaps, 0.95):.1f} ms; "
        f"dropped at {wanted} a second: {late} of {late + len(gaps)}; "
        f"processor time of the page's thread per frame, in ms: {parts}"
    )


def main() -> None:
    """Measure both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        notebooks, own = Path(name, "notebooks"), Path(name, "lab")
        notebooks.mkdir()
        own.mkdir()
        for network, (steps, _) in RUNS.items():
            (notebooks / f"{network}.ipynb").write_text(notebook(network, steps))
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        with harness.lab_server(own, root=notebooks) as server:
            for network in RUNS:
                context = chromium.new_context(
                    viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
                )
                page = context.new_page()
                harness.open_in_lab(page, server, f"{network}.ipynb")
                page.wait_for_selector(".swb-status.swb-done", timeout=120_000)
                measure(page, network, seconds)
                context.close()
        chromium.close()


if __name__ == "__main__":
    main()
