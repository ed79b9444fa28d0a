"""What the simulation thread hands to the plots and panels: small immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.datasets import Dataset
from workbench.errors import UnsupportedLayerError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork


@dataclass(frozen=True)
class Status:
    """The status line.

    Parameters
    ----------
    kind : "idle", "busy", "done", "stopped" or "error"
    text : str
        One or two sentences.
    details : str
        A traceback, for what should not have happened.
    progress : float or None
        Share of the work that is done, 0 to 1, where it is known.
    """

    kind: str = "idle"
    text: str = "Ready."
    details: str = ""
    progress: float | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a network is not supported.

    Parameters
    ----------
    network : str
        What was asked for.
    reasons : tuple of str
        One sentence or two each; what many layers have in common is told once.
    problems : tuple of str
        One for every layer.
    """

    network: str
    reasons: tuple[str, ...]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, network: Any, error: UnsupportedLayerError) -> Refusal:
        """Make the list to read of an error."""
        name = Path(network).name if isinstance(network, (str, Path)) else str(network.name)
        return cls(name, tuple(str(error).splitlines()), error.problems)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network with samples that fit it, and what was asked for to get them.

    `note` tells where other samples than those that were chosen before had to be taken.
    """

    network: Network
    dataset: Dataset
    network_asked: Any
    data_asked: Any
    note: str = ""

    @property
    def title(self) -> str:
        """Network and samples by name."""
        return f"{self.network.name} on {self.dataset.name}"


@dataclass(frozen=True, eq=False)
class Converted:
    """A spiking network, compared by identity: comparing its contents takes hashing them."""

    spiking: SpikingNetwork


@dataclass(frozen=True, eq=False)
class SampleRun:
    """What the network did with the chosen sample so far.

    Parameters
    ----------
    layers : tuple of str
        Names of the recorded layers, input to output.
    sizes : mapping of layer name to int
        Units of each layer.
    steps_done, steps : int
        Simulated so far, and asked for.
    dt_ms : float
    spikes : mapping of layer name to (step, unit)
        int32 arrays, ordered by step, of the first `steps_kept` steps.
    steps_kept : int
        Fewer than `steps_done` where there are more spikes than memory should hold.
    spike_count : int
        Spikes of all layers so far, whether or not they are kept.
    taken_back : int
        How many of them took an earlier one back.
    rates : mapping of layer name to ndarray of float64, shape (steps_done,)
        Spikes per unit of each step.
    output_counts : ndarray of int64, shape (classes,)
        With a sign where outputs have one.
    outputs : ndarray of float64, shape (outputs,)
        Decoded so far into the units of the analog network.
    analog_outputs, targets : ndarray of float64, shape (outputs,), or None
        Of a regression: what the analog network gives, and what would be right.
    classes : tuple of str
        Name of every output.
    choice, analog_choice, true_class : int
        Output numbers; -1 for undecided and for unlabelled.
    sample : int
        Index of the test sample.
    has_input : bool
        Whether the first layer is the input.
    title : str
        Network and samples by name.
    origins : mapping of layer name to str
        Layer of the source that each layer belongs to; its own name where there is none.
    neurons : mapping of layer name to bool
        Whether a layer's units have a membrane; poolings and the input only pass spikes on.
    correlations : mapping of layer name to float
        Pearson correlation of analog activations and decoded spike rates; empty while running.
    operations : DataFrame or None
        Spikes and synaptic operations a layer; None while running.
    asked : Request or None
        What the run was asked for with.
    """

    sample: int
    layers: tuple[str, ...]
    sizes: Mapping[str, int]
    steps_done: int
    steps: int
    dt_ms: float
    spikes: Mapping[str, tuple[np.ndarray, np.ndarray]]
    rates: Mapping[str, np.ndarray]
    output_counts: np.ndarray
    classes: tuple[str, ...]
    steps_kept: int
    spike_count: int
    outputs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    analog_outputs: np.ndarray | None = None
    targets: np.ndarray | None = None
    taken_back: int = 0
    choice: int = -1
    analog_choice: int = -1
    true_class: int = -1
    has_input: bool = False
    title: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    neurons: Mapping[str, bool] = field(default_factory=dict)
    correlations: Mapping[str, float] = field(default_factory=dict)
    operations: pd.DataFrame | None = None
    asked: Any = None

    @property
    def done(self) -> bool:
        return self.steps_done >= self.steps


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Shares of the test samples after each step simulated so far.

    Parameters
    ----------
    snn, undecided : ndarray of float64, shape (steps done,)
        Share of samples classified rightly; share without any output spike.
    ann : float
        Share the analog network classifies rightly.
    samples : int
    steps : int
        Asked for.
    dt_ms : float
    asked : Request or None
        What the run was asked for with.
    """

    snn: np.ndarray
    undecided: np.ndarray
    ann: float
    samples: int
    steps: int
    dt_ms: float
    asked: Any = None

    @property
    def steps_done(self) -> int:
        return len(self.snn)

    @property
    def done(self) -> bool:
        return self.steps_done >= self.steps

    @property
    def words(self) -> str:
        """The result in a few words."""
        return (
            f"Accuracy {self.snn[-1]:.1%} (ANN {self.ann:.1%}), {self.undecided[-1]:.1%} undecided"
        )


@dataclass(frozen=True, eq=False)
class Errors:
    """Error of a regression over the test samples after each step simulated so far.

    Parameters
    ----------
    mse, r2 : ndarray of float64, shape (steps done,)
        Mean squared error, in the square of the targets' unit; share of their variance that is
        explained, NaN where they do not vary.
    ann_mse, ann_r2 : float
        Those of the analog network.
    spread : float
        Variance of the targets: the error of one who always says their mean.
    samples : int
    steps : int
        Asked for.
    dt_ms : float
    asked : Request or None
        What the run was asked for with.
    """

    mse: np.ndarray
    r2: np.ndarray
    ann_mse: float
    ann_r2: float
    spread: float
    samples: int
    steps: int
    dt_ms: float
    asked: Any = None

    @property
    def steps_done(self) -> int:
        return len(self.mse)

    @property
    def done(self) -> bool:
        return self.steps_done >= self.steps

    @property
    def words(self) -> str:
        """The result in a few words."""
        words = f"Mean squared error {self.mse[-1]:.3g} (ANN {self.ann_mse:.3g})"
        if np.isnan(self.ann_r2):
            return words
        return f"{words}, R² {self.r2[-1]:.3f} (ANN {self.ann_r2:.3f})"


@dataclass(frozen=True, eq=False)
class Exported:
    """A finished export.

    Parameters
    ----------
    target : str
    files : tuple of str
        Paths of the written files.
    parity : str
        How the target's spikes compare with the simulator's, in a sentence.
    notes : tuple of str
    run : str
        Lines that run or load the files.
    folder : str
        Where the files were written; "" where they are there for downloading alone.
    asked : Request or None
        What was exported.
    """

    target: str
    files: tuple[str, ...]
    parity: str
    notes: tuple[str, ...]
    run: str
    folder: str = ""
    asked: Any = None
