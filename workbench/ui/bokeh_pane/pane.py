"""BokehPane: a Bokeh figure as a widget, with patches that the browser acknowledges.

The conversation with one view of a pane (`pane.js` is the other side):

- view: ``mount`` -> kernel: ``document`` (a fresh one for each view, as of patch number n)
- view: ``bokehjs`` -> kernel: ``bokehjs`` with the code, where the page lacks it
- kernel: ``patch`` n + 1, n + 2, ... -> view: ``drawn`` with the number, after the frame
- view: ``events`` (pan, zoom, tap, selection)
- view: ``error``; kernel: the `error` trait, which every view shows
- kernel: ``picture`` -> view: ``picture`` with a PNG -> kernel: ``stand_in`` (stand_in.py)
- view: ``unmount``
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

import anywidget
import bokeh
import traitlets
from bokeh.core.json_encoder import PayloadEncoder, serialize_json
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.document.events import DocumentChangedEvent, DocumentPatchedEvent
from bokeh.model import Model
from bokeh.models import ColumnDataSource
from bokeh.models.ui import UIElement

from workbench.errors import WorkbenchError
from workbench.plot.figure import Figure
from workbench.plot.saving import PICTURE
from workbench.ui.bokeh_pane.bokehjs import components_for, compressed_source
from workbench.ui.bokeh_pane.pending import PendingChanges
from workbench.ui.bokeh_pane.views import Views
from workbench.ui.session.surprises import logged
from workbench.ui.stand_in import STAND_IN, StandIn
from workbench.util.capabilities import of_this_process


def _code(file: str) -> str:
    return (Path(__file__).parent / file).read_text("utf-8")


TIME_CURSOR = _code("time_cursor.js")
"""What views of one workbench share the time by; ahead of the code of every view that does."""


class BokehPane(anywidget.AnyWidget):
    """Show a Bokeh model in JupyterLab or Voila and keep it up to date.

    Change the model, its sources or its glyphs as with a Bokeh server; the changes travel as
    binary patches. While the browser still draws, later changes are folded into one patch, so
    a fast producer costs the browser no more frames than it can draw. The pane takes its colours
    from the page, light or dark, where the model does not set its own. Over a figure with a Span of
    the name ``time_cursor`` stands the workbench's time cursor, moved in the browser alone.

    Parameters
    ----------
    model : bokeh.models.UIElement
        A figure or layout. With ``sizing_mode="stretch_width"`` it follows the pane's width.
    **kwargs
        Traits of a widget, such as ``layout``.

    Attributes
    ----------
    error : str
        A sentence shown above the plot; empty for none. Failures to build or apply a change,
        and exceptions of the model's callbacks, end here.
    browser_error : str
        What last went wrong in a browser. The view shows it itself; this is for observers.

    Notes
    -----
    Changes may come from any thread, one thread at a time for each model: see
    `workbench.ui.session.ui_thread.UIThread`. Callbacks for what happens in the browser run on
    whatever thread the kernel received the message on; let them submit work and return.
    """

    _esm = "".join(
        (TIME_CURSOR, _code("time_lines.js"), PICTURE, STAND_IN, _code("page_colours.js"),
         _code("pane.js"))
    )  # fmt: skip

    _bokeh_version = traitlets.Unicode(bokeh.__version__).tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    browser_error = traitlets.Unicode()
    _mark = traitlets.Unicode().tag(sync=True)

    _opened = False

    def __init__(self, model: UIElement, **kwargs: Any):
        if model.document is not None:
            raise WorkbenchError(
                f"{model} is already shown by another pane or document. Display that pane a "
                "second time, or build a new figure."
            )
        self._lock = threading.RLock()
        self._document = Document()
        self._document.add_root(model)
        self._pending = PendingChanges(self._is_new)
        self._views = Views()
        # Which models the browser has. Bokeh keeps such a note too, but changes it on the thread
        # that changes a model, without our lock: a model that came in meanwhile would be lost.
        self._known: WeakSet[Model] = WeakSet()
        self._sent = 0
        self._holds = 0
        self._retry: threading.Timer | None = None
        super().__init__(**kwargs)
        title = Figure(model).title
        self._stand_in = StandIn(
            self.model_id,
            lambda: f"the figure “{title}”" if title else "a figure",
            ask=self._ask,
            tell=self.send,
        )
        self._document.on_change(self._on_change)
        self.on_msg(self._on_message)
        self._opened = True

    @property
    def document(self) -> Document:
        """The Bokeh document that holds the model."""
        return self._document

    @property
    def view_count(self) -> int:
        """How many views show the pane at the moment, as far as the kernel knows."""
        with self._lock:
            return len(self._views)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Send what is changed within as one patch: the browser then draws once."""
        with self._lock:
            self._holds += 1
        try:
            yield
        finally:
            with self._lock:
                self._holds -= 1
                self._flush()

    def close(self) -> None:
        """Remove the pane from every page and release the model."""
        if self._opened:  # ipywidgets also closes what was refused while it was made
            self._opened = False
            self._stand_in.close()
            with self._lock:
                self._document.remove_on_change(self._on_change)
                self._document.clear()
                self._pending.clear()
                self._views = Views()
                if self._retry is not None:
                    self._retry.cancel()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = self._stand_in.beside(super()._repr_mimebundle_(**kwargs))
        self._mark = self._stand_in.mark
        return bundle

    # Changes made in Python, on their way to the browser

    def _on_change(self, event: DocumentChangedEvent) -> None:
        # Nothing may be raised from here: it would end up in the middle of the caller's
        # assignment, and bokeh would keep the document patched in as the current one.
        # Bokeh keeps models as new until they are flushed, also those that are gone again.
        self._document.models.flush_synced()
        if not isinstance(event, DocumentPatchedEvent) or event.setter is self:
            return
        with self._lock:
            if not len(self._views):  # the document sent at mount will hold the change
                return
            try:
                self._pending.add(event)
            except Exception as error:
                self._show(error, "A change of the plot could not be sent")
            self._flush()

    def _flush(self) -> None:
        """Send what waits, unless more is to come with it or the browser is behind."""
        if self._holds or not self._pending:
            return
        now_s = time.monotonic()
        wait_s = self._views.wait_s(sent=self._sent, now_s=now_s)
        if not len(self._views):
            self._pending.clear()
        elif wait_s > 0:
            self._ask_again(wait_s)
        else:
            self._send_patch()

    def _ask_again(self, wait_s: float) -> None:
        # The last change of a run must get out even if no view acknowledges anything any more.
        if self._retry is not None and self._retry.is_alive():
            return
        self._retry = threading.Timer(wait_s + 0.05, self._flush_later)
        self._retry.daemon = True
        self._retry.start()

    def _flush_later(self) -> None:
        with self._lock:
            self._retry = None
            self._flush()

    def _send_patch(self) -> None:
        self._known &= WeakSet(self._document.models)
        serializer = Serializer(references=set(self._known))
        try:
            patch = PayloadEncoder().encode({"events": serializer.encode(self._pending.take())})
            self._sent += 1
            self.send(
                {
                    "kind": "patch",
                    "number": self._sent,
                    "patch": patch,
                    "buffers": [buffer.id for buffer in serializer.buffers],
                },
                [buffer.to_bytes() for buffer in serializer.buffers],
            )
        except Exception as error:
            self._show(error, "A change of the plot could not be sent")
            return
        models = list(self._document.models)
        self._know(m for m in models if self._is_new(m) and serializer.has_ref(m))

    def _know(self, introduced: Iterable[Model]) -> None:
        """Note models that the browser was just sent whole."""
        introduced = list(introduced)
        self._known.update(introduced)
        self._pending.resend(m for m in introduced if isinstance(m, ColumnDataSource))

    def _is_new(self, model: Any) -> bool:
        return model not in self._known

    # Messages of the browser

    def _on_message(self, _widget: object, content: Any, buffers: Any) -> None:
        if content.get("kind") == "picture" and buffers:
            self._stand_in.take(bytes(buffers[0]), content.get("width"))
        handler = {
            "mount": self._on_mount,
            "unmount": self._on_unmount,
            "drawn": self._on_drawn,
            "bokehjs": self._on_bokehjs,
            "events": self._on_events,
            "error": self._on_browser_error,
        }.get(content.get("kind"))
        if handler is None:
            return
        try:
            handler(content)
        except Exception as error:
            self._show(error, "The plot could not answer the browser")

    def _on_mount(self, content: dict[str, Any]) -> None:
        self.error = ""  # a fresh document makes good for what could not be sent
        with self._lock:
            # What waits is part of the new view's document and may not reach it as a patch too.
            if len(self._views) and self._pending:
                self._send_patch()
            self._pending.clear()
            written = self._document.to_json(deferred=False)
            names = set(_written_ids(written))
            models = [model for model in self._document.models if model.id in names]
            self._know(models)
            view = content["view"]
            self._views.mount(view, patch=self._sent, now_s=time.monotonic())
            self.send(
                {
                    "kind": "document",
                    "view": view,
                    "number": self._sent,
                    "document": serialize_json(written),
                    "components": components_for(set(models)),
                }
            )

    def _on_unmount(self, content: dict[str, Any]) -> None:
        with self._lock:
            self._views.unmount(content["view"])
            self._flush()

    def _on_drawn(self, content: dict[str, Any]) -> None:
        with self._lock:
            known = self._views.acknowledge(
                content["view"], patch=content["number"], now_s=time.monotonic()
            )
            if not known:
                self.send({"kind": "remount", "view": content["view"]})
            self._flush()
        self._stand_in.stir()

    def _on_bokehjs(self, content: dict[str, Any]) -> None:
        component = content["component"]
        self.send({"kind": "bokehjs", "component": component}, [compressed_source(component)])

    def _on_events(self, content: dict[str, Any]) -> None:
        # Without the lock: this runs the callbacks of the model, and they may wait for a thread
        # that is about to change the plot.
        for event in content["events"]:
            try:
                self._document.apply_json_patch({"events": [event]}, setter=self)
            except Exception as error:
                self._show(error, "A callback of the plot failed")

    def _ask(self) -> None:
        with self._lock:
            view = self._views.latest
            if self._opened and view is not None:
                self.send({"kind": "picture", "view": view})

    def _on_browser_error(self, content: dict[str, Any]) -> None:
        self.browser_error = str(content["message"])

    def _show(self, error: Exception, what: str) -> None:
        own = of_this_process().tracebacks
        self.error = f"{what}: {f'{type(error).__name__}: {error}' if own else logged(error)}"


def _written_ids(written: Any) -> Iterator[str]:
    """Ids of the models that a document holds, as it was written."""
    if isinstance(written, dict):
        if written.get("type") == "object" and "id" in written:
            yield written["id"]
        written = list(written.values())
    if isinstance(written, list):
        for part in written:
            if isinstance(part, (dict, list)):
                yield from _written_ids(part)
