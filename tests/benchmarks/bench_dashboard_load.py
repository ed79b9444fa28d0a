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
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("browser", "benchmarks", "")]

import harness  # noqa: E402

PROTOCOL = "v1.kernel.websocket.jupyter.org"
"""As pages speak; Voila 0.5 hangs for all viewers when one speaks the older protocol."""
START = "from workbench.cli.main import main; raise SystemExit(main())"
PANES = ("swb-pane-raster", "swb-pane-outputs", "swb-pane-accuracy", "swb-pane-correlation")
START_S = 300
"""How long a page may take to come up, and to show its first run."""
ANSWER_S = 60
"""A slider that has moved no plot after this has failed."""
VECTORS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "neon", "asimd")


@dataclass
class Viewer:
    """One page, as the server sees it."""

    port: int
    number: int
    times_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    crosstalk: list[str] = field(default_factory=list)
    dropped: bool = False
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    patched: asyncio.Event = field(default_factory=asyncio.Event)
    said: asyncio.Event = field(default_factory=asyncio.Event)
    received: int = 0
    connection: WebSocketClientConnection | None = None

    async def connect(self) -> None:
        """Get the page and the states of its widgets."""
        client = AsyncHTTPClient(force_instance=True)
        page = await client.fetch(
            f"http://127.0.0.1:{self.port}/", request_timeout=START_S, connect_timeout=START_S
        )
        found = re.search(r'"kernelId":\s*"([^"]+)"', page.body.decode())
        if found is None:
            raise RuntimeError("the page names no kernel")
        place = f"ws://127.0.0.1:{self.port}/api/kernels/{found[1]}/channels"
        self.connection = await websocket_connect(
            place, max_message_size=2**30, subprotocols=[PROTOCOL]
        )
        self._listener = asyncio.create_task(self._listen(self.connection))
        control = uuid.uuid4().hex
        await self._send("comm_open", control, target_name="jupyter.widget.control", data={})
        until = time.monotonic() + START_S
        while not self._has_all():
            if time.monotonic() > until:
                raise RuntimeError("the widgets did not come")
            await self._send("comm_msg", control, data={"method": "request_states"})
            for _ in range(20):
                await asyncio.sleep(0.1)
                if self._has_all():
                    break

    async def open(self) -> None:
        """Get the page and its widgets, show the plots, and choose a sample of one's own."""
        await self.connect()
        for pane in PANES:
            await self._tell(self._widget(pane, "_bokeh_version"), kind="mount", view=self._view)
        await self._until(lambda: "swb-done" in self._status(), START_S)
        await self._set(self._widget("swb-sample", "value"), float(self.number))
        await self._until(lambda: self._status_is_ours() and "swb-done" in self._status(), START_S)

    async def move(self, moves: int, pause_s: float) -> None:
        """Move the slider to and fro, with pauses of a person, and note how long a plot takes."""
        chance = random.Random(self.number)
        slider = self._widget("swb-percentile", "places")
        places = self.models[slider]["places"]
        await asyncio.sleep(chance.uniform(0, pause_s))
        for number in range(moves):
            self.patched.clear()
            began = time.perf_counter()
            await self._set(slider, places[-2 - number % 7])
            try:
                await asyncio.wait_for(self.patched.wait(), ANSWER_S)
            except TimeoutError:
                self.errors.append(f"move {number}: no plot within {ANSWER_S} s")
                if self.dropped:
                    return
            else:
                self.times_ms.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(chance.uniform(0.5, 1.5) * pause_s)
        await self._until(lambda: "swb-done" in self._status(), START_S)
        if not self._status_is_ours():
            self.crosstalk.append(f"viewer {self.number} shows: {self._status()}")

    def close(self) -> None:
        """Leave, as a closed page does."""
        if self.connection is not None:
            self._listener.cancel()
            self.connection.close()

    @property
    def _view(self) -> str:
        return f"view-{self.number}"

    def _has_all(self) -> bool:
        try:
            return all(self._widget(pane, "_bokeh_version") for pane in PANES) and bool(
                self._widget("swb-sample", "value")
                and self._widget("swb-percentile", "places")
                and self._widget("swb-status-box", "value")
            )
        except LookupError:
            return False

    def _widget(self, css: str, trait: str) -> str:
        """Return the id of the widget with a trait, at or below the one of a CSS class."""
        waiting = [
            name for name, state in self.models.items() if css in state.get("_dom_classes", ())
        ]
        while waiting:
            name = waiting.pop(0)
            state = self.models.get(name, {})
            if trait in state:
                return name
            waiting += [child.removeprefix("IPY_MODEL_") for child in state.get("children", ())]
        raise LookupError(f"no widget with '{trait}' under '{css}'")

    def _status(self) -> str:
        return str(self.models[self._widget("swb-status-box", "value")]["value"])

    def _status_is_ours(self) -> bool:
        return f"Sample {self.number}: " in self._status()

    async def _until(self, holds: Any, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while not holds():
            self.said.clear()
            left = until - time.monotonic()
            if left <= 0 or self.dropped:
                raise RuntimeError(f"gave up; status: {self._status()[:300]}")
            try:
                await asyncio.wait_for(self.said.wait(), min(left, 5))
            except TimeoutError:
                continue

    async def _set(self, widget: str, value: Any) -> None:
        self.models[widget]["value"] = value
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        await self._send("comm_msg", widget, data=data)

    async def _tell(self, widget: str, **content: Any) -> None:
        await self._send("comm_msg", widget, data={"method": "custom", "content": content})

    async def _send(self, kind: str, comm: str, **content: Any) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "version": "5.3",
                  "session": self._view, "date": "2026-01-01T00:00:00Z"}  # fmt: skip
        parts = [header, {}, {"version": "1.0.0"}, {"comm_id": comm, **content}]
        assert self.connection is not None
        await self.connection.write_message(packed("shell", parts), binary=True)

    async def _listen(self, connection: WebSocketClientConnection) -> None:
        while (raw := await connection.read_message()) is not None:
            self.received += len(raw)
            header, content = unpacked(raw)
            if header["msg_type"] in ("comm_open", "comm_msg"):
                await self._take(content)
            elif header["msg_type"] == "error":
                self.errors.append(str(content))
        self.dropped = True
        self.said.set()

    async def _take(self, content: dict[str, Any]) -> None:
        comm, data = content["comm_id"], content.get("data", {})
        method = data.get("method")
        if method == "update_states":
            for name, model in data.get("states", {}).items():
                self.models.setdefault(name, {}).update(model["state"])
        elif "state" in data and method in (None, "update", "echo_update"):
            if method is not None and self._complete and comm not in self.models:
                self.crosstalk.append(f"viewer {self.number} was sent the unknown {comm}")
            self.models.setdefault(comm, {}).update(data["state"])
        elif method == "custom":
            told = data["content"]
            if told.get("kind") == "remount":  # as a page does that the kernel took for gone
                await self._tell(comm, kind="mount", view=self._view)
            elif told.get("kind") in ("patch", "document"):
                if comm == self._widget("swb-pane-raster", "_bokeh_version"):
                    self.patched.set()
                await self._tell(comm, kind="drawn", view=self._view, number=told["number"])
        self.said.set()

    @property
    def _complete(self) -> bool:
        return self._has_all()


def packed(channel: str, parts: list[Any]) -> bytes:
    """Write a message: how many offsets, the offsets, the channel and the parts."""
    pieces = [channel.encode(), *(json.dumps(part).encode() for part in parts)]
    offsets = [8 * (len(pieces) + 2)]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    numbers = [len(offsets), *offsets]
    return b"".join([*(number.to_bytes(8, "little") for number in numbers), *pieces])


def unpacked(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a message's header and content."""
    at = [int.from_bytes(raw[8 * i : 8 * i + 8], "little") for i in range(1, 7)]
    return json.loads(raw[at[1] : at[2]]), json.loads(raw[at[4] : at[5]])


def started(
    folder: Path, port: int, viewers: int, environment: dict[str, str], *served: str
) -> Any:
    """Start the server as a user does; as many viewers as come are let in."""
    program = [sys.executable, "-c", START, "dashboard"]
    told = subprocess.run([*program, "--help"], capture_output=True, text=True, check=True).stdout
    limit = [f"--max-viewers={viewers + 4}"] if "--max-viewers" in told else []
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*program, *served, "--no-browser", f"--port={port}", *limit],
            stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment},
        )  # fmt: skip


async def answering(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    client = AsyncHTTPClient(force_instance=True)
    for _ in range(600):
        try:
            await client.fetch(f"http://127.0.0.1:{port}/voila/static/voila.js")
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the server has ended") from None
            await asyncio.sleep(0.1)
    raise RuntimeError("the server does not answer")


async def put_first(server: int) -> None:
    """Let the kernel's scheduler prefer the server's sessions to others, as they come."""
    while True:
        for process in [psutil.Process(), *psutil.Process(server).children(recursive=True)]:
            with contextlib.suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text("-20")
        await asyncio.sleep(1)


def memory(server: int, viewers: int) -> str:
    """Say what the server's processes take: those at the leaves of their tree are kernels."""
    tree = psutil.Process(server).children(recursive=True)
    kernels, others = [], []
    for process in tree:
        leaf = not process.children()
        full = process.memory_full_info()
        pss = getattr(full, "pss", full.uss) / 2**20
        (kernels if leaf and pss > 30 else others).append((pss, full.uss / 2**20))
    if not kernels:
        return "memory: no kernel was found"
    total = sum(pss for pss, _ in kernels + others)
    return (
        f"memory of {len(kernels)} kernels: PSS mean {statistics.mean(p for p, _ in kernels):.0f} "
        f"MB, USS mean {statistics.mean(u for _, u in kernels):.0f} MB; all "
        f"{len(tree)} processes: PSS {total:.0f} MB, {total / viewers:.0f} MB per viewer"
    )


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


def processor() -> str:
    """Name the processor, its number of cores and its vector extensions."""
    name, flags = "unknown processor", set()
    try:
        told = Path("/proc/cpuinfo").read_text()
    except OSError:
        told = ""
    if found := re.search(r"model name\s*:\s*(.+)", told):
        name = found[1]
    if found := re.search(r"(?:flags|Features)\s*:\s*(.+)", told):
        flags = set(found[1].split())
    extensions = ", ".join(flag for flag in VECTORS if flag in flags) or "unknown"
    return f"{name}, {os.cpu_count()} cores, vector extensions: {extensions}"


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with this program
    print(processor())
    for count in arguments.viewers:
        with tempfile.TemporaryDirectory() as name:
            folder, port = Path(name), harness.free_port()
            environment = harness.server_environment(folder)
            process = started(folder, port, count, environment)
            try:
                load = os.getloadavg()[0]
                print(f"{count} viewers (load average before: {load:.1f})", flush=True)
                asyncio.run(answering(port, process))
                if arguments.pages:
                    pages(port, count, arguments.moves, process.pid)
                else:
                    asyncio.run(
                        crowd(
                            port,
                            count,
                            arguments.moves,
                            arguments.pause,
                            process.pid,
                            first=arguments.first,
                        )
                    )
                print(f"  load average after: {os.getloadavg()[0]:.1f}", flush=True)
            finally:
                process.terminate()
                process.wait(60)
                if arguments.keep_log:
                    with Path(arguments.keep_log).open("ab") as kept:
                        kept.write((folder / "log").read_bytes())


if __name__ == "__main__":
    main()
