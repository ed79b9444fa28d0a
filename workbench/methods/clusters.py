"""Where settings are measured: in this process, or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from workbench.errors import SimulationError
from workbench.methods.measuring import (
    Job,
    Measurer,
    Outcome,
    Task,
    Told,
    measured_here,
    outcome_of,
)
from workbench.simulation.session import Cancelled, never
from workbench.util.blas_threads import one_blas_thread
from workbench.util.dask_cluster import Workers, client_of


@contextmanager
def measurer_of(cluster: Any) -> Iterator[Measurer]:
    """Yield what measures jobs.

    Parameters
    ----------
    cluster : str, dask.distributed.Client, or None
        None for this process.

    Raises
    ------
    SimulationError
        If dask is not installed, or no cluster answers.
    """
    if cluster is None:
        yield measured_here
        return
    with client_of(cluster, SimulationError) as client:
        yield _OnWorkers(Workers(client, SimulationError)).measured


class _OnWorkers:
    """The cluster of a call; a task is sent to its workers once."""

    def __init__(self, workers: Workers):
        self._workers = workers

    def measured(
        self, task: Task, jobs: Sequence[Job], told: Told, cancelled: Cancelled = never
    ) -> Iterator[tuple[int, Outcome]]:
        """Measure jobs on the workers; see `Measurer`."""
        for number, outcome in self._workers.computed(_measured, task, jobs, cancelled):
            told(jobs[number].samples.stop - jobs[number].samples.start)
            yield number, outcome


def _measured(task: Task, job: Job) -> Outcome:
    """Measure a job on a worker, which computes as many at once as it has threads."""
    if job.candidate.simulation.threads is None:
        run = replace(job.candidate.simulation, threads=1)
        job = replace(job, candidate=replace(job.candidate, simulation=run))
    try:
        with one_blas_thread():
            outcome = outcome_of(task, job)
    except Exception as error:  # what is no refusal of settings ends all; say where it was
        raise SimulationError(
            f"A worker of the cluster failed with the settings {job.candidate.settings} on samples "
            f"{job.samples.start} to {job.samples.stop - 1}: {type(error).__name__}: {error}. If "
            "memory is short, give workers more, or a smaller Simulation.batch_size; else try "
            "these settings without a cluster."
        ) from error
    assert outcome is not None  # nobody cancels it here
    return outcome
