"""How large networks fare: VGG16's conversion, and a ResNet-18 on a thousand images.

Run it by hand; it measures and asserts nothing:

    python tests/benchmarks/bench_large_networks.py vgg16
    python tests/benchmarks/bench_large_networks.py resnet18 --samples 1000 --steps 32

Weights are random, with He's scale, and images are random, too: time and memory do not depend on
what a network has learned, but through the number of spikes, which is printed. Each line says the
wall time, the processor time of all processes, and the largest memory that a process has held.
Other programs share the machine: compare lines of one run. No statistics are kept from before.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import workbench as wb

VGG16_STEPS = 50
VGG16_SAMPLES = 8
WIDTHS = (64, 128, 256, 512)
GIB = 2**20
"""In the units of getrusage, kilobytes."""


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print what something took."""
    began, before = time.perf_counter(), _processor_s()
    yield
    wall, busy = time.perf_counter() - began, _processor_s() - before
    own, others = (resource.getrusage(kind).ru_maxrss / GIB for kind in _KINDS)
    peak = f"peak {own:.2f} GB" + (f", of another process {others:.2f} GB" if others > own else "")
    print(f"{what:<44} {wall:7.1f} s  {busy:7.1f} processor s  {peak}", flush=True)


_KINDS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _processor_s() -> float:
    return sum(sum(resource.getrusage(kind)[:2]) for kind in _KINDS)


def _usage() -> tuple[float, float]:
    """Processor time and peak memory of a worker; getrusage tells the peak of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return time.process_time(), peak / GIB


def write_model(name: str, path: Path) -> None:
    """Write a model with random weights."""
    from workbench.ingest.keras import import_keras

    keras = import_keras()
    model = keras.applications.VGG16(weights=None) if name == "vgg16" else resnet18(keras)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        kind, weights = type(layer).__name__, layer.get_weights()
        if kind == "BatchNormalization":
            gain, shift, mean, variance = (len(weights[0]) * [value] for value in (1, 0, 0, 1))
            layer.set_weights([np.float32(each) for each in (gain, shift, mean, variance)])
        elif weights:
            kernel = weights[0]
            scale = np.float32(np.sqrt(2 / np.prod(kernel.shape[:-1])))
            drawn = rng.standard_normal(kernel.shape, np.float32) * scale
            layer.set_weights([drawn, *weights[1:]])
    model.save(path)


def resnet18(keras: Any) -> Any:
    """ResNet-18 for images of 32 x 32, as people train it on CIFAR-10."""
    layers = keras.layers

    def conv(x: Any, filters: int, size: int, strides: int = 1) -> Any:
        x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = layers.Input((32, 32, 3))
    x = layers.ReLU()(conv(inputs, WIDTHS[0], 3))
    for stage, filters in enumerate(WIDTHS):
        for block in range(2):
            strides = 2 if stage and not block else 1
            y = layers.ReLU()(conv(x, filters, 3, strides))
            # Of the sum of two random paths, each has half the variance.
            y = layers.Rescaling(0.5**0.5)(conv(y, filters, 3))
            straight = x if strides == 1 else conv(x, filters, 1, strides)
            x = layers.ReLU()(layers.add([y, straight]))
    outputs = layers.Dense(10)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, outputs, name="resnet18")


def vgg16(path: Path) -> None:
    x = np.random.default_rng(1).random((VGG16_SAMPLES, 224, 224, 3), np.float32)
    with measured("read VGG16"):
        network = wb.load(path)
    with measured(f"convert it, {len(x)} calibration samples"):
        spiking = wb.convert(network, x)
    with measured(f"simulate {VGG16_STEPS} steps of an image"):
        wb.simulate(spiking, x[:1], wb.Simulation(steps=VGG16_STEPS))


def resnet(path: Path, samples: int, steps: int) -> None:
    from distributed import Client, LocalCluster

    rng = np.random.default_rng(1)
    x, y = rng.random((samples, 32, 32, 3), np.float32), rng.integers(0, 10, samples)
    data = wb.Dataset("random", x[:100], y[:100], x, y)
    with measured("read ResNet-18"):
        network = wb.load(path)
    print(repr(network), flush=True)
    with measured(f"convert it, {len(data.calibration)} calibration samples"):
        spiking = wb.convert(network, data.calibration)
    simulation = wb.Simulation(steps=steps)
    what = f"{samples:,} images, {steps} steps"
    with measured(f"{what}, this process"):
        scores = wb.evaluate(spiking, data, simulation)
    print(scores[["spikes", "synops"]].to_string(), flush=True)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        for spent, _ in client.run(_usage).values():
            print(f"  a worker has begun: {spent:.1f} processor s", flush=True)
        with measured(f"{what}, two Dask workers"):
            again = wb.evaluate(spiking, data, simulation, cluster=client)
        for spent, peak in client.run(_usage).values():
            print(f"  a worker: {spent:.1f} processor s, peak {peak:.2f} GB", flush=True)
    print("the same figures:", again.equals(scores), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=("vgg16", "resnet18"))
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write is not None:
        write_model(options.network, options.write)
    elif options.measure is None:
        # In processes of their own: what writing a model takes is not to be counted.
        with tempfile.TemporaryDirectory() as folder:
            model = str(Path(folder, f"{options.network}.keras"))
            again = [sys.executable, *sys.argv]
            subprocess.run([*again, "--write", model], check=True, stderr=subprocess.DEVNULL)
            environment = {**os.environ, "WORKBENCH_CACHE": "off"}
            subprocess.run([*again, "--measure", model], check=True, env=environment)
    elif options.network == "vgg16":
        vgg16(options.measure)
    else:
        resnet(options.measure, options.samples, options.steps)


if __name__ == "__main__":
    main()
