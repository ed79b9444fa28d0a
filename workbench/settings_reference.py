"""All settings at a glance, for the documentation and the command line."""

from __future__ import annotations

from typing import Any

from workbench.setting import Settings, settings_of
from workbench.settings import Conversion, Simulation

_COLUMNS = ("Name", "Label", "Values", "Default", "Unit", "Option", "What it does")


def settings_records(kind: type[Settings]) -> list[dict[str, Any]]:
    """Return name, label, values, default, unit, flag and help of every setting of a class."""
    return [
        {
            "name": name,
            "label": each.label,
            "values": each.values.type_words,
            "default": each.default,
            "unit": each.unit,
            "flag": each.flag,
            "help": each.description,
        }
        for name, each in settings_of(kind).items()
    ]


def settings_table(*kinds: type[Settings]) -> str:
    """Return the settings as Markdown: a heading and a table for each class.

    Parameters
    ----------
    *kinds : type
        Classes of settings; `Conversion` and `Simulation` by default.

    Returns
    -------
    str
        Tables of name, label, values, default, unit, option of the command line, and what the
        setting does.
    """
    parts = []
    for kind in kinds or (Conversion, Simulation):
        rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
        for record in settings_records(kind):
            name, label, values, default, unit, flag, text = record.values()
            rows.append((f"`{name}`", label, values, f"`{default!r}`", unit, f"`{flag}`", text))
        lines = (" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows)
        parts += [f"## {kind.__name__}", "\n".join(f"| {line} |" for line in lines)]
    return "\n\n".join(parts) + "\n"
