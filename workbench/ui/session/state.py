"""The truth of the workbench: what is set, and what came of it. No widgets.

Values are immutable and replaced whole, so a reader on another thread never sees half of a
change. Sliders and scripts move the same object.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.errors import SettingsError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.ui.session.results import (
    Accuracy,
    Converted,
    Errors,
    Exported,
    Loaded,
    Refusal,
    SampleRun,
    Status,
)
from workbench.ui.session.sources import check_source
from workbench.util.capabilities import Capabilities, of_this_process

UNITS = ("steps", "ms")
_CONVERSION = tuple(field.name for field in dataclasses.fields(Conversion))
_SIMULATION = tuple(field.name for field in dataclasses.fields(Simulation))
_OWN = ("network", "data", "sample", "test_samples", "live", "units")
_LIMITS = {"sample": (0, 10**9), "test_samples": (0, 1_000_000)}

ASKED = ("network", "data", "conversion", "simulation", "sample", "test_samples")
"""Traits whose change asks for a new run."""


class State(traitlets.HasTraits):
    """Everything the workbench shows.

    Parameters
    ----------
    capabilities : Capabilities, optional
        Those of this process by default: what may be asked for.
    **asked
        First values of settings, as of `change`.

    Attributes
    ----------
    network : str, path, Network or keras.Model
        What is asked for: a bundled name, a file or a model.
    data : None, str, path or Dataset
        None takes bundled samples that fit the network.
    conversion, simulation : Conversion, Simulation
        Their fields are attributes of the state too: ``state.percentile = 99``.
    sample : int
        Index of the test sample whose spikes are shown.
    test_samples : int
        How many test samples accuracy is measured on; 0 for none.
    live : bool
        Whether each change runs at once.
    units : "steps" or "ms"
        Units of time and of rates in the plots.
    loaded, refusal, converted, sample_run, accuracy, exported, export_status, status
        What came of it; set by the program alone.
    """

    network = traitlets.Any("lenet")
    data = traitlets.Any(None)
    conversion = traitlets.Instance(Conversion, ())
    simulation = traitlets.Instance(Simulation, ())
    sample = traitlets.Int(0)
    test_samples = traitlets.Int(200)
    live = traitlets.Bool(True)
    units = traitlets.Unicode(UNITS[0])

    loaded = traitlets.Instance(Loaded, allow_none=True)
    refusal = traitlets.Instance(Refusal, allow_none=True)
    converted = traitlets.Instance(Converted, allow_none=True)
    sample_run = traitlets.Instance(SampleRun, allow_none=True)
    accuracy = traitlets.Union(
        [traitlets.Instance(Accuracy), traitlets.Instance(Errors)], allow_none=True
    )
    exported = traitlets.Instance(Exported, allow_none=True)
    export_status = traitlets.Instance(Status, (), allow_none=False)
    status = traitlets.Instance(Status, (), allow_none=False)

    if TYPE_CHECKING:  # the settings' fields, made properties below
        percentile: float
        normalization: str
        per_channel: bool
        threshold: float
        thresholds: Mapping[str, float]
        percentiles: Mapping[str, float]
        reset: str
        initial_potential: float
        signed_neurons: bool
        output_sign: str
        max_pool: str
        resolution_bits: int
        steps: int
        dt_ms: float
        encoding: str
        input_rate_hz: float
        seed: int

    def __init__(self, *, capabilities: Capabilities | None = None, **asked: Any):
        super().__init__()
        self.capabilities = of_this_process() if capabilities is None else capabilities
        # Two controls may be moved at the same time, on two threads.
        self._lock = threading.RLock()
        self.change(**asked)

    def let_go(self) -> None:
        """Forget what came of the settings, and everybody who watches; the settings stay."""
        self.unobserve_all()
        for name in ("loaded", "refusal", "converted", "sample_run", "accuracy", "exported"):
            self.set_trait(name, None)

    def change(self, **values: Any) -> None:
        """Set any of the settings by name, all together or none.

        Parameters
        ----------
        **values
            `network`, `data`, `sample`, `test_samples`, `live`, `units`, and the fields of
            `Conversion` and `Simulation`.

        Raises
        ------
        SettingsError
            If a name does not exist or a value is not accepted.
        """
        unknown = sorted(set(values) - {*_OWN, *_CONVERSION, *_SIMULATION})
        if unknown:
            raise SettingsError(
                f"The workbench has no setting {', '.join(unknown)}; it has "
                f"{', '.join((*_OWN, *_CONVERSION, *_SIMULATION))}."
            )
        _check(values)
        with self._lock:
            changed = {name: value for name, value in values.items() if name in _OWN}
            for trait, names in (("conversion", _CONVERSION), ("simulation", _SIMULATION)):
                part = {name: value for name, value in values.items() if name in names}
                if part:
                    changed[trait] = dataclasses.replace(getattr(self, trait), **part)
            for name, value in changed.items():
                self.set_trait(name, value)

    @traitlets.validate("network", "data")
    def _check_source(self, proposal: Any) -> Any:
        check_source(proposal["trait"].name, proposal["value"], self.capabilities)
        return proposal["value"]

    @property
    def analog(self) -> Network | None:
        """The network as loaded, before conversion."""
        return None if self.loaded is None else self.loaded.network

    @property
    def leftover(self) -> str:
        """What the plots still show, where that is not what is asked for; "" where it is.

        Network and samples that do not fit each other, or cannot be run, leave the last good
        pair in the plots.
        """
        run, loaded = self.sample_run, self.loaded
        if run is None or loaded is None or self.status.kind != "error":
            return ""
        is_asked = self.network is loaded.network_asked and self.data is loaded.data_asked
        return "" if is_asked and run.title == loaded.title else run.title

    @property
    def outdated(self) -> bool:
        """Whether the plots show a run of other settings than those that are set now."""
        run = self.sample_run
        if run is None or run.asked is None:
            return False
        # Networks and samples are compared by identity: they may hold arrays.
        return any(
            getattr(run.asked, name) is not getattr(self, name) for name in ("network", "data")
        ) or any(getattr(run.asked, name) != getattr(self, name) for name in ASKED[2:])

    @property
    def spiking(self) -> SpikingNetwork | None:
        """The network as converted."""
        return None if self.converted is None else self.converted.spiking


def trait_of(setting: str) -> str:
    """Name of the trait that holds a setting: "percentile" is part of "conversion"."""
    if setting in _CONVERSION:
        return "conversion"
    return "simulation" if setting in _SIMULATION else setting


def _check(values: dict[str, Any]) -> None:
    for name, (low, high) in _LIMITS.items():
        value = values.get(name, low)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise SettingsError(
                f"{name} is {value!r}; accepted: integers from {low:,} to {high:,}."
            )
    if values.get("units", UNITS[0]) not in UNITS:
        raise SettingsError(f"units is {values['units']!r}; accepted: {', '.join(UNITS)}.")
    if not isinstance(values.get("live", True), bool):
        raise SettingsError(f"live is {values['live']!r}; accepted: True or False.")


def _setting(trait: str, name: str) -> property:
    def get(state: State) -> Any:
        return getattr(getattr(state, trait), name)

    def put(state: State, value: Any) -> None:
        state.change(**{name: value})

    return property(get, put, doc=f"`{name}` of the {trait} settings.")


for _name in _CONVERSION:
    setattr(State, _name, _setting("conversion", _name))
for _name in _SIMULATION:
    setattr(State, _name, _setting("simulation", _name))
