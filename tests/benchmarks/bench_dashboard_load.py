"""How a dashboard bears a class: memory per viewer, and slider to plot while all of them move.

Run it by hand; it measures and asserts nothing:

    python tests/benchmarks/bench_dashboard_load.py 5 10 20 40
    python tests/benchmarks/bench_dashboard_load.py 10 --pages

A viewer speaks the protocol of a page: it gets the address, opens the websocket, reads the states
of the widgets, shows the plots, and moves the percentile slider again and again. Its time runs
from the message of the slider to the patch of the raster. Each viewer looks at a sample of its own,
so that anything that reaches the wrong one is seen. With `--pages` the viewers are real pages in
headless Chromium, and the time runs from the key to other pixels.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import time
from pathlib import Path

import psutil
from dashboard_server import harness, memory, processor, serving
from dashboard_viewer import START_S, Viewer


async def put_first(server: int) -> None:
    """Let the kernel's scheduler prefer the server's sessions to others, as they come."""
    while True:
        for process in [psutil.Process(), *psutil.Process(server).children(recursive=True)]:
            with contextlib.suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text("-20")
        await asyncio.sleep(1)


def spread(times_ms: list[float]) -> str:
    """Median and 95th percentile."""
    if not times_ms:
        return "no move was answered"
    ordered = sorted(times_ms)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return (
        f"slider to plot: median {statistics.median(ordered):.0f} ms, 95 % within {late:.0f} ms, "
        f"{len(ordered)} moves"
    )


async def crowd(
    port: int, count: int, moves: int, pause_s: float, server: int, *, first: bool
) -> None:
    """Let viewers come, all move their sliders, and say what they saw."""
    favour = asyncio.create_task(put_first(server)) if first else None
    viewers = [Viewer(port, number) for number in range(count)]
    began = time.perf_counter()
    opened = await asyncio.gather(*(v.open() for v in viewers), return_exceptions=True)
    here = [v for v, error in zip(viewers, opened, strict=True) if error is None]
    failures = [f"opening: {error!r}" for error in opened if error is not None]
    print(f"  all open and run once after {time.perf_counter() - began:.1f} s", flush=True)
    ended = await asyncio.gather(*(v.move(moves, pause_s) for v in here), return_exceptions=True)
    failures += [f"moving: {error!r}" for error in ended if error is not None]
    failures += [error for v in viewers for error in v.errors]
    crosstalk = [told for v in viewers for told in v.crosstalk]
    print(f"  {spread([t for v in here for t in v.times_ms])}")
    print(f"  {memory(server, count)}")
    print(
        f"  {len(here)} of {count} viewers; errors {len(failures)}, dropped sockets "
        f"{sum(v.dropped for v in viewers)}, cross-talk {len(crosstalk)}; received per viewer "
        f"{statistics.mean(v.received for v in viewers) / 1e6:.1f} MB"
    )
    for line in [*failures, *crosstalk][:10]:
        print(f"    {line}")
    for viewer in viewers:
        viewer.close()
    if favour is not None:
        favour.cancel()


def pages(port: int, count: int, moves: int, server: int) -> None:
    """Open real pages in one Chromium, and move their sliders in turn."""
    from bench_slider_latency import move
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        problems, opened = harness.Problems(), []
        for number in range(count):
            page = chromium.new_context(viewport={"width": 1400, "height": 1300}).new_page()
            problems.watch(page)
            page.goto(f"http://127.0.0.1:{port}/", timeout=1000 * START_S)
            page.wait_for_selector(".swb-status.swb-done", timeout=1000 * START_S)
            field = page.locator(".swb-sample input").first
            field.fill(str(number))
            field.press("Enter")
            opened.append(page)
        times = []
        for number in range(moves):
            for page in opened:
                page.bring_to_front()
                times.append(move(page, "ArrowLeft" if number % 4 < 2 else "ArrowRight"))
        wrong = 0
        for number, page in enumerate(opened):
            page.bring_to_front()
            page.wait_for_selector(".swb-status.swb-done", timeout=1000 * START_S)
            wrong += f"Sample {number}:" not in page.locator(".swb-status").inner_text()
        print(f"  pages, {spread([t for t in times if t >= 0])}; {times.count(-1)} unanswered")
        print(f"  {memory(server, count)}")
        print(f"  cross-talk {wrong}, problems of pages {len(problems.found)}")
        for line in problems.found[:10]:
            print(f"    {line}")
        chromium.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("viewers", nargs="*", type=int, default=[5, 10], help="(default: 5 10)")
    parser.add_argument("--moves", type=int, default=8, help="of each viewer (default: 8)")
    parser.add_argument(
        "--pause", type=float, default=5.0, metavar="S", help="between moves, about (default: 5)"
    )
    parser.add_argument("--pages", action="store_true", help="real pages instead of messages")
    parser.add_argument(
        "--first",
        action="store_true",
        help="before other work that this machine does meanwhile (Linux, as root)",
    )
    parser.add_argument("--keep-log", metavar="FILE", help="append what the server writes")
    arguments = parser.parse_args()
    print(processor())
    for count in arguments.viewers:
        with serving(count, keep_log=arguments.keep_log) as (port, server):
            if arguments.pages:
                pages(port, count, arguments.moves, server)
            else:
                asyncio.run(
                    crowd(
                        port,
                        count,
                        arguments.moves,
                        arguments.pause,
                        server,
                        first=arguments.first,
                    )
                )


if __name__ == "__main__":
    main()
