"""The text of an snn_toolbox configuration file, and its values read without evaluating them."""

from __future__ import annotations

import ast
import configparser
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError
from workbench.util.memory_budget import special_file

_MOST_BYTES = 1_000_000
_MOST_CHARACTERS = 20_000
_WORDS = configparser.ConfigParser.BOOLEAN_STATES
_REFERENCE = re.compile(r"%(?:%|\(([^)]*)\)s|)")


@dataclass(frozen=True)
class Value:
    """The text of one key, read as what the key stands for.

    Parameters
    ----------
    file, section, key : str
        Where it stands, for messages.
    text : str
    given : bool
        False where the file leaves the key out and the text is snn_toolbox's default.
    """

    file: str
    section: str
    key: str
    text: str
    given: bool = True

    def refused(self, accepted: str) -> SettingsError:
        """Return the refusal of this value."""
        shown = self.text if len(self.text) <= 60 else self.text[:60] + " …"
        return SettingsError(
            f"{self.file}: [{self.section}] {self.key} is {shown!r}; accepted: {accepted}."
        )

    def boolean(self) -> bool:
        """Read a truth value as configuration files write them."""
        word = self.text.strip().lower()
        if word not in _WORDS:
            raise self.refused("True, False")
        return _WORDS[word]

    def number(self) -> float:
        """Read a finite number."""
        try:
            number = float(self.text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.refused("a number")
        return number

    def whole(self, low: int) -> int:
        """Read an integer from `low`."""
        number = self.number()
        if not number.is_integer() or number < low:
            raise self.refused(f"integers from {low}")
        return int(number)

    def word(self) -> str:
        """Read a text; quotes around all of it are dropped."""
        text = self.text.strip()
        quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "'\""
        return text[1:-1] if quoted else text

    def path(self) -> Path:
        """Read a path; a leading ~ stands for the home folder."""
        try:
            return Path(self.word()).expanduser()
        except RuntimeError as error:
            raise self.refused("a path; there is no user of this name") from error

    def items(self) -> tuple[Any, ...]:
        """Read a list, tuple or set of plain values; an empty mapping is an empty set."""
        value = literal(self.text)
        if value == {}:
            return ()
        if not isinstance(value, (list, tuple, set)):
            raise self.refused("a list of plain values, as in [1, 2]")
        return tuple(value)

    def plain(self) -> Any:
        """Read whatever plain value this is, to compare it with another; else the text itself."""
        word = self.word()
        if word.lower() in ("true", "false"):
            return word.lower() == "true"
        value = literal(word)
        return word if value is None else value


def literal(text: str) -> Any:
    """Return the number, text, truth value or list that a text writes out, or None.

    Only constants are built; a name, a call or arithmetic on anything gives None.
    """
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


class _Bounded(configparser.Interpolation):
    """``%(name)s`` stands for another key's text, as `configparser` has it, in bounded space."""

    def before_get(
        self,
        parser: Any,
        section: str,
        option: str,
        value: str,
        defaults: Mapping[str, str],
    ) -> str:
        shared = parser.items("DEFAULT", raw=True) if parser.has_section("DEFAULT") else ()
        known = {**dict(shared), **defaults}
        for _ in range(configparser.MAX_INTERPOLATION_DEPTH):
            if "%(" not in value.replace("%%", ""):
                return value.replace("%%", "%")
            # A doubled percent sign is matched, too, and waits for the end.
            value = _REFERENCE.sub(lambda found: _resolved(found, option, section, known), value)
            if len(value) > _MOST_CHARACTERS:
                break
        raise configparser.InterpolationDepthError(option, section, value[:60])


def _resolved(found: re.Match[str], option: str, section: str, known: Mapping[str, str]) -> str:
    name = found.group(1)
    if name is None:
        return found.group()
    if name.lower() not in known:
        raise configparser.InterpolationMissingOptionError(option, section, found.group(), name)
    return known[name.lower()]


class IniFile:
    """An snn_toolbox configuration file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    SettingsError
        If the file is missing, no configuration file, or names a key twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # [DEFAULT] is read as a section like others: its keys would otherwise appear in all.
        self._parser = configparser.ConfigParser(
            interpolation=_Bounded(), default_section="no section"
        )
        try:
            self._parser.read_string(_content(path).decode("utf-8-sig"), path.name)
        except (UnicodeDecodeError, configparser.Error) as error:
            reason = " ".join(str(error).split())
            raise SettingsError(
                f"{path} is not an snn_toolbox configuration: {reason}. Accepted: sections such as "
                "[simulation] with lines such as 'duration = 200', each key once."
            ) from error

    def get(self, section: str, key: str, default: str) -> Value:
        """Return a key's value, or the default where the file leaves it out."""
        if self._parser.has_option(section, key):
            return self._value(section, key)
        return Value(self.path.name, section, key, default, given=False)

    def values(self) -> Iterator[Value]:
        """Yield every key that the file has, in its order."""
        for section in self._parser.sections():
            for key in self._parser.options(section):
                yield self._value(section, key)

    def _value(self, section: str, key: str) -> Value:
        value = Value(self.path.name, section, key, self._parser.get(section, key, raw=True))
        try:
            return replace(value, text=self._parser.get(section, key))
        except configparser.Error as error:
            raise value.refused(
                "references, as %(path_wd)s, to keys of the same section"
            ) from error


def _content(path: Path) -> bytes:
    if problem := special_file(path):
        raise SettingsError(problem)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist. Check the path.") from error
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(content) > _MOST_BYTES:
        raise SettingsError(
            f"{path} has {len(content):,} bytes; accepted: configuration files of up to "
            f"{_MOST_BYTES:,} bytes."
        )
    return content
