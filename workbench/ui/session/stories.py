"""Settings that break a network in a way that teaches something, with the words to look at it.

Each story starts from the defaults and changes a few settings, on a network where the effect is
large. Its text says what is seen, why, and what to try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.ui.session.state import State


@dataclass(frozen=True)
class Story:
    """A lesson.

    Parameters
    ----------
    label : str
    text : str
        What is seen, why, and what to try.
    network : str
        A bundled one.
    settings : mapping
        Fields of `Conversion` and `Simulation` that are not the default.
    """

    label: str
    text: str
    network: str
    settings: Mapping[str, Any]

    @property
    def changes(self) -> dict[str, Any]:
        """Everything that is set, for `State.change`."""
        declared = {**settings_of(Conversion), **settings_of(Simulation)}
        defaults = {**vars(Conversion()), **vars(Simulation())}
        kept = {name: defaults[name] for name, each in declared.items() if not each.of_machine}
        return {"network": self.network, **kept, **self.settings}

    def is_told_by(self, state: State) -> bool:
        """Whether the settings are those of the story; how a machine computes does not matter."""
        return state.network == self.network and all(
            getattr(state, name) == value
            for name, value in self.changes.items()
            if name != "network"
        )


STORIES: Mapping[str, Story] = {
    "too_few_steps": Story(
        "Too few steps",
        "After 5 steps half of the samples have no answer: spikes have hardly reached the output. "
        "Raise the time steps to 10, then to 20, and watch the undecided share fall.",
        "lenet",
        {"steps": 5},
    ),
    "clipped": Story(
        "Clipped",
        "At percentile 50 half of all activations are larger than one spike per step can express: "
        "they are clipped, layer after layer, and more steps do not help. Raise the percentile.",
        "lenet",
        {"percentile": 50.0},
    ),
    "poisson_noise": Story(
        "Poisson noise",
        "The input arrives as random spikes, at 10 Hz one in 100 steps for a white pixel: the "
        "network sees a different, coarse picture in each step. Raise the input rate, or the time "
        "steps, to average the noise.",
        "lenet",
        {"encoding": "poisson", "input_rate_hz": 10.0},
    ),
    "reset_to_zero": Story(
        "Reset to zero",
        "A spike discards what the potential had above the threshold, so rates are too low in each "
        "of many layers. Choose reset by subtraction, under More, Neurons.",
        "fashion",
        {"reset": "zero"},
    ),
    "hardware_like": Story(
        "Hardware-like",
        "Spikes take one step per layer, neurons rest for one step after a spike and leak, as on "
        "many chips: deep layers start late and large activations are cut to half the rate. Set "
        "refractory and leak to 0, under More, Neurons, one at a time.",
        "fashion",
        {"delay_steps": 1, "refractory_steps": 1, "leak": 0.01},
    ),
}
"""Stories by name, in the order in which they are offered."""


def story_of(state: State) -> str | None:
    """Return the name of the story that the settings are those of, or None."""
    return next((name for name, each in STORIES.items() if each.is_told_by(state)), None)
