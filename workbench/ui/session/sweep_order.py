"""What a sweep is asked for: axes, samples, the longest run; and how much a viewer may ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import SettingsError
from workbench.methods.presets import preset
from workbench.network.graph import Network
from workbench.network.schedule import run_length
from workbench.setting import Setting
from workbench.settings import Conversion
from workbench.spike_codes import CODES
from workbench.sweeps.grid import PRESET, UNSWEPT
from workbench.sweeps.typed_values import can_be_typed
from workbench.ui.session.all_settings import CONVERSION, SETTINGS, SIMULATION
from workbench.ui.session.request import Request
from workbench.util.capabilities import Capabilities

STEPS = "steps"

IN_LONGEST = "steps in its longest run"

OF_PRESETS = (STEPS, "readout", "readout_after")
"""Settings of the simulation that presets set, as the menu of presets does."""


@dataclass(frozen=True)
class Bounds:
    """The most that one press of a button may ask for.

    Parameters
    ----------
    points, samples, steps : int
    seconds : float or None
        After which a sweep stops by itself; None for never.
    """

    points: int
    samples: int
    steps: int
    seconds: float | None = None


OWNER_BOUNDS = Bounds(20_000, 1_000_000, 100_000)

VIEWER_BOUNDS = Bounds(300, 200, 100, 60)
"""Of who looks at a page that somebody else serves."""


def bounds_of(capabilities: Capabilities) -> Bounds:
    """Return how much somebody may ask for."""
    return OWNER_BOUNDS if capabilities.long_work else VIEWER_BOUNDS


def axes_offered(capabilities: Capabilities) -> dict[str, Setting | None]:
    """Return what can be an axis, by name: presets (None), and settings whose values are typed.

    On somebody else's machine, settings of how it computes are not offered.
    """
    settings = {name: SETTINGS[name] for name in (*CONVERSION, *SIMULATION) if name not in UNSWEPT}
    chosen = {
        name: each
        for name, each in settings.items()
        if can_be_typed(each) and (capabilities.machine or not each.of_machine)
    }
    return {PRESET: None, **chosen}


def steps_up_to(longest: int) -> list[int]:
    """Return numbers of steps that one run serves: 1, 2, 3, 4, 6, 8, 12, 16, ..., the longest."""
    found, power = {1, longest}, 2
    while power <= longest:
        found |= {power, power * 3 // 2}
        power *= 2
    return sorted(steps for steps in found if steps <= longest)


def windows_of(network: Network) -> int:
    """Windows of a run where layers take turns, as in `SpikingNetwork.windows`, by its layers."""
    arranged, depths = network.arranged, dict[str, int]()
    for node in arranged.nodes:
        before = max((depths[name] for name in node.inputs), default=0)
        depths[node.name] = before + arranged.is_neural(node)
    return depths[arranged.output.name]


@dataclass(frozen=True, eq=False)
class SweepOrder:
    """A sweep to make.

    Parameters
    ----------
    request : Request
        Network, samples and settings; the settings hold where they are not an axis.
    axes : mapping of str to list
        Values by the name of a setting, or "preset".
    samples : int
        At most.
    longest : int
        Steps of the longest run, where the steps are not an axis.
    bounds : Bounds
    """

    request: Request
    axes: Mapping[str, list[Any]]
    samples: int
    longest: int
    bounds: Bounds

    @property
    def grid(self) -> dict[str, list[Any]]:
        """The axes, steps among them."""
        if STEPS in self.axes:
            return dict(self.axes)
        code_may_differ = PRESET in self.axes or "code" in self.axes
        in_turns = self.request.conversion.spike_code.in_turns and not code_may_differ
        # Such a code decides the length of the run: all numbers of steps are one.
        return {**self.axes, STEPS: [self.longest] if in_turns else steps_up_to(self.longest)}

    @property
    def base(self) -> tuple[Conversion | None, dict[str, Any]]:
        """The settings that are not an axis, as `workbench.sweep` takes them."""
        simulation = dict(vars(self.request.simulation))
        if PRESET not in self.axes:
            return self.request.conversion, simulation
        return None, {name: v for name, v in simulation.items() if name not in OF_PRESETS}

    @property
    def points(self) -> int:
        """How many there are."""
        return math.prod(len(values) for values in self.grid.values())

    def check(self) -> None:
        """Refuse what is nothing, or more than may be asked for.

        Raises
        ------
        SettingsError
        """
        bounds = self.bounds
        if not self.axes:
            raise SettingsError("The sweep has no axis; accepted: at least one. Choose a setting.")
        steps = max(self.grid[STEPS], default=1)
        self._check("points", self.points, bounds.points, "Give fewer values or steps.")
        self._check("samples", self.samples, bounds.samples, "Take fewer.")
        self._check(IN_LONGEST, steps, bounds.steps, "Make it shorter.")

    def check_lengths(self, network: Network) -> None:
        """Refuse codes that make runs of this network longer than may be asked for.

        Raises
        ------
        SettingsError
        """
        windows = windows_of(network)
        for conversion in self._conversions():
            for name in self.axes.get("code", [conversion.code]):
                levels = max(self.axes.get("levels", [conversion.levels]))
                if CODES[name].in_turns:
                    steps = run_length(CODES[name], levels, windows)
                    remedy = f"The code {name!r} takes {windows} windows; give fewer levels."
                    self._check(IN_LONGEST, steps, self.bounds.steps, remedy)

    def run_steps(self, conversion: Conversion, steps: int, windows: int) -> int:
        """Steps of the run that serves a point."""
        code = conversion.spike_code
        return run_length(code, conversion.levels, windows) if code.in_turns else steps

    def _conversions(self) -> list[Conversion]:
        if PRESET not in self.axes:
            return [self.request.conversion]
        return [preset(name, None)[0] for name in self.axes[PRESET]]

    def _check(self, name: str, value: int, most: int, remedy: str) -> None:
        if not 1 <= value <= most:
            here = "" if self.bounds.seconds is None else " on this server"
            remedy = remedy if value > most else "Give at least 1."
            raise SettingsError(
                f"The sweep has {value:,} {name}; accepted{here}: up to {most:,}. {remedy}"
            )

    def is_of_base(self, conversion: Conversion, simulation: Any) -> bool:
        """Whether settings are those of this sweep, but for its axes and how machines compute."""
        varied = {STEPS, *self.axes}
        if PRESET in self.axes:
            varied |= {*CONVERSION, *OF_PRESETS}
        own = {**vars(self.request.conversion), **vars(self.request.simulation)}
        given = {**vars(conversion), **vars(simulation)}
        return all(
            own[name] == given[name]
            for name in own
            if name not in varied and not SETTINGS[name].of_machine
        )
