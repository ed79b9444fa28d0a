"""What a run is asked for, and what of it has to go where another network or samples are open."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from workbench.conversion.rewriting import rewritten_for
from workbench.settings import Conversion, Simulation
from workbench.ui.session.own_input import OwnInput
from workbench.ui.session.results import Loaded

Result = tuple[str, Any]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Request:
    """All that a run depends on, as it was when the run was asked for."""

    network: Any
    data: Any
    conversion: Conversion
    simulation: Simulation
    sample: int
    test_samples: int
    simulate: bool = True
    shown: Loaded | None = None
    """What was open then, for which the settings were chosen."""
    own_input: OwnInput = field(default_factory=OwnInput)


@dataclass(frozen=True, eq=False)
class Adjusted:
    """How a setting changes to fit another network or other samples.

    Not the value: a person may have changed other settings meanwhile, which stay.
    """

    change: Callable[[Any], Any]


def without_leftovers(request: Request, loaded: Loaded) -> tuple[Request, list[Result]]:
    """Drop what was chosen for another network or among other samples."""
    samples = len(loaded.dataset.x_test)
    changes = {
        "sample": Adjusted(lambda sample: sample if sample < samples else 0),
        "own_input": Adjusted(lambda own: own.fitting(loaded.network)),
    }
    conversion = request.conversion
    if conversion.thresholds or conversion.percentiles:
        layers = {node.name for node in rewritten_for(loaded.network, conversion).nodes}
        changes["conversion"] = Adjusted(partial(of_layers, layers=layers))
    return adjusted(request, changes)


def adjusted(request: Request, changes: Mapping[str, Adjusted]) -> tuple[Request, list[Result]]:
    """Make changes that make a difference, and tell them."""
    made: list[Result] = []
    for name, adjustment in changes.items():
        before = getattr(request, name)
        after = adjustment.change(before)
        if after != before:
            request = replace(request, **{name: after})
            made.append((name, adjustment))
    return request, made


def of_layers(settings: Any, layers: Container[str]) -> Any:
    """Return settings without those of other layers than `layers`."""
    own: dict[str, Any] = {}
    for name in ("thresholds", "percentiles", "clamp_steps", "record", "record_potentials"):
        value = getattr(settings, name, "all")
        if isinstance(value, Mapping):
            own[name] = {layer: of for layer, of in value.items() if layer in layers}
        elif value != "all":
            own[name] = tuple(layer for layer in value if layer in layers)
    return replace(settings, **own)
