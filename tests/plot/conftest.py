"""Shared by the tests of plots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.plot.sample_view import SampleView


@pytest.fixture
def make_run() -> Callable[..., SampleView]:
    """A function that makes a run out of spikes: layer name to (steps, units)."""

    def make(
        spikes: dict[str, tuple[list[int], list[int]]],
        sizes: dict[str, int],
        *,
        steps: int = 10,
        **values: Any,
    ) -> SampleView:
        arrays = {name: (np.array(s, int), np.array(u, int)) for name, (s, u) in spikes.items()}
        rates = {
            name: np.bincount(step, minlength=steps) / sizes[name]
            for name, (step, _) in arrays.items()
        }
        last = list(spikes)[-1]
        counts = np.bincount(arrays[last][1], minlength=sizes[last])
        defaults: dict[str, Any] = {
            "layers": tuple(spikes),
            "sizes": sizes,
            "steps_done": steps,
            "steps": steps,
            "dt_ms": 1.0,
            "windows": 0,
            "spikes": arrays,
            "rates": rates,
            "steps_kept": steps,
            "spike_count": sum(len(step) for step, _ in arrays.values()),
            "output_counts": counts,
            "classes": tuple(str(i) for i in range(sizes[last])),
        }
        return SampleView(**{**defaults, **values})

    return make
