"""The network and the samples that a command names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.options import (
    WrongUsage,
    arrays_of,
    conversion_of,
    events_of,
    reading_of,
)
from workbench.cli.output import conversion_steps_shown, stage
from workbench.errors import WorkbenchError
from workbench.settings import Conversion, Simulation

if TYPE_CHECKING:
    from workbench.datasets import Dataset
    from workbench.network.graph import Network
    from workbench.network.spiking import SpikingNetwork


def spiking_of(
    options: argparse.Namespace, simulation: Simulation | None = None
) -> tuple[Network | None, SpikingNetwork, Dataset]:
    """Load the network and its samples, and convert it unless it spikes already.

    Parameters
    ----------
    options : Namespace
    simulation : Simulation, optional
        How the network is going to be run; without it, it is not.

    Raises
    ------
    WorkbenchError
        If it spikes already but options say how to convert it.
    """
    from workbench.network.spiking import SpikingNetwork
    from workbench.workflow import convert, load

    conversion = conversion_of(options)
    stage(f"Reading {options.network} …")
    network = load(options.network, **reading_of(options))
    if isinstance(network, SpikingNetwork):
        _refuse_conversion(options.network, conversion, network.conversion)
    data = _samples(options, network, simulation)
    data.validate(network.input_shape, network.classes)
    if isinstance(network, SpikingNetwork):
        return None, network, data
    stage("Converting …")
    with conversion_steps_shown() as step:
        return network, convert(network, data.calibration, conversion, step=step), data


def analog_of(
    options: argparse.Namespace, simulation: Simulation, purpose: str
) -> tuple[Network, Dataset]:
    """Load a network that is not converted yet, and its samples.

    Parameters
    ----------
    options : Namespace
    simulation : Simulation
        How the network is going to be run.
    purpose : str
        A verb, with which the remedy begins.

    Raises
    ------
    WorkbenchError
        If it spikes already.
    """
    from workbench.network.spiking import SpikingNetwork
    from workbench.workflow import load

    stage(f"Reading {options.network} …")
    network = load(options.network, **reading_of(options))
    if isinstance(network, SpikingNetwork):
        raise WorkbenchError(
            f"{options.network} is a spiking network already. {purpose} the analog network that it "
            "was made from."
        )
    data = _samples(options, network, simulation)
    data.validate(network.input_shape, network.classes)
    return network, data


def _samples(
    options: argparse.Namespace,
    network: Network | SpikingNetwork,
    simulation: Simulation | None,
) -> Dataset:
    from workbench import datasets

    asked, names, framing = options.data, arrays_of(options), events_of(options)
    encoding = None if simulation is None else simulation.encoding
    place = Path(asked or "").expanduser()
    if asked and (datasets.holds_events(place) or (encoding == "events" and place.exists())):
        if encoding not in (None, "events"):
            raise WrongUsage(f"{asked} holds events; add --encoding events")
        steps = (simulation or Simulation()).steps
        shape = network.input_shape
        return datasets.from_events(place, frames=steps, input_shape=shape, **framing)
    if framing:
        given = ", ".join(f"--{name.replace('_', '-')}" for name in framing)
        raise WrongUsage(f"{given} applies to recordings of events only; --data names none")
    if names and (asked is None or asked in datasets.dataset_names()):
        given = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        raise WrongUsage(f"{given} needs --data with an .npz file or a folder of .npy files")
    if asked is None:
        return datasets.for_network(network)
    if asked not in datasets.dataset_names() and (place.is_dir() or place.suffix == ".npz"):
        return datasets.from_path(place, image_size=options.image_size, **names)
    return datasets.load(asked)


def _refuse_conversion(name: str, asked: Conversion, own: Conversion) -> None:
    """Refuse settings for a network that was converted with others."""
    default = Conversion()
    changed = [
        setting
        for setting, value in vars(asked).items()
        if value not in (getattr(default, setting), getattr(own, setting))
    ]
    if changed:
        raise WorkbenchError(
            f"{name} is a spiking network already, so it cannot be converted with another "
            f"{', '.join(changed)}. Leave these settings out, or name the analog network."
        )
