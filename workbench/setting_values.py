"""Kinds of values that settings accept: each checks a value and says in words what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from workbench.errors import SettingsError

_LONGEST = 80
"""Characters of a value that a refusal shows."""


class Values:
    """Which values a setting accepts."""

    @property
    def accepted(self) -> str:
        """The values in words, as a refusal gives them."""
        raise NotImplementedError

    @property
    def type_words(self) -> str:
        """The values in words, as a docstring gives them."""
        raise NotImplementedError

    def check(self, name: str, value: Any) -> Any:
        """Return a value as it is kept.

        Parameters
        ----------
        name : str
            Whose value it is, for the refusal.
        value : object

        Raises
        ------
        SettingsError
            If the value is not accepted.
        """
        raise NotImplementedError

    def refused(self, name: str, value: Any) -> SettingsError:
        """Return the refusal of a value."""
        return SettingsError(f"{name} is {shown(value)}; accepted: {self.accepted}.")


@dataclass(frozen=True)
class Number(Values):
    """Numbers between two bounds, which are among them."""

    low: float
    high: float

    @property
    def accepted(self) -> str:
        """The bounds."""
        return f"{self.low:,.10g} to {self.high:,.10g}"

    @property
    def type_words(self) -> str:
        """The bounds, and that it is a float."""
        return f"float, {self.accepted}"

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not numbers, NaN, and values outside of the bounds."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high:
            raise self.refused(name, value)
        return value


@dataclass(frozen=True)
class Integer(Values):
    """Integers between two bounds, which are among them.

    Parameters
    ----------
    low, high : int
    none : str
        What None means; "" where None is not accepted.
    """

    low: int
    high: int
    none: str = ""

    @property
    def accepted(self) -> str:
        """The bounds, and what None means."""
        more = f", or None: {self.none}" if self.none else ""
        return f"integers from {self.low:,} to {self.high:,}{more}"

    @property
    def type_words(self) -> str:
        """The bounds, and that it is an integer."""
        return f"int, {self.low:,} to {self.high:,}{', or None' if self.none else ''}"

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not integers, and values outside of the bounds."""
        if value is None and self.none:
            return None
        integer = isinstance(value, int) and not isinstance(value, bool)
        if not integer or not self.low <= value <= self.high:
            raise self.refused(name, value)
        return value


@dataclass(frozen=True)
class Truth(Values):
    """True or false."""

    @property
    def accepted(self) -> str:
        """Both."""
        return "true, false"

    @property
    def type_words(self) -> str:
        """That it is a bool."""
        return "bool"

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not truth values."""
        if not isinstance(value, bool):
            raise self.refused(name, value)
        return value


@dataclass(frozen=True)
class Choice(Values):
    """One of several words.

    Parameters
    ----------
    literal : Literal
        The field's type, which lists the words.
    names : mapping of word to str
        Their names in a menu; a word without a name is shown as it is.
    older : mapping of str to word
        Words that earlier versions wrote, and what is kept in their place.
    """

    literal: Any
    names: Mapping[str, str] = field(default_factory=dict)
    older: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """The words to choose from."""
        return get_args(self.literal)

    @property
    def accepted(self) -> str:
        """The words."""
        return ", ".join(self.words)

    @property
    def type_words(self) -> str:
        """The words as Python writes them."""
        *most, last = (f'"{word}"' for word in self.words)
        return f"{', '.join(most)} or {last}"

    def check(self, name: str, value: Any) -> Any:
        """Refuse what is none of the words, and replace an older one."""
        known = self.older.get(value, value) if isinstance(value, str) else None
        if known not in self.words:
            raise self.refused(name, value)
        return known


@dataclass(frozen=True)
class PerLayer(Values):
    """Values of single layers, by layer name.

    Parameters
    ----------
    each : Number or Integer
        What a layer may have.
    example : float
    common : str
        The setting that holds for other layers; "" where they have the value 0.
    """

    each: Number | Integer
    example: float
    common: str = ""

    @property
    def accepted(self) -> str:
        """The form, by an example."""
        return f"a value per layer name, as in {{'conv1': {self.example}}}"

    @property
    def type_words(self) -> str:
        """The form, and the values."""
        return f"mapping of layer name to {self.each.type_words}"

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not mappings of names to accepted values; return a copy."""
        if not isinstance(value, Mapping) or not all(isinstance(layer, str) for layer in value):
            raise self.refused(name, value)
        return {
            layer: self.each.check(f"{name}[{shown(layer)}]", plain(number))
            for layer, number in value.items()
        }


@dataclass(frozen=True)
class LayerNames(Values):
    """Names of layers, or "all"; a single name may stand by itself."""

    @property
    def accepted(self) -> str:
        """Both forms."""
        return "layer names, or 'all' for every layer"

    @property
    def type_words(self) -> str:
        """Both forms as Python writes them."""
        return 'tuple of layer names, or "all"'

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not names."""
        if isinstance(value, str):
            return value if value == "all" else (value,)
        if not isinstance(value, (tuple, list)) or not all(isinstance(each, str) for each in value):
            raise self.refused(name, value)
        return tuple(value)


@dataclass(frozen=True)
class Program(Values):
    """The path of a program that is run.

    Only who owns the machine chooses its programs: viewers of a dashboard have no such control,
    and are refused.

    Parameters
    ----------
    none : str
        What "" stands for; "" where there must be a path.
    """

    none: str = ""

    @property
    def accepted(self) -> str:
        """That it is a path, and what "" stands for."""
        return f"the path of a program{f', or empty: {self.none}' if self.none else ''}"

    @property
    def type_words(self) -> str:
        """That it is a str."""
        return f"str, {self.accepted}"

    def check(self, name: str, value: Any) -> Any:
        """Refuse values that are not text, and empty text where it is not accepted."""
        if not isinstance(value, str) or not (value or self.none):
            raise self.refused(name, value)
        return value


def plain(value: Any) -> Any:
    """Return a number of numpy's as Python's; anything else as it is."""
    return value.item() if getattr(value, "shape", None) == () else value


def shown(value: Any) -> str:
    """Return a value as a refusal shows it: short, whatever a file made of it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # more digits or brackets than Python writes
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
