"""Options that the targets share: how much is run to compare an export with the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.setting import Settings, setting
from workbench.setting_values import Integer, Number

_COUNT = Integer(1, 1_000_000)
_SECONDS = Number(0.001, 86_400)
_GROUP = "Check"


def samples_of_check(default: int) -> Any:
    """Declare how many samples are compared."""
    return setting(
        default,
        _COUNT,
        "Samples of check",
        "Samples on which the files are compared with the simulator, at most those that are given.",
        group=_GROUP,
    )


def steps_of_check(default: int) -> Any:
    """Declare how many steps are compared."""
    return setting(
        default,
        _COUNT,
        "Steps of check",
        "Time steps in which the files are compared with the simulator.",
    )


def time_of_check(default: float, what: str) -> Any:
    """Declare how long something else than the workbench may run."""
    return setting(
        default,
        _SECONDS,
        "Time limit",
        f"Longest time that {what} may take.",
        unit="s",
        group=_GROUP,
        step=10,
        of_machine=True,
    )


@dataclass(frozen=True)
class ParityOptions(Settings):
    """Options of a target whose files are run by another simulator, to compare the spikes."""

    parity_samples: int = samples_of_check(3)
    parity_steps: int = steps_of_check(50)
    parity_timeout_s: float = time_of_check(120.0, "the other simulator")
