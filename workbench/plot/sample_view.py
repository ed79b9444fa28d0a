"""What plots of one sample draw, of a finished run or of one that is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from workbench.plot.clock import Clock
from workbench.plot.palette import layer_colours


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleView:
    """What a network did with one sample so far.

    Parameters
    ----------
    layers : tuple of str
        Names of the recorded layers, input to output.
    sizes : mapping of layer name to int
        Units of each layer.
    steps_done, steps : int
        Simulated so far, and asked for.
    dt_ms : float
    windows : int
        Of a run in continuous time; 0 where time is in steps.
    spikes : mapping of layer name to (step, unit)
        Integer arrays, ordered by step, of the first `steps_kept` steps.
    steps_kept : int
        Fewer than `steps_done` where there are more spikes than memory should hold.
    spike_count : int
        Spikes of all layers so far, whether or not they are kept.
    rates : mapping of layer name to ndarray of float64, shape (steps_done,)
        Spikes per unit of each step.
    output_counts : ndarray of int or float, shape (classes,)
        With a sign where outputs have one; decoded values where outputs send no spikes.
    output_spikes : bool
        Whether `output_counts` are spikes.
    outputs : ndarray of float64, shape (outputs,)
        Decoded so far into the units of the analog network.
    analog_outputs, targets : ndarray of float64, shape (outputs,), or None
        Of a regression: what the analog network gives, and what would be right.
    classes : tuple of str
        Name of every output.
    choice, analog_choice, true_class : int
        Output numbers; -1 for undecided, unknown and unlabelled.
    has_input : bool
        Whether the first layer is the input.
    origins : mapping of layer name to str
        Layer of the source that each layer belongs to; its own name where there is none.
    neurons : mapping of layer name to bool
        Whether a layer's units have a membrane; poolings and the input only pass spikes on.
    correlations : mapping of layer name to float
        Pearson correlation of analog activations and decoded spike rates.
    """

    layers: tuple[str, ...]
    sizes: Mapping[str, int]
    steps_done: int
    steps: int
    dt_ms: float
    windows: int
    spikes: Mapping[str, tuple[np.ndarray, np.ndarray]]
    rates: Mapping[str, np.ndarray]
    output_counts: np.ndarray
    classes: tuple[str, ...]
    steps_kept: int
    spike_count: int
    output_spikes: bool = True
    outputs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    analog_outputs: np.ndarray | None = None
    targets: np.ndarray | None = None
    choice: int = -1
    analog_choice: int = -1
    true_class: int = -1
    has_input: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)
    neurons: Mapping[str, bool] = field(default_factory=dict)
    correlations: Mapping[str, float] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """What a step is."""
        return Clock(self.dt_ms, self.windows)

    @property
    def colours(self) -> dict[str, str]:
        """Colours of the layers."""
        return layer_colours(self.layers, has_input=self.has_input, origins=self.origins)
