"""What the simulation thread hands to the plots and panels: small immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.sample_answers import SampleAnswers, SampleErrors
from workbench.datasets import Dataset
from workbench.errors import UnsupportedLayerError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.plot.accuracy_curve import AccuracyCurve
from workbench.plot.error_curve import ErrorCurve
from workbench.plot.sample_view import SampleView
from workbench.ui.session.activations import Activations
from workbench.ui.session.playback import Playback


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
        One sentence or two each; what many layers have in common is said once.
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
    """A spiking network, compared by identity: comparing its contents takes hashing them.

    Parameters
    ----------
    spiking : SpikingNetwork
    activations : Activations
        What its scales were chosen by.
    """

    spiking: SpikingNetwork
    activations: Activations = field(default_factory=Activations)


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleRun(SampleView):
    """What the network did with the chosen sample so far.

    Parameters
    ----------
    sample : int
        Index of the test sample.
    taken_back : int
        How many of the spikes took an earlier one back.
    decided : int
        Step, from 1, from which `choice` has stayed as it is; 0 while undecided.
    title : str
        Network and samples by name.
    words : str
        What is shown: "Sample 3", "Drawing".
    operations : DataFrame or None
        Spikes and synaptic operations a layer; None while running.
    playback : Playback or None
        The run for playing it back on a page.
    asked : Request or None
        What the run was asked for with.
    setup : Setup or None
        What the run was made of, to repeat it.
    **others
        As of `SampleView`; correlations are empty while running.
    """

    sample: int
    taken_back: int = 0
    decided: int = 0
    title: str = ""
    words: str = ""
    operations: pd.DataFrame | None = None
    playback: Playback | None = None
    asked: Any = None
    setup: Any = None

    @property
    def done(self) -> bool:
        return self.steps_done >= self.steps


@dataclass(frozen=True, eq=False)
class Accuracy(AccuracyCurve):
    """Shares of the test samples after each step simulated so far.

    Parameters
    ----------
    snn, undecided, ann, samples, steps, dt_ms, at_steps
        As of `AccuracyCurve`.
    asked : Request or None
        What the run was asked for with.
    answers : SampleAnswers or None
        To single samples; None while running.
    """

    asked: Any = None
    answers: SampleAnswers | None = None

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
class Errors(ErrorCurve):
    """Error of a regression over the test samples after steps simulated so far.

    Parameters
    ----------
    mse, r2, at_steps, ann_mse, ann_r2, spread, samples, steps, dt_ms
        As of `ErrorCurve`.
    asked : Request or None
        What the run was asked for with.
    answers : SampleErrors or None
        Of single samples; None while running.
    """

    asked: Any = None
    answers: SampleErrors | None = None

    @property
    def steps_done(self) -> int:
        return int(self.at_steps[-1])

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
class Pinned:
    """A run that is kept, to be compared with what is run later.

    Parameters
    ----------
    run : SampleRun
    accuracy : Accuracy, Errors or None
        Of the same request; None where it has not been measured.
    """

    run: SampleRun
    accuracy: Accuracy | Errors | None = None


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
