"""What a step of a run is on axes and in sentences: a step, milliseconds, or part of a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork
from workbench.spike_codes import SLICES

UNITS = ("steps", "ms")
"""What people may choose between, where time is in steps; rates are in spikes/step, or Hz."""


def windows_shown(network: SpikingNetwork) -> int:
    """Windows of a run in continuous time; 0 where time is in steps."""
    return network.windows if network.spike_code.is_continuous else 0


@dataclass(frozen=True)
class Clock:
    """What a step of a run is.

    In continuous time a step is a slice, one of `workbench.spike_codes.SLICES`. Spikes have times
    in windows there, so that axes are in windows, whatever units are chosen.

    Parameters
    ----------
    dt_ms : float
    windows : int
        As `windows_shown` returns them.
    """

    dt_ms: float = 1.0
    windows: int = 0

    @classmethod
    def of(cls, recording: Recording) -> Clock:
        """Return that of a run."""
        return cls(recording.settings.dt_ms, windows_shown(recording.network))

    def unit(self, units: str) -> str:
        """Unit of an axis of time."""
        return "windows" if self.windows else units

    def label(self, units: str) -> str:
        """Name of an axis of time."""
        return f"time ({self.unit(units)})"

    def scale(self, units: str) -> float:
        """Length of a step on an axis of time."""
        if self.windows:
            return self.windows / SLICES
        return self.dt_ms if units == "ms" else 1.0

    def rate_unit(self, units: str) -> str:
        """Unit of an axis of firing rates."""
        if self.windows:
            return "spikes/window"
        return "Hz" if units == "ms" else "spikes/step"

    def rate_label(self, units: str) -> str:
        """Name of an axis of firing rates."""
        return f"rate ({self.rate_unit(units)})"

    def rate_scale(self, units: str) -> float:
        """What one spike per step is on an axis of firing rates."""
        if self.windows:
            return SLICES / self.windows
        return 1000.0 / self.dt_ms if units == "ms" else 1.0

    def lasts(self, steps: int) -> str:
        """How long so many steps are, in words: "5 steps", "0.15 windows"."""
        if not self.windows:
            return f"{steps:,} step{'' if steps == 1 else 's'}"
        long = self._windows(steps)
        return f"{long} window{'' if long == '1' else 's'}"

    def at(self, step: int) -> str:
        """When a step ends, in words: "step 7", "window 2.25"."""
        return f"window {self._windows(step)}" if self.windows else f"step {step:,}"

    def columns(self, steps: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of a table of the times at which steps end."""
        if self.windows:
            return {"time_windows": steps * self.scale("")}
        return {"time_steps": steps, "time_ms": steps * self.dt_ms}

    def rate_columns(self, rates: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of a table of rates, given in spikes per step."""
        if self.windows:
            return {"mean_rate_spikes_per_window": rates * self.rate_scale("")}
        hertz = rates * self.rate_scale("ms")
        return {"mean_rate_spikes_per_step": rates, "mean_rate_hz": hertz}

    def _windows(self, steps: int) -> str:
        return f"{steps * self.scale(''):.4g}"
