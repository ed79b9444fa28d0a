"""Sweeps, evaluations and searches on a Dask cluster give what they give here, to the last bit."""

import os
import signal
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from networks import convolution_network, noisy_samples

import workbench as wb
from workbench.errors import DataError, SimulationError, UnsupportedLayerError
from workbench.util.dask_cluster import Workers

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

GRID = {"percentile": [95, 99, 100], "neurons": ["if", "one_shot"], "reset": ["subtract", "zero"]}

pytestmark = [
    pytest.mark.slow,
    # Of asyncio and sockets, as processes of the cluster end.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # Another process of these tests, or another cluster of this machine, has the usual port.
    pytest.mark.filterwarnings(r"ignore:Port \d+ is already in use:UserWarning"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            local_directory=str(folder),
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@pytest.fixture(scope="module")
def network():
    return convolution_network()


@pytest.fixture(scope="module")
def data(network):
    x, y = noisy_samples(network, 2300)
    return wb.Dataset("random", x, y, x, y, calibration=x[:60])


def same(one, other):
    seconds = ["seconds"] if "seconds" in one else []
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).drop(columns=seconds),
        pd.DataFrame(other).drop(columns=seconds),
        check_exact=True,
    )


def test_a_sweep_gives_the_same(network, data, client):
    grid = {**GRID, "steps": [3, 9]}
    poisson = wb.Simulation(encoding="poisson")
    here = wb.sweep(network, data, grid, samples=300, simulation=poisson)
    said = []
    there = wb.sweep(
        network, data, grid, samples=300, simulation=poisson, cluster=client,
        progress=lambda *now: said.append(now),
    )  # fmt: skip
    same(here, there)
    assert said[-1][0] == said[-1][1]


def test_a_whole_test_set_gives_the_same(network, data, client):
    spiking = wb.convert(network, data.calibration)
    simulation = wb.Simulation(steps=20)
    here = wb.evaluate(spiking, data, simulation, ann=network)
    address = client.scheduler.address
    there = wb.evaluate(spiking, data, simulation, ann=network, cluster=address)
    pd.testing.assert_series_equal(here, there, check_exact=True)


def test_samples_in_files_are_mapped_by_workers(network, data, client, tmp_path):
    np.save(tmp_path / "x.npy", data.x_train)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    mapped = wb.Dataset("mapped", x, data.y_train, x, data.y_test, calibration=x[:60])
    grid = {"percentile": [95, 99], "steps": [3]}
    same(wb.sweep(network, data, grid), wb.sweep(network, mapped, grid, cluster=client))
    (tmp_path / "x.npy").unlink()
    with pytest.raises(DataError, match=r"x\.npy, which holds samples, cannot be opened"):
        wb.sweep(network, mapped, grid, cluster=client)


def test_a_search_finds_the_same(network, data, client):
    options = {"max_loss": 6, "steps": (2, 4), "samples": 200}
    here = wb.tune(network, data, **options)
    there = wb.tune(network, data, **options, cluster=client)
    same(here.table, there.table)
    assert (here.conversion, here.simulation) == (there.conversion, there.simulation)


def test_a_refusal_of_a_worker_is_the_one_of_here(network, data, client):
    spiking = wb.convert(network, data.calibration)
    dark = wb.Dataset("dark", 0 * data.x_train, data.y_train, data.x_test, data.y_test)
    grid = {"percentile": [99], "steps": [2]}
    same(wb.sweep(network, dark, grid), wb.sweep(network, dark, grid, cluster=client))
    raised = client.submit(lambda: UnsupportedLayerError(["a is odd", "b is odd"])).result()
    assert str(raised) == str(UnsupportedLayerError(["a is odd", "b is odd"]))
    assert spiking == client.submit(lambda each: each, spiking).result()


def _doomed(shared, job):
    """Add up; the first one that computes the doomed job ends."""
    folder, doomed = job
    if doomed and not Path(folder, "ended").exists():
        Path(folder, "ended").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return shared.sum() + doomed


@pytest.mark.filterwarnings("ignore")
def test_a_lost_worker_costs_its_own_jobs_only(client, tmp_path):
    shared = np.arange(1000)
    jobs = [(str(tmp_path), number == 3) for number in range(12)]
    found = dict(Workers(client, SimulationError).computed(_doomed, shared, jobs, lambda: False))
    assert found == {number: shared.sum() + (number == 3) for number in range(12)}


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_killed_in_the_middle_of_a_sweep_changes_nothing(network, data, client):
    grid = {"percentile": list(range(80, 100)), "steps": [60]}
    here = wb.sweep(network, data, grid)
    processes = client.run(os.getpid)
    killed = threading.Event()

    def arrived(rows):
        if not killed.is_set():
            killed.set()
            os.kill(next(iter(processes.values())), signal.SIGKILL)

    there = wb.sweep(network, data, grid, cluster=client, arrived=arrived)
    assert killed.is_set()
    same(here, there)


@pytest.mark.filterwarnings("ignore")
def test_all_workers_may_be_lost(client):
    """Nobody has what was sent once: it is sent again."""
    workers = Workers(client, SimulationError)
    shared = np.arange(10)
    jobs = list(range(3))
    assert len(dict(workers.computed(_added, shared, jobs, lambda: False))) == 3
    for process in client.run(os.getpid).values():
        os.kill(process, signal.SIGKILL)
    found = dict(workers.computed(_added, shared, jobs, lambda: False))
    assert found == {number: 45 + number for number in jobs}


def _added(shared, job):
    return int(shared.sum()) + job


def _deadly(shared, job):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore")
def test_a_job_that_ends_its_workers_is_given_up(client, monkeypatch):
    from workbench.util import dask_cluster

    monkeypatch.setattr(dask_cluster, "ATTEMPTS", 1)
    with pytest.raises(SimulationError, match="Workers of the cluster ended 1 times"):
        dict(Workers(client, SimulationError).computed(_deadly, 0, [0], lambda: False))


def test_what_is_no_cluster_is_refused(network, data):
    grid = {"steps": [2]}
    with pytest.raises(SimulationError, match="cluster is a int; accepted: the address of a Dask"):
        wb.sweep(network, data, grid, cluster=8786)
    for address in ("nowhere", "tcp://127.0.0.1:1"):
        with pytest.raises(SimulationError, match=f"No Dask scheduler answers at '{address}'"):
            wb.sweep(network, data, grid, cluster=address)
