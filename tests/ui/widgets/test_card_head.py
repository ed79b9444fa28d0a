from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.ui.widgets import CardHead


def test_a_table_comes_as_csv_or_with_the_reason_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        CardHead, "send", lambda self, content, buffers=None: sent.append((content, buffers))
    )

    def table(name: str) -> pd.DataFrame | None:
        if name == "broken":
            raise DataError("no such table")
        return pd.DataFrame({"x_ms": [1.5]}) if name == "rates" else None

    head = CardHead("Rates", "activity", ("rates", "spikes", "broken"), table)
    for name in ("rates", "spikes", "broken", "of a page's own"):
        head._handle_custom_msg({"kind": "table", "name": name}, [])
    head._handle_custom_msg("get", [])
    assert sent == [
        ({"kind": "file", "name": "activity-rates.csv"}, [b"x_ms\n1.5\n"]),
        ({"kind": "refused", "reason": "There is nothing to save yet."}, None),
        ({"kind": "refused", "reason": "no such table"}, None),
    ]
