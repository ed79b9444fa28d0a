from __future__ import annotations

import pytest

from workbench.ui.session.messages import counted, duration, short_count


@pytest.mark.parametrize(("seconds", "words"), [(0.0083, "8 ms"), (1.26, "1.3 s"), (75, "75.0 s")])
def test_times_are_said_as_a_person_says_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(12_345, "12,345"), (1_234_567, "1.23 million"), (45 * 10**8, "4.5 billion")],
)
def test_large_counts_are_read_at_a_glance(count: int, words: str) -> None:
    assert short_count(count) == words


def test_one_is_no_plural() -> None:
    assert counted(1, "step") == "1 step"
    assert counted(2000, "step") == "2,000 steps"
