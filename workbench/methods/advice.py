"""Settings that may win lost accuracy back, each with the gain that was measured with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import WorkbenchError
from workbench.settings import Conversion, Simulation

Settings = tuple[Conversion, Simulation]
Measure = Callable[[Conversion, Simulation], float]
"""Score with some settings: accuracy in percent, or an error."""

ROUNDED = {"initial_potential": 0.5}
FINE = {**ROUNDED, "per_channel": True}
LEAST_ERROR = {**FINE, "normalization": "mmse"}
CALIBRATED = {**LEAST_ERROR, "calibrate": "potential"}
SIGNED = {**FINE, "neurons": "signed", "reset": "subtract"}
LATER = {"readout": "potential"}

FEW_STEPS = 32
"""Longest runs for which calibration is tried: it takes time, and what it corrects fades."""

CHANGES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "encoding": ({"encoding": "constant"},),
    "rounding": ({"resolution_bits": 20}, {"per_channel": True}),
    "calibration": ({"calibrate": "none"}, {"calibrate": "potential"}),
    "clipping": ({"percentile": 99.99}, {"percentile": 100.0}, FINE, LEAST_ERROR, LATER),
    "quantization": (ROUNDED, FINE, LEAST_ERROR, CALIBRATED, LATER),
    "unevenness": (ROUNDED, FINE, LEAST_ERROR, CALIBRATED, SIGNED, LATER),
    "pooling": ({"max_pool": "exact"},),
    "readout": (LATER,),
}
"""What may help against each cause of loss; more steps, or levels of codes that have them, help
against most, and are tried too."""


@dataclass(frozen=True)
class Advice:
    """Settings to change, and what they change.

    Parameters
    ----------
    changes : dict of setting to value
    gain : float
        Accuracy points that it wins, or error that it takes away; measured.
    """

    changes: Mapping[str, Any]
    gain: float

    @property
    def text(self) -> str:
        """The changes as keywords of `Conversion` and `Simulation`."""
        return ", ".join(f"{name}={value!r}" for name, value in self.changes.items())


class Adviser:
    """Measures changes of settings, each once.

    Parameters
    ----------
    settings : (Conversion, Simulation)
        Those at hand.
    measure : callable
        Returns the score with others; a setting that is refused is not advised.
    score : float
        That of the settings at hand.
    sign : int
        1 where a higher score is better, -1 where a lower one is.
    """

    def __init__(self, settings: Settings, measure: Measure, score: float, sign: int):
        self.settings, self.measure, self.score, self.sign = settings, measure, score, sign
        self.tried: dict[str, Advice | None] = {}

    def planned(self, causes: Iterable[str]) -> int:
        """Return how many settings are measured for these causes."""
        return len({_key(changes) for cause in causes for changes in self._changes(cause)})

    def best(self, cause: str) -> Advice | None:
        """Return what wins most of what is known to help against a cause; None if nothing does."""
        known = [advice for changes in self._changes(cause) if (advice := self._try(changes))]
        gains = [advice for advice in known if advice.gain > 0]
        return max(gains, key=lambda advice: advice.gain, default=None)

    def _changes(self, cause: str) -> Iterator[Mapping[str, Any]]:
        """Yield changes that leave the settings at hand; at last twice the steps, or levels."""
        conversion, simulation = self.settings
        code = conversion.spike_code
        for changes in CHANGES[cause]:
            if code.in_turns and not all(hasattr(conversion, name) for name in changes):
                continue  # the code fixes how a run is long, and is read
            if changes.get("calibrate", "none") != "none":
                if simulation.steps > FEW_STEPS:
                    continue
                changes = {**changes, "calibrate_steps": simulation.steps}
            at_hand = {name: _value(self.settings, name) for name in changes}
            new = {name: value for name, value in changes.items() if at_hand[name] != value}
            # A start that was chosen stays, and some codes have their own.
            if conversion.initial_potential > 0 or code.in_turns:
                new.pop("initial_potential", None)
            if new:
                yield new
        if code.has_slots:
            yield {"levels": 2 * conversion.levels}
        elif not code.in_turns:
            yield {"steps": 2 * simulation.steps}

    def _try(self, changes: Mapping[str, Any]) -> Advice | None:
        key = _key(changes)
        if key not in self.tried:
            try:
                gain = self.sign * (self.measure(*_changed(self.settings, changes)) - self.score)
                self.tried[key] = Advice(changes, gain)
            except WorkbenchError:
                self.tried[key] = None
        return self.tried[key]


def _key(changes: Mapping[str, Any]) -> str:
    return repr(sorted(changes.items()))


def _value(settings: Settings, name: str) -> Any:
    return getattr(next(part for part in settings if hasattr(part, name)), name)


def _changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    conversion, simulation = settings
    of_conversion = {k: v for k, v in changes.items() if hasattr(conversion, k)}
    of_simulation = {k: v for k, v in changes.items() if k not in of_conversion}
    return replace(conversion, **of_conversion), replace(simulation, **of_simulation)
