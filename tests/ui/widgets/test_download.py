from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.ui.widgets import DownloadButton


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    messages: list[Any] = []
    monkeypatch.setattr(
        DownloadButton,
        "send",
        lambda self, content, buffers=None: messages.append((content, buffers)),
    )
    return messages


def test_a_click_brings_the_bytes(tmp_path: Path, sent: list[Any]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x00\x01")
    button = DownloadButton(path)
    button._handle_custom_msg("get", [])
    assert sent == [({"kind": "file", "name": "a.bin"}, [b"\x00\x01"])]


def test_bytes_may_be_made_at_the_click(tmp_path: Path, sent: list[Any]) -> None:
    made = iter([b"first", b"second"])
    button = DownloadButton("a.toml", content=lambda: next(made), label="Save")
    assert (button.file_name, button.label) == ("a.toml", "Save")
    for content in (b"first", b"second"):
        button._handle_custom_msg("get", [])
        assert sent.pop() == ({"kind": "file", "name": "a.toml"}, [content])


def test_a_file_that_went_away_is_told(tmp_path: Path, sent: list[Any]) -> None:
    button = DownloadButton(tmp_path / "gone.bin")
    button._handle_custom_msg("get", [])
    assert sent == []
    assert "gone.bin cannot be read" in button.error
