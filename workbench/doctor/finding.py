"""What an examination found: one line for a person, one object for a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Parameters
    ----------
    group : str
        What it belongs to: "Packages".
    name : str
        What was examined: "numpy".
    status : "ok", "note" or "problem"
        A note is not a fault: an optional part that is missing, or something to know. A problem
        is something that does not work.
    value : str
        What was found: "2.3.5".
    remedy : str
        What to do about a note or a problem; sentences.
    """

    group: str
    name: str
    status: Status
    value: str
    remedy: str = ""
