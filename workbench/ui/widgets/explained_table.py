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
    key : str
        What a click picks, see `ExplainedTable.on_pick`; empty for a cell that only explains.
    """

    text: str
    explanation: str = ""
    colour: str = ""
    number: bool = False
    key: str = ""


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
    """Show a `Table`. Explanations need no kernel: they are part of the page."""

    _esm = (Path(__file__).parent / "explained_table.js").read_text("utf-8")

    table = traitlets.Dict().tag(sync=True)

    def on_pick(self, callback: Callable[[str], object]) -> None:
        """Call `callback` with the key of a cell that a person clicks."""

        def on_message(_widget: object, content: Any, _buffers: object) -> None:
            key = content.get("pick") if isinstance(content, dict) else None
            if isinstance(key, str):
                callback(key)

        self.on_msg(on_message)

    def show(self, table: Table) -> None:
        """Show another table."""
        self.table = {
            "caption": table.caption,
            "header": _plain(table.header),
            "rows": [_plain(row) for row in table.rows],
            "footer": _plain(table.footer),
        }
