"""What session 4 converts: the network `fashion`, and validation images to judge settings by.

Digits are so easy that nearly any setting keeps 99 %. Clothes are not: here settings show.
"""

from __future__ import annotations

import functools

import numpy as np

from workbench import datasets
from workbench.datasets.dataset import Dataset
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.run import Run
from workbench.settings import Conversion, Simulation
from workbench.teaching.layers_explorer import bundled
from workbench.workflow import convert, simulate

IMAGES = 100
"""Validation images: settings are never chosen by test images."""

LONGEST = 32
"""Steps of a run."""

INSIDE = 8
"""Images of which every layer's spikes are kept."""


@functools.cache
def images() -> Dataset:
    """Return the images of clothes."""
    return datasets.load("fashion")


@functools.cache
def validation() -> tuple[np.ndarray, np.ndarray]:
    """Return validation images and their classes."""
    data = images()
    assert data.x_validation is not None and data.y_validation is not None
    return np.asarray(data.x_validation[:IMAGES]), data.y_validation[:IMAGES]


def spiking(conversion: Conversion) -> SpikingNetwork:
    """Convert the network."""
    return convert(network(), images().calibration, conversion)


def network() -> Network:
    """Return the analog network."""
    return bundled("fashion")


@functools.cache
def analog_accuracy() -> float:
    """Return the analog network's accuracy on the validation images, from 0 to 1."""
    x, y = validation()
    return float((network().predictions(x) == y).mean())


def accuracy_in_time(conversion: Conversion) -> tuple[float, ...]:
    """Return the accuracy on the validation images after each step, from 0 to 1."""
    x, y = validation()
    run = simulate(spiking(conversion), x, Simulation(steps=LONGEST))
    return tuple(run.accuracy(y)["snn"])


def inside(conversion: Conversion, steps: int) -> Run:
    """Return a run of a few validation images with the spikes of all layers."""
    x, _ = validation()
    return simulate(spiking(conversion), x[:INSIDE], Simulation(steps=steps, record="all"))
