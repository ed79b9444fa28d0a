"""A dashboard as it is served: what the server itself answers to people and to their programs."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tornado.websocket import websocket_connect

pytestmark = pytest.mark.browser

TOKEN = "s3cret-of-this-test"
START = "from workbench.cli.main import main; raise SystemExit(main())"


@dataclass
class Served:
    """A running dashboard."""

    port: int
    process: subprocess.Popen[bytes]

    def get(self, path: str, token: str = TOKEN) -> tuple[int, str, str]:
        """Return status, address and text of an answer."""
        query = f"?token={token}" if token else ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}{query}") as answer:
                return answer.status, answer.url, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url or "", ""

    def kernel(self) -> str:
        """Open a page and return the id of its kernel."""
        found = re.search(r'"kernelId":\s*"([^"]+)"', self.get("/")[2])
        assert found is not None
        return found[1]

    def say(
        self,
        kernel: str,
        kind: str,
        token: str = TOKEN,
        *,
        patience_s: float = 5,
        **content: object,
    ) -> list[str]:
        """Send a kernel a message; return the kinds of what comes back, up to its reply."""
        said = self._say(kernel, kind, token, patience_s, content)
        # In a thread of its own: a browser of other tests may keep a loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, said).result()

    async def _say(
        self, kernel: str, kind: str, token: str, patience_s: float, content: object
    ) -> list[str]:
        place = f"ws://127.0.0.1:{self.port}/api/kernels/{kernel}/channels?token={token}"
        connection = await websocket_connect(place)
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "version": "5.3",
                  "session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z"}  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content,
                   "channel": "shell", "buffers": []}  # fmt: skip
        await connection.write_message(json.dumps(message))
        kinds = []
        until = time.monotonic() + patience_s
        while (left := until - time.monotonic()) > 0:
            try:
                answer = await asyncio.wait_for(connection.read_message(), left)
            except TimeoutError:
                break
            if answer is None:
                break
            told = json.loads(answer)
            if told["parent_header"].get("msg_id") == header["msg_id"]:
                kinds.append(told["header"]["msg_type"])
            if kinds and kinds[-1].endswith("_reply"):
                break
        connection.close()
        while await connection.read_message() is not None:
            pass  # until it is closed
        return kinds


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "token").write_text(TOKEN)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["dashboard", "--no-browser", f"--port={port}", f"--token-file={folder / 'token'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START, *options], stdout=log, stderr=log, cwd=folder
        )
        served = Served(port, process)
        try:
            for _ in range(120):
                try:
                    served.get("/voila/static/voila.js")
                    break
                except urllib.error.URLError:
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.5)
            yield served
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.parametrize("token", ["", "other"])
def test_nobody_enters_without_the_token(served: Served, token: str) -> None:
    assert "/login" in served.get("/", token)[1]
    assert served.get(f"/api/kernels/{uuid.uuid4()}", token)[0] in (401, 403, 404)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the process list of Linux")
def test_no_command_line_holds_the_token(served: Served) -> None:
    assert served.get("/")[0] == 200
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes())
        except OSError:  # it has ended
            continue
    assert any(str(served.port).encode() in line for line in lines)
    assert not any(TOKEN.encode() in line for line in lines)


@pytest.mark.parametrize(
    "path",
    ["/api/kernels", "/api/contents", "/api/sessions", "/api/terminals", "/tree", "/lab",
     "/voila/files/dashboard.ipynb", "/voila/files/../../../../etc/passwd",
     "/voila/files/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/voila/files//etc/passwd"],
)  # fmt: skip
def test_the_server_tells_nothing_of_others_and_of_its_files(served: Served, path: str) -> None:
    status, address, text = served.get(path)
    assert status in (403, 404, 405) or "/login" in address
    assert "root:" not in text and "kernel_id" not in text


def test_a_page_sends_widget_messages_and_no_code(served: Served, tmp_path: Path) -> None:
    kernel, ran = served.kernel(), tmp_path / "ran"
    # The way to the kernel is open, once it has started.
    assert "kernel_info_reply" in served.say(kernel, "kernel_info_request", patience_s=120)
    code = f"open({str(ran)!r}, 'w')"
    assert served.say(kernel, "execute_request", code=code, silent=False) == []
    assert served.say(kernel, "inspect_request", code="x", cursor_pos=0) == []
    told = served.say(kernel, "comm_open", comm_id="1", target_name="unknown", data={"code": code})
    assert set(told) <= {"status", "comm_close"}
    assert not ran.exists()


def test_a_kernel_is_joined_by_nobody_who_does_not_know_it(served: Served) -> None:
    first, second = served.kernel(), served.kernel()
    assert first != second
    assert uuid.UUID(first).version == 4  # 122 random bits, told to its own page alone
    for kernel, token in ((str(uuid.uuid4()), TOKEN), (first, "")):
        with pytest.raises(Exception, match=r"40[134]"):
            served.say(kernel, "kernel_info_request", token)
