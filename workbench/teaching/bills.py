"""What session 5 weighs: right answers and costs of two networks after each step.

Digits beside clothes, because digits flatter. A run is measured once; all numbers of steps and all
prices are then answered from its counts.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from workbench import datasets
from workbench.analysis.energy import Energy
from workbench.analysis.operations import Steps, layer_costs
from workbench.datasets.dataset import Dataset
from workbench.methods.tally import Tally
from workbench.network.graph import Network
from workbench.settings import Conversion, Simulation
from workbench.teaching.layers_explorer import bundled
from workbench.workflow import convert

IMAGES = 100
"""Validation images of each kind: settings are never chosen by test images."""

LONGEST = 32
"""Steps of a run."""

NETWORKS = {"digits": ("lenet", "mnist"), "clothes": ("fashion", "fashion")}
"""Network and data set, by what the images show."""

SETTINGS = {
    "default": Conversion(),
    "repaired": Conversion(percentile=95, initial_potential=0.5),
}

FREE_MEMORY = ((math.inf, 0.0),)
"""As `Energy.memories`: what arithmetic alone costs."""


@functools.cache
def _images(name: str) -> Dataset:
    return datasets.load(name)


@functools.cache
def _analog(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return validation images, what the analog network says of them, and their classes."""
    network, data = NETWORKS[kind]
    images = _images(data)
    assert images.x_validation is not None and images.y_validation is not None
    x = np.asarray(images.x_validation[:IMAGES])
    return x, bundled(network).predictions(x), images.y_validation[:IMAGES]


@dataclass(frozen=True, eq=False)
class Measured:
    """A converted network on the validation images.

    Parameters
    ----------
    network : Network
        The analog one.
    tally : Tally
        Of LONGEST steps.
    """

    network: Network
    tally: Tally

    @property
    def right(self) -> np.ndarray:
        """Right answers after each step; int64, shape (LONGEST,)."""
        return self.tally.right

    @property
    def analog_right(self) -> int:
        """Right answers of the analog network."""
        return self.tally.ann_right

    def synops(self, steps: int) -> float:
        """Synaptic operations per image."""
        return sum(self.tally.counts(steps)[1].values()) / self.tally.samples

    def cost(
        self, steps: int, energy: Energy, *, synops: bool = True, spikes: bool = True
    ) -> dict[str, float]:
        """Return energies per image in picojoules, as of `workbench.analysis.energy.layer_energy`.

        Parameters
        ----------
        steps : int
            0 leaves what is computed once: the input.
        energy : Energy
        synops, spikes : bool
            Whether synaptic operations, and sending spikes, are charged.
        """
        sent, reached = self.tally.counts(steps)
        rows = layer_costs(
            Steps(self.tally.spiking, steps),
            {name: count * spikes for name, count in sent.items()},
            {name: count * synops for name, count in reached.items()},
            self.tally.samples,
            energy,
            constant=True,
        )
        names = ("energy_pj", "energy_memory_pj", "energy_ann_pj")
        return {name: sum(row[name] for row in rows) for name in names}

    def parts(self, steps: int, energy: Energy) -> Mapping[str, float]:
        """Return what the spiking network spends on what, with memory, in picojoules."""

        def spent(steps: int, *, synops: bool = False, spikes: bool = False) -> float:
            return self.cost(steps, energy, synops=synops, spikes=spikes)["energy_memory_pj"]

        once, silent, summed = spent(0), spent(steps), spent(steps, synops=True)
        whole = spent(steps, synops=True, spikes=True)
        return {
            "SynOps": summed - silent,
            "neuron updates": silent - once,
            "spikes sent": whole - summed,
            "input": once,
        }

    def bill(self, name: str, steps: int) -> tuple[float, float]:
        """Return the energy of the spiking and of the analog network, in picojoules."""
        energy = Energy()
        cost = self.cost(steps, energy)
        if name == "arithmetic":
            return cost["energy_pj"], self.network.totals.macs * energy.mac_pj
        return cost["energy_memory_pj"], cost["energy_ann_pj"]


BILLS: Mapping[str, str] = MappingProxyType(
    {
        "arithmetic": "arithmetic alone, float32",
        "memory": "with memory, 8-bit weights",
    }
)
"""What is charged, to both networks alike."""

KEPT = 8
"""Runs that are known at a time: whoever tries many settings does not fill the memory."""

_known: dict[tuple[str, str], Measured] = {}


def measured(kind: str, conversion: Conversion) -> Measured:
    """Convert the network of "digits" or "clothes" and run the validation images, once."""
    key = kind, repr(conversion)
    if key not in _known:
        network, data = NETWORKS[kind]
        spiking = convert(bundled(network), _images(data).calibration, conversion)
        tally = Tally(spiking, Simulation(steps=LONGEST), LONGEST)
        x, said, classes = _analog(kind)
        tally.add(x, 0, said, classes)
        _known[key] = Measured(bundled(network), tally)
        for oldest in list(_known)[:-KEPT]:
            del _known[oldest]
    return _known[key]


def priced(memory: float, weight_bits: int) -> Energy:
    """Return the published prices of 45 nm with other ones for memory.

    Parameters
    ----------
    memory : float
        Factor of the energy of an access.
    weight_bits : int
    """
    own = Energy()
    memories = tuple((size, pj * memory) for size, pj in own.memories)
    return replace(own, memories=memories, weight_bits=weight_bits)
