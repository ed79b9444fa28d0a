"""A NIR graph, read back from its file, step by step: what every reader should compute.

Per step, in the order of the edges: convolutions, affine maps, sums over windows; what ends at
one node adds up; then ``v += input; spike if v >= threshold; v -= threshold`` or ``v = 0``.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

import numpy as np

from workbench.network.convolution import Conv2D
from workbench.network.pooling import SumPool2D


def run_graph(graph: Any, current: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """Run a graph on constant input.

    Parameters
    ----------
    graph : nir.NIRGraph
    current : ndarray, shape (samples, *shape of the input node)
    steps : int

    Returns
    -------
    dict of node name to ndarray of bool, shape (steps, samples, *shape)
        Spikes of every IF node.
    """
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        before[target].append(source)
    order = list(TopologicalSorter(before).static_order())
    potentials: dict[str, Any] = {}
    trains: dict[str, list[np.ndarray]] = {}
    for _ in range(steps):
        values: dict[str, np.ndarray] = {"input": current.astype(np.float64)}
        for name in order:
            if name == "input":
                continue
            arriving = sum(values[source] for source in before[name])
            node = graph.nodes[name]
            if type(node).__name__ == "IF":
                start = np.asarray(node.metadata["initial_potential"], np.float64)
                v = potentials.get(name, start) + arriving
                fired = v >= node.v_threshold
                hard = _words(node.metadata["reset"]) == "zero"
                potentials[name] = np.where(fired, 0 if hard else v - node.v_threshold, v)
                trains.setdefault(name, []).append(fired)
                values[name] = fired.astype(np.float64)
            else:
                values[name] = _linear(node, np.asarray(arriving))
    return {name: np.stack(train) for name, train in trains.items()}


def _words(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _linear(node: Any, x: np.ndarray) -> np.ndarray:
    kind = type(node).__name__
    if kind == "Conv2d":
        image = x.transpose(0, 2, 3, 1)
        top, left = (int(n) for n in node.padding)
        layer = Conv2D(
            image.shape[1:],
            np.asarray(node.weight, np.float64).transpose(2, 3, 1, 0),
            np.asarray(node.bias, np.float64),
            tuple(int(n) for n in node.stride),  # type: ignore[arg-type]
            ((top, top), (left, left)),
            tuple(int(n) for n in node.dilation),  # type: ignore[arg-type]
        )
        return layer.forward(image).transpose(0, 3, 1, 2)
    if kind == "SumPool2d":
        image = x.transpose(0, 2, 3, 1)
        size, stride, padding = (
            tuple(int(n) for n in values)
            for values in (node.kernel_size, node.stride, node.padding)
        )
        sides = tuple((n, n) for n in padding)
        pool = SumPool2D(image.shape[1:], size, stride, sides, True)  # type: ignore[arg-type]
        return pool.forward(image).transpose(0, 3, 1, 2)
    if kind == "Affine":
        return x @ np.asarray(node.weight, np.float64).T + node.bias
    return x.reshape(len(x), -1) if kind == "Flatten" else x
