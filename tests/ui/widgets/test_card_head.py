from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.ui.widgets import CardHead

Sent = queue.Queue[tuple[Any, Any]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """What heads send."""
    found: Sent = queue.Queue()
    monkeypatch.setattr(
        CardHead, "send", lambda self, content, buffers=None: found.put((content, buffers))
    )
    yield found
    assert found.empty()


def ask(head: CardHead, name: str, view: float = 0.5) -> None:
    head._handle_custom_msg({"kind": "table", "name": name, "view": view}, [])


def test_a_table_comes_as_csv_or_with_the_reason_why_not(sent: Sent) -> None:
    def table(name: str) -> pd.DataFrame | None:
        if name == "broken":
            raise DataError("no such table")
        return pd.DataFrame({"x_ms": [1.5]}) if name == "rates" else None

    head = CardHead("Rates", "activity", ("rates", "spikes", "broken"), table)
    ask(head, "of a page's own")
    head._handle_custom_msg("get", [])
    answers = []
    for name in ("rates", "spikes", "broken"):
        ask(head, name)
        answers.append(sent.get(timeout=60))
    refused = {"kind": "refused", "view": 0.5}
    assert answers == [
        ({"kind": "file", "name": "activity-rates.csv", "view": 0.5}, [b"x_ms\n1.5\n"]),
        ({**refused, "reason": "There is nothing to save yet."}, None),
        ({**refused, "reason": "no such table"}, None),
    ]


def test_a_large_table_is_written_beside_all_else_and_one_at_a_time(sent: Sent) -> None:
    go_on = threading.Event()

    def table(name: str) -> pd.DataFrame:
        assert go_on.wait(60)
        return pd.DataFrame({name: [1]})

    head = CardHead("Rates", "activity", ("spikes", "rates"), table)
    ask(head, "spikes", view=1)
    ask(head, "rates", view=2)
    assert sent.get(timeout=60)[0] == {"kind": "refused", "reason": "Still writing.", "view": 2}
    go_on.set()
    assert sent.get(timeout=60)[0] == {"kind": "file", "name": "activity-spikes.csv", "view": 1}
    ask(head, "rates", view=2)
    assert sent.get(timeout=60)[0]["name"] == "activity-rates.csv"
