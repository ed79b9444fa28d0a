"""Changes of a Bokeh document that wait for the browser, folded while they wait.

The traps this file is about: a column source's whole data, read when a patch is built, already
holds the rows of stream events queued behind it, and the browser would append them twice. The
same happens to a source that the browser gets to know as part of a patch or of a fresh document.
So whole columns are noted as they were when their event arrived, and row events behind them
refresh that note and vanish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from weakref import WeakSet

import numpy as np
from bokeh.document.events import (
    ColumnDataChangedEvent,
    ColumnsPatchedEvent,
    ColumnsStreamedEvent,
    DocumentPatchedEvent,
    ModelChangedEvent,
)
from bokeh.models import ColumnDataSource

Columns = dict[str, Any]


def _noted(columns: Mapping[str, Any]) -> Columns:
    """Copy columns as far as bokeh changes them in place: it extends lists, arrays it replaces."""
    return {
        name: list(column) if isinstance(column, list) else column
        for name, column in columns.items()
    }


def _data(source: ColumnDataSource) -> Columns:
    # Bokeh types `data` by all that may be assigned to it; what is read is a dict.
    return cast("Columns", source.data)


class _SourceChanges:
    """The pending changes of one column source: whole columns, or else rows."""

    def __init__(self, source: ColumnDataSource):
        self.source = source
        self.columns: Columns | None = None
        self.whole = False
        self.rows: list[ColumnsStreamedEvent | ColumnsPatchedEvent] = []
        self.rows_added = 0

    def replace_all(self) -> None:
        self.columns, self.whole = _noted(_data(self.source)), True
        self.rows, self.rows_added = [], 0

    def replace(self, names: Iterable[str] | None) -> None:
        # Part of the columns beside pending rows: no order of the two would be right.
        if names is None or self.whole or self.rows:
            self.replace_all()
            return
        data = _data(self.source)
        self.columns = (self.columns or {}) | _noted({n: data[n] for n in names if n in data})

    def stream(self, event: ColumnsStreamedEvent) -> None:
        if self.columns is not None:
            self.replace_all()
            return
        # The caller may fill its arrays again before the patch is built.
        data: dict[str, Any] = {
            name: np.array(column) if isinstance(column, np.ndarray) else list(column)
            for name, column in event.data.items()
        }
        self.rows.append(
            ColumnsStreamedEvent(event.document, event.model, "data", data, event.rollover)
        )
        self.rows_added += max(map(len, data.values()), default=0)
        # Rows that make up most of the source are dearer to append than to send afresh.
        length = max((len(column) for column in _data(self.source).values()), default=0)
        if 2 * self.rows_added > length and len(self.rows) > 1:
            self.replace_all()

    def patch(self, event: ColumnsPatchedEvent) -> None:
        if self.columns is not None:
            self.replace_all()
        else:
            self.rows.append(event)

    def events(self) -> list[DocumentPatchedEvent]:
        if self.columns is None:
            return _joined(self.rows)
        names = None if self.whole else list(self.columns)
        document = self.source.document
        if document is None:  # taken out of the document while its change waited
            return []
        return [ColumnDataChangedEvent(document, self.source, "data", self.columns, names)]


def _joined(
    rows: list[ColumnsStreamedEvent | ColumnsPatchedEvent],
) -> list[DocumentPatchedEvent]:
    """Join neighbouring stream events: the browser indexes its glyphs again for each of them."""
    joined: list[DocumentPatchedEvent] = []
    for event in rows:
        last = joined[-1] if joined else None
        if (
            isinstance(event, ColumnsStreamedEvent)
            and isinstance(last, ColumnsStreamedEvent)
            and last.rollover == event.rollover
        ):
            last.data = {n: _appended(last.data[n], event.data[n]) for n in last.data}
        else:
            joined.append(event)
    return joined


def _appended(first: Any, second: Any) -> Any:
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return np.append(first, second)


class PendingChanges:
    """Fold document events so that applying what `take` returns gives the models' present state.

    Parameters
    ----------
    is_new : callable
        Whether the browser does not know a model yet. It then gets the model whole, together
        with the event that brings the model in, and changes before that are stale.
    """

    def __init__(self, is_new: Callable[[Any], bool]):
        self._is_new = is_new
        # Sources are keyed by their model, other events by what they change, in order of arrival.
        self._changes: dict[Any, _SourceChanges | DocumentPatchedEvent] = {}
        self._resend: WeakSet[ColumnDataSource] = WeakSet()

    def __bool__(self) -> bool:
        return bool(self._changes)

    def clear(self) -> None:
        """Forget every change."""
        self._changes.clear()

    def resend(self, sources: Iterable[ColumnDataSource]) -> None:
        """Send the whole data at the next change of each of `sources`.

        For sources that were just sent as a whole: another thread may have been appending rows
        at that moment, whose event is still to come and must not append them once more.
        """
        self._resend.update(sources)

    def add(self, event: DocumentPatchedEvent) -> None:
        """Take in one event, in the thread that made the change."""
        source = getattr(event, "model", None)
        if isinstance(source, ColumnDataSource) and getattr(event, "attr", None) == "data":
            if not self._is_new(source):
                self._add_data(source, event)
            return
        if isinstance(event, ModelChangedEvent):
            # Replaced at its first place: what refers to new models must stay in front.
            self._changes[event.model.id, event.attr] = event
            return
        self._changes[id(event)] = event

    def take(self) -> list[DocumentPatchedEvent]:
        """Return the folded events and forget them."""
        taken, self._changes = self._changes, {}
        events: list[DocumentPatchedEvent] = []
        for change in taken.values():
            events += change.events() if isinstance(change, _SourceChanges) else [change]
        return events

    def _add_data(self, source: ColumnDataSource, event: DocumentPatchedEvent) -> None:
        changes = self._changes.get(source)
        if not isinstance(changes, _SourceChanges):
            changes = self._changes[source] = _SourceChanges(source)
        if source in self._resend:
            self._resend.discard(source)
            changes.replace_all()
        elif isinstance(event, ColumnsStreamedEvent):
            changes.stream(event)
        elif isinstance(event, ColumnsPatchedEvent):
            changes.patch(event)
        else:
            changes.replace(getattr(event, "cols", None))
