"""Networks out of files, live models and bundled names, and into files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.datasets.bundled import model_names
from workbench.errors import ModelFileError
from workbench.ingest.foreign_files import file_refusal, object_refusal
from workbench.network import storage
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.util.package_data import data_folder


def load(
    source: Any,
    *,
    weights: str | Path | None = None,
    input_shape: tuple[int, ...] | None = None,
    output: str | None = None,
    pixel_range: tuple[float, float] | None = None,
    dt_ms: float | None = None,
) -> Network | SpikingNetwork:
    """Load a network.

    Parameters
    ----------
    source : str, Path, keras.Model, torch.nn.Module, Network or SpikingNetwork
        A `.keras`, `.h5`, `.hdf5` or `.onnx` file, the `.json` of a Keras architecture, a saved
        `.snn` file, a `.nir` graph, which is a spiking network already, a live Keras model or
        PyTorch module, or the name of a bundled network: "lenet", "mlp", "maxpool", "resnet",
        "resnet_plain", "fashion", "counting". Bundled networks are read from their saved form,
        without tensorflow. Networks from ONNX and PyTorch take samples as these do: (samples,
        channels, height, width).
    weights : str or Path, optional
        The weights of a `.json`; without it they are looked for beside it, under its name.
    input_shape : tuple of int, optional
        Of one sample, for a PyTorch module, or a model that takes inputs of variable size.
    output : str, optional
        Name of the output to use, for a model with several; of ONNX files and PyTorch
        modules any layer (module), operation or value inside.
    pixel_range : (float, float), optional
        Values that the network takes for black and white: images of data sets are converted to
        them. If not given, (0, 255) where the first layers rescale such pixels or the input takes
        integers, else (0, 1).
    dt_ms : float, optional
        Milliseconds per step, for a NIR graph, whose neurons have constants in seconds.

    Returns
    -------
    Network or SpikingNetwork
        A SpikingNetwork where the file holds one, such as a `.nir` graph.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, or of a kind that is not read.
    UnsupportedLayerError
        If layers are not supported; all of them are named.
    """
    if weights is not None and Path(str(source)).suffix != ".json":
        raise ModelFileError(
            f"weights is {weights}, and {source} is not an architecture; accepted: weights for a "
            ".json file. Leave weights out."
        )
    network = _loaded(source, weights, dt_ms, input_shape=input_shape, output=output)
    return network if pixel_range is None else replace(network, pixel_range=pixel_range)


def _loaded(
    source: Any, weights: str | Path | None, dt_ms: float | None, **options: Any
) -> Network | SpikingNetwork:
    if isinstance(source, (Network, SpikingNetwork)):
        return source
    if isinstance(source, (str, Path)) and str(source) in model_names():
        return storage.load(data_folder() / "networks" / f"{source}.snn")
    if isinstance(source, (str, Path)):
        return _load_file(Path(source).expanduser(), weights, dt_ms, **options)
    from workbench.ingest.keras import from_keras, is_keras_model

    if is_keras_model(source):
        return from_keras(source, **options)
    from workbench.ingest.torch import from_torch, is_torch_module

    if is_torch_module(source):
        return from_torch(source, **options)
    raise object_refusal(source, ", ".join(model_names()))


def _load_file(
    path: Path, weights: str | Path | None, dt_ms: float | None, **options: Any
) -> Network | SpikingNetwork:
    from workbench.ingest.keras import SUFFIXES, load_keras_file
    from workbench.ingest.nir import SUFFIX as NIR
    from workbench.ingest.nir import load_nir_file
    from workbench.ingest.onnx import SUFFIX, load_onnx_file

    if path.suffix == ".snn":
        return storage.load(path)
    if path.suffix in SUFFIXES:
        return load_keras_file(path, weights=weights, **options)
    if path.suffix == SUFFIX:
        return load_onnx_file(path, **options)
    if path.suffix == NIR:
        return load_nir_file(path, dt_ms=dt_ms)
    if not path.suffix and not path.exists():
        raise ModelFileError(
            f"There is no bundled network '{path}'; there are {', '.join(model_names())}. "
            "A file needs its ending: .keras, .h5, .hdf5, .json, .onnx, .nir or .snn."
        )
    raise file_refusal(path, f".snn, {', '.join(SUFFIXES)}, {SUFFIX} or {NIR}")


def save(network: Network | SpikingNetwork, path: str | Path) -> Path:
    """Write a network, analog or spiking, to a `.snn` file and return its path.

    Parameters
    ----------
    network : Network or SpikingNetwork
    path : str or Path
        With the ending `.snn`, by which `load` recognizes it.

    Returns
    -------
    Path
        Of the file that was written.

    Raises
    ------
    ModelFileError
        If this is not a network, the ending is another, or the file cannot be written.
    """
    if not isinstance(network, (Network, SpikingNetwork)):
        raise ModelFileError(
            f"A {type(network).__name__} cannot be saved; accepted: networks that wb.load or "
            "wb.convert returned."
        )
    if Path(path).suffix != ".snn":
        raise ModelFileError(
            f"{path} does not end in .snn, the ending of the files that wb.load reads as networks "
            "of this package."
        )
    return storage.save(network, path)
