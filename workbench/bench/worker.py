"""A peer in a process of its own: libraries that do not get on with each other stay apart."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from workbench.bench import peers
from workbench.bench.peers import Ran
from workbench.errors import SimulationError, WorkbenchError
from workbench.network import storage
from workbench.network.spiking import SpikingNetwork


class Worker:
    """Runs samples through a peer; the time that counts is taken where it runs.

    Parameters
    ----------
    title : str
        Of one of `peers.PEERS`.
    spiking : SpikingNetwork
    steps : int
    """

    def __init__(self, title: str, spiking: SpikingNetwork, steps: int):
        context = multiprocessing.get_context("spawn")
        self._line, other = context.Pipe()
        with tempfile.TemporaryDirectory(prefix="snn-workbench-") as folder:
            path = storage.save(spiking, Path(folder) / "network.snn")
            arguments = (other, title, str(path), steps)
            self._process = context.Process(target=_serve, args=arguments, daemon=True)
            self._process.start()
            other.close()
            self._answer()

    def __call__(self, x: np.ndarray) -> Ran:
        self._line.send(x)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self._process.join(timeout=10)

    def _answer(self) -> Ran:
        """Wait for an answer.

        Raises
        ------
        SimulationError
            If the peer failed, or its process ended.
        """
        try:
            answer = self._line.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            raise SimulationError(f"its process ended with code {code}") from None
        if isinstance(answer, str):
            raise SimulationError(answer)
        return answer


def _serve(line: Connection, title: str, path: str, steps: int) -> None:
    """Answer samples with what happened, or with the words of a failure, until the line closes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches it, too
    try:
        network = storage.load(path)
        assert isinstance(network, SpikingNetwork)
        kind = next(peer for peer in peers.PEERS if peer.title == title)
        peer = kind(network, steps)
        line.send(Ran(np.zeros((0, network.classes)), 0.0))
        while True:
            x = line.recv()
            began = time.perf_counter()
            ran = peer(x)
            spent = time.perf_counter() - began
            line.send(ran if ran.seconds is not None else ran._replace(seconds=spent))
    except EOFError:
        return
    except WorkbenchError as error:
        line.send(str(error))
    except Exception as error:  # A peer may raise whatever its libraries raise.
        line.send(f"failed: {type(error).__name__}: {error}")
