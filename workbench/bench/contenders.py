"""Who is measured: the analog network in Keras, this simulator's engines, and the peers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.bench import peers
from workbench.bench.networks import Subject
from workbench.bench.peers import Ran
from workbench.bench.worker import Worker
from workbench.errors import WorkbenchError
from workbench.settings import Engine, Simulation
from workbench.simulation import simulate

KERAS = "Keras forward"
ENGINES: tuple[Engine, ...] = ("event", "dense")


@dataclass(frozen=True, eq=False)
class Contender:
    """One row of the table.

    Parameters
    ----------
    title, version : str
    run : function of samples to what happened
    forwards : int
        How often the work of one call stands in the table: T for an analog forward pass.
    is_slow : bool
        Whether it takes seconds an image, and one after the other, so that once is enough.
    """

    title: str
    version: str
    run: Callable[[np.ndarray], Ran]
    forwards: int = 1
    is_slow: bool = False

    def close(self) -> None:
        """End the process of a peer."""
        if isinstance(self.run, Worker):
            self.run.close()


def contenders(subject: Subject, steps: int) -> tuple[list[Contender], dict[str, str]]:
    """Return those that can be measured here, Keras first, and why the others cannot."""
    ours = [Contender(f"workbench, {e}", "", engine(subject, steps, e)) for e in ENGINES]
    found = [keras_forward(subject, steps), *ours]
    absent: dict[str, str] = {}
    for peer in peers.PEERS:
        reason = peers.absence(peer.package)
        if reason:
            absent[peer.title] = reason
            continue
        try:
            run = Worker(peer.title, subject.spiking, steps)
        except WorkbenchError as error:
            absent[peer.title] = str(error)
            continue
        version = peers.version(peer.package)
        found.append(Contender(peer.title, version, run, is_slow=peer is peers.Brian2))
    return found, absent


def keras_forward(subject: Subject, steps: int) -> Contender:
    """Return the analog network in Keras, compiled; its time counts once a step."""

    def run(x: np.ndarray) -> Ran:
        return Ran(np.asarray(subject.model.predict_on_batch(x)), 0.0)

    return Contender(KERAS, peers.version("keras"), run, forwards=steps)


def engine(subject: Subject, steps: int, name: Engine) -> Callable[[np.ndarray], Ran]:
    """Return this simulator with one of its engines."""
    settings = Simulation(steps=steps, engine=name)

    def run(x: np.ndarray) -> Ran:
        recording = simulate(subject.spiking, x, settings)
        spikes = sum(int(total.sum()) for total in recording.unit_totals.values())
        return Ran(recording.output_counts, float(spikes))

    return run
