"""Tables as CSV that spreadsheets open as what it is."""

from __future__ import annotations

from typing import Any

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV: a comma between columns, a line per row, the index left out.

    Names of layers and classes may come from a file of somebody else. A spreadsheet would compute
    one that begins like a formula, so such a text gets an apostrophe in front; numbers stay.
    Columns are told apart by their places, because two classes may have the same name.
    """
    columns = [
        column.map(_plain) if column.dtype == object or column.dtype == "str" else column
        for _, column in table.items()
    ]
    text: str = pd.DataFrame(dict(enumerate(columns))).to_csv(
        index=False, header=[_plain(str(name)) for name in table.columns], lineterminator="\n"
    )
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
