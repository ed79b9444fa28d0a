"""The server of a dashboard that benchmarks measure: started, answering, and what it takes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("browser", "")]

import harness  # noqa: E402

START = "from workbench.cli.main import main; raise SystemExit(main())"
VECTORS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "neon", "asimd")


@contextmanager
def serving(viewers: int, *served: str, keep_log: str | None = None) -> Iterator[tuple[int, int]]:
    """Serve a dashboard; give its port and process, and say how busy the machine is."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with this program
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), harness.free_port()
        process = _started(folder, port, viewers, harness.server_environment(folder), *served)
        try:
            load = os.getloadavg()[0]
            print(f"{viewers} viewers (load average before: {load:.1f})", flush=True)
            asyncio.run(_answering(port, process))
            yield port, process.pid
            print(f"  load average after: {os.getloadavg()[0]:.1f}", flush=True)
        finally:
            process.terminate()
            process.wait(60)
            if keep_log:
                with Path(keep_log).open("ab") as kept:
                    kept.write((folder / "log").read_bytes())


def _started(
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


async def _answering(port: int, process: subprocess.Popen[bytes]) -> None:
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
