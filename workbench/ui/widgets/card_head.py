"""The head of a figure's card: what it shows, in a title and in words, and buttons that save it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import traitlets

from workbench.errors import WorkbenchError
from workbench.util.csv_text import csv_text

_HERE = Path(__file__).parent


class CardHead(anywidget.AnyWidget):
    """Title a figure and save it, as a picture or as the numbers behind it.

    Pictures are made in the browser, of the figure that stands in the same card; tables come by
    the widget's own connection. So all of them work where the page may not read files of the
    server, as under Voila.

    Parameters
    ----------
    title : str
        What the figure shows, in a line.
    file_name : str
        Of what is saved, without an ending.
    tables : sequence of str
        Names of the tables behind the figure, each of which gets a button.
    table : callable
        From such a name to a DataFrame, or to None where there is nothing to save yet.

    Attributes
    ----------
    summary : str
        A sentence that says what the figure shows, for those who cannot see it.
    """

    _esm = "".join((_HERE / name).read_text("utf-8") for name in ("saving.js", "card_head.js"))

    title = traitlets.Unicode().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    file_name = traitlets.Unicode().tag(sync=True)
    tables = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        title: str,
        file_name: str,
        tables: Sequence[str],
        table: Callable[[str], pd.DataFrame | None],
    ):
        self._names, self._table = tuple(tables), table  # no traits: a page may set those
        self._writing = threading.Lock()
        super().__init__(title=title, file_name=file_name, tables=list(tables))
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        name = content.get("name") if isinstance(content, dict) else None
        if name not in self._names:
            return
        view = content.get("view")
        if not self._writing.acquire(blocking=False):
            self._refuse("Still writing.", view)
            return
        # Millions of spikes take seconds, and under Voila all widgets share the caller's thread.
        threading.Thread(target=self._write, args=(name, view), daemon=True).start()

    def _write(self, name: str, view: Any) -> None:
        try:
            table = self._table(name)
            data = None if table is None else csv_text(table).encode("utf-8")
        except WorkbenchError as error:
            data, reason = None, str(error)
        else:
            reason = "There is nothing to save yet."
        finally:
            self._writing.release()
        if data is None:
            self._refuse(reason, view)
            return
        end = f"-{name}" if len(self._names) > 1 else ""
        file = f"{self.file_name}{end}.csv"
        self.send({"kind": "file", "name": file, "view": view}, [data])

    def _refuse(self, reason: str, view: Any) -> None:
        self.send({"kind": "refused", "reason": reason, "view": view})
