"""Finding the network and the samples that were asked for, and checking that they fit."""

from __future__ import annotations

import copy
import os
from functools import cache
from pathlib import Path
from typing import Any

from workbench import datasets, workflow
from workbench.datasets import Dataset
from workbench.datasets.bundled import dataset_names, name_for
from workbench.errors import DataError, ModelFileError
from workbench.ingest.keras import SUFFIXES
from workbench.network.graph import Network
from workbench.ui.session.reading import NATIVE, read_apart
from workbench.ui.session.results import Loaded
from workbench.ui.session.scratch import Upload
from workbench.ui.session.sources import check_source, same_source
from workbench.util.capabilities import Capabilities, of_this_process

BUNDLED_DATA = dataset_names()


def is_bundled(asked: Any) -> bool:
    """Whether a network that was asked for comes with the package."""
    return isinstance(asked, str) and asked in datasets.model_names()


def needs_tensorflow(asked: Any) -> bool:
    """Whether reading what was asked for imports tensorflow."""
    if isinstance(asked, Network) or is_bundled(asked):
        return False
    if isinstance(asked, (str, os.PathLike)):
        return Path(asked).suffix.lower() in SUFFIXES
    return True


class MisfitError(DataError):
    """Network and samples are fine each by itself, but do not fit together."""


class Loader:
    """Loads and keeps the last network and samples, keyed by what was asked for.

    Parameters
    ----------
    capabilities : Capabilities, optional
        Those of this process by default: whether paths may be opened.
    """

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        self.capabilities = of_this_process() if capabilities is None else capabilities
        self.loaded: Loaded | None = None
        """What was loaded last."""
        self.readable: dict[str, Any] = {}
        """The last "network" and the last "data" that could be read, as they were asked for."""
        self._network: tuple[Any, Network] | None = None

    def copy(self) -> Loader:
        """Return a loader that begins where this one is, for another thread."""
        other = copy.copy(self)
        other.readable = dict(self.readable)
        return other

    def holds(self, network: Any, data: Any) -> bool:
        """Whether `load` would return at once."""
        kept = self.loaded
        return kept is not None and kept.network_asked is network and kept.data_asked is data

    def load(self, network: Any, data: Any) -> Loaded:
        """Return network and samples.

        Parameters
        ----------
        network : str, path, Network or keras.Model
        data : None, str, path or Dataset
            None takes the bundled samples that the network was trained on, or that fit it.

        Raises
        ------
        MisfitError
            If both can be read and do not fit together.
        WorkbenchError
            If one cannot be read.
        """
        if self.holds(network, data):
            assert self.loaded is not None
            return self.loaded
        check_source("network", network, self.capabilities)
        check_source("data", data, self.capabilities)
        before = self.loaded
        model = self._open_network(network)
        self.readable["network"] = network
        # Samples that were chosen for another network, not together with this one.
        left_over = before is not None and same_source(before.data_asked, data)
        dataset = self._open_data(data, model, left_over)
        note = ""
        if isinstance(data, str) and data in BUNDLED_DATA and dataset.name != data:
            if dataset.name == model.data:
                note = f"{model.name} was trained on {model.data}, which is shown, not {data}."
            data = None  # what fits was taken in its place
        self.readable["data"] = data
        try:
            dataset.validate(model.input_shape, model.classes)
        except DataError as error:
            # What is left over is no reason to refuse this one.
            fitting = self._fitting(model) if left_over else None
            if fitting is None:
                raise MisfitError(
                    f"Network '{model.name}' and the samples do not fit: {error}{_packed(model)}"
                ) from error
            note = f"{dataset.name} does not fit {model.name}, {fitting.name} is shown instead."
            dataset, data = fitting, None
            self.readable["data"] = data
        self.loaded = Loaded(model, dataset, network, data, note)
        return self.loaded

    def _fitting(self, network: Network) -> Dataset | None:
        """Return bundled samples that a network takes, if there are any."""
        name = name_for(network)
        if name is None:
            return None
        dataset = bundled(name)
        try:
            dataset.validate(network.input_shape, network.classes)
        except DataError:
            return None
        return dataset

    def return_to(self, loaded: Loaded) -> None:
        """Take a former result for the last one, as what was loaded since is of no use."""
        self.loaded = loaded
        self.readable = {"network": loaded.network_asked, "data": loaded.data_asked}

    def _open_network(self, asked: Any) -> Network:
        if self._network is None or self._network[0] is not asked:
            model = self._read(asked)
            if not isinstance(model, Network):
                raise ModelFileError(
                    f"{asked} holds a network that is converted already. The workbench converts "
                    "analog networks: open the file it was made from."
                )
            self._network = (asked, model)
        return self._network[1]

    def _read(self, asked: Any) -> Any:
        if not isinstance(asked, Upload):
            return workflow.load(asked)
        path = Path(asked)
        if self.capabilities.files or asked.lent or path.suffix == NATIVE:
            return workflow.load(path)
        return read_apart(path)

    def _open_data(self, asked: Any, network: Network, left_over: bool) -> Dataset:
        if isinstance(asked, datasets.EventDataset):
            return asked.as_images()  # the workbench shows constant and drawn input
        if isinstance(asked, Dataset):
            return asked
        if asked is None or asked in BUNDLED_DATA:
            fitting = name_for(network)
            if (
                asked in BUNDLED_DATA
                and bundled(asked).sample_shape == network.input_shape
                and not (left_over and fitting == network.data)
            ):
                return bundled(asked)
            if fitting is None:
                self.readable["data"] = asked
                shape = " x ".join(map(str, network.input_shape))
                raise MisfitError(
                    f"Network '{network.name}' takes samples of {shape}; no bundled samples have "
                    "this shape. Choose an .npz file or a folder with such "
                    f"samples.{_packed(network)}"
                )
            # A bundled choice is a habit, not a wish: another network takes what it was trained
            # on, or what fits it.
            return bundled(fitting)
        if datasets.holds_events(Path(asked).expanduser()):
            return datasets.from_events(asked, input_shape=network.input_shape).as_images()
        return datasets.from_path(asked)


@cache
def bundled(name: str) -> Dataset:
    """Return bundled samples; all workbenches of a process look at the same ones."""
    return datasets.load(name)


def _packed(network: Network) -> str:
    """Say how samples of several inputs lie side by side; nothing where there is one input."""
    parts = network.input_parts
    if not parts:
        return ""
    named = ", ".join(f"{name} ({' x '.join(map(str, shape))})" for name, shape in parts)
    return (
        f" It has {len(parts)} inputs, which enter side by side as one vector: {named}. Flatten "
        "the arrays of every input and join them in this order: "
        "np.concatenate([a.reshape(len(a), -1), ...], axis=1)."
    )
