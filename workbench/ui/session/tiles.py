"""The four figures that say how good a spiking network is: right, fast, sparse and cheap.

Each is a tile with a number to read from afar, what to compare it with, and two sentences on what
it means here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.analysis.energy import opponent_bits
from workbench.plot.style import counted
from workbench.ui.session.messages import short_count
from workbench.ui.session.results import Accuracy, Errors, SampleRun
from workbench.ui.session.state import State

NONE = "–"
"""Where a number is not known yet."""


@dataclass(frozen=True)
class Tile:
    """One figure.

    Parameters
    ----------
    name : str
        Stays the same whatever is shown.
    title : str
    value : str
    beside : str
        What to compare the value with.
    explanation : str
    old : bool
        Whether the value is of an earlier run.
    """

    name: str
    title: str
    value: str = NONE
    beside: str = ""
    explanation: str = ""
    old: bool = False


def tiles(state: State) -> tuple[Tile, Tile, Tile, Tile]:
    """Return accuracy, steps to decide, spikes per neuron and energy of what is shown.

    Of a regression the first two are the error and the share of variance that is explained.
    """
    run, accuracy = state.sample_run, state.accuracy
    old = run is not None and accuracy is not None and accuracy.asked is not run.asked
    if isinstance(accuracy, Errors):
        first, second = _error(accuracy, old), _explained_variance(accuracy, old)
    elif run is not None and run.targets is not None:
        first, second = Tile("accuracy", "Error"), Tile("decided", "R²")
    else:
        first, second = _accuracy(state, accuracy, old), _decided(state, run)
    return first, second, _spikes(run), _energy(run)


def _accuracy(state: State, accuracy: Accuracy | None, old: bool) -> Tile:
    tile = Tile("accuracy", "Accuracy")
    if accuracy is None:
        loaded = state.loaded
        if loaded is not None and loaded.dataset.y_test is None:
            return Tile(
                "accuracy", "Accuracy", beside="no labels",
                explanation="The samples have no labels, so nobody knows which answers are right. "
                "Open samples with labels to measure accuracy.",
            )  # fmt: skip
        if not state.test_samples:
            return Tile(
                "accuracy", "Accuracy", beside="not measured",
                explanation="Test samples is 0. Raise it, under More, to measure accuracy.",
            )  # fmt: skip
        return tile
    snn, undecided = accuracy.snn[-1], accuracy.undecided[-1]
    after = accuracy.clock.lasts(accuracy.steps_done)
    return Tile(
        "accuracy",
        "Accuracy",
        _percent(snn),
        f"ANN {_percent(accuracy.ann)}",
        f"The spiking network classifies {_percent(snn)} of "
        f"{counted(accuracy.samples, 'test sample')} rightly after {after}, the analog network "
        f"{_percent(accuracy.ann)}. {_percent(undecided)} are undecided: no output leads.",
        old,
    )


def _error(errors: Errors, old: bool) -> Tile:
    mse, samples = errors.mse[-1], counted(errors.samples, "test sample")
    return Tile(
        "accuracy",
        "Error",
        f"{mse:.3g}",
        f"ANN {errors.ann_mse:.3g}",
        f"Mean squared error over {samples} after {errors.clock.lasts(errors.steps_done)}; of the "
        f"analog network {errors.ann_mse:.3g}. Answering the mean of all targets would give "
        f"{errors.spread:.3g}.",
        old,
    )


def _explained_variance(errors: Errors, old: bool) -> Tile:
    if math.isnan(errors.ann_r2):
        return Tile("decided", "R²", explanation="The targets do not vary: R² is not defined.")
    return Tile(
        "decided",
        "R²",
        f"{errors.r2[-1]:.3f}",
        f"ANN {errors.ann_r2:.3f}",
        "Share of the targets' variance that the outputs explain: 1 is perfect, 0 no better than "
        "always answering the mean.",
        old,
    )


def _decided(state: State, run: SampleRun | None) -> Tile:
    if run is None:
        return Tile("decided", "Steps to decide")
    unit, scale = run.clock.unit(state.units), run.clock.scale(state.units)
    title = "Steps to decide" if unit == "steps" else "Time to decide"
    of_steps = counted(run.steps, "step")
    beside = f"of {of_steps if unit == 'steps' else f'{run.steps * scale:,.6g} {unit}'}"
    if not run.decided:
        return Tile(
            "decided", title, NONE, beside,
            "No output leads: the network has not answered yet. More steps, or a lower percentile "
            "or threshold, bring more spikes to the output.",
        )  # fmt: skip
    return Tile(
        "decided",
        title,
        f"{run.decided * scale:,.6g}",
        beside,
        f"From {run.clock.at(run.decided)} on, the answer for this sample stays "
        f"{run.classes[run.choice]}. A run could stop there: fewer steps cost less energy.",
    )


def _spikes(run: SampleRun | None) -> Tile:
    if run is None:
        return Tile("spikes", "Spikes / neuron")
    neural = [name for name in run.layers if run.neurons.get(name)]
    spikes = sum(float(run.rates[name].sum()) * run.sizes[name] for name in neural)
    neurons = sum(run.sizes[name] for name in neural)
    each = spikes / neurons if neurons else 0.0
    rate = each / max(1, run.steps_done) * run.clock.rate_scale("steps")
    per = run.clock.rate_unit("steps").replace("spikes/", "per ")
    return Tile(
        "spikes",
        "Spikes / neuron",
        f"{each:.3g}",
        f"{rate:.2g} {per}",
        f"{short_count(round(spikes))} spikes of {short_count(neurons)} neurons for this sample in "
        f"{run.clock.lasts(run.steps_done)}. The fewer, the less a chip that computes with spikes "
        "has to do.",
    )


def _energy(run: SampleRun | None) -> Tile:
    title = "Energy"
    if run is None or run.operations is None:
        return Tile("energy", title, beside="quantized ANN")
    total = run.operations[["energy_pj", "energy_memory_pj", "energy_ann_pj"]].sum()
    compute, memory, ann = (float(value) for value in total)
    bits = " to ".join(map(str, sorted(_bits(run))))
    verdict = "" if not ann else " It costs less." if memory < ann else " It costs more."
    return Tile(
        "energy",
        title,
        f"{memory / ann:.{3 if memory > ann else 2}g} ×" if ann else NONE,
        "quantized ANN",
        f"With memory {energy_words(memory)}, compute alone {energy_words(compute)}; an ANN with "
        f"activations of {bits} bits, which say as much as these spikes can, needs "
        f"{energy_words(ann)}.{verdict} Estimates for this sample from figures per operation "
        "(45 nm, Horowitz 2014), not measured.",
    )


def _bits(run: SampleRun) -> set[int]:
    """Return the fewest and the most bits of an opponent's activations."""
    if run.setup is None:
        return set()
    network = run.setup.network
    every = [
        opponent_bits(network, each, run.steps) for each in network.populations if each.neurons
    ]
    return {min(every), max(every)}


def energy_words(picojoules: float) -> str:
    """An energy as it is read: "23.5 µJ", "1.06 mJ"."""
    large = picojoules >= 999.5e6
    return f"{picojoules / (1e9 if large else 1e6):.3g} {'mJ' if large else 'µJ'}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
