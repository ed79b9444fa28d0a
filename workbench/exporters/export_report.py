"""What an export did: the files it wrote, and how well they were checked."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

_BEGINNINGS = {
    "exact": "Exact, compared with the simulator",
    "approximate": "Approximate, compared with the simulator",
    "not run": "Not checked",
}
"""What is told of each status."""


@dataclass(frozen=True)
class Parity:
    """How the exported network compares with the workbench's own simulator.

    Parameters
    ----------
    status : "exact", "approximate" or "not run"
        "exact": every compared spike is equal. "approximate": the target computes something
        else, and `words` says how close it came.
    words : str
        What was compared, or why nothing was: a sentence without its capital and full stop.
    """

    status: str
    words: str

    def __post_init__(self) -> None:
        if self.status not in _BEGINNINGS:
            raise ValueError(
                f"Parity.status is {self.status!r}; accepted: {', '.join(_BEGINNINGS)}"
            )

    def __str__(self) -> str:
        return f"{_BEGINNINGS[self.status]}: {self.words}"


@dataclass(frozen=True, repr=False)
class ExportReport:
    """The outcome of one export.

    Parameters
    ----------
    target : str
    files : tuple of Path
        What was written, the file to start with first.
    parity : Parity
    notes : tuple of str
        What a user of the files should know, one sentence or two each.
    run : str
        Lines that run or load the files: a shell's command, or Python for a notebook's cell.
    """

    target: str
    files: tuple[Path, ...]
    parity: Parity
    notes: tuple[str, ...] = ()
    run: str = ""

    def __str__(self) -> str:
        lines = [f"Exported for {self.target}:"]
        lines += [f"  {path} ({_size(path)})" for path in self.files]
        lines.append(str(self.parity))
        lines += [f"Note: {note}" for note in self.notes]
        if self.run:
            lines.append(f"Run or load it:\n\n{textwrap.indent(self.run, '    ')}")
        return "\n".join(lines)

    __repr__ = __str__  # What a notebook shows at the end of a cell.


def _size(path: Path) -> str:
    try:
        size = float(path.stat().st_size)
    except OSError:
        return "no longer there"
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
