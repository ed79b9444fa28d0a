"""Finding the network and the samples that were asked for, and checking that they fit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbench import datasets, workflow
from workbench.datasets import Dataset
from workbench.errors import DataError, ModelFileError
from workbench.network.graph import Network
from workbench.ui.results import Loaded

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
BUNDLED_DATA = ("mnist", "mnist14")
_DATA_BY_SHAPE: dict[tuple[int, ...], str] = {(28, 28, 1): "mnist", (14, 14, 1): "mnist14"}


def is_bundled(asked: Any) -> bool:
    """Whether a network that was asked for comes with the package."""
    return isinstance(asked, str) and asked in datasets.model_names()


def needs_tensorflow(asked: Any) -> bool:
    """Whether reading what was asked for imports tensorflow."""
    if isinstance(asked, Network) or is_bundled(asked):
        return False
    if isinstance(asked, (str, os.PathLike)):
        return Path(asked).suffix.lower() in KERAS_SUFFIXES
    return True


class Loader:
    """Loads and keeps the last network and samples, keyed by what was asked for."""

    def __init__(self) -> None:
        self.loaded: Loaded | None = None
        """What was loaded last."""
        self._network: tuple[Any, Network] | None = None
        self._datasets: dict[str, Dataset] = {}

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
            None takes bundled samples of the network's input shape.

        Raises
        ------
        WorkbenchError
            If one cannot be read or they do not fit together.
        """
        if self.holds(network, data):
            assert self.loaded is not None
            return self.loaded
        model = self._open_network(network)
        dataset = self._open_data(data, model)
        dataset.validate(model.input_shape, model.classes)
        self.loaded = Loaded(model, dataset, network, data)
        return self.loaded

    def _open_network(self, asked: Any) -> Network:
        if self._network is None or self._network[0] is not asked:
            model = workflow.load(asked)
            if not isinstance(model, Network):
                raise ModelFileError(
                    f"{asked} holds a network that is converted already. The workbench converts "
                    "analog networks: open the file it was made from."
                )
            self._network = (asked, model)
        return self._network[1]

    def _open_data(self, asked: Any, network: Network) -> Dataset:
        if isinstance(asked, Dataset):
            return asked
        if asked is None or asked in BUNDLED_DATA:
            fitting = _DATA_BY_SHAPE.get(network.input_shape)
            if asked is None and fitting is None:
                shape = " x ".join(map(str, network.input_shape))
                raise DataError(
                    f"Network '{network.name}' takes samples of {shape}, which none of the "
                    "bundled ones are. Choose an .npz file with samples of your own."
                )
            # A bundled choice is a habit, not a wish: another network takes what fits it.
            return self._bundled(fitting or str(asked))
        return datasets.from_npz(Path(asked).expanduser())

    def _bundled(self, name: str) -> Dataset:
        if name not in self._datasets:
            self._datasets[name] = datasets.load(name)
        return self._datasets[name]
