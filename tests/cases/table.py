"""What a case is, and the table that all of them enter."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.conversion import convert
from workbench.ingest.keras import from_keras, import_keras
from workbench.ingest.keras_twin import called
from workbench.network import storage
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork

NETWORKS = Path(__file__).parent / "networks"
"""Files of the networks that Keras makes of the cases; `tests/cases/store.py` writes them."""

IMAGE = (6, 5, 2)
VECTOR = (7,)
SEQUENCE = (9, 3)
CHANNELS_FIRST = (2, 6, 5)


@dataclass(frozen=True)
class Case:
    """One example.

    Parameters
    ----------
    name : str
    layers : function of (keras.layers, input tensor) to output tensor
    shape : tuple of int, or tuple of such
        Of the input, or of several inputs, whose tensors the function then gets as a list.
    refused : str
        Words of the refusal to convert; empty where conversion works.
    """

    name: str
    layers: Callable[[Any, Any], Any]
    shape: tuple[Any, ...]
    refused: str

    def build(self, seed: int = 0) -> Any:
        """Return the Keras model, with seeded weights."""
        keras = import_keras()
        if self.parts:
            source = [keras.Input(shape, name=f"part{i}") for i, shape in enumerate(self.parts)]
        else:
            source = keras.Input(self.shape, name="pixels")
        model = keras.Model(source, self.layers(keras.layers, source), name=self.name)
        randomize(model, seed)
        return model

    def samples(self, n: int = 4, seed: int = 1) -> np.ndarray:
        """Return inputs between 0 and 1; float32."""
        shape = self.shape
        if self.parts:
            shape = (sum(math.prod(part) for part in self.parts),)
        return np.random.default_rng(seed).random((n, *shape), np.float32)

    @property
    def parts(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of several inputs, or nothing; samples hold them side by side."""
        several = bool(self.shape) and isinstance(self.shape[0], tuple)
        return self.shape if several else ()  # type: ignore[return-value]

    def expected(self, model: Any, x: np.ndarray) -> np.ndarray:
        """Return what Keras makes of samples; on every processor, channels first or last."""
        given: Any = x
        if self.parts:
            cuts = np.cumsum([math.prod(part) for part in self.parts])[:-1]
            blocks = zip(np.split(x, cuts, axis=1), self.parts, strict=True)
            given = [block.reshape(len(x), *part) for block, part in blocks]
        return np.asarray(called(model, given))

    def __str__(self) -> str:
        return self.name


def randomize(model: Any, seed: int) -> None:
    """Give every weight a seeded value that keeps activations alive and of similar size."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = tuple(weight.shape)
        if weight.name in ("moving_variance", "gamma", "ceiling"):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:
            value = rng.normal(0.05, 1.0, shape) / np.sqrt(np.prod(shape[:-1]))
        else:
            value = rng.uniform(-0.1, 0.3, shape)
        weight.assign(value.astype(np.float32))


CASES: dict[str, Case] = {}
Builder = Callable[[Any, Any], Any]


def case(shape: tuple[Any, ...] = IMAGE, refused: str = "") -> Callable[[Builder], Builder]:
    """Return a decorator that enters a builder into the table under its own name."""

    def add(builder: Builder) -> Builder:
        CASES[builder.__name__] = Case(builder.__name__, builder, shape, refused)
        return builder

    return add


@functools.cache
def built(name: str) -> tuple[Any, Network]:
    """Return a case's Keras model and the network read from it; made once, with tensorflow."""
    model = CASES[name].build()
    return model, from_keras(model)


@functools.cache
def stored(name: str) -> Network:
    """Return a case's network from its file, which needs no tensorflow; read once."""
    path = NETWORKS / f"{name}.snn"
    # A test tells of a case that was added and not stored yet; the others go on.
    return storage.load(path) if path.exists() else built(name)[1]  # type: ignore[return-value]


@functools.cache
def converted(name: str) -> SpikingNetwork:
    """Return a case's spiking network with the default settings; made once."""
    return convert(stored(name), CASES[name].samples(20))


def head(k: Any, x: Any) -> Any:
    """A classifier on top of whatever is tried."""
    return k.Dense(3, name="head")(k.Flatten(name="flat")(x))
