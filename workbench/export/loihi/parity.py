"""How well the chip's integers do the network's work: the written file, simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.export.loihi.config import reset_mode
from workbench.export.loihi.simulator import simulate_file
from workbench.export.report import Parity
from workbench.export.targets import Request, probe

WORDS = {"soft": "reset by subtraction", "hard": "reset to zero, as stock Lava does"}


def compare(
    request: Request,
    file: Path,
    samples: np.ndarray | None,
    labels: np.ndarray | None,
    count: int,
    steps: int,
) -> Parity:
    """Compare predictions of the file, read back, with the simulator's, for both resets."""
    if request.simulate is None:
        return Parity("not run", "no simulator was given to compare with")
    network = request.network
    x = probe(network, samples, count)
    spikes = request.simulate(network, x, steps)[network.output.name]
    expected = predict(output_counts(spikes, len(x), network.classes))
    mode = reset_mode(network)
    parts, figures = [], {}
    for reset in (mode, "hard") if mode == "soft" else ("hard",):
        found = predict(simulate_file(file, network.encode(x), steps, reset))
        equal = int((found == expected).sum())
        figures[reset] = found
        parts.append(f"{equal} of {len(x)} with {WORDS[reset]}")
    which = "samples" if samples is not None else "random inputs"
    words = (
        f"8-bit weights and input spikes give the simulator's prediction for "
        f"{', '.join(parts)} ({steps} steps, {which})"
    )
    if labels is not None and samples is not None:
        truth = labels[: len(x)]
        accuracies = [f"simulator {np.mean(expected == truth):.1%}"]
        accuracies += [f"{reset} reset {np.mean(figures[reset] == truth):.1%}" for reset in figures]
        words += f"; accuracy: {', '.join(accuracies)}"
    return Parity("approximate", words)


def output_counts(
    events: tuple[np.ndarray, np.ndarray, np.ndarray], samples: int, classes: int
) -> np.ndarray:
    """Output spikes per class; int64, shape (samples, classes)."""
    sample, _, unit = events
    flat = np.asarray(sample) * classes + np.asarray(unit)
    return np.bincount(flat, minlength=samples * classes).reshape(samples, classes)


def predict(counts: np.ndarray) -> np.ndarray:
    """Class with most spikes, the first of equals; -1 where there is no spike."""
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
