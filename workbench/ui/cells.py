"""The cell of a notebook that is running: what it made before goes when it runs again."""

from __future__ import annotations

from typing import Any, Protocol
from weakref import ReferenceType, ref


class Closable(Protocol):
    """What a cell makes."""

    def close(self) -> None: ...


_made: dict[str, tuple[str, list[ReferenceType[Closable]]]] = {}
"""By the cell's id: which execution of it was the last, and what that one made."""


def replace_former(new: Closable) -> None:
    """Close what earlier executions of the running cell made, and note what this one makes.

    Outside of a notebook, and where its program gives cells no id, nothing is closed.
    """
    cell, execution = _running()
    if not cell:
        return
    last, made = _made.get(cell, ("", []))
    if last != execution:
        for reference in made:
            old = reference()
            if old is not None:
                old.close()
        made = []
    _made[cell] = (execution, [*made, ref(new)])


def _running() -> tuple[str, str]:
    """Return the id of the running cell and that of its execution; both empty if there is none."""
    from IPython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return "", ""
    request = kernel.get_parent("shell") or {}
    cell = request.get("metadata", {}).get("cellId", "")
    return str(cell), str(request.get("header", {}).get("msg_id", ""))
