"""How well the chip's integers do the network's work: the written file, simulated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.exporters.export_report import Parity
from workbench.exporters.loihi.config import reset_mode
from workbench.exporters.loihi.simulator import output_threshold, simulate_file
from workbench.exporters.predictions import predictions
from workbench.exporters.target import Request
from workbench.network.readout import predicted
from workbench.network.spiking import SpikingNetwork


@dataclass(frozen=True)
class Comparison:
    """Predictions before and after quantization, counted.

    Parameters
    ----------
    samples, steps : int
    agreeing : dict of reset to int
        Samples for which the chip's integers give the simulator's prediction.
    correct : dict of "simulator" and reset to int, or None
        Samples that are classified as labelled: before quantization, and after it with each
        reset. None without labels.
    """

    samples: int
    steps: int
    agreeing: dict[str, int]
    correct: dict[str, int] | None


WORDS = {"soft": "reset by subtraction", "hard": "reset to zero, as stock Lava does"}


RULES = {
    "": "most output spikes, a tie goes to the higher potential",
    "membrane": "the largest output, by spikes and membrane together",
    "on_off": "most spikes of the ON neuron less those of the OFF neuron",
}


def compare(
    request: Request, file: Path, count: int, steps: int
) -> tuple[Parity, Comparison | None]:
    """Compare predictions of the file, read back, with the simulator's, for both resets."""
    if request.simulate is None:
        return Parity("not run", "no simulator was given to compare with"), None
    network, labels = request.network, request.labels
    x = request.probe(count)
    # Input spikes are made from running sums.
    units = sum(p.size for p in network.populations)
    request.check_memory(len(x), steps, 24 * network.input.size + 2 * units)
    expected = predictions(network, request.simulate(network, x, steps), x, steps)
    mode = reset_mode(network)
    parts, figures = [], {}
    for reset in (mode, "hard") if mode == "soft" else ("hard",):
        counts, potentials = simulate_file(file, network.encode(x), steps, reset)
        found = _classes(network, file, counts, potentials)
        figures[reset] = found
        parts.append(f"{_share(found == expected)} with {WORDS[reset]}")
    which = "samples" if request.samples is not None else "random inputs"
    words = (
        f"8-bit weights and input spikes give the simulator's prediction for "
        f"{', '.join(parts)} ({steps} steps, {which}; {RULES[network.output.read]}, as in the "
        "simulator)"
    )
    agreeing = {reset: int((found == expected).sum()) for reset, found in figures.items()}
    correct = None
    if labels is not None:
        truth = labels[: len(x)]
        accuracies = [f"simulator {_share(expected == truth)}"]
        accuracies += [f"{reset} reset {_share(figures[reset] == truth)}" for reset in figures]
        words += f"; accuracy: {', '.join(accuracies)}"
        answers = {"simulator": expected, **figures}
        correct = {who: int((found == truth).sum()) for who, found in answers.items()}
    return Parity("approximate", words), Comparison(len(x), steps, agreeing, correct)


def _classes(
    network: SpikingNetwork, file: Path, counts: np.ndarray, potentials: np.ndarray
) -> np.ndarray:
    """Read the outputs of the file as those of the network are read."""
    output = network.output
    if output.read == "membrane":
        # A threshold has other units in the file, and neurons start at 0 there.
        share = potentials / output_threshold(file)
        potentials = np.rint(share * output.threshold).astype(np.int64) + output.initial_potential
    return predicted(network, counts, potentials)


def _share(right: np.ndarray) -> str:
    return f"{int(right.sum())} of {right.size} ({np.mean(right):.1%})"
