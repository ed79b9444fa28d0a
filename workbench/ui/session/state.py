"""The truth of the workbench: what is set, and what came of it. No widgets.

Values are immutable and replaced whole, so a reader on another thread never sees half of a
change. Sliders and scripts move the same object.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.errors import SettingsError
from workbench.methods.estimate import Estimate
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion, Simulation
from workbench.ui.session.all_settings import (
    ASKED,
    CONVERSION,
    OWN,
    SIMULATION,
    UNDONE,
    UNITS,
    checked,
)
from workbench.ui.session.history import History, Settings, same
from workbench.ui.session.own_input import OwnInput
from workbench.ui.session.results import (
    Accuracy,
    Converted,
    Errors,
    Exported,
    Loaded,
    Pinned,
    Refusal,
    SampleRun,
    Status,
)
from workbench.ui.session.sources import check_source, is_opened
from workbench.util.capabilities import Capabilities, of_this_process

if TYPE_CHECKING:

    class _Fields(Conversion, Simulation):
        """What a state has besides, by properties: all fields of both, of their types."""

else:
    _Fields = object


class State(traitlets.HasTraits, _Fields):
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
    own_input : OwnInput
        What is drawn or uploaded in place of that sample, and how it is changed. Choosing a sample
        puts a drawing or an upload away.
    test_samples : int
        How many test samples accuracy is measured on; 0 for none.
    live : bool
        Whether each change runs at once.
    units : "steps" or "ms"
        Units of time and of rates in the plots.
    presentation : bool
        Whether the page shows the answer and three controls alone, in large type.
    focus : str
        Layer that every view shows more of; "" for none. Not a setting: no undo leads to it.
    plot_room, wide : int, bool
        Pixels of height that the first plots have on the first screen, and whether there is room
        for larger type, as the page tells.
    loaded, refusal, converted, sample_run, accuracy, pinned, exported, export_status, status
        What came of it; set by the program alone.
    picked : tuple of (str, int)
        Layer and number of each unit that stays picked in every view.
    inside : Inside or None
        What was seen in the layer of `focus`.
    inputs : dict of (str, int) to DataFrame
        What drove the picked units of that layer; both are set by the program alone.
    estimate : Estimate or None
        What the settings leave of the activations; None before histograms are collected.
    diagnosis, diagnosis_status : Diagnosed or None, Status
        Where accuracy was lost, once that was asked for.
    tuned, tuned_status : Tuned or None, Status
        Settings that were searched.
    swept, swept_status : Swept or None, Status
        What a sweep has measured by now.
    sweep_forecast : Forecast or None
        What a sweep would take.
    undoable, redoable : tuple of str
        Names of the settings that `undo` and `redo` would change; empty where there is nothing
        to undo or to redo.
    lock : RLock
        Held while settings change. Two controls may be moved at the same time, on two threads.
    """

    network = traitlets.Any("lenet")
    data = traitlets.Any(None)
    conversion = traitlets.Instance(Conversion, ())
    simulation = traitlets.Instance(Simulation, ())
    sample = traitlets.Int(0)
    own_input = traitlets.Instance(OwnInput, ())
    test_samples = traitlets.Int(200)
    live = traitlets.Bool(True)
    units = traitlets.Unicode(UNITS[0])
    presentation = traitlets.Bool(False)
    plot_room = traitlets.Int(0)
    wide = traitlets.Bool(False)
    focus = traitlets.Unicode()

    loaded = traitlets.Instance(Loaded, allow_none=True)
    refusal = traitlets.Instance(Refusal, allow_none=True)
    converted = traitlets.Instance(Converted, allow_none=True)
    estimate = traitlets.Instance(Estimate, allow_none=True)
    sample_run = traitlets.Instance(SampleRun, allow_none=True)
    accuracy = traitlets.Union(
        [traitlets.Instance(Accuracy), traitlets.Instance(Errors)], allow_none=True
    )
    pinned = traitlets.Instance(Pinned, allow_none=True)
    diagnosis = traitlets.Any(None)
    tuned = traitlets.Any(None)
    swept = traitlets.Any(None)
    sweep_forecast = traitlets.Any(None)
    exported = traitlets.Instance(Exported, allow_none=True)
    export_status = traitlets.Instance(Status, (), allow_none=False)
    diagnosis_status = traitlets.Instance(Status, (), allow_none=False)
    tuned_status = traitlets.Instance(Status, (), allow_none=False)
    swept_status = traitlets.Instance(Status, (), allow_none=False)
    status = traitlets.Instance(Status, (), allow_none=False)

    picked = traitlets.Tuple()
    inside = traitlets.Any(None)
    inputs: traitlets.Dict[tuple[str, int], Any] = traitlets.Dict()

    undoable = traitlets.Tuple()
    redoable = traitlets.Tuple()

    def __init__(self, *, capabilities: Capabilities | None = None, **asked: Any):
        super().__init__()
        self.capabilities = of_this_process() if capabilities is None else capabilities
        self.lock = threading.RLock()
        self._gesture: object = None
        self._history: History | None = None
        self.change(**asked)
        self._begin_history()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OWN:  # checked and locked, as the settings that are properties
            self.change(**{name: value})
        elif name in UNDONE:
            with self.lock:
                super().__setattr__(name, value)
        else:
            super().__setattr__(name, value)

    def let_go(self) -> None:
        """Forget what came of the settings, and everybody who watches; the settings stay."""
        self.unobserve_all()
        for name in (
            "loaded",
            "refusal",
            "converted",
            "estimate",
            "sample_run",
            "accuracy",
            "pinned",
            "diagnosis",
            "tuned",
            "swept",
            "sweep_forecast",
            "exported",
            "inside",
        ):
            self.set_trait(name, None)
        statuses = ("status", "export_status", "diagnosis_status", "tuned_status", "swept_status")
        for name in statuses:
            if getattr(self, name).kind == "busy":
                self.set_trait(name, Status("idle", "Closed."))
        self.set_trait("inputs", {})
        self._begin_history()

    def change(self, *, gesture: object = None, **values: Any) -> None:
        """Set any of the settings by name, all together or none.

        Parameters
        ----------
        gesture : object, optional
            Changes of the same gesture, as while a slider is dragged, are undone together.
        **values
            `network`, `data`, `sample`, `test_samples`, `live`, `presentation`, `units`, and the
            fields of `Conversion` and `Simulation`.

        Raises
        ------
        SettingsError
            If a name does not exist or a value is not accepted.
        """
        unknown = sorted(set(values) - {*OWN, *CONVERSION, *SIMULATION})
        if unknown:
            raise SettingsError(
                f"The workbench has no setting {', '.join(unknown)}; it has "
                f"{', '.join((*OWN, *CONVERSION, *SIMULATION))}."
            )
        values.update(checked(values))
        for name in sorted({"network", "data"} & set(values)):
            check_source(name, values[name], self.capabilities)
        with self.lock:
            changed = {name: value for name, value in values.items() if name in OWN}
            for trait, names in (("conversion", CONVERSION), ("simulation", SIMULATION)):
                part = {name: value for name, value in values.items() if name in names}
                if part:
                    changed[trait] = dataclasses.replace(getattr(self, trait), **part)
            if "sample" in changed and "own_input" not in changed and self.own_input.is_picture:
                changed["own_input"] = self.own_input.without_picture()
            outer, self._gesture = self._gesture, object() if gesture is None else gesture
            try:
                for name, value in changed.items():
                    self.set_trait(name, value)
            finally:
                self._gesture = outer

    def undo(self) -> bool:
        """Take the last change of a setting back.

        What the program adjusted because of the change goes back with it. A slider that was
        dragged returns to where the drag began.

        Returns
        -------
        bool
            Whether there was a change to take back.
        """
        return self._go(History.back)

    def redo(self) -> bool:
        """Make the change again that was undone last; False if there is none."""
        return self._go(History.forward)

    def settle(self, name: str, change: Callable[[Any], Any]) -> None:
        """Adjust a setting for the program, to fit what a person has changed.

        Parameters
        ----------
        name : str
            A trait.
        change : callable
            From what holds by now to what is to hold.
        """
        with self._rewriting() as history:
            history.amend(name, change)
            self.set_trait(name, change(getattr(self, name)))

    def take_back(self, name: str, refused: Any, instead: Any) -> None:
        """Replace a choice that proved to be of no use; no undo leads to it."""
        with self._rewriting() as history:
            history.withdraw(name, refused, instead)
            self.set_trait(name, instead)

    def _go(self, step: Callable[[History], Settings | None]) -> bool:
        with self._rewriting() as history:
            settings = step(history) or {}
            for name, value in settings.items():
                self.set_trait(name, value)
        return bool(settings)

    def _begin_history(self) -> None:
        self._history = History({name: getattr(self, name) for name in UNDONE})
        self._tell_history(self._history)

    @contextmanager
    def _rewriting(self) -> Iterator[History]:
        """Change settings in other ways than by a step of a person."""
        with self.lock:
            history, self._history = self._history, None
            assert history is not None
            try:
                yield history
            finally:
                # Whoever watches may have changed more.
                history.present = {name: getattr(self, name) for name in UNDONE}
                self._history = history
                self._tell_history(history)

    @traitlets.observe(*UNDONE)
    def _on_setting(self, change: Any) -> None:
        with self.lock:
            if self._history is not None:
                self._history.note(change["name"], change["new"], self._gesture)
                self._tell_history(self._history)

    def _tell_history(self, history: History) -> None:
        self.set_trait("undoable", history.undone_next)
        self.set_trait("redoable", history.redone_next)

    @traitlets.observe("sample_run", "accuracy")
    def _on_result(self, change: Any) -> None:
        """Let a run that was pinned on its way go on to its end."""
        pinned, result = self.pinned, change["new"]
        if pinned is not None and result is not None and result.asked is pinned.run.asked:
            part = "run" if change["name"] == "sample_run" else "accuracy"
            self.set_trait("pinned", dataclasses.replace(pinned, **{part: result}))

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
        """What the plots still show while it is out of date; "" where it is current.

        Network and samples that do not fit each other, or cannot be run, leave the last good
        pair in the plots.
        """
        run, loaded = self.sample_run, self.loaded
        if run is None or loaded is None or self.status.kind != "error":
            return ""
        is_asked = is_opened(self.network, self.data, loaded)
        return "" if is_asked and run.title == loaded.title else run.title

    @property
    def outdated(self) -> bool:
        """Whether the plots show a run of other settings than those that are set now."""
        run = self.sample_run
        return run is not None and self._differs_from(run.asked, ASKED)

    @property
    def export_outdated(self) -> bool:
        """Whether the last export is of another network, or of one converted in another way."""
        asked = ("network", "data", "conversion")
        return self.exported is not None and self._differs_from(self.exported.asked, asked)

    def is_of_other_settings(self, result: Any) -> bool:
        """Whether a diagnosis or a search is of another network, other data or other settings."""
        asked = ("network", "data", "conversion", "simulation")
        return result is not None and self._differs_from(result.asked, asked)

    def _differs_from(self, asked: Any, names: tuple[str, ...]) -> bool:
        return asked is not None and any(
            not same(name, getattr(asked, name), getattr(self, name)) for name in names
        )

    @property
    def spiking(self) -> SpikingNetwork | None:
        """The network as converted."""
        return None if self.converted is None else self.converted.spiking


def _setting(trait: str, name: str) -> property:
    def get(state: State) -> Any:
        return getattr(getattr(state, trait), name)

    def put(state: State, value: Any) -> None:
        state.change(**{name: value})

    return property(get, put, doc=f"`{name}` of the {trait} settings.")


for _name in CONVERSION:
    setattr(State, _name, _setting("conversion", _name))
for _name in SIMULATION:
    setattr(State, _name, _setting("simulation", _name))
