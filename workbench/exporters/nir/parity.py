"""The written graph, read back and run: by its own rules, and by SpikingJelly where installed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ExportError
from workbench.exporters.export_report import Parity
from workbench.exporters.nir.interpreter import run_graph
from workbench.exporters.nir.nir_graph import node_names
from workbench.exporters.parity_options import ParityOptions
from workbench.exporters.target import Events, Request
from workbench.network.spiking import SpikingNetwork
from workbench.util.optional import installed


def compare(request: Request, file: Path, options: ParityOptions) -> Parity:
    """Compare the spikes of every node with the simulator's, ``==``.

    Inputs are rounded to 0 or full scale, whose currents every reader sums exactly.

    Raises
    ------
    ExportError
        If a spike differs.
    """
    import nir

    graph = nir.read(file)
    if request.simulate is None:
        return Parity("not run", "no simulator was given to compare with")
    network, steps = request.network, options.parity_steps
    x = np.rint(request.probe(options.parity_samples) / network.input_scale)
    request.check_memory(len(x), steps, 2 * sum(p.size for p in network.populations))
    x = np.clip(x, 0, 1) * network.input_scale
    expected = request.simulate(network, x, steps)
    current = _current(network, graph, x)
    trains = run_graph(graph, current, steps)
    names = node_names(network)
    for layer, events in expected.items():
        if not np.array_equal(
            _flat(trains[names[layer]]), _train(network, layer, events, x, steps)
        ):
            raise ExportError(
                f"The NIR graph's spikes differ from the simulator's in layer '{layer}', so "
                "nothing was exported. Convert with fewer resolution_bits: numbers beyond 24 bits "
                "do not fit float32."
            )
    total = sum(len(events[0]) for events in expected.values())
    words = (
        f"the graph, read back, gave the simulator's {total:,} spikes ({len(x)} inputs of zeros "
        f"and full scale, {steps} steps, {len(expected)} layers)"
    )
    output = _train(network, network.output.name, expected[network.output.name], x, steps)
    again = _spikingjelly(network, file, current, output, options.parity_timeout_s)
    return Parity("exact", f"{words}. {again}")


def _current(network: SpikingNetwork, graph: Any, x: np.ndarray) -> np.ndarray:
    shape = tuple(int(n) for n in graph.nodes["input"].output_type["output"])
    current = x / network.input_scale
    if len(shape) == 3:
        current = current.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(current.reshape(len(x), *shape), np.float32)


def _flat(train: np.ndarray) -> np.ndarray:
    """Spikes as (steps, samples, units), images channels last."""
    if train.ndim == 5:
        train = train.transpose(0, 1, 3, 4, 2)
    return train.reshape(*train.shape[:2], -1).astype(bool)


def _train(
    network: SpikingNetwork, layer: str, events: Events, x: np.ndarray, steps: int
) -> np.ndarray:
    sample, step, unit = events
    train = np.zeros((steps, len(x), network.population(layer).size), bool)
    train[step, sample, unit] = True
    return train


def _spikingjelly(
    network: SpikingNetwork, file: Path, current: np.ndarray, output: np.ndarray, timeout_s: float
) -> str:
    """Run SpikingJelly in a process of its own; return what came of it, in words."""
    if not installed("spikingjelly"):
        return "Not checked with SpikingJelly, which is not installed (pip install spikingjelly)"
    if network.output.reset != "subtract" or any(p.starts.any() for p in network.populations):
        return (
            "Not checked with SpikingJelly: only networks that reset by subtraction and start at "
            "0 are"
        )
    script = resources.files(__package__).joinpath("spikingjelly.py.txt").read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="snn-workbench-") as folder:
        given, result = Path(folder) / "input.npy", Path(folder) / "output.npy"
        np.save(given, current)
        command = [sys.executable, "-c", script, str(file.resolve()), str(given)]
        try:
            done = subprocess.run(
                [*command, str(len(output)), str(result)],
                cwd=folder,  # a program given by -c imports what lies where it runs
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return (
                f"Not checked with SpikingJelly, which took longer than {timeout_s:g} s. Set "
                "parity_timeout_s to wait longer"
            )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["(no message)"]
            return f"Not checked with SpikingJelly, which could not run the file: {lines[-1]}"
        if not np.array_equal(_flat(np.load(result)), output):
            raise ExportError(
                "SpikingJelly's spikes differ from the simulator's, so nothing was exported. "
                "Please report this network."
            )
    return "SpikingJelly gave the same output spikes"
