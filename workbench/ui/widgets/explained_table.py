"""A table whose numbers explain themselves: on hover, and on a click below the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
    explanation : str
        Shown on hover and on a click; empty for none.
    colour : str
        Of a dot in front of the text; empty for none.
    number : bool
        Whether to align right.
    action : str
        What `ExplainedTable` is told when the cell is pressed, which is then a button; its
        explanation says what it does.
    """

    text: str
    explanation: str = ""
    colour: str = ""
    number: bool = False
    action: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header, above an optional footer."""

    caption: str
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    footer: tuple[Cell, ...] = ()


def _plain(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    return [asdict(cell) for cell in cells]


class ExplainedTable(anywidget.AnyWidget):
    """Show a `Table`. Explanations need no kernel: they are part of the page.

    Parameters
    ----------
    on_action : callable, optional
        Called with the action of a cell that was pressed; only actions of the table reach it.
    """

    _esm = (Path(__file__).parent / "explained_table.js").read_text("utf-8")

    table = traitlets.Dict().tag(sync=True)

    def __init__(self, on_action: Callable[[str], object] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._on_action = on_action
        self._actions: frozenset[str] = frozenset()
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        action = content.get("action") if isinstance(content, dict) else None
        if isinstance(action, str) and action in self._actions and self._on_action is not None:
            self._on_action(action)

    def show(self, table: Table) -> None:
        """Show another table."""
        cells = (cell for row in table.rows for cell in row)
        self._actions = frozenset(cell.action for cell in cells if cell.action)
        self.table = {
            "caption": table.caption,
            "header": _plain(table.header),
            "rows": [_plain(row) for row in table.rows],
            "footer": _plain(table.footer),
        }
