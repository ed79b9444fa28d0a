"""Computing on the workers of a Dask cluster; the one place that imports it.

What all jobs share is sent to each worker once. A worker that is lost costs the jobs that it was
computing: Dask gives them to others; where it gives up, or nobody has the shared part any more,
they are sent again here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pickle import PicklingError
from typing import Any

from workbench.errors import WorkbenchError
from workbench.util.optional import importing
from workbench.util.packed import Packed

CONNECT_S = 10
"""How long a scheduler may take to answer."""

WORKERS_S = 60
"""How long a cluster may take until it has a worker."""

POLL_S = 0.2
"""Between two looks at whether the work was cancelled, while nothing comes."""

ATTEMPTS = 4
"""How often a job is sent, until it is taken to be the reason why its workers end."""


@contextmanager
def client_of(cluster: Any, error: type[WorkbenchError]) -> Iterator[Any]:
    """Yield a client: the one given, or one of a cluster or address, which is closed at the end.

    Raises
    ------
    error
        If dask is not installed, this is no cluster, or nobody answers at the address.
    """
    with importing("Computing on a cluster", error):
        from distributed import Client
    if isinstance(cluster, Client):
        yield cluster
        return
    if not isinstance(cluster, str) and not hasattr(cluster, "scheduler_address"):
        raise error(
            f"cluster is a {type(cluster).__name__}; accepted: the address of a Dask scheduler, "
            "such as 'tcp://127.0.0.1:8786', a dask.distributed.Client, or a cluster of Dask."
        )
    try:
        if isinstance(cluster, str):
            _knock(cluster)
        client = Client(cluster, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise error(
            f"No Dask scheduler answers at {cluster!r}: {problem}. Start one (dask scheduler) or "
            "give the address that it prints."
        ) from problem
    try:
        yield client
    finally:
        client.close()


def _knock(address: str) -> None:
    """Find out whether somebody listens: a client that finds nobody would linger.

    Raises
    ------
    OSError, ValueError
        If nobody does, or this is no address.
    """
    from distributed.comm.addressing import get_address_host_port, parse_address

    scheme, _ = parse_address(address)
    if scheme in ("tcp", "tls"):
        socket.create_connection(get_address_host_port(address), timeout=CONNECT_S).close()


def _on_worker(function: Callable[[Any, Any], Any], packed: Packed, job: Any) -> Any:
    return function(packed.value(), job)


class Workers:
    """Jobs on the workers of one client.

    Parameters
    ----------
    client : dask.distributed.Client
    error : type of WorkbenchError
        Of refusals.
    """

    def __init__(self, client: Any, error: type[WorkbenchError]):
        self.client, self._error = client, error
        self._shared: tuple[Any, Any] | None = None

    def _sent(self, shared: Any, *, again: bool = False) -> Any:
        """Return what stands for an object that all workers have."""
        if self._shared is None or self._shared[0] is not shared or again:
            try:
                self.client.wait_for_workers(1, timeout=WORKERS_S)
            except TimeoutError as problem:
                raise self._error(
                    f"The cluster at {self.client.scheduler.address} has no workers, also after "
                    f"{WORKERS_S} s. Start some: dask worker ADDRESS."
                ) from problem
            try:
                packed = Packed(shared)
                data = self.client.scatter(packed, broadcast=True, hash=False)
            except (TypeError, AttributeError, PicklingError) as problem:
                raise self._error(
                    f"The network or the samples cannot be sent to the workers: {problem}. Give "
                    "samples in memory, or files that the workers can read, too."
                ) from problem
            self._shared = shared, data
        return self._shared[1]

    def computed(
        self,
        function: Callable[[Any, Any], Any],
        shared: Any,
        jobs: Sequence[Any],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, Any]]:
        """Compute ``function(shared, job)`` of all jobs; yield their numbers and results.

        In the order in which they come. Ends early where it is cancelled.

        Raises
        ------
        error
            If a job's workers end again and again.
        DataError
            If a worker cannot open a file with samples.
        """
        from distributed import CancelledError, KilledWorker, wait

        futures: dict[Any, int] = {}
        attempts = dict.fromkeys(range(len(jobs)), 0)

        def send(numbers: Sequence[int], *, again: bool = False) -> None:
            data = self._sent(shared, again=again)
            for number in numbers:
                attempts[number] += 1
                future = self.client.submit(_on_worker, function, data, jobs[number], pure=False)
                futures[future] = number

        try:
            if jobs:
                send(range(len(jobs)))
            while futures and not cancelled():
                # Which waits with the client of the process, if nobody says another one.
                with suppress(TimeoutError, CancelledError), self.client.as_current():
                    wait(list(futures), timeout=POLL_S, return_when="FIRST_COMPLETED")
                lost: list[int] = []
                for future in [each for each in futures if each.status != "pending"]:
                    number = futures.pop(future)
                    if future.status == "finished":
                        yield number, future.result()
                    elif future.status in ("cancelled", "lost") or isinstance(
                        future.exception(), KilledWorker
                    ):
                        lost.append(number)
                    else:
                        future.result()  # raises
                worn = [number for number in lost if attempts[number] >= ATTEMPTS]
                if worn:
                    raise self._error(
                        f"Workers of the cluster ended {ATTEMPTS} times while they computed the "
                        "same job: often that is memory. Give workers more, or a smaller "
                        "Simulation.batch_size."
                    )
                if lost:
                    send(lost, again=True)
        finally:
            if futures:
                self.client.cancel(list(futures), force=True)
