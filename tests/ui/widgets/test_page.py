from __future__ import annotations

import json

import pytest

from workbench.ui.app import Workbench
from workbench.ui.widgets import Page


def pages(bench: Workbench) -> list[Page]:
    return [child for child in bench.children if isinstance(child, Page)]


def test_a_browser_that_shows_the_workbench_is_told_all_values_again(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, dict[str, object]] = {}

    def send(widget: Workbench, names: list[str]) -> None:
        told[widget.model_id] = widget.get_state(names)

    for kind in {type(widget) for widget in (bench, *bench.children)}:
        monkeypatch.setattr(kind, "send_state", send)
    monkeypatch.setattr("ipywidgets.Widget.send_state", send)
    (page,) = pages(bench)
    page._handle_custom_msg({"kind": "shown"}, [])
    assert bench.wait()
    words = json.dumps(told, default=str)
    assert "Accuracy" in words
    assert bench.state.status.text[:30] in words
    assert bench.model_id in told
    assert not {"_esm", "_css", "_model_name"} & {name for state in told.values() for name in state}


def test_other_messages_send_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    (page,) = pages(bench)
    monkeypatch.setattr("ipywidgets.Widget.send_state", lambda *_: pytest.fail("sent"))
    for content in ({"kind": "other"}, "shown", None, []):
        page._handle_custom_msg(content, [])
    assert bench.wait()


def test_a_closed_workbench_has_nothing_to_tell(bench: Workbench) -> None:
    (page,) = pages(bench)
    bench.close()
    page._handle_custom_msg({"kind": "shown"}, [])
    assert bench.wait()
