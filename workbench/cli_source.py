"""The network and the samples that a command names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli_options import WrongUsage, arrays_of, conversion_of, reading_of
from workbench.cli_output import stage
from workbench.errors import WorkbenchError
from workbench.settings import Conversion

if TYPE_CHECKING:
    from workbench.datasets import Dataset
    from workbench.network.graph import Network
    from workbench.network.spiking import SpikingNetwork


def spiking_of(options: argparse.Namespace) -> tuple[Network | None, SpikingNetwork, Dataset]:
    """Load the network and its samples, and convert it unless it spikes already.

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
        _refuse_conversion(options.network, conversion)
    names = arrays_of(options)
    data = _samples(options.data, network.input_shape, options.image_size, names)
    data.validate(network.input_shape, network.classes)
    if isinstance(network, SpikingNetwork):
        return None, network, data
    stage("Converting …")
    return network, convert(network, data.calibration, conversion), data


def _samples(
    asked: str | None,
    input_shape: tuple[int, ...],
    image_size: tuple[int, int] | None,
    names: dict[str, str],
) -> Dataset:
    from workbench import datasets

    if names and (asked is None or asked in datasets.dataset_names()):
        given = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        raise WrongUsage(f"{given}: only with --data and an .npz file or a folder of .npy files")

    if asked is None:
        return datasets.for_shape(input_shape)
    place = Path(asked).expanduser()
    if asked not in datasets.dataset_names() and (place.is_dir() or place.suffix == ".npz"):
        return datasets.from_path(place, image_size=image_size, **names)
    return datasets.load(asked)


def _refuse_conversion(name: str, conversion: Conversion) -> None:
    default = vars(Conversion())
    changed = [setting for setting, value in vars(conversion).items() if value != default[setting]]
    if changed:
        raise WorkbenchError(
            f"{name} is a spiking network already, so it cannot be converted with another "
            f"{', '.join(changed)}. Leave these options out, or name the analog network."
        )
