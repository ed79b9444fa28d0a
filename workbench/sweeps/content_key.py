"""What a measured point is known by: everything that decides its figures, as one hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container

import numpy as np

from workbench.methods.measuring import Task
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.sweeps.grid import plain_value
from workbench.util.stored_samples import Samples

VERSION = 1
"""To be raised whenever the same settings give other figures."""

CHUNK = 256


class ContentKeys:
    """Keys of points of one task.

    Parameters
    ----------
    task : Task
    axes : container of str
        Of the grid. How the machine computes makes no difference to figures, but to the seconds:
        settings of the machine count where they are axes.
    """

    def __init__(self, task: Task, axes: Container[str] = ()):
        parts = [str(VERSION), task.network.content_hash]
        parts += [samples_digest(each) for each in (task.calibration, task.x)]
        if task.labels is not None:
            parts.append(samples_digest(task.labels))
        self._task = " ".join(parts)
        self._axes = axes

    def of(self, conversion: Conversion, simulation: Simulation, steps: int) -> str:
        """Return the key of settings."""
        run = {
            name: value
            for name, value in simulation.to_dict().items()
            if name in self._axes or not settings_of(Simulation)[name].of_machine
        }
        told = plain_value([conversion.to_dict(), {**run, "steps": steps}])
        told = json.dumps(told, sort_keys=True)
        return hashlib.sha256(f"{self._task}\n{told}".encode()).hexdigest()


def samples_digest(x: Samples) -> str:
    """SHA-256 of samples; what lies on disk is read a part at a time."""
    digest = hashlib.sha256(f"{x.dtype.str} {x.shape}".encode())
    for start in range(0, len(x), CHUNK):
        digest.update(np.ascontiguousarray(x[start : start + CHUNK]).tobytes())
    return digest.hexdigest()
