"""Places of viewers, counted without a server: nothing of Jupyter starts or ends a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("voila", reason="the limit is one of Voila's kernels")

from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.testing import bind_unused_port
from tornado.web import Application

from workbench.launch import viewer_kernels, viewers
from workbench.launch.viewer_kernels import NOTEBOOK, NoPlace, ViewerKernels
from workbench.launch.viewers import _KernelsOfPage

PAGE = "dashboard.ipynb"


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> ViewerKernels:
    """Three places, for kernels without processes."""
    base = viewer_kernels.AsyncMappingKernelManager

    async def start(self: Any, *, kernel_id: str, **_options: Any) -> str:
        self.most = max(self.most, self.taken)
        await asyncio.sleep(0)
        if self.fail:
            raise RuntimeError("no such kernel")
        self._kernels[kernel_id] = SimpleNamespace(kernel_name="python3")
        return kernel_id

    async def shutdown(self: Any, kernel_id: str, *_args: Any, **_options: Any) -> None:
        self.ended.append(kernel_id)
        await asyncio.sleep(0.01)
        self.remove_kernel(kernel_id)

    monkeypatch.setattr(base, "start_kernel", start)
    monkeypatch.setattr(base, "shutdown_kernel", shutdown)
    kernels = ViewerKernels(max_viewers=3, cull_idle_timeout=45)
    kernels.most, kernels.fail, kernels.ended = 0, False, []  # type: ignore[attr-defined]
    kernels.filled = []  # type: ignore[attr-defined]
    kernels.fill_if_needed = lambda notebook_name: kernels.filled.append(notebook_name)  # type: ignore[attr-defined]
    return kernels


def spare(kernels: ViewerKernels, notebook: str = PAGE) -> Coroutine[Any, Any, str]:
    """Start a kernel as Voila does before a page comes."""
    return kernels.start_kernel(env={NOTEBOOK: notebook})


def running(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a thread: a browser of other tests may keep a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work()).result()


async def settle() -> None:
    """Let all that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_fifty_pages_at_once_get_the_places_there_are(kernels: ViewerKernels) -> None:
    async def work() -> None:
        asked = [kernels.start_kernel(for_page=True) for _ in range(50)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(answer, str) for answer in told) == 3
        assert sum(isinstance(answer, NoPlace) for answer in told) == 47
        assert kernels.taken == kernels.most == 3  # type: ignore[attr-defined]
        assert kernels.full

    running(work)


def test_a_kernel_that_does_not_start_takes_no_place(kernels: ViewerKernels) -> None:
    async def work() -> None:
        kernels.fail = True  # type: ignore[attr-defined]
        for _ in range(5):
            with pytest.raises(RuntimeError, match="no such kernel"):
                await kernels.start_kernel(for_page=True, env={})
        assert kernels.taken == 0 and not kernels._folders

    running(work)


def test_who_reloads_a_page_gets_the_place_before_a_spare_kernel(kernels: ViewerKernels) -> None:
    async def work() -> None:
        ids = [await kernels.start_kernel(for_page=True) for _ in range(3)]
        waiting = asyncio.ensure_future(spare(kernels))
        await settle()
        assert not waiting.done() and kernels.full
        ending = asyncio.ensure_future(kernels.shutdown_kernel(ids[0]))
        await settle()
        assert not kernels.full  # about to be free
        assert await kernels.start_kernel(for_page=True)
        await settle()
        assert ending.done() and not waiting.done() and kernels.taken == 3
        await kernels.shutdown_kernel(ids[1])
        assert await waiting in kernels
        assert kernels.most == 3 and kernels.ready(PAGE) == 1  # type: ignore[attr-defined]

    running(work)


def test_a_spare_kernel_gives_way_to_a_page_that_cannot_use_it(kernels: ViewerKernels) -> None:
    async def work() -> None:
        first = await spare(kernels, "a.ipynb")
        assert (kernels.ready("a.ipynb"), kernels.ready("b.ipynb")) == (1, 0)
        for _ in range(3):
            await kernels.start_kernel(for_page=True)
        assert first not in kernels and kernels.taken == 3 and kernels.ready("a.ipynb") == 0
        assert kernels.filled == ["a.ipynb"]  # type: ignore[attr-defined]
        with pytest.raises(NoPlace):
            await kernels.start_kernel(for_page=True)

    running(work)


def test_a_page_waits_for_a_spare_kernel_of_another_that_is_just_starting(
    kernels: ViewerKernels,
) -> None:
    async def work() -> None:
        for _ in range(2):
            await kernels.start_kernel(for_page=True)
        starting = asyncio.ensure_future(spare(kernels, "a.ipynb"))
        await asyncio.sleep(0)
        assert kernels.taken == 3 and not kernels.full
        assert await kernels.start_kernel(for_page=True) in kernels
        assert await starting not in kernels
        assert kernels.most == 3 and kernels.full  # type: ignore[attr-defined]

    running(work)


def test_a_spare_kernel_is_promised_once(kernels: ViewerKernels) -> None:
    """While one page waits for the only spare kernel, another is not to count on it."""

    async def work() -> None:
        await kernels.start_kernel(for_page=True)
        await kernels.start_kernel(for_page=True)
        ahead = await spare(kernels)
        given = asyncio.Event()

        async def rendered(*_args: Any) -> tuple[None, list[str], str]:
            await given.wait()
            return None, [], ahead

        kernels.get_rendered_notebook = rendered  # type: ignore[attr-defined]
        kernels.get_pool_size = lambda _notebook: 2  # type: ignore[attr-defined]
        page = SimpleNamespace(load=kernels.loading.add)
        own = _KernelsOfPage(kernels, page)  # type: ignore[arg-type]
        assert own.get_pool_size(PAGE) == 1 and not kernels.full
        asked = asyncio.ensure_future(own.get_rendered_notebook(PAGE))
        await settle()
        assert own.get_pool_size(PAGE) == 0 and kernels.full
        with pytest.raises(NoPlace):
            await own.start_kernel()
        given.set()
        await asked
        assert kernels.loading == {ahead} and kernels.ready(PAGE) == 0 and kernels.full

    running(work)


def test_a_kernel_ends_when_its_page_is_gone_and_not_when_it_is_idle(
    kernels: ViewerKernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(viewer_kernels, "monotonic", lambda: clock)
    connections: dict[str, int] = {}
    monkeypatch.setattr(
        ViewerKernels, "kernel_model", lambda _self, name: {"connections": connections[name]}
    )

    async def work() -> None:
        nonlocal clock
        idle, dropped, loading = [await kernels.start_kernel(for_page=True) for _ in range(3)]
        connections.update({idle: 1, dropped: 1, loading: 0})
        kernels.notify_connect(dropped)
        kernels.loading.add(loading)
        for _ in range(720):  # an hour
            clock += 5
            await kernels.cull_kernels()
        assert kernels.taken == 3
        connections[dropped] = 0
        kernels.seen(dropped, clock - 10)  # the last answer of a line that was cut
        for _ in range(6):
            clock += 5
            await kernels.cull_kernels()
        connections[dropped] = 1  # back after 30 s of silence and more
        await kernels.cull_kernels()
        connections[dropped] = 0
        kernels.loading.clear()
        await kernels.cull_kernels()
        clock += 44
        await kernels.cull_kernels()
        assert kernels.taken == 3
        clock += 1
        await kernels.cull_kernels()
        assert kernels.list_kernel_ids() == [idle, loading]  # which has not been connected yet
        clock += 134
        await kernels.cull_kernels()
        assert kernels.taken == 2
        clock += 1
        await kernels.cull_kernels()
        assert kernels.list_kernel_ids() == [idle]
        assert sorted(kernels.ended) == sorted([dropped, loading])  # type: ignore[attr-defined]

    running(work)


def test_what_a_kernel_leaves_is_deleted_with_it(kernels: ViewerKernels) -> None:
    async def work() -> None:
        kernel = await kernels.start_kernel(for_page=True, env={"A": "b"})
        folder = Path(kernels._folders[kernel])
        (folder / "upload").write_text("of a kernel that was killed")
        await kernels.shutdown_kernel(kernel)
        assert not folder.exists()

    running(work)


def test_nothing_starts_in_a_server_that_stops(kernels: ViewerKernels) -> None:
    async def work() -> None:
        for _ in range(3):
            await kernels.start_kernel(for_page=True)
        waiting = asyncio.ensure_future(spare(kernels))
        await settle()
        kernels._closed = True
        kernels.remove_kernel(kernels.list_kernel_ids()[0])
        with pytest.raises(NoPlace):
            await waiting

    running(work)


def test_a_voila_that_starts_kernels_in_another_way_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewers.Voila, "init_handlers", lambda _self: [("/(.*)", object)])
    with pytest.raises(SystemExit, match=r"cannot limit\. Install a version"):
        viewers.Dashboard().init_handlers()


def test_a_page_that_says_goodbye_and_stays_keeps_its_kernel(
    kernels: ViewerKernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_kernels, "GOODBYE_S", 2)
    connections: dict[str, int] = {}
    monkeypatch.setattr(ViewerKernels, "_n_connections", lambda _self, name: connections[name])

    async def work() -> None:
        stays, goes, other = [await kernels.start_kernel(for_page=True) for _ in range(3)]
        connections.update({stays: 1, goes: 1, other: 1})
        said = [asyncio.ensure_future(kernels.leave(page)) for page in (stays, goes)]
        await settle()
        assert not kernels.full
        back = asyncio.ensure_future(kernels.start_kernel(for_page=True))  # a reload comes first
        await settle()
        connections[goes] = 0
        assert await back in kernels
        await asyncio.gather(*said)
        assert kernels.ended == [goes] and kernels.full  # type: ignore[attr-defined]

    running(work)


@pytest.mark.parametrize("protocol", [None, "v1.kernel.websocket.jupyter.org"])
def test_bytes_for_a_client_without_a_protocol_hang_nobody(
    protocol: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(
        viewers.KernelWebsocketHandler, "write_message", lambda _self, m, _binary: sent.append(m)
    )
    socket = object.__new__(viewers.ViewerSocket)
    socket.ws_connection = SimpleNamespace(selected_subprotocol=protocol)
    # The older form begins with the number of parts, big-endian in four bytes; the newer one with
    # the number of offsets, little-endian in eight.
    old, new = b"\0\0\0\2" + bytes(4) + b"{}", (1).to_bytes(8, "little") + bytes(8)
    message = old if protocol is None else new
    socket.write_message(message, binary=True)
    assert sent == [message]


def test_addresses_below_the_templates_that_are_no_files_are_not_found() -> None:
    odd = ("", "x", "lab", "lab/static", "lab/other/voila.js", "lab/static/none.js", "no/static/x")
    encoded = ("%2e%2e/%2e%2e/etc/passwd", "lab/static/%2e%2e", "lab/static/%00", "%00/static/x")
    encoded += ("lab%2fstatic%2f..%2f..%2fconf.json", "lab/static/..%2f..%2f..%2f..%2fetc%2fpasswd")

    async def work() -> None:
        socket, port = bind_unused_port()
        server = Application([("/voila/templates/(.*)", viewers.TemplateFiles)]).listen(0)
        server.add_socket(socket)
        client = SimpleAsyncHTTPClient(force_instance=True)
        for path in (*odd, *encoded):
            with pytest.raises(HTTPClientError) as refused:
                await client.fetch(f"http://127.0.0.1:{port}/voila/templates/{path}")
            assert refused.value.code in (403, 404), path
        found = await client.fetch(f"http://127.0.0.1:{port}/voila/templates/lab/static/voila.js")
        assert found.code == 200
        client.close()
        server.stop()

    asyncio.run(work())
