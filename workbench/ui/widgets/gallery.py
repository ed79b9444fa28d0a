"""Small pictures of samples, of which one can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets


@dataclass(frozen=True)
class Thumbnail:
    """A small picture.

    Parameters
    ----------
    number : int
        Of the sample.
    picture : str
        Its address.
    caption, detail : str
        Below the picture: in a line that is read first, and in small letters.
    name : str
        For screen readers, and on hover.
    wrong : bool
        Whether it is marked.
    """

    number: int
    picture: str
    caption: str
    detail: str
    name: str
    wrong: bool = False


class Gallery(anywidget.AnyWidget):
    """Show small pictures beside each other; a click or Enter chooses one, arrow keys walk.

    Parameters
    ----------
    on_choose : callable
        Gets the number of the sample that a person chose, one of those that are shown.

    Attributes
    ----------
    shown : int
        Number of the sample that is open; its picture is marked. -1 for none.
    """

    _esm = (Path(__file__).parent / "gallery.js").read_text("utf-8")

    thumbnails = traitlets.List(traitlets.Dict()).tag(sync=True)
    shown = traitlets.Int(-1).tag(sync=True)

    def __init__(self, on_choose: Callable[[int], None], **kwargs: Any):
        super().__init__(**kwargs)
        self._on_choose = on_choose
        self.on_msg(self._on_message)

    def show(self, thumbnails: Sequence[Thumbnail]) -> None:
        """Show other pictures."""
        self.thumbnails = [asdict(thumbnail) for thumbnail in thumbnails]

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        number = content.get("choose") if isinstance(content, dict) else None
        if type(number) is int and any(number == each["number"] for each in self.thumbnails):
            self._on_choose(number)
