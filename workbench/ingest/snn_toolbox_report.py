"""The account of an snn_toolbox configuration file: what became of each of its keys."""

from __future__ import annotations

from dataclasses import dataclass

_WIDTH = 40


@dataclass(frozen=True)
class Line:
    """What became of one key.

    Parameters
    ----------
    section, key, value : str
        As they stand in the file.
    honoured : bool
    note : str
        The setting that it became, or the reason why it has no effect.
    given : bool
        False where the file leaves the key out and snn_toolbox's default is taken.
    default : bool
        Whether the value is snn_toolbox's own default.
    """

    section: str
    key: str
    value: str
    honoured: bool
    note: str
    given: bool
    default: bool

    def __str__(self) -> str:
        text = " ".join(self.value.split())
        shown = text if len(text) <= _WIDTH else f"{text[:_WIDTH]} …"
        return f"[{self.section}] {self.key} = {shown}: {self.note}"


def account(name: str, lines: tuple[Line, ...]) -> str:
    """Return the lines as text: honoured ones, those that are not, and those that ask for nothing.

    Keys that only repeat snn_toolbox's defaults come last, one line per reason.
    """
    parts = [
        ("Settings from " + name, [line for line in lines if line.honoured and line.given]),
        (
            "Left out, so as in snn_toolbox",
            [line for line in lines if line.honoured and not line.given],
        ),
        ("Not honoured", [line for line in lines if not line.honoured and not line.default]),
    ]
    text = [f"{title}\n" + "\n".join(f"  {line}" for line in part) for title, part in parts if part]
    usual = [line for line in lines if not line.honoured and line.default]
    if usual:
        reasons: dict[str, list[str]] = {}
        for line in usual:
            reasons.setdefault(line.note, []).append(line.key)
        text.append("Not honoured, but at snn_toolbox's defaults")
        text += [f"  {', '.join(keys)}: {reason}" for reason, keys in reasons.items()]
    return "\n".join(text)
