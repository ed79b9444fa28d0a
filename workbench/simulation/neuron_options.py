"""What a simulation may add to the plain integrate-and-fire neuron, population by population."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbench.errors import SettingsError
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation

EVERY_STEP = -1
"""In place of a single step."""


@dataclass(frozen=True)
class Dynamics:
    """How the neurons of one population differ from plain ones.

    Parameters
    ----------
    refractory_steps : int
        Steps after a spike in which input is ignored.
    leak : int
        Grid units that a positive potential loses at the start of every step, down to 0.
    held_steps : int
        First steps of a run in which the potential stays as it is.
    fires : bool
        Whether spikes leave; a membrane readout only sums up.
    drive_at : int
        The only step at which bias and constant input enter; `EVERY_STEP` where they always do.
    """

    refractory_steps: int = 0
    leak: int = 0
    held_steps: int = 0
    fires: bool = True
    drive_at: int = EVERY_STEP

    @property
    def is_plain(self) -> bool:
        """Whether nothing is added to the neurons themselves."""
        return replace(self, drive_at=EVERY_STEP) == PLAIN

    @property
    def only_adds_up(self) -> bool:
        """Whether neurons add up what they receive, and nothing else: they never fire."""
        return not self.fires and replace(self, fires=True).is_plain

    def is_driven(self, step: int) -> bool:
        """Whether bias and constant input enter at a step."""
        return self.drive_at in (EVERY_STEP, step)


PLAIN = Dynamics()


def dynamics_of(network: SpikingNetwork, settings: Simulation) -> dict[str, Dynamics]:
    """Return the dynamics of every population with a membrane.

    Raises
    ------
    SettingsError
        If a layer that is to be held does not exist, or has no neurons; or if one-shot neurons
        cannot do what is asked for.
    """
    neurons = [p for p in network.populations if p.kind == "if"]
    unknown = sorted(set(settings.clamp_steps) - {p.name for p in neurons})
    if unknown:
        raise SettingsError(
            f"Simulation.clamp_steps names {', '.join(unknown)}; layers with neurons are "
            f"{', '.join(p.name for p in neurons)}."
        )
    starts: dict[str, int] = {}
    if network.output.spike_rule.once:
        _check_once(network, settings)
        starts = _starts(network, settings.delay_steps)
    return {
        p.name: Dynamics(
            refractory_steps=settings.refractory_steps,
            leak=round(settings.leak * p.threshold / p.payload_unit),
            held_steps=settings.clamp_steps.get(p.name, 0),
            fires=p is not network.output or settings.readout != "potential",
            drive_at=starts.get(p.name, EVERY_STEP),
        )
        for p in neurons
    }


def _check_once(network: SpikingNetwork, settings: Simulation) -> None:
    """Refuse what takes from neurons whose input comes once."""
    plain = Simulation()
    why = {
        "encoding": "their input enters once, as a current",
        "leak": "what leaks does not come again",
        "refractory_steps": "input that is ignored does not come again",
        "clamp_steps": "input that is ignored does not come again",
        "readout_after": "what outputs got before does not come again",
    }
    for name, reason in why.items():
        value, accepted = getattr(settings, name), getattr(plain, name)
        if value != accepted:
            raise SettingsError(
                f"Simulation.{name} is {value!r}, but network '{network.name}' has one-shot "
                f"neurons: {reason}; accepted: {accepted!r}. Change it, or convert with "
                "Conversion(neurons='multi_threshold')."
            )


def _starts(network: SpikingNetwork, delay: int) -> dict[str, int]:
    """Return the step at which each population can first be reached from the input."""
    starts = {network.input.name: -delay}
    for population in network.populations[1:]:
        sources = [starts[p.source] for p in network.incoming(population.name)]
        starts[population.name] = min(sources) + delay
    return starts
