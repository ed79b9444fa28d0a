"""Tables as CSV that spreadsheets open as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV: a comma between columns, a line per row, the index left out.

    Names of layers and classes may come from a file of somebody else. A spreadsheet would compute
    one that begins like a formula, so such a text gets an apostrophe in front; numbers stay.
    """
    safe = {
        name: column.map(_plain) if column.dtype == object or column.dtype == "str" else column
        for name, column in table.items()
    }
    text: str = table.assign(**{str(name): column for name, column in safe.items()}).to_csv(
        index=False, lineterminator="\n"
    )
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
