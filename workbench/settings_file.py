"""Both kinds of settings in one TOML file: a table [conversion] and a table [simulation]."""

from __future__ import annotations

import os
from pathlib import Path

import tomli_w

from workbench.errors import SettingsError
from workbench.setting import Settings, parsed, refuse_unknown, settings_of
from workbench.setting_values import shown
from workbench.settings import Conversion, Simulation
from workbench.util.atomic_files import replacing
from workbench.util.memory_budget import special_file

MOST_BYTES = 1_000_000
_KINDS: dict[str, type[Settings]] = {"conversion": Conversion, "simulation": Simulation}


def settings_to_toml(conversion: Conversion, simulation: Simulation) -> str:
    """Return both kinds of settings as TOML text, for `settings_from_toml`."""
    return tomli_w.dumps({"conversion": conversion.to_dict(), "simulation": simulation.to_dict()})


def settings_from_toml(text: str) -> tuple[Conversion, Simulation]:
    """Read both kinds of settings from TOML text.

    Settings may also stand by themselves, outside of the two tables, as `Conversion.to_toml` and
    `Simulation.to_toml` write them. What the text leaves out has its default.

    Raises
    ------
    SettingsError
        If the text is no TOML, names a setting that does not exist, or holds a value that is not
        accepted.
    """
    given = parsed(text)
    known = {name: {**settings_of(kind), **kind.older} for name, kind in _KINDS.items()}
    refuse_unknown("The file", given, {**known, **known["conversion"], **known["simulation"]})
    values = {}
    for name, own in known.items():
        table = given.get(name, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{name} is {shown(table)}; accepted: a table, as in [{name}].")
        values[name] = {key: given[key] for key in own if key in given} | table
    return Conversion.from_dict(values["conversion"]), Simulation.from_dict(values["simulation"])


def decoded(name: str, content: bytes) -> tuple[Conversion, Simulation]:
    """Read settings from what a file of some name holds.

    Raises
    ------
    SettingsError
        As `settings_from_toml`, with the file's name; also if it holds no text, or too much.
    """
    if len(content) > MOST_BYTES:
        raise SettingsError(
            f"{name} has {len(content):,} bytes; accepted: settings of up to {MOST_BYTES:,}."
        )
    try:
        return settings_from_toml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name} is not text in UTF-8; accepted: settings as TOML.") from error
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from error


def file_text(path: str | os.PathLike[str]) -> str:
    """Read a small file of text, as one with settings.

    Raises
    ------
    SettingsError
        If it cannot be read, holds too much, or no text.
    """
    content = _content(path)
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{path} has more than {MOST_BYTES:,} bytes; accepted: up to that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not text in UTF-8; accepted: TOML.") from error


def _content(path: str | os.PathLike[str]) -> bytes:
    """Return what a file holds, and at most a byte more than is accepted."""
    place = Path(path).expanduser()
    if problem := special_file(place):
        raise SettingsError(problem)
    try:
        with place.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"Cannot read the settings in {path}: {reason}.") from error


def load_settings(path: str | os.PathLike[str]) -> tuple[Conversion, Simulation]:
    """Read the settings of a TOML file.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    conversion : Conversion
    simulation : Simulation
        What the file leaves out has its default.

    Raises
    ------
    SettingsError
        If the file cannot be read, is not TOML, names a setting that does not exist, or holds a
        value that is not accepted.
    """
    return decoded(Path(path).name, _content(path))


def save_settings(
    path: str | os.PathLike[str],
    conversion: Conversion | None = None,
    simulation: Simulation | None = None,
) -> Path:
    """Write settings as a TOML file, for `load_settings` and the option ``--settings``.

    Parameters
    ----------
    path : str or path
        A file that exists is replaced.
    conversion : Conversion, optional
    simulation : Simulation, optional
        By default, the default settings.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    SettingsError
        If the file cannot be written.
    """
    place = Path(path).expanduser()
    text = settings_to_toml(conversion or Conversion(), simulation or Simulation())
    try:
        with replacing(place) as file:
            file.write(text.encode())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"Cannot write the settings to {path}: {reason}.") from error
    return place
