"""How far the browser has come: which views show a pane and what each of them has drawn."""

from __future__ import annotations

from dataclasses import dataclass

PATCHES_IN_FLIGHT = 2
PATIENCE_S = 2.0
FORGET_S = 30.0


@dataclass
class _View:
    drawn: int
    heard_s: float


class Views:
    """Flow control over all views of one pane.

    A patch goes to every view at once, so the slowest view sets the pace, within limits: beside
    a view that keeps up, one that says nothing for `PATIENCE_S` no longer holds the others back,
    and one that says nothing for `FORGET_S` (its page was closed or its computer sleeps) is
    forgotten. A forgotten view that speaks again has missed patches and must draw afresh.

    All times are seconds of one monotonic clock, passed in by the caller.
    """

    def __init__(self) -> None:
        self._views: dict[str, _View] = {}

    def __len__(self) -> int:
        return len(self._views)

    @property
    def latest(self) -> str | None:
        """The view that has spoken last."""
        return max(self._views, key=lambda name: self._views[name].heard_s, default=None)

    def mount(self, name: str, *, patch: int, now_s: float) -> None:
        """Note a view that starts with a document as of patch number `patch`."""
        self._views[name] = _View(patch, now_s)

    def unmount(self, name: str) -> None:
        """Forget a view that was taken off the page."""
        self._views.pop(name, None)

    def acknowledge(self, name: str, *, patch: int, now_s: float) -> bool:
        """Note that a view has drawn patch number `patch`; False for an unknown view."""
        view = self._views.get(name)
        if view is None:
            return False
        view.drawn = max(view.drawn, patch)
        view.heard_s = now_s
        return True

    def wait_s(self, *, sent: int, now_s: float) -> float:
        """Return how long to hold the next patch back, when `sent` patches were sent.

        Returns
        -------
        float
            0 to send now; otherwise seconds after which to ask again, should no view
            acknowledge anything before.
        """
        lagging = {
            name: now_s - view.heard_s
            for name, view in self._views.items()
            if sent - view.drawn >= PATCHES_IN_FLIGHT
        }
        for name in [name for name, silent_s in lagging.items() if silent_s >= FORGET_S]:
            del lagging[name], self._views[name]
        patience_s = PATIENCE_S if len(lagging) < len(self._views) else FORGET_S
        return max((patience_s - silent_s for silent_s in lagging.values()), default=0.0)
