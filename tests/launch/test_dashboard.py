"""A dashboard as it is served: what the server itself answers to people and to their programs."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import psutil
import pytest
from ports import free_port
from tornado.websocket import websocket_connect

from workbench.launch.dashboards import shipped_dashboards
from workbench.util.package_data import notebooks_folder

pytestmark = pytest.mark.browser

TOKEN = "s3cret-of-this-test"
PLACES = 4
PATIENCE_S = 180


@dataclass
class Served:
    """A running dashboard."""

    port: int
    process: subprocess.Popen[bytes]
    opened: list[str] = field(default_factory=list)

    def get(self, path: str, token: str = TOKEN) -> tuple[int, str, str]:
        """Return status, address and text of an answer."""
        query = f"?token={token}" if token else ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}{query}") as answer:
                return answer.status, answer.url, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url or "", error.read().decode("utf-8", "replace")

    def send(self, method: str, path: str) -> int:
        """Return the status of what a program of somebody with the token gets."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=b"{}",
            method=method,
            headers={"Authorization": f"token {TOKEN}"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def kernel(self, options: str = "", path: str = "/") -> str:
        """Open a page, when there is a place, and return the id of its kernel."""
        for _ in range(300):
            status, _, text = self.get(path, TOKEN + options)
            if status == 200:
                break
            assert status == 503
            time.sleep(1)
        assert "snn-workbench-spinner" in text  # our template
        (kernel,) = kernels_of(text)
        self.opened.append(kernel)
        return kernel

    def close(self) -> None:
        """Close the pages as browsers do."""
        while self.opened:
            assert self.send("POST", f"/voila/api/shutdown/{self.opened.pop()}") == 204

    def n_kernels(self) -> int:
        """Return the number of kernels that run."""
        lines = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                lines.append(process.cmdline())
            except psutil.Error:  # it has ended
                continue
        return sum("ipykernel_launcher" in line for line in lines)

    def place(self, kernel: str, token: str = TOKEN) -> str:
        """Return the address of a kernel's connection."""
        return f"ws://127.0.0.1:{self.port}/api/kernels/{kernel}/channels?token={token}"

    def say(self, kernel: str, kind: str, token: str = TOKEN, **content: object) -> list[str]:
        """Send a kernel a message; return the kinds of what comes back."""
        # In a thread of its own: a browser of other tests may keep a loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            said = self._say(kernel, kind, token, content)
            return pool.submit(asyncio.run, said).result()

    async def _say(self, kernel: str, kind: str, token: str, content: object) -> list[str]:
        connection = await websocket_connect(self.place(kernel, token))
        ids = []
        # A kernel answers in turn, on each of two channels that may overtake one another: once the
        # second is answered on both, so is the first, however slowly.
        for name, parts in ((kind, content), ("kernel_info_request", {})):
            header = {"msg_id": uuid.uuid4().hex, "msg_type": name, "username": "",
                      "session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z",
                      "version": "5.3"}  # fmt: skip
            message = {"header": header, "parent_header": {}, "metadata": {}, "content": parts,
                       "channel": "shell", "buffers": []}  # fmt: skip
            await connection.write_message(json.dumps(message))
            ids.append(header["msg_id"])
        kinds, awaited = [], {"reply", "idle"}
        while awaited and (answer := await connection.read_message()) is not None:
            if isinstance(answer, bytes):  # of a plot
                continue
            told = json.loads(answer)
            parent = told["parent_header"].get("msg_id")
            if parent == ids[0]:
                kinds.append(told["header"]["msg_type"])
            elif parent == ids[1]:
                state = told["content"].get("execution_state")
                awaited.discard("reply" if told["channel"] == "shell" else state)
        connection.close()
        while await connection.read_message() is not None:
            pass  # until it is closed
        return kinds


def kernels_of(text: str) -> list[str]:
    """Return the id of the kernel of a page, in a list."""
    return re.findall(r'"kernelId":\s*"([^"]+)"', text)


@contextmanager
def serving(folder: Path, **options: object) -> Iterator[Served]:
    """Serve a dashboard."""
    (folder / "token").write_text(TOKEN)
    port = free_port()
    options = {"port": port, "token_file": str(folder / "token"), "browser": False, **options}
    start = f"from workbench.launch import dashboard; raise SystemExit(dashboard(**{options}))"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", start], stdout=log, stderr=log, cwd=folder
        )
        served = Served(port, process)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    served.get("/voila/static/voila.js")
                    break
                except (OSError, HTTPException):
                    log_so_far = (folder / "log").read_text()
                    assert process.poll() is None and time.monotonic() < deadline, log_so_far
                    time.sleep(0.5)
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE_S)  # until its kernels have ended


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("dashboard"), max_viewers=PLACES) as served:
        yield served


@pytest.fixture
def served(server: Served) -> Iterator[Served]:
    """A server whose places are free again after the test."""
    yield server
    server.close()


@pytest.mark.parametrize("token", ["", "other"])
def test_nobody_enters_without_the_token(served: Served, token: str) -> None:
    assert "/login" in served.get("/", token)[1]
    assert served.get(f"/api/kernels/{uuid.uuid4()}", token)[0] in (401, 403, 404)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the process list of Linux")
def test_no_command_line_holds_the_token(served: Served) -> None:
    assert served.kernel()
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
    assert "kernel_info_reply" in served.say(kernel, "kernel_info_request")
    code = f"open({str(ran)!r}, 'w')"
    assert served.say(kernel, "execute_request", code=code, silent=False) == []
    assert served.say(kernel, "inspect_request", code="x", cursor_pos=0) == []
    told = served.say(kernel, "comm_open", comm_id="1", target_name="unknown", data={"code": code})
    assert "comm_close" in told
    assert set(told) <= {"status", "comm_close", "comm_msg"}  # the last of what it draws meanwhile
    assert not ran.exists()


def test_a_kernel_is_joined_by_nobody_who_does_not_know_it(served: Served) -> None:
    first, second = served.kernel(), served.kernel()
    assert first != second
    assert uuid.UUID(first).version == 4  # 122 random bits, told to its own page alone
    for kernel, token in ((str(uuid.uuid4()), TOKEN), (first, "")):
        with pytest.raises(Exception, match=r"40[134]"):
            served.say(kernel, "kernel_info_request", token)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("POST", "/api/kernels"), ("POST", "/api/sessions"), ("POST", "/api/terminals"),
     ("POST", "/api/kernels/{kernel}/restart"), ("POST", "/api/kernels/{kernel}/interrupt"),
     ("PUT", "/api/contents/mine.ipynb"), ("GET", "/voila/render/dashboard.ipynb"),
     ("GET", "/voila/tree"), ("GET", "/dashboard.ipynb")],
)  # fmt: skip
def test_nothing_but_the_page_starts_a_kernel(served: Served, method: str, path: str) -> None:
    kernel = uuid.uuid4()
    assert served.send(method, path.format(kernel=kernel)) in (403, 404, 405)
    assert served.n_kernels() <= PLACES


def test_viewers_choose_no_template(served: Served) -> None:
    """One that lies elsewhere could bring a program along."""
    assert served.kernel("&template=lab")


def test_fifty_at_once_start_no_more_kernels_than_there_are_places(served: Served) -> None:
    with ThreadPoolExecutor(51) as pool:
        asked = [pool.submit(served.get, "/") for _ in range(50)]
        most = 0
        while not all(page.done() for page in asked):
            most = max(most, served.n_kernels())
            time.sleep(0.1)
    told = [page.result() for page in asked]
    full = [text for status, _, text in told if status == 503]
    pages = [text for status, _, text in told if status == 200]
    assert len(pages) + len(full) == 50
    assert 1 <= len(pages) <= PLACES >= most
    served.opened += kernels_of("".join(pages))
    assert len(set(served.opened)) == len(pages)
    for text in full:
        assert f"up to {PLACES} viewers at a time" in text
        assert '<meta http-equiv="refresh" content="15">' in text


def test_pages_of_several_notebooks_share_the_places(tmp_path: Path) -> None:
    with serving(tmp_path, notebook=str(notebooks_folder()), max_viewers=2) as served:
        status, _, index = served.get("/")
        links = re.findall(r'href="(pages/[^"]+)"', index)
        assert status == 200 and len(links) == len(shipped_dashboards()) > 2
        assert not kernels_of(index)
        assert "/login" in served.get("/", "")[1] and "/login" in served.get(f"/{links[0]}", "")[1]
        # Spare kernels of the others give way.
        opened = [served.kernel(path=f"/{link}") for link in links[:2]]
        assert len(set(opened)) == 2
        for link in links:
            assert served.get(f"/{link}")[0] == 503
        assert served.get("/")[0] == 200  # it takes no place
        served.close()
        assert served.kernel(path=f"/{links[2]}") not in opened
        assert served.n_kernels() <= 2
        for path in ("/pages/", "/pages/workbench", "/pages/../dashboard.ipynb", "/demo_draw.ipynb",
                     "/pages/%2e%2e%2fdashboard", "/voila/render/demo_draw.ipynb"):  # fmt: skip
            assert served.get(path)[0] in (403, 404)


def test_an_open_page_keeps_its_kernel_and_a_closed_one_makes_place(tmp_path: Path) -> None:
    with serving(tmp_path, max_viewers=1, absence_s=10) as served, ThreadPoolExecutor(1) as pool:
        kernel = served.kernel()

        async def look() -> None:
            page = await websocket_connect(served.place(kernel))
            for _ in range(5):  # much longer than a page that is gone
                await asyncio.sleep(5)
                assert (await asyncio.to_thread(served.get, "/"))[0] == 503
                assert served.n_kernels() == 1
            page.close()
            while await page.read_message() is not None:
                pass

        pool.submit(asyncio.run, look()).result()
        assert served.kernel() != kernel
        with pytest.raises(Exception, match="404"):
            served.say(kernel, "kernel_info_request")
