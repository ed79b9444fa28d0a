"""Samples side by side, one of which is chosen: by a click, a finger or the arrow keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import anywidget
import traitlets


@dataclass(frozen=True)
class Frame:
    """One sample.

    Parameters
    ----------
    number : int
    picture : str
        An address that holds the picture itself.
    words : str
        What it is, for a pointer that rests on it and for screen readers.
    """

    number: int
    picture: str
    words: str


class Filmstrip(anywidget.AnyWidget):
    """Choose a sample among its neighbours.

    Attributes
    ----------
    value : int
        Number of the chosen sample.
    """

    _esm = (Path(__file__).parent / "filmstrip.js").read_text("utf-8")

    value = traitlets.Int().tag(sync=True)
    frames = traitlets.List(traitlets.Dict()).tag(sync=True)

    def show(self, frames: Iterable[Frame]) -> None:
        """Show other samples."""
        self.frames = [asdict(frame) for frame in frames]
