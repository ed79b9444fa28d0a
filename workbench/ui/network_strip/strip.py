"""NetworkStrip: layers with their firing, and a time bar, played without the kernel.

The conversation with one view of a strip (`strip.js` is the other side):

- view: ``mount`` -> kernel: ``frames``, from the first on
- kernel: ``frames`` with what a view lacks -> view: ``taken``, upon which more may follow
- view: ``focus``, ``clip`` and ``clip_step``: what a person does
- view: ``unmount``

A view gets its next frames once it has taken the last ones: a slow page gets fewer and larger
messages, and always ends with all that is there.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from workbench.plot.clock import UNITS
from workbench.ui.bokeh_pane import TIME_CURSOR
from workbench.ui.session.playback import Playback

_HERE = Path(__file__).parent
_PARTS = ("frames", "firing_picture", "clip_line", "cards", "edges", "player", "time_bar", "strip")

ASK_AGAIN_S = 10.0
"""A message that was not taken after this time is taken for lost."""

MOST_VIEWS = 32
"""Views that are remembered; pages that are gone do not always say so."""

LONGEST_NAME = 100
"""Characters of the name that a page gives a view."""


@dataclass
class _View:
    run: int = 0
    frames: int = 0
    waits_since_s: float = -math.inf
    told: object = None


@dataclass(frozen=True, eq=False)
class Shown:
    """What a strip plays.

    Parameters
    ----------
    playback : Playback
    about : dict
        What the page is told of the run besides: sample, classes, choices.
    runners : list of int
        Outputs in the race.
    """

    playback: Playback
    about: dict[str, Any] = field(default_factory=dict)
    runners: list[int] = field(default_factory=list)


class NetworkStrip(anywidget.AnyWidget):
    """Show a network's layers side by side and play back how they fired.

    Parameters
    ----------
    on_clip : callable
        Called as ``on_clip(layer, gesture, at=..., places=...)`` when a person moves the place at
        which a layer clips: to an activation, or by places of a slider.

    Attributes
    ----------
    graph : dict
        Cards of the layers with their places, and the edges.
    clips : dict of layer to dict
        Where each layer clips.
    losses : dict of layer to dict
        ``{"share": 0 to 1, "text": ...}``: how much of the accuracy is lost there, where known.
    picture : list of (name, address)
        The sample.
    focus : str
        Layer that is looked at; "" for none.
    units : "steps" or "ms"
    remark : str
        What to do or to know while nothing is played.
    plays : "once" or "always"
        Whether only the first run is played by itself, or each new one again and again, as on a
        screen for visitors.
    clock : "own", "leads" or "follows"
        Inside an element of the class ``swb-one-clock``, strips that follow show the same share of
        their run as the one that leads.
    play_s : float
        About so long it takes to play a run, until a person chooses a speed.
    """

    _esm = TIME_CURSOR + "".join((_HERE / f"{name}.js").read_text("utf-8") for name in _PARTS)
    _css = (_HERE / "network_strip.css").read_text("utf-8")

    graph = traitlets.Dict().tag(sync=True)
    clips = traitlets.Dict().tag(sync=True)
    losses = traitlets.Dict().tag(sync=True)
    picture: Any = traitlets.List().tag(sync=True)
    focus = traitlets.Unicode().tag(sync=True)
    units = traitlets.Unicode("steps").tag(sync=True)
    remark = traitlets.Unicode().tag(sync=True)
    plays = traitlets.Enum(("once", "always"), "once").tag(sync=True)
    clock = traitlets.Enum(("own", "leads", "follows"), "own").tag(sync=True)
    play_s = traitlets.Float(5.0, min=0.5).tag(sync=True)

    def __init__(
        self,
        *,
        on_clip: Callable[..., object] = lambda *_, **__: None,
        on_focus: Callable[[str], object] = lambda _: None,
        **kwargs: Any,
    ):
        self._lock = threading.RLock()
        self._on_clip, self._on_focus = on_clip, on_focus
        self._shown: Shown | None = None
        self._views: dict[str, _View] = {}
        super().__init__(**kwargs)
        self.on_msg(self._on_message)

    def play(self, shown: Shown | None) -> None:
        """Play another run, or more of the one that is played; None plays nothing."""
        with self._lock:
            self._shown = shown
            for name in list(self._views):
                self._serve(name)

    def _serve(self, name: str) -> None:
        """Send a view what it lacks, unless it has yet to take what was sent before."""
        view, shown, now_s = self._views[name], self._shown, time.monotonic()
        if now_s - view.waits_since_s < ASK_AGAIN_S:
            return
        run = 0 if shown is None else shown.playback.run
        if view.told is shown and (shown is None or view.frames == shown.playback.frames_done):
            return
        if run != view.run:
            view.run, view.frames = run, 0
        view.told, view.waits_since_s = shown, now_s
        if shown is None:
            self.send({"kind": "nothing", "view": name})
            return
        content, buffers = packed(shown, view.frames)
        view.frames = shown.playback.frames_done
        self.send({"kind": "frames", "view": name, **content}, buffers)

    def _on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        kind, name = content.get("kind"), content.get("view")
        if kind in ("mount", "taken", "unmount") and isinstance(name, str):
            with self._lock:
                self._on_view(kind, name)
        elif kind == "focus" and isinstance(content.get("layer"), str):
            self._on_focus(content["layer"])
        elif kind == "clip" and isinstance(content.get("layer"), str):
            at, places = content.get("at"), content.get("places")
            gesture = (self.model_id, str(content.get("gesture", "")))
            if isinstance(at, (int, float)) and math.isfinite(at):
                self._on_clip(content["layer"], gesture, at=float(at))
            elif isinstance(places, int):
                self._on_clip(content["layer"], gesture, places=places)

    def _on_view(self, kind: str, name: str) -> None:
        if kind == "unmount":
            self._views.pop(name, None)
            return
        if len(name) > LONGEST_NAME:
            return
        if kind == "mount":
            self._views.pop(name, None)
        if name not in self._views:
            while len(self._views) >= MOST_VIEWS:
                self._views.pop(next(iter(self._views)))
        view = self._views.setdefault(name, _View())
        view.waits_since_s = -math.inf
        self._serve(name)


def packed(shown: Shown, first: int) -> tuple[dict[str, Any], list[bytes]]:
    """Return a message with the frames from `first` on.

    Returns
    -------
    content : dict
        With ``layers``, for each its ``name``, its ``width`` in bytes per event, and the numbers of
        its buffers: counts, kept and events. With ``race``: steps and values have buffers, too.
    buffers : list of bytes
    """
    playback, buffers = shown.playback, list[bytes]()

    def hold(array: np.ndarray) -> int:
        buffers.append(array.tobytes())
        return len(buffers) - 1

    parts = [part for part in playback.frames if part.first >= first]
    layers = []
    for name in playback.layers:
        joined = {
            what: np.concatenate([getattr(part, what)[name] for part in parts])
            for what in ("counts", "kept", "events")
            if parts
        }
        width = joined["events"].itemsize if parts else 2
        held = {what: hold(array) for what, array in joined.items()}
        layers.append({"name": name, "width": width, **held})
    race, clock = playback.race, playback.clock
    content = {
        **shown.about,
        "run": playback.run,
        "first": first,
        "last": playback.frames_done,
        "frames": playback.frame_count,
        "steps": playback.steps,
        "every": playback.steps_per_frame,
        "clock": {
            units: {
                "unit": clock.unit(units),
                "scale": clock.scale(units),
                "rate_unit": clock.rate_unit(units),
                "rate_scale": clock.rate_scale(units),
            }
            for units in UNITS
        },
        "decided": playback.decided,
        "spikes": playback.spikes,
        "shown": playback.shown,
        "taken_back": playback.taken_back,
        "layers": layers if parts else [],
        "race": {
            "outputs": shown.runners,
            "steps": hold(race.steps.astype(np.uint32)),
            "values": hold(race.values[:, shown.runners].astype(np.float32)),
        },
    }
    return content, buffers
