"""What a simulation may add to the plain integrate-and-fire neuron, population by population."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import SettingsError
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation


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
    """

    refractory_steps: int = 0
    leak: int = 0
    held_steps: int = 0
    fires: bool = True

    @property
    def is_plain(self) -> bool:
        return self == PLAIN


PLAIN = Dynamics()


def dynamics_of(network: SpikingNetwork, settings: Simulation) -> dict[str, Dynamics]:
    """Return the dynamics of every population with a membrane.

    Raises
    ------
    SettingsError
        If a layer that is to be held does not exist, or has no neurons.
    """
    neurons = [p for p in network.populations if p.kind == "if"]
    unknown = sorted(set(settings.clamp_steps) - {p.name for p in neurons})
    if unknown:
        raise SettingsError(
            f"Simulation.clamp_steps names {', '.join(unknown)}; layers with neurons are "
            f"{', '.join(p.name for p in neurons)}."
        )
    return {
        p.name: Dynamics(
            refractory_steps=settings.refractory_steps,
            leak=round(settings.leak * p.threshold),
            held_steps=settings.clamp_steps.get(p.name, 0),
            fires=p is not network.output or settings.readout != "potential",
        )
        for p in neurons
    }
