"""Shared by the tests of the interface; none of them needs a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench import datasets, workflow
from workbench.datasets import Dataset
from workbench.network.activation import Activation, ReLU
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape
from workbench.ui.app import Workbench


@pytest.fixture
def make_workbench() -> Iterator[Callable[..., Workbench]]:
    """A function that opens a small workbench, run to the end, and closes it after the test."""
    opened = []

    def make(network: Any = "counting", data: Any = None, **settings: Any) -> Workbench:
        bench = Workbench(network, data, **{"steps": 20, "test_samples": 20, **settings})
        opened.append(bench)
        assert bench.wait(300)
        return bench

    yield make
    for bench in opened:
        bench.close()


@pytest.fixture
def make_bench(make_workbench: Callable[..., Workbench]) -> Callable[..., Workbench]:
    """What opens the workbench of a test; tests of the session open one without widgets."""
    return make_workbench


@pytest.fixture
def bench(make_bench: Callable[..., Workbench]) -> Workbench:
    """A small workbench that has run once."""
    return make_bench()


@pytest.fixture
def leaky(counting: Network) -> Network:
    """The counting network with a leaky rectifier, which takes two populations."""
    first, hidden, *rest = counting.nodes
    return Network(
        "leaky", (first, replace(hidden, activation=ReLU(slope=0.25)), *rest), counting.report_rows
    )


@pytest.fixture
def two_inputs() -> tuple[Network, Dataset]:
    """A network with an image and a vector as inputs, and samples for it."""
    random = np.random.default_rng(0)
    image, facts = (4, 5, 1), (3,)
    nodes = (
        Node("inputs", Input((23,))),
        Node("hidden", Dense(random.normal(0.1, 0.2, (23, 6)).astype(np.float32)),
             Activation.RELU, ("inputs",)),
        Node("head", Dense(random.normal(0.1, 0.5, (6, 2)).astype(np.float32)),
             inputs=("hidden",)),
    )  # fmt: skip
    network = Network("two", nodes, input_parts=(("image", image), ("facts", facts)))
    x = random.random((12, 23), np.float32)
    return network, datasets.from_arrays(x, random.integers(0, 2, 12))


@pytest.fixture
def own_files(tmp_path: Path) -> dict[str, str]:
    """Files of a network and of unlabelled samples whose shape no bundled ones have."""
    random = np.random.default_rng(0)
    shape = (10, 12, 3)
    kernel = random.normal(0, 0.1, (360, 4)).astype(np.float32)
    nodes = (
        Node("input", Input(shape)),
        Node("flat", Reshape(shape, (360,)), inputs=("input",)),
        Node("output", Dense(kernel), Activation.RELU, ("flat",)),
    )
    network = workflow.save(Network("own", nodes), tmp_path / "own.snn")
    data = tmp_path / "own.npz"
    np.savez(data, x=random.random((30, *shape), np.float32))
    return {"network": str(network), "data": str(data)}
