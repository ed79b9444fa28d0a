"""A browser in Python: Bokeh's own Document applies the patches as BokehJS does."""

from __future__ import annotations

import json
from typing import Any

from bokeh.core.serialization import Buffer, Serialized
from bokeh.document import Document
from bokeh.models import ColumnDataSource

from workbench.ui.bokeh_pane import BokehPane


class FakeBrowser:
    """One view of a pane; messages wait in `inbox` until `receive` is called."""

    def __init__(self, pane: BokehPane, name: str = "view"):
        self.pane = pane
        self.name = name
        self.inbox: list[tuple[dict[str, Any], list[bytes]]] = []
        self.document: Document | None = None
        self.number = -1
        self.patches: list[dict[str, Any]] = []
        others = pane.__dict__.setdefault("_fake_browsers", [])
        others.append(self)
        pane.send = lambda content, buffers=None: [
            browser.inbox.append((content, buffers or [])) for browser in others
        ]

    def say(self, kind: str, **content: Any) -> None:
        """Send a message to the pane."""
        self.pane._on_message(self.pane, {"kind": kind, "view": self.name, **content}, [])

    def mount(self) -> None:
        """Mount and receive the document."""
        self.say("mount")
        self.receive()

    def receive(self, *, acknowledge: bool = True) -> None:
        """Apply all that has arrived; acknowledging may bring more, which is applied too."""
        while self.inbox:
            for content, buffers in self._arrived():
                self._receive(content, buffers)
            if acknowledge and self.document is not None:
                self.say("drawn", number=self.number)

    def _arrived(self) -> list[tuple[dict[str, Any], list[bytes]]]:
        arrived, self.inbox = self.inbox, []
        return [message for message in arrived if message[0].get("view", self.name) == self.name]

    def _receive(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if content["kind"] == "document":
            self.document = Document.from_json(json.loads(content["document"]))
            self.number = content["number"]
        elif content["kind"] == "patch" and -1 < self.number < content["number"]:
            assert content["number"] == self.number + 1
            self.number = content["number"]
            self.apply(content, buffers)
        elif content["kind"] == "remount":
            self.say("mount")

    def apply(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Apply one patch."""
        assert self.document is not None
        patch = json.loads(content["patch"])
        self.patches.append(patch)
        parts = [Buffer(name, data) for name, data in zip(content["buffers"], buffers, strict=True)]
        for event in patch["events"]:
            # BokehJS keeps the columns that an event leaves out, Bokeh's Document drops them.
            kept: dict[str, Any] = {}
            if event["kind"] == "ColumnDataChanged" and event["cols"] is not None:
                kept = dict(self._source(event).data)
            self.document.apply_json_patch(Serialized({"events": [event]}, parts))
            if kept:
                source = self._source(event)
                source.data = kept | dict(source.data)

    def _source(self, event: dict[str, Any]) -> Any:
        assert self.document is not None
        return self.document.models.get_by_id(event["model"]["id"])

    def model(self, name: str) -> Any:
        """Return a model of the browser's document."""
        assert self.document is not None
        return self.document.get_model_by_name(name)

    def rows(self, name: str = "rows") -> dict[str, list[Any]]:
        """Return the columns of a source of the browser's document."""
        source = self.model(name)
        assert isinstance(source, ColumnDataSource)
        return {column: list(values) for column, values in source.data.items()}

    def kinds(self) -> list[list[str]]:
        """Return the kinds of events of each patch so far."""
        return [[event["kind"] for event in patch["events"]] for patch in self.patches]
