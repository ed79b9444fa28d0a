"""Load, convert, simulate, analyse, export: the stages as one script would chain them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analyse.accuracy import accuracy_over_time, check_labels
from workbench.analyse.correlation import correlations
from workbench.analyse.operations import Energy, operations
from workbench.analyse.rates import rates
from workbench.convert import convert as _convert
from workbench.datasets.bundled import model_names
from workbench.errors import DataError, ModelFileError, SettingsError
from workbench.network import storage
from workbench.network.graph import Network
from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork
from workbench.resources import data_folder
from workbench.settings import Conversion, Simulation
from workbench.simulate import Window
from workbench.simulate import simulate as _simulate
from workbench.simulate import stream as _stream

if TYPE_CHECKING:
    from workbench.export.report import ExportReport


def load(source: Any) -> Network | SpikingNetwork:
    """Load a network.

    Parameters
    ----------
    source : str, Path, keras.Model, Network or SpikingNetwork
        A `.keras`, `.h5` or `.hdf5` file, a saved `.snn` file, a live Keras model, or the name
        of a bundled network: "lenet", "mlp", "maxpool", "resnet", "counting". Bundled networks
        are read from their saved form, without tensorflow.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, or of a kind that is not read.
    UnsupportedLayerError
        If layers are not supported; all of them are named.
    """
    if isinstance(source, (Network, SpikingNetwork)):
        return source
    if isinstance(source, (str, Path)) and str(source) in model_names():
        return storage.load(data_folder() / "networks" / f"{source}.snn")
    if isinstance(source, (str, Path)):
        return _load_file(Path(source).expanduser())
    from workbench.ingest.keras import from_keras, is_keras_model

    if is_keras_model(source):
        return from_keras(source)
    raise ModelFileError(
        f"A {type(source).__name__} is no network; accepted: a path, a bundled name "
        f"({', '.join(model_names())}), a keras.Model, or a loaded network."
    )


def _load_file(path: Path) -> Network | SpikingNetwork:
    from workbench.ingest.keras import SUFFIXES, load_keras_file

    if path.suffix == ".snn":
        return storage.load(path)
    if path.suffix in SUFFIXES:
        return load_keras_file(path)
    if not path.suffix and not path.exists():
        raise ModelFileError(
            f"There is no bundled network '{path}'; there are {', '.join(model_names())}. "
            "A file needs its ending: .keras, .h5, .hdf5 or .snn."
        )
    raise ModelFileError(
        f"{path} has the ending '{path.suffix}'; accepted: .snn, {', '.join(SUFFIXES)}."
    )


def save(network: Network | SpikingNetwork, path: str | Path) -> Path:
    """Write a network, analog or spiking, to a `.snn` file and return its path."""
    if not isinstance(network, (Network, SpikingNetwork)):
        raise ModelFileError(
            f"A {type(network).__name__} cannot be saved; accepted: networks that wb.load or "
            "wb.convert returned."
        )
    return storage.save(network, path)


def convert(
    network: Network, calibration: np.ndarray, conversion: Conversion | None = None
) -> SpikingNetwork:
    """Turn an analog network into a spiking one; see `workbench.convert.convert`."""
    if isinstance(network, SpikingNetwork):
        raise SettingsError(
            f"Network '{network.name}' is a spiking one already. Convert the analog network."
        )
    return _convert(network, calibration, conversion)


class Run:
    """A simulation's result, with the tables people ask of it.

    Parameters
    ----------
    recording : Recording
    x : ndarray, shape (samples, *input shape)
        The samples that were simulated.
    """

    def __init__(self, recording: Recording, x: np.ndarray):
        self.recording = recording
        self._x = x

    def __repr__(self) -> str:
        r = self.recording
        spikes = sum(int(total.sum()) for total in r.step_totals.values())
        return (
            f"Run of '{r.network.name}': {r.samples} samples, {r.steps} steps, {spikes:,} spikes, "
            f"{r.elapsed_s:.2f} s"
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the recorded layers, input to output."""
        return self.recording.layers

    @property
    def steps(self) -> int:
        return self.recording.steps

    @property
    def elapsed_s(self) -> float:
        """Seconds the simulation took."""
        return self.recording.elapsed_s

    @property
    def output_counts(self) -> np.ndarray:
        """Output spikes; int32, shape (samples, classes)."""
        return self.recording.output_counts

    def predictions(self) -> np.ndarray:
        """Class of each sample after the last step, -1 where undecided; int64, (samples,)."""
        return self.recording.predictions[:, -1].astype(np.int64)

    def accuracy(self, labels: np.ndarray, ann: float | Network = np.nan) -> pd.DataFrame:
        """Accuracy after every step; see `workbench.analyse.accuracy.accuracy_over_time`.

        Parameters
        ----------
        labels : ndarray of int, shape (samples,)
        ann : float or Network
            The analog accuracy, or the network to measure it with on the same samples.

        Returns
        -------
        DataFrame
            Indexed by step: snn, undecided, ann.

        Raises
        ------
        DataError
            If labels do not fit the samples or the classes.
        """
        r = self.recording
        labels = check_labels(labels, r.samples, r.network.classes)
        if isinstance(ann, SpikingNetwork):
            raise DataError(
                f"ann is the spiking network '{ann.name}'; accepted: the analog network, or its "
                "accuracy as a number."
            )
        if isinstance(ann, Network):
            ann = float((ann.predictions(self._x) == labels).mean())
        return accuracy_over_time(r.predictions, labels, ann)

    def _recorded(self, layer: str) -> str:
        name = self.recording.network.population(layer).name
        if name not in self.layers:
            raise SettingsError(
                f"Layer '{name}' was not recorded; recorded: {', '.join(self.layers)}. Simulate "
                f"with Simulation(record=('{name}',)) or record='all'."
            )
        return name

    def spikes(self, layer: str) -> pd.DataFrame:
        """Single spikes of a recorded layer: sample, step (from 0), unit."""
        sample, step, unit = self.recording.events[self._recorded(layer)]
        return pd.DataFrame({"sample": sample, "step": step, "unit": unit})

    def counts(self, layer: str) -> np.ndarray:
        """Spikes per unit of a recorded layer; int32, shape (samples, *layer shape)."""
        name = self._recorded(layer)
        shape = self.recording.network.population(name).shape
        return self.recording.counts[name].reshape(-1, *shape)

    def rates(self) -> pd.DataFrame:
        """Mean firing rate per layer and step; see `workbench.analyse.rates.rates`."""
        return rates(self.recording)

    def operations(self, energy: Energy | None = None) -> pd.DataFrame:
        """Cost per layer; see `workbench.analyse.operations.operations`."""
        return operations(self.recording, energy)

    def correlations(self, network: Network) -> pd.DataFrame:
        """Agreement with the analog network; see `workbench.analyse.correlation`."""
        return correlations(self.recording, network, self._x)


def simulate(
    network: SpikingNetwork,
    x: np.ndarray,
    settings: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Simulate samples; see `workbench.simulate.run.simulate`."""
    _check_spiking(network)
    return Run(_simulate(network, x, settings, progress), np.asarray(x))


def stream(
    network: SpikingNetwork,
    x: np.ndarray,
    settings: Simulation | None = None,
    window_steps: int = 20,
    cancelled: Callable[[], bool] = lambda: False,
) -> Generator[Window, None, None]:
    """Simulate samples window by window; see `workbench.simulate.run.stream`."""
    _check_spiking(network)
    return _stream(network, x, settings, window_steps, cancelled)


def _check_spiking(network: object) -> None:
    if not isinstance(network, SpikingNetwork):
        raise DataError(
            f"A {type(network).__name__} cannot be simulated; a spiking network is needed. "
            "Convert it first: wb.convert(network, data.calibration)."
        )


def export(
    network: SpikingNetwork,
    target: str,
    path: str | Path,
    *,
    overwrite: bool = False,
    **options: Any,
) -> ExportReport:
    """Write a spiking network for a target and check the result.

    Parameters
    ----------
    network : SpikingNetwork
    target : "brian2", "builtin" or "loihi"
    path : str or Path
        Of the main file; files beside it share its stem.
    overwrite : bool
        Whether existing files may be replaced.
    **options
        Of the target; see `workbench.export`.

    Returns
    -------
    ExportReport
        files, parity, notes.

    Raises
    ------
    ExportError
        If the target cannot express the network, or files cannot be written.
    """
    from workbench.export import export as write

    _check_spiking(network)
    return write(network, target, path, overwrite=overwrite, simulate=_spikes, **options)


def _spikes(network: SpikingNetwork, x: np.ndarray, steps: int) -> dict[str, Any]:
    """Spike trains of all layers, for the parity check of exporters."""
    return _simulate(network, x, Simulation(steps=steps, record="all")).events
