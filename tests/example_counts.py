"""How many examples hypothesis tries: all where CI runs, about a third while developing."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("CI", "").lower() in ("true", "1")


def examples(thorough: int) -> int:
    """Return how many of so many examples are tried in this run."""
    return thorough if THOROUGH else max(5, thorough // 3)
