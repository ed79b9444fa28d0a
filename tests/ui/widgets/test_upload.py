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


LIMIT = 1000


@pytest.fixture
def limited(browser: Browser) -> Browser:
    browser.refused: list[str] = []  # type: ignore[misc]
    browser.button = UploadButton(
        lambda name, content: browser.files.append((name, content)),
        limit_bytes=LIMIT,
        on_refused=browser.refused.append,
    )
    return browser


def message(browser: Browser, content: bytes, **about: Any) -> None:
    whole = {"kind": "part", "upload": "a", "name": "a.npz", "size": len(content), "start": 0}
    browser.button._handle_custom_msg(whole | about, [memoryview(content)])


def test_a_file_that_is_too_large_is_refused_when_it_is_announced(limited: Browser) -> None:
    message(limited, b"x" * PART, size=800_000_000)
    assert limited.heard[-1]["kind"] == "refused"
    assert limited.refused == [limited.heard[-1]["reason"]]  # type: ignore[attr-defined]
    assert "The file has 800 MB; accepted: up to 0 MB." in limited.heard[-1]["reason"]
    assert limited.button._content == bytearray()


def test_a_file_is_counted_while_it_arrives(limited: Browser) -> None:
    message(limited, b"x" * 600, size=700)
    message(limited, b"x" * 200, size=700, start=600)
    assert "larger than announced" in limited.heard[-1]["reason"]
    message(limited, b"x" * (LIMIT + 1), size=10)
    assert "accepted: up to" in limited.heard[-1]["reason"]
    message(limited, b"x" * 600, size=600, start=600)  # what was refused does not go on
    assert limited.files == []
    message(limited, b"x" * LIMIT)
    assert limited.files == [("a.npz", b"x" * LIMIT)]


def test_a_page_cannot_lift_the_limit(limited: Browser) -> None:
    limited.button.set_state({"limit_bytes": 10**12, "_limit": 10**12, "part_bytes": 10**12})
    message(limited, b"x" * (LIMIT + 1))
    assert limited.files == []


@pytest.mark.parametrize(
    "about",
    [{"start": -1}, {"start": None}, {"size": "1"}, {"size": -5}, {"size": True}, {"size": 1.0},
     {"name": None}, {"upload": {}}, {"start": 10**30}],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_passed_over(limited: Browser, about: dict[str, Any]) -> None:
    message(limited, b"x", **about)
    assert (limited.heard, limited.files) == ([], [])
