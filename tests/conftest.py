"""Shared by all tests: hypothesis' profile, the bundled digits and networks."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest
from example_counts import examples
from hypothesis import settings

from workbench.util.cores import usable_cores

# No deadline: machines differ. No database: every run starts from the same place.
settings.register_profile(
    "workbench", max_examples=examples(100), deadline=None, database=None, derandomize=True
)
settings.load_profile("workbench")

CONTAINERS_SHARE = Path("/sys/fs/cgroup/cpu.max")


def pytest_xdist_auto_num_workers() -> int | None:
    """As many processes as cores that this one may use; xdist counts those of the machine."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # which xdist reads
    cores = usable_cores()
    with contextlib.suppress(OSError, ValueError):  # no such file, or no limit: "max"
        quota, period = CONTAINERS_SHARE.read_text().split()
        cores = min(cores, max(1, int(quota) // int(period)))
    return cores


# A test process for each core: threads that libraries start besides only spin for a core that
# another test has. Libraries read this when they are imported, which they are not yet.
for library in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
    os.environ.setdefault(f"{library}_THREADS", "1")

# Tests neither read nor leave anything in the user's own cache.
os.environ["WORKBENCH_CACHE"] = "off"


@pytest.fixture
def without_spikingjelly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export graphs as where SpikingJelly is missing: asking it takes two seconds each time."""
    find_spec = importlib.util.find_spec

    def find(name: str, *rest: Any) -> Any:
        return None if name == "spikingjelly" else find_spec(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find)


@pytest.fixture(scope="session")
def digits() -> Any:
    """The bundled MNIST digits, 28 x 28."""
    from workbench import datasets

    return datasets.load("mnist")


@pytest.fixture(scope="session")
def small_digits() -> Any:
    """The bundled digits at 14 x 14, for the network that can be counted by hand."""
    from workbench import datasets

    return datasets.load("mnist14")


@pytest.fixture(scope="session")
def lenet() -> Any:
    """The bundled convolutional network, analog."""
    from workbench import workflow

    return workflow.load("lenet")


@pytest.fixture(scope="session")
def spiking_lenet(lenet: Any, digits: Any) -> Any:
    """The bundled convolutional network, converted with the defaults."""
    from workbench import workflow

    return workflow.convert(lenet, digits.calibration[:200])


@pytest.fixture(scope="session")
def counting() -> Any:
    """The network that can be counted by hand: 20,820 parameters, 888 neurons."""
    from workbench import workflow

    return workflow.load("counting")
