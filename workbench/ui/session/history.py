"""Undo and redo: the settings as they were before each step that a person took.

A step holds all settings, not only those that changed: what the program adjusts after a change,
such as samples that fit another network, belongs to the change and is undone with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from workbench.settings import Conversion, Simulation
from workbench.ui.session.sources import same_source

STEPS_KEPT = 100
"""A step may hold a network that was given as an object."""

Settings = dict[str, Any]
"""Values of the state's traits, by name."""


def same(name: str, one: Any, other: Any) -> bool:
    """Whether a trait of the state has the same value twice."""
    # Networks and samples may hold arrays, which are not compared.
    return same_source(one, other) if name in ("network", "data") else bool(one == other)


class History:
    """Steps back and forward from the present settings.

    Parameters
    ----------
    present : dict of trait name to value
        What holds now.
    """

    def __init__(self, present: Settings) -> None:
        self.present = dict(present)
        self._past: list[Settings] = []
        self._future: list[Settings] = []
        self._gesture: object = None

    @property
    def undone_next(self) -> tuple[str, ...]:
        """Names of the settings that `back` changes; empty where there is no step back."""
        return self._differing(self._past)

    @property
    def redone_next(self) -> tuple[str, ...]:
        """Names of the settings that `forward` changes; empty where there is no step forward."""
        return self._differing(self._future)

    def note(self, name: str, value: Any, gesture: object) -> None:
        """Note that a person changed a setting.

        Parameters
        ----------
        name : str
        value : object
        gesture : object
            Changes of the same gesture, one after the other, are one step. None is a step of its
            own.
        """
        if gesture is None or gesture != self._gesture:
            self._past = [*self._past, dict(self.present)][-STEPS_KEPT:]
        self._gesture = gesture
        self._future = []
        self.present[name] = value
        self._trim()

    def amend(self, name: str, change: Callable[[Any], Any]) -> None:
        """Note that the program adjusted a setting: it is part of the steps that led to it."""
        network = self.present["network"]
        self.present[name] = change(self.present[name])
        for settings in reversed(self._past):
            if not same_source(settings["network"], network):
                break
            settings[name] = change(settings[name])
        self._trim()

    def withdraw(self, name: str, refused: Any, instead: Any) -> None:
        """Note that a choice proved to be of no use: no step leads to it any more."""
        for settings in (*self._past, self.present, *self._future):
            if same(name, settings[name], refused):
                settings[name] = instead
        self._trim()

    def back(self) -> Settings | None:
        """Go to the settings before the last step, and return them; None if there are none."""
        return self._go(self._past, self._future)

    def forward(self) -> Settings | None:
        """Go to the settings that were undone last, and return them; None if there are none."""
        return self._go(self._future, self._past)

    def _go(self, source: list[Settings], other: list[Settings]) -> Settings | None:
        if not source:
            return None
        other.append(self.present)
        self.present = source.pop()
        self._gesture = None
        self._trim()
        return dict(self.present)

    def _trim(self) -> None:
        """Drop steps that change nothing, as from a value to itself by way of others."""
        for steps in (self._past, self._future):
            while steps and not self._differing(steps):
                steps.pop()

    def _differing(self, steps: list[Settings]) -> tuple[str, ...]:
        if not steps:
            return ()
        names: list[str] = []
        for trait, value in self.present.items():
            other = steps[-1][trait]
            if same(trait, other, value):
                continue
            parts = dataclasses.fields(value) if isinstance(value, (Conversion, Simulation)) else ()
            found = [p.name for p in parts if getattr(value, p.name) != getattr(other, p.name)]
            names += found or [trait]
        return tuple(names)
