"""Spiking networks built by hand from integers, and a simulation of them by plain loops."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from workbench.network.affine import Scale
from workbench.network.dense import Dense
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork

GRID = 2**16


def neurons(name, units, *, threshold=GRID, initial=0, reset="subtract", bias=0):
    """A population of integrate-and-fire neurons."""
    drive = np.broadcast_to(np.asarray(bias, np.int64), (units,)).copy()
    return Population(name, "if", (units,), threshold, initial, reset, drive)


def chain(*kernels, names=None, **options):
    """Fully connected populations, one a kernel; kernels hold grid units."""
    kernels = [np.asarray(kernel, np.float64) for kernel in kernels]
    size = kernels[0].shape[0]
    source = Population("in", "input", (size,), 0, 0, "", np.zeros(size, np.int64))
    populations, projections = [source], []
    names = names or [f"layer_{i}" for i in range(1, len(kernels))] + ["out"]
    for name, kernel in zip(names, kernels, strict=True):
        projections.append(Projection(populations[-1].name, name, (Dense(kernel),)))
        populations.append(neurons(name, kernel.shape[1], **options))
    return SpikingNetwork("chain", tuple(populations), tuple(projections))


def path(*maps, **options):
    """Two populations: a neuron an input unit that copies the input, and those behind a path."""
    shape = maps[0].input_shapes[0]
    size = math.prod(shape)
    source = Population("in", "input", shape, 0, 0, "", np.zeros(size, np.int64))
    copy = dataclasses.replace(neurons("copy", size), shape=shape)
    behind = maps[-1].output_shape
    out = dataclasses.replace(neurons("out", maps[-1].output_size, **options), shape=behind)
    first = Projection("in", "copy", (Scale(shape, np.array(float(GRID))),))
    return SpikingNetwork("path", (source, copy, out), (first, Projection("copy", "out", maps)))


def looped(network, x, steps):
    """Spikes of a `chain` under constant input, by loops over Python integers.

    Returns
    -------
    dict of layer to list of (sample, step, unit)
    """
    spikes = {p.name: [] for p in network.populations[1:]}
    for sample, pixels in enumerate(x):
        encoded = [round(float(pixel) / network.input_scale * 4096) for pixel in pixels]
        potential = {p.name: p.starts.tolist() for p in network.populations[1:]}
        for step in range(steps):
            before = None
            for population, projection in zip(
                network.populations[1:], network.projections, strict=True
            ):
                kernel = projection.maps[0].kernel
                fired = []
                for unit in range(population.size):
                    u = potential[population.name][unit] + int(population.bias[unit])
                    if before is None:
                        total = sum(int(kernel[i, unit]) * v for i, v in enumerate(encoded))
                        u += (total + 2048) // 4096
                    else:
                        u += sum(int(kernel[i, unit]) for i in before)
                    if u >= population.threshold:
                        fired.append(unit)
                        spikes[population.name].append((sample, step, unit))
                        u = {
                            "subtract": u - population.threshold,
                            "zero": 0,
                            "modulo": u % population.threshold if population.threshold else u,
                            "none": u,
                        }[population.reset]
                    potential[population.name][unit] = u
                before = fired
    return spikes
