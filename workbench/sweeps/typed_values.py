"""The values of an axis as a person types them: "99, 99.9", "1..128", "true, false"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import SettingsError
from workbench.setting import Setting
from workbench.setting_values import Choice, Integer, Number, Truth

AUTO = "auto"
"""Stands for None, where a setting accepts that."""

TRUTHS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}

MOST_VALUES = 100_000
"""Of one axis."""

MOST_LETTERS = 40
"""Of a word, in what refuses it."""


def can_be_typed(setting: Setting | None) -> bool:
    """Whether a line of text can hold values of a setting; None stands for presets."""
    return setting is None or isinstance(setting.values, (Integer, Number, Truth, Choice))


def typed_values(text: str, setting: Setting | None, most: int = MOST_VALUES) -> list[Any]:
    """Read values with commas between them; the setting decides later what it accepts.

    Parameters
    ----------
    text : str
        ``FIRST..LAST`` and ``FIRST..LAST..STEP`` stand for integers, both ends included.
    setting : Setting or None
        None for presets.
    most : int
        Values that are accepted.

    Raises
    ------
    SettingsError
        If a word is no value of the setting's kind, or there are too many.
    """
    values: list[Any] = []
    for part in text.split(","):
        if word := part.strip():
            values += _range(word) if ".." in word else [_value(word, setting)]
        if len(values) > most:
            raise SettingsError(f"More than {most:,} values; accepted: up to {most:,}.")
    return values


def typed(values: Iterable[Any]) -> str:
    """Return the text that `typed_values` reads as these values."""
    return ", ".join(map(_word, values))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return AUTO
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _value(word: str, setting: Setting | None) -> Any:
    """Read one value as its setting has it."""
    match getattr(setting, "values", None):
        case Integer(none=none) if none and word == AUTO:
            return None
        case Integer():
            digits = word.removeprefix("-")
            if not (digits.isascii() and digits.isdigit() and len(digits) < MOST_LETTERS):
                raise _refused(word, "an integer", setting)
            return int(word)
        case Number():
            try:
                if word.isascii() and "_" not in word:  # which `float` reads
                    return float(word)
            except ValueError:
                pass
            raise _refused(word, "a number", setting)
        case Truth():
            if word.lower() not in TRUTHS:
                raise _refused(word, f"one of {', '.join(TRUTHS)}", None)
            return TRUTHS[word.lower()]
    return word


def _range(word: str) -> range:
    """Read FIRST..LAST or FIRST..LAST..STEP, both ends included."""
    parts = word.split("..")
    digits = all(part.isascii() and part.isdigit() and len(part) < MOST_LETTERS for part in parts)
    if len(parts) not in (2, 3) or not digits:
        raise _refused(word, "FIRST..LAST of integers", None)
    first, last, step = [*map(int, parts), 1][:3]
    if step < 1 or not first <= last or (last - first) // step >= MOST_VALUES:
        raise SettingsError(f"{_shown(word)} has no values, or too many.")
    return range(first, last + 1, step)


def _refused(word: str, kind: str, setting: Setting | None) -> SettingsError:
    accepted = "" if setting is None else f"; accepted: {setting.values.accepted}"
    return SettingsError(f"{_shown(word)} is not {kind}{accepted}.")


def _shown(word: str) -> str:
    return repr(word if len(word) <= MOST_LETTERS else f"{word[:MOST_LETTERS]}…")
