"""Which layer and which units are looked into; the look follows every run, in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.errors import SettingsError
from workbench.ui.session.inside import MOST_PICKED, Setup, Unit, inputs_of, look
from workbench.ui.session.latest_wins import LatestWins
from workbench.ui.session.state import State
from workbench.ui.session.status_lines import StatusLines
from workbench.ui.session.ui_thread import UIThread

Looked = tuple[Setup, str, tuple[int, ...]]


class Inspector:
    """Keeps `State.inside` true to `State.focus`, `State.picked` and the shown run.

    Parameters
    ----------
    state : State
    ui : UIThread
    lines : StatusLines
        Where a refusal is told.
    """

    def __init__(self, state: State, ui: UIThread, lines: StatusLines):
        self.state, self.ui, self._lines = state, ui, lines
        self._looks = LatestWins(self._look, on_error=lines.say_surprise, name="workbench-inside")
        self._shown: object = None
        self._asked: object = None
        state.observe(self._on_change, names=["focus", "picked", "sample_run"])

    def focus(self, layer: str) -> None:
        """Look into a layer; "" for none."""
        self._lines.guarded(lambda: self._set(focus=self._known(layer)))

    def pick(self, layer: str, unit: int) -> None:
        """Pick a unit, or let it go if it is picked; the first one goes when there are too many."""

        def change() -> None:
            chosen = (self._known(layer), self._unit(layer, unit))
            picked = self.state.picked
            if chosen in picked:
                self._set(picked=tuple(one for one in picked if one != chosen))
                return
            self._set(picked=(*picked, chosen)[-MOST_PICKED:], focus=layer)

        self._lines.guarded(change)

    def wait(self, timeout: float | None) -> bool:
        """Block until nothing is computed; False when `timeout` (seconds) ran out."""
        return self._looks.wait(timeout)

    def shutdown(self, timeout: float) -> None:
        """End the thread."""
        self.state.unobserve(self._on_change, names=["focus", "picked", "sample_run"])
        self._looks.shutdown(timeout)

    def _set(self, **values: Any) -> None:
        # Not with notifications held: that catches what other threads set meanwhile, too.
        with self.state.lock:
            for name, value in values.items():
                self.state.set_trait(name, value)

    def _known(self, layer: str) -> str:
        run = self.state.sample_run
        layers = () if run is None else run.layers
        if layer and layer not in layers:
            known = ", ".join(layers) or "none yet"
            raise SettingsError(f"There is no layer '{layer}' to look into; layers: {known}.")
        return layer

    def _unit(self, layer: str, unit: int) -> int:
        run = self.state.sample_run
        size = 0 if run is None else run.sizes[layer]
        if not 0 <= unit < size:
            raise SettingsError(f"{layer} has no unit {unit}; accepted: 0 to {size - 1:,}.")
        return int(unit)

    def _on_change(self, _change: object) -> None:
        self.ui.post(self._follow, key=self._follow)

    # On the UI thread.

    def _follow(self) -> None:
        """Ask for another look where what is to be seen has changed."""
        state, run = self.state, self.state.sample_run
        if run is None or run.setup is None or not run.done or run.operations is None:
            return
        # Of another network, units and layers of the former one go.
        picked = tuple(one for one in state.picked if one[1] < run.sizes.get(one[0], 0))
        focus = state.focus if state.focus in run.layers else ""
        if (picked, focus) != (state.picked, state.focus):
            self._set(picked=picked, focus=focus)
        units = tuple(unit for layer, unit in picked if layer == focus)
        asked = (id(run.setup), focus, units)
        if asked == self._asked:
            return
        self._asked, self._shown = asked, run.setup  # which keeps the identity its own
        if not focus:
            self._looks.cancel()
            state.set_trait("inside", None)
            state.set_trait("inputs", {})
        else:
            self._looks.submit((run.setup, focus, units))

    def _show(self, name: str, found: object, cancelled: Callable[[], bool]) -> None:
        if not cancelled():
            self.state.set_trait(name, found)

    # On the worker thread.

    def _look(self, looked: Looked, cancelled: Callable[[], bool]) -> None:
        setup, layer, units = looked
        found = look(setup, layer, units, cancelled)
        if found is None:
            return
        self.ui.post(self._show, "inside", found, cancelled, key="inside")
        inputs: dict[Unit, pd.DataFrame] = {}
        for unit in units:  # of large layers this takes longer than all the rest
            if cancelled():
                return
            inputs[layer, unit] = inputs_of(found.run, layer, unit, setup.x)
        self.ui.post(self._show, "inputs", inputs, cancelled, key="inputs")


def units_in(layer: str, picked: tuple[Unit, ...]) -> dict[int, int]:
    """Return the picked units of a layer, each with its place among all that are picked."""
    return {unit: place for place, (where, unit) in enumerate(picked) if where == layer}
