"""What a run that is kept differs in from the one that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.setting import Setting
from workbench.setting_values import Choice
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.results import Accuracy, Errors, Pinned, SampleRun
from workbench.ui.session.state import State


@dataclass(frozen=True)
class Difference:
    """One line of a comparison: a name, and the two values in words."""

    name: str
    pinned: str
    now: str


def pinned_of(state: State) -> Pinned | None:
    """Return what to keep of the run that is shown; None before the first one."""
    run, accuracy = state.sample_run, state.accuracy
    if run is None:
        return None
    same = accuracy is not None and accuracy.asked is run.asked
    return Pinned(run, accuracy if same else None)


def setting_differences(pinned: Pinned, run: SampleRun) -> list[Difference]:
    """Return the settings in which two runs differ, the network first."""
    found = []
    if pinned.run.title != run.title:
        found.append(Difference("Network", pinned.run.title, run.title))
    before, now = _asked(pinned.run), _asked(run)
    for name, value in before.items():
        if name in now and value != now[name]:
            each = SETTINGS[name]
            found.append(Difference(each.label, _words(each, value), _words(each, now[name])))
    if _own_input(pinned.run) != _own_input(run):
        changed = run.words if pinned.run.words != run.words else "other changes"
        found.append(Difference("Input", pinned.run.words, changed))
    return found


def result_differences(
    pinned: Pinned, run: SampleRun, accuracy: Accuracy | Errors | None
) -> list[Difference]:
    """Return what came of the two runs: accuracy or error, steps to decide, spikes.

    An accuracy that was measured with other settings than the run's is left out.
    """
    found = []
    if accuracy is not None and accuracy.asked is not run.asked:
        accuracy = None
    if type(pinned.accuracy) is type(accuracy) and accuracy is not None:
        name = "Accuracy" if isinstance(accuracy, Accuracy) else "Error"
        found.append(Difference(name, _measured(pinned.accuracy), _measured(accuracy)))
    if run.targets is None:
        steps = (str(each.decided or "–") for each in (pinned.run, run))
        found.append(Difference("Steps to decide", *steps))
    counts = (f"{each.spike_count:,}" for each in (pinned.run, run))
    found.append(Difference("Spikes", *counts))
    return found


def _asked(run: SampleRun) -> dict[str, Any]:
    if run.asked is None:
        return {}
    own = {name: getattr(run.asked, name) for name in ("sample", "test_samples")}
    return {**own, **vars(run.asked.conversion), **vars(run.asked.simulation)}


def _own_input(run: SampleRun) -> Any:
    own = None if run.asked is None else run.asked.own_input
    return own if own is None or own.is_picture else replace(own, centre=True)  # of pictures alone


def _measured(result: Accuracy | Errors | None) -> str:
    if isinstance(result, Accuracy):
        return f"{100 * result.snn[-1]:.1f} %"
    return f"{result.mse[-1]:.3g}" if isinstance(result, Errors) else "–"


def _words(each: Setting, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {own:g}" for name, own in value.items()) or "none"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(each.values, Choice):
        return each.values.names.get(value, str(value))
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)
