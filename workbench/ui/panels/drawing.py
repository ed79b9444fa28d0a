"""A canvas, and other widgets, that stand for a part of the input that a person makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.datasets.handwriting import Stroke
from workbench.errors import WorkbenchError
from workbench.ui.binding import Context
from workbench.ui.session.own_input import OwnInput
from workbench.ui.widgets import DrawCanvas


def drawing_canvas(context: Context) -> DrawCanvas:
    """Return a canvas on which a person draws what the network is shown."""
    canvas = DrawCanvas()
    bind_own_input(context, canvas, lambda own: [_plain(each) for each in own.strokes], _drawn)
    return canvas


def bind_own_input(
    context: Context,
    widget: Any,
    show: Callable[[OwnInput], Any],
    read: Callable[[OwnInput, Any], OwnInput],
) -> None:
    """Tie a widget's value to a part of the input.

    Parameters
    ----------
    context : Context
    widget : Widget
    show : callable
        From the input to the widget's value.
    read : callable
        From the input and the widget's value to the input; what it refuses is told in the status.
    """

    def safely(value: Any) -> OwnInput:
        """What a page sends may be anything."""
        own = context.state.own_input
        try:
            return read(own, value)
        except WorkbenchError as error:
            context.actions.refuse(str(error))
            return own

    context.bind(widget, "own_input", show=show, read=safely)


def _plain(stroke: Stroke) -> dict[str, Any]:
    return {"points": list(stroke.points), "width": stroke.width, "erase": stroke.erase}


def _drawn(own: OwnInput, value: list[dict[str, Any]]) -> OwnInput:
    """Return what a canvas holds, which comes from a page."""
    strokes = []
    for each in value:
        points, width = each.get("points"), each.get("width")
        strokes.append(
            Stroke(
                tuple(points) if isinstance(points, list) else (),
                width if isinstance(width, (int, float)) else float("nan"),
                each.get("erase") is True,
            )
        )
    # An upload has its place already; what is drawn instead has not.
    centre = own.centre or own.given is not None
    return replace(own, strokes=tuple(strokes), given=None, centre=centre)
