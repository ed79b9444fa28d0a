"""Stories do what their words say."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.ui.session.state import State
from workbench.ui.session.stories import STORIES, story_of

REMEDIES: dict[str, dict[str, Any]] = {
    "too_few_steps": {"steps": 20},
    "clipped": {"percentile": 99.9},
    "poisson_noise": {"input_rate_hz": 200.0},
    "reset_to_zero": {"reset": "subtract"},
    "hardware_like": {"refractory_steps": 0, "leak": 0.0},
}
"""What each story tells to try."""


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_recognised_until_a_setting_changes(name: str) -> None:
    state = State(threads=2)
    state.change(**STORIES[name].changes)
    assert story_of(state) == name and state.threads == 2  # the machine's own
    state.change(threads=1)
    assert story_of(state) == name
    state.change(**REMEDIES[name])
    assert story_of(state) is None


def accuracy(network: str, settings: dict[str, Any]) -> tuple[float, float, float]:
    """Accuracy of SNN and ANN, and the undecided share, on 200 test samples."""
    analog = wb.load(network)
    data = wb.datasets.for_network(analog)
    parts = [
        kind(**{name: settings[name] for name in settings_of(kind) if name in settings})
        for kind in (Conversion, Simulation)
    ]
    run = wb.simulate(wb.convert(analog, data.calibration, parts[0]), data.x_test[:200], parts[1])
    last = run.accuracy(data.y_test[:200], analog).iloc[-1]
    return float(last.snn), float(last.ann), float(last.undecided)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_a_story_breaks_its_network_and_its_remedy_mends_it(name: str) -> None:
    story = STORIES[name]
    snn, ann, undecided = accuracy(story.network, dict(story.settings))
    assert snn < ann - 0.2
    if name == "too_few_steps":
        assert 0.4 < undecided < 0.7  # "half of the samples have no answer"
    mended, _, _ = accuracy(story.network, {**story.settings, **REMEDIES[name]})
    assert mended > snn + 0.2
