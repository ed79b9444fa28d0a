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
        declared = settings_of(Simulation)
        self._counting = [
            name for name in declared if name in axes or not declared[name].of_machine
        ]
        self._texts: dict[tuple[int, int], tuple[object, str]] = {}

    def of(self, conversion: Conversion, simulation: Simulation, steps: int) -> str:
        """Return the key of settings."""
        told = f"[{self._text(conversion)}, {self._text(simulation, steps)}]"
        return hashlib.sha256(f"{self._task}\n{told}".encode()).hexdigest()

    def _text(self, part: Conversion | Simulation, steps: int = 0) -> str:
        """Return settings as JSON, which thousands of points share: while held, an id is theirs."""
        key = id(part), steps
        if key not in self._texts:
            values = part.to_dict()
            if isinstance(part, Simulation):
                values = {k: v for k, v in values.items() if k in self._counting} | {"steps": steps}
            self._texts[key] = part, json.dumps(plain_value(values), sort_keys=True)
        return self._texts[key][1]


def samples_digest(x: Samples) -> str:
    """SHA-256 of samples; what lies on disk is read a part at a time."""
    digest = hashlib.sha256(f"{x.dtype.str} {x.shape}".encode())
    for start in range(0, len(x), CHUNK):
        digest.update(np.ascontiguousarray(x[start : start + CHUNK]).tobytes())
    return digest.hexdigest()
