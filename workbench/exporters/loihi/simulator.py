"""The chip's integer arithmetic, run on a file that was read back.

Per step and layer, with one step of delay from layer to layer::

    u = (sum of w s_in of the step before) << 6
    v = clip(v + u + (b << 6), -(2^23 - 1), 2^23 - 1)
    spike if v > vThMant << 6
    v = 0  (hard reset, what stock Lava does)   or   v - ((vThMant + 1) << 6)  (soft reset)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.exporters.loihi.netx import FileLayer, read
from workbench.network.convolution import Conv2D
from workbench.network.samples import INPUT_BITS

RESETS = ("soft", "hard")
_LIMIT = 2**23 - 1
_SHIFT = 6


def input_spikes(encoded: np.ndarray, steps: int) -> np.ndarray:
    """Evenly spaced input spikes: those of a neuron that sums x per step, from half a threshold.

    Parameters
    ----------
    encoded : ndarray of int64
        Inputs, 4096 at full scale; values outside 0 to 4096 are clipped.

    Returns
    -------
    ndarray of bool, shape (steps, *encoded.shape)
    """
    rate = np.clip(encoded, 0, 1 << INPUT_BITS)
    half = 1 << (INPUT_BITS - 1)
    total = [(step * rate + half) >> INPUT_BITS for step in range(steps + 1)]
    return np.diff(np.stack(total), axis=0).astype(bool)


def simulate_file(
    path: Path, encoded: np.ndarray, steps: int, reset: str
) -> tuple[np.ndarray, np.ndarray]:
    """Run a netx file.

    Parameters
    ----------
    path : Path
    encoded : ndarray of int64, shape (samples, *input shape of the network)
        Inputs, 4096 at full scale.
    steps : int
        Steps of input; as many more are run as there are layers, so that spikes arrive.
    reset : "soft" or "hard"

    Returns
    -------
    counts, potentials : ndarray of int64, shape (samples, output units)
        Output spikes, and membrane potentials of the outputs after the last step; an image's
        units row by row, channels last, as the network numbers them.
    """
    shape, _ = read(path)
    spikes = input_spikes(encoded, steps)
    if len(shape) == 3:
        channels, height, width = shape
        images = spikes.reshape(steps, len(encoded), height, width, channels)
        spikes = images.transpose(0, 1, 4, 2, 3)
    spikes = spikes.reshape(steps, len(encoded), *shape)
    trains, potentials = _simulate(path, spikes, reset, flush=True)
    return _units(trains[-1].sum(axis=0)), _units(potentials[-1])


def output_threshold(path: Path) -> int:
    """Potential at which the outputs of a netx file spike, in the units of `simulate_file`."""
    return (read(path)[1][-1].threshold_mantissa + 1) << _SHIFT


def _units(values: np.ndarray) -> np.ndarray:
    """Values of a layer of the file, a row a sample, in the network's order of units."""
    if values.ndim == 4:
        values = values.transpose(0, 2, 3, 1)
    return values.reshape(len(values), -1)


def simulate_spikes(path: Path, spikes: np.ndarray, reset: str) -> list[np.ndarray]:
    """Run a netx file on input spikes in the file's own layout.

    Parameters
    ----------
    spikes : ndarray of bool, shape (steps, samples, channels, height, width) or
        (steps, samples, units)
    reset : "soft" or "hard"

    Returns
    -------
    list of ndarray of bool, shape (steps, samples, *layer shape)
        Spikes of every layer with neurons, channels first.
    """
    return _simulate(path, spikes, reset, flush=False)[0]


def _simulate(
    path: Path, spikes: np.ndarray, reset: str, *, flush: bool
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return spikes of every layer, and potentials after the last step.

    With `flush`, it goes on without input until the last spikes have crossed all layers.
    """
    _, groups = read(path)
    stages = _stages(groups)
    if flush:
        nothing = np.zeros((len(stages), *spikes.shape[1:]), bool)
        spikes = np.concatenate([spikes, nothing])
    samples = spikes.shape[1]
    potentials = [np.zeros((samples, *stage.shape), np.int64) for stage in stages]
    before = [np.zeros(spikes.shape[1:], bool), *(v.astype(bool) for v in potentials)]
    trains: list[list[np.ndarray]] = [[] for _ in stages]
    for arriving in spikes:
        now = [arriving]
        for index, stage in enumerate(stages):
            fired, potentials[index] = stage.step(before[index], potentials[index], reset)
            now.append(fired)
            trains[index].append(fired)
        before = now
    return [np.stack(train) for train in trains], potentials


class _Stage:
    """One layer of the file with its neurons."""

    def __init__(self, group: FileLayer, flatten: bool):
        data = group.data
        self.shape = tuple(int(n) for n in data["shape"])
        self.mantissa = group.threshold_mantissa
        self.flatten = flatten
        self.convolution = group.type == "conv"
        # float32 adds integers exactly up to 2^24, and is fastest.
        fan_in = np.prod(data["weight"].shape[1:])
        exact = int(np.abs(data["weight"]).max()) * int(fan_in) < 2**24
        self.weight = data["weight"].astype(np.float32 if exact else np.float64)
        self.data = data
        bias = data["bias"].astype(np.int64)
        self.bias = bias[:, None, None] if self.convolution else bias

    def step(
        self, arriving: np.ndarray, potential: np.ndarray, reset: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes and the potential after them."""
        drive = (self._sum(arriving) + self.bias) << _SHIFT
        v = np.clip(potential + drive, -_LIMIT, _LIMIT)
        fired = v > self.mantissa << _SHIFT
        after = v - ((self.mantissa + 1) << _SHIFT) if reset == "soft" else 0
        return fired, np.where(fired, after, v)

    def _sum(self, arriving: np.ndarray) -> np.ndarray:
        spikes = arriving.astype(self.weight.dtype)
        if not self.convolution:
            if self.flatten:
                spikes = spikes.reshape(len(spikes), -1)
            return (spikes @ self.weight.T).astype(np.int64)
        image = spikes.transpose(0, 2, 3, 1)
        (top, left), stride, dilation = (self.data[k] for k in ("padding", "stride", "dilation"))
        layer = Conv2D(
            image.shape[1:],
            self.weight.transpose(2, 3, 1, 0),
            None,
            (int(stride[0]), int(stride[1])),
            ((int(top), int(top)), (int(left), int(left))),
            (int(dilation[0]), int(dilation[1])),
            int(self.data["groups"]),
        )
        return layer.forward(image).transpose(0, 3, 1, 2).astype(np.int64)


def _stages(groups: list[FileLayer]) -> list[_Stage]:
    stages, flatten = [], False
    for group in groups:
        if group.type != "flatten":
            stages.append(_Stage(group, flatten))
        flatten = group.type == "flatten"
    return stages
