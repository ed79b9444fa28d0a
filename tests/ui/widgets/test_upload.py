from __future__ import annotations

from typing import Any

import pytest

from workbench.ui.widgets import UploadButton

CONTENT = bytes(range(256)) * 5
PART = 500


class Browser:
    """Sends parts as the page does, and keeps what it hears."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.heard: list[Any] = []
        self.files: list[tuple[str, bytes]] = []
        monkeypatch.setattr(
            UploadButton, "send", lambda _self, content, buffers=None: self.heard.append(content)
        )
        self.button = UploadButton(lambda name, content: self.files.append((name, content)))

    def part(self, start: int, upload: str = "a", content: bytes = CONTENT) -> None:
        about = {
            "kind": "part", "upload": upload, "name": f"{upload}.npz", "size": len(content),
            "start": start,
        }  # fmt: skip
        self.button._handle_custom_msg(about, [memoryview(content[start : start + PART])])


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(monkeypatch)


def test_parts_become_a_file(browser: Browser) -> None:
    for start in range(0, len(CONTENT), PART):
        assert browser.files == []
        browser.part(start)
        taken = min(start + PART, len(CONTENT))
        assert browser.heard[-1] == {"kind": "taken", "upload": "a", "bytes": taken}
    assert browser.files == [("a.npz", CONTENT)]


def test_an_empty_file_is_a_file(browser: Browser) -> None:
    browser.part(0, content=b"")
    assert browser.files == [("a.npz", b"")]


def test_a_file_chosen_anew_takes_the_place_of_one_on_its_way(browser: Browser) -> None:
    browser.part(0)
    browser.part(0, "b")
    browser.part(PART, "a")  # still on the wire
    assert [heard["upload"] for heard in browser.heard] == ["a", "b"]
    browser.part(PART, "b")
    browser.part(2 * PART, "b")
    assert browser.files == [("b.npz", CONTENT)]


def test_parts_out_of_order_and_other_messages_are_passed_over(browser: Browser) -> None:
    browser.part(0)
    browser.part(2 * PART)
    browser.button._handle_custom_msg("hello", [])
    browser.button._handle_custom_msg({"kind": "other"}, [b""])
    assert len(browser.heard) == 1
    assert browser.files == []


def test_the_same_file_can_be_sent_twice(browser: Browser) -> None:
    for _ in range(2):
        for start in range(0, len(CONTENT), PART):
            browser.part(start)
    assert browser.files == [("a.npz", CONTENT)] * 2
