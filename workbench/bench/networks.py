"""The two networks that are measured: trained on digits, and a larger one with random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from workbench.datasets.bundled import load as load_samples
from workbench.datasets.bundled import model_path
from workbench.ingest.keras import from_keras, import_keras
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.workflow import convert, load

VGG_FILTERS = (64, 64, 0, 128, 128, 0, 256, 256, 0)
"""Of 3x3 convolutions with relu; 0 means an average pooling of 2x2."""

VGG_PERCENTILE = 99.97
"""Found by trying: gives the random weights a mean activity of about 10%."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A network to measure, analog and spiking, with inputs.

    Parameters
    ----------
    name, remark : str
    model : keras.Model
        The analog network as Keras runs it.
    spiking : SpikingNetwork
    x : ndarray of float32, shape (samples, *input shape)
        As many samples as the largest batch.
    steps : int
        Steps unless others are asked for.
    batches : tuple of int
        Batch sizes of which the best counts.
    """

    name: str
    remark: str
    model: Any
    spiking: SpikingNetwork
    x: np.ndarray
    steps: int
    batches: tuple[int, ...]


def lenet() -> Subject:
    """Conv 16 5x5, AvgPool, Conv 32 5x5, AvgPool, Dense 128, Dense 10; the bundled digits."""
    digits = load_samples("mnist")
    spiking = convert(cast(Network, load("lenet")), digits.calibration, Conversion())
    model = import_keras().saving.load_model(model_path("lenet"), compile=False)
    batches = (10, 100)
    remark = "bundled, trained on digits; percentile 99.9"
    return Subject("lenet", remark, model, spiking, digits.x_test[: batches[-1]], 100, batches)


def vgg() -> Subject:
    """Conv 64, 64, pool, 128, 128, pool, 256, 256, pool, Dense 512, 10; 32x32x3, random weights."""
    keras = import_keras()
    k = keras.layers
    convolutions = [
        k.Conv2D(filters, 3, padding="same", activation="relu", name=f"layer{number}")
        if filters
        else k.AveragePooling2D(2, name=f"layer{number}")
        for number, filters in enumerate(VGG_FILTERS, 1)
    ]
    hidden = k.Dense(512, activation="relu", name="hidden")
    dense = [k.Flatten(name="flat"), hidden, k.Dense(10, name="output")]
    model = keras.Sequential(
        [k.Input((32, 32, 3), name="pixels"), *convolutions, *dense], name="vgg"
    )
    rng = np.random.default_rng(0)
    model.set_weights([_seeded(rng, tuple(weight.shape)) for weight in model.weights])
    images = _images(rng, 48)
    conversion = Conversion(percentile=VGG_PERCENTILE)
    spiking = convert(from_keras(model), images[16:], conversion)
    remark = (
        f"seeded random weights; percentile {VGG_PERCENTILE:g}, for a mean activity of about 10%"
    )
    return Subject("vgg", remark, model, spiking, images[:16], 50, (4, 16))


def _seeded(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return weights that keep the size of activations from layer to layer, and no biases."""
    if len(shape) == 1:
        return np.zeros(shape, np.float32)
    return rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)


def _images(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return images of coarse and fine random blocks, between 0 and 1."""
    total = np.zeros((count, 32, 32, 3))
    for block in (16, 8, 4, 2, 1):
        coarse = rng.random((count, 32 // block, 32 // block, 3))
        total += coarse.repeat(block, axis=1).repeat(block, axis=2)
    return (total / 5).astype(np.float32)


SUBJECTS: dict[str, Callable[[], Subject]] = {"lenet": lenet, "vgg": vgg}
