"""How a setting is declared: once, in its field, for everybody who asks about it.

    steps: int = setting(100, Integer(1, 1_000_000), "Time steps", "Time steps of a run.")

The check of its value, the option of the command line, the control of the workbench, the table of
the documentation and the class's docstring are made from this line.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

import tomli_w

from workbench.errors import SettingsError
from workbench.setting_values import Truth, Values, plain, shown

_Class = TypeVar("_Class", bound=type)


@dataclass(frozen=True)
class Setting:
    """What there is to know of a setting.

    Parameters
    ----------
    values : Values
        What it accepts.
    label : str
        What people call it: its name in words.
    help : str
        What it does, in one or two sentences.
    details : str
        What a reader of the documentation needs besides.
    unit : str
        Of a physical quantity, or what is counted.
    flag : str
        Option of the command line; made from the name where it is left out.
    group : str or None
        Folded group of the workbench's controls; "" for those that are always in sight, None for
        a setting that has no control, as the workbench chooses it by itself.
    places : tuple of float
        Values that a slider offers; without them there is none.
    step : float
        By how much the arrows of a number field change it; 0 for 1 or 0.1.
    of_machine : bool
        Whether it says how the machine computes or keeps the result and not what comes out. Where
        the machine is somebody else's, as in a dashboard, people cannot choose it.
    name : str
        Name of the field.
    default : object
    """

    values: Values
    label: str
    help: str
    details: str = ""
    unit: str = ""
    flag: str = ""
    group: str | None = ""
    places: tuple[float, ...] = ()
    step: float = 0
    of_machine: bool = False
    name: str = ""
    default: Any = None

    @property
    def title(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def description(self) -> str:
        """All there is to read about it."""
        return f"{self.help} {self.details}".strip()


def setting(default: Any, values: Values, label: str, help: str, **more: Any) -> Any:
    """Return the field of a dataclass that is a setting; the rest is as of `Setting`."""
    declared = {"setting": Setting(values, label, help, **more)}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=declared)
    return field(default=default, metadata=declared)


_found: dict[type, dict[str, Setting]] = {}


def settings_of(kind: type) -> dict[str, Setting]:
    """Return the settings of a class by name, in the order in which they are declared."""
    if kind in _found:
        return _found[kind]
    found = {}
    for each in dataclasses.fields(kind):
        default = each.default
        if each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
        declared: Setting = each.metadata["setting"]
        flag = declared.flag or f"--{each.name.replace('_', '-')}"
        found[each.name] = dataclasses.replace(declared, name=each.name, default=default, flag=flag)
    return _found.setdefault(kind, found)


@dataclass(frozen=True)
class OlderTruth:
    """A setting of earlier versions, true or false, whose place a word of another one has taken.

    Parameters
    ----------
    name : str
        Of the newer setting.
    true, false : str
        Its words.
    """

    name: str
    true: str
    false: str

    def read(self, owner: str, older: str, value: Any, values: dict[str, Any]) -> None:
        """Put the newer setting among the values.

        Raises
        ------
        SettingsError
            If the value is none, or the newer setting says something else.
        """
        value = Truth().check(f"{owner}.{older}", plain(value))
        given = values.get(self.name, self.false)
        if value and given not in (self.true, self.false):
            raise SettingsError(
                f"{owner}.{older} is True with {self.name} {shown(given)}; accepted: {self.name} "
                f"{self.true!r}, which it stands for. Leave {older} out."
            )
        if value or given == self.true:
            values[self.name] = self.true if value else self.false


def _reading_older(kind: _Class) -> None:
    """Let a class take settings of earlier versions by name."""
    made = kind.__init__  # type: ignore[misc]

    @functools.wraps(made)
    def __init__(self: Any, *values: Any, **named: Any) -> None:
        for older, how in kind.older.items():  # type: ignore[attr-defined]
            if older in named:
                how.read(kind.__name__, older, named.pop(older), named)
        made(self, *values, **named)

    kind.__init__ = __init__  # type: ignore[misc]


def documented(kind: _Class) -> _Class:
    """Add the settings of a class to its docstring, as its parameters; let it read older ones."""
    _reading_older(kind)
    lines = [inspect.cleandoc(kind.__doc__ or ""), "", "Parameters", "----------"]
    for name, each in settings_of(kind).items():
        lines.append(f"{name} : {each.values.type_words}")
        lines.append(
            textwrap.fill(each.description, 96, initial_indent="    ", subsequent_indent="    ")
        )
    kind.__doc__ = "\n".join(lines)
    return kind


class Settings:
    """Base of the dataclasses of settings: checked values, reading and writing.

    Attributes
    ----------
    older : mapping of str to OlderTruth
        Names of earlier versions, which are still read.
    """

    older: ClassVar[Mapping[str, OlderTruth]] = {}

    def __post_init__(self) -> None:
        for name, each in settings_of(type(self)).items():
            value = plain(getattr(self, name))
            kept = each.values.check(f"{type(self).__name__}.{name}", value)
            object.__setattr__(self, name, kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings by name; those that are None, which TOML lacks, are left out."""
        values = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {name: value for name, value in values.items() if value is not None}

    def to_toml(self) -> str:
        """Return the settings as TOML text; settings that are None are left out."""
        return tomli_w.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read settings from TOML text; what it leaves out keeps its default.

        Raises
        ------
        SettingsError
            If the text is no TOML, or names a setting that does not exist.
        """
        return cls.from_dict(parsed(text))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make settings from a mapping, refusing names that do not exist."""
        known = settings_of(cls)
        refuse_unknown(cls.__name__, {k: v for k, v in values.items() if k not in cls.older}, known)
        return cls(**values)


def parsed(text: str) -> dict[str, Any]:
    """Read TOML text of settings.

    Raises
    ------
    SettingsError
        If the text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers too long, brackets too deep
        raise SettingsError(f"The settings are not valid TOML: {error}.") from error


def refuse_unknown(
    owner: str, values: Mapping[str, Any], known: Iterable[str], what: str = "setting"
) -> None:
    """Refuse names of settings, or of whatever `what` says, that do not exist.

    Raises
    ------
    SettingsError
        With the names that exist, and those that are nearest.
    """
    known = list(known)
    unknown = sorted(set(values) - set(known))
    if unknown:
        more = " …" if len(unknown) > 10 else ""
        told = ", ".join(name if len(name) <= 60 else f"{name[:60]} …" for name in unknown[:10])
        raise SettingsError(
            f"{owner} has no {what} {told}{more}; it has {', '.join(known)}."
            f"{did_you_mean(unknown[:10], known)}"
        )


def did_you_mean(unknown: Iterable[str], known: Iterable[str]) -> str:
    """Ask for the known names that are nearest to unknown ones; "" where none is near."""
    known = list(known)
    near = [name for each in unknown for name in difflib.get_close_matches(each[:60], known, 1)]
    return f" Did you mean {', '.join(dict.fromkeys(near))}?" if near else ""
