"""How soon a drawing is answered: a stroke to other pixels, for 2 and 20 viewers of `demo_draw`.

Run it by hand on a quiet machine; it measures and asserts nothing:

    python tests/benchmarks/bench_drawing.py [viewers ...] [--strokes 10]

Two viewers are real pages in headless Chromium. Their times run in the page: from asking for it to
the canvas and to the first spikes, and from the pen that touches the canvas to other pixels in the
network strip. All others speak the protocol of a page (`dashboard_viewer.py`), as twenty
browsers would take the processor that the server is measured on. Everybody draws a stroke every
few seconds, in six messages. Beside the figures stand the goals, and how busy the machine was.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from typing import Any

import psutil
from dashboard_server import harness, memory, processor, serving
from dashboard_viewer import ANSWER_S, START_S, Viewer
from playwright.async_api import Browser, Page, async_playwright

PAGES = 2
"""Of the viewers, real ones."""

GOALS = {"stroke": 200.0, "paint": 3.0}
"""Milliseconds from a stroke to other pixels with two viewers; seconds to the first paint."""

SEND_S, MESSAGES = 0.15, 6
"""Of a stroke, as `draw_canvas.js` sends it."""

STROKE = """async ([points, patience_ms]) => {
    const canvas = document.querySelector(".swb-canvas");
    const drawn = [...document.querySelectorAll(".swb-strip-cards canvas")];
    const look = () => {
        let sum = 0;
        for (const each of drawn) {
            if (each.width === 0 || each.height === 0) continue;
            const { data } = each.getContext("2d").getImageData(0, 0, each.width, each.height);
            for (let i = 0; i < data.length; i += 4)
                sum = (sum * 31 + data[i] + 7 * data[i + 3]) | 0;
        }
        return sum;
    };
    canvas.setPointerCapture = () => {}; // no real pointer has touched it
    const box = canvas.getBoundingClientRect();
    const touch = (kind, [x, y]) => canvas.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    }));
    const before = look();
    const began = performance.now();
    touch("pointerdown", points[0]);
    const waited = new Promise((resolve) => {
        const frame = () => {
            const time = performance.now() - began;
            if (look() !== before) resolve(time);
            else if (time > patience_ms) resolve(-1);
            else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    for (const point of points.slice(1)) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        touch("pointermove", point);
    }
    touch("pointerup", points.at(-1));
    return waited;
}"""

SPIKES = """() => [...document.querySelectorAll(".swb-strip-cards canvas")].slice(1).some((each) =>
    each.width > 0 && each.height > 0 && each.getContext("2d")
        .getImageData(0, 0, each.width, each.height).data.some((part, i) => i % 4 === 3 && part > 0)
)"""
"""Whether the maps of a layer show something."""


class Drawer(Viewer):
    """A viewer who draws, by messages."""

    async def open(self) -> None:
        """Get the page and its widgets, and play what the network strip is sent."""
        await self.connect()
        self._canvas = self._widget_with("send_ms")
        await self._tell(self._widget_with("play_s"), kind="mount", view=self._view)
        await asyncio.wait_for(self.patched.wait(), START_S)

    async def stroke(self, points: list[tuple[float, float]]) -> None:
        """Draw, and note how long it takes until frames of another run have come."""
        self.patched.clear()
        began = time.perf_counter()
        for number in range(1, len(points) + 1):
            flat = [share for point in points[:number] for share in point]
            self.models[self._canvas]["gesture"] = str(points[0])
            await self._set(self._canvas, [{"points": flat, "width": 0.07, "erase": False}])
            if number == 1:
                try:
                    await asyncio.wait_for(self.patched.wait(), ANSWER_S)
                except TimeoutError:
                    self.errors.append(f"no frames within {ANSWER_S} s")
                    return
                self.times_ms.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(SEND_S)

    def _has_all(self) -> bool:
        return all(
            any(trait in state for state in self.models.values()) for trait in ("send_ms", "play_s")
        )

    def _widget_with(self, trait: str) -> str:
        return next(name for name, state in self.models.items() if trait in state)

    async def _take(self, content: dict[str, Any]) -> None:
        told = content.get("data", {}).get("content", {})
        if isinstance(told, dict) and told.get("view") == self._view:
            self.patched.set()
            await self._tell(content["comm_id"], kind="taken", view=self._view)
        else:
            await super()._take(content)


def a_stroke(chance: random.Random) -> list[tuple[float, float]]:
    """Places that a pen goes through, from left to right."""
    height = chance.uniform(0.2, 0.8)
    across = [0.15 + 0.7 * number / (MESSAGES - 1) for number in range(MESSAGES)]
    return [(x, height + chance.uniform(-0.1, 0.1)) for x in across]


async def until_quiet(server: int) -> None:
    """Wait until the server's processes have nothing to do, as before the first visitor."""

    def used_s() -> float:
        tree = [psutil.Process(server), *psutil.Process(server).children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in tree)

    before = used_s()
    for _ in range(START_S):
        await asyncio.sleep(1)
        now = used_s()
        if now - before < 0.05:
            return
        before = now


async def opened(browser: Browser, port: int, server: int) -> tuple[Page, float, float]:
    """Open a page for which a kernel waits; return it, and the seconds to canvas and spikes."""
    await until_quiet(server)
    # Without motion: pixels change when another run has come, and at no other time.
    context = await browser.new_context(
        viewport={"width": 1920, "height": 1080}, reduced_motion="reduce"
    )
    context.set_default_timeout(1000 * START_S)
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
    await page.wait_for_selector(".swb-canvas")
    canvas_s = time.perf_counter() - began
    await page.wait_for_function(SPIKES)
    return page, canvas_s, time.perf_counter() - began


async def draw_on(page: Page, strokes: int, pause_s: float, number: int) -> list[float]:
    """Draw strokes with pauses; return the milliseconds from each to other pixels."""
    chance, times = random.Random(number), []
    for drawn in range(strokes):
        await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)
        if drawn % 3 == 0:
            await page.get_by_role("button", name="Clear").click(force=True)
            await page.wait_for_timeout(1000)
        times.append(await page.evaluate(STROKE, [a_stroke(chance), 1000 * ANSWER_S]))
    return times


async def draw_along(viewer: Drawer, strokes: int, pause_s: float) -> None:
    """Draw strokes with pauses, as the other viewers do."""
    chance = random.Random(viewer.number)
    for _ in range(strokes):
        await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)
        await viewer.stroke(a_stroke(chance))


def summary(times_ms: list[float]) -> str:
    """Median and slowest of what was answered."""
    seen = [each for each in times_ms if each >= 0]
    if not seen:
        return "nothing was answered"
    late = sorted(seen)[min(len(seen) - 1, int(0.95 * len(seen)))]
    return (
        f"median {statistics.median(seen):.0f} ms, 95 % within {late:.0f} ms, "
        f"{len(seen)} of {len(times_ms)} strokes"
    )


async def measure(port: int, count: int, strokes: int, pause_s: float, server: int) -> None:
    """Let viewers come, all draw, and say what they saw."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        # The first visit fills the browser's cache, as on a screen that shows the page all day.
        pages = [await opened(browser, port, server) for _ in range(min(PAGES, count))]
        others = [Drawer(port, number) for number in range(len(pages), count)]
        for viewer in others:  # visitors come one after another
            await viewer.open()
        times = await asyncio.gather(
            *(draw_on(page, strokes, pause_s, i) for i, (page, _, _) in enumerate(pages)),
            *(draw_along(viewer, strokes, pause_s) for viewer in others),
        )
        paint = max(canvas_s for _, canvas_s, _ in pages)
        spikes = max(spikes_s for _, _, spikes_s in pages)
        print(
            f"  first paint, warm: canvas after {paint:.2f} s (goal {GOALS['paint']:g} s), spikes "
            f"after {spikes:.2f} s"
        )
        pixels = [each for page in times[: len(pages)] for each in page]
        goal = f" (goal {GOALS['stroke']:g} ms)" if count == PAGES else ""
        print(f"  stroke to other pixels: {summary(pixels)}{goal}")
        if others:
            frames = [each for viewer in others for each in viewer.times_ms]
            print(f"  stroke to frames of {len(others)} other viewers: {summary(frames)}")
        print(f"  {memory(server, count)}")
        errors = [error for viewer in others for error in viewer.errors]
        print(f"  errors {len(errors)}, dropped sockets {sum(each.dropped for each in others)}")
        for line in errors[:10]:
            print(f"    {line}")
        for viewer in others:
            viewer.close()
        await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("viewers", nargs="*", type=int, default=[2, 20], help="(default: 2 20)")
    parser.add_argument("--strokes", type=int, default=10, help="of each viewer (default: 10)")
    parser.add_argument(
        "--pause", type=float, default=4.0, metavar="S", help="between strokes, about (default: 4)"
    )
    arguments = parser.parse_args()
    print(processor())
    for count in arguments.viewers:
        with serving(count, "demo_draw") as (port, server):
            asyncio.run(measure(port, count, arguments.strokes, arguments.pause, server))


if __name__ == "__main__":
    main()
