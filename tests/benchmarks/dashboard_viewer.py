"""A viewer of a dashboard who speaks the protocol of a page, without a browser."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

PROTOCOL = "v1.kernel.websocket.jupyter.org"
"""As pages speak; Voila 0.5 hangs for all viewers when one speaks the older protocol."""
PANES = ("swb-pane-raster", "swb-pane-outputs", "swb-pane-accuracy", "swb-pane-correlation")
START_S = 300
"""How long a page may take to come up, and to show its first run."""
ANSWER_S = 60
"""A slider that has moved no plot after this has failed."""


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
