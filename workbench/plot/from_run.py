"""What plots take from a run, or from a table, with the words that refuse another thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.errors import DataError, SettingsError
from workbench.network.graph import Network
from workbench.network.readout import net_counts, values
from workbench.network.recording import Recording
from workbench.plot.clock import windows_shown
from workbench.plot.palette import layer_colours
from workbench.plot.sample_view import SampleView
from workbench.util.labels import class_count, class_numbers


class RunLike(Protocol):
    """What plots ask of a run; `workbench.run.Run` has it."""

    recording: Recording

    @property
    def x(self) -> Any: ...
    def predictions(self) -> np.ndarray: ...
    def outputs(self) -> np.ndarray: ...
    @property
    def output_counts(self) -> np.ndarray: ...
    def rates(self) -> pd.DataFrame: ...
    def accuracy(
        self, labels: ArrayLike, ann: float | Network = ..., k: int = ...
    ) -> pd.DataFrame: ...
    def confusion(
        self, labels: ArrayLike, *, classes: Sequence[str] | None = ...
    ) -> pd.DataFrame: ...
    def error(self, targets: ArrayLike, ann: Network | None = ...) -> pd.DataFrame: ...
    def counts(self, layer: str) -> np.ndarray: ...
    def potentials(self, layer: str) -> np.ndarray: ...
    def operations(self) -> pd.DataFrame: ...
    def correlations(self, network: Network) -> pd.DataFrame: ...
    def decoded(self, layer: str) -> np.ndarray: ...
    def activations(
        self, network: Network, layers: Sequence[str] | None = ...
    ) -> dict[str, np.ndarray]: ...


def checked_run(run: Any) -> RunLike:
    """Return a run as it is.

    Raises
    ------
    DataError
        If it is none.
    """
    if not isinstance(getattr(run, "recording", None), Recording):
        raise DataError(
            f"Expected a run, got a {type(run).__name__}. Accepted: what wb.simulate or "
            "wb.load_run returns."
        )
    checked: RunLike = run
    return checked


def checked_sample(run: RunLike, sample: int) -> int:
    """Return the number of a sample of a run, counted from the end where it is negative.

    Raises
    ------
    DataError
        If the run has no such sample.
    """
    samples = run.recording.samples
    if not isinstance(sample, (int, np.integer)) or not -samples <= sample < samples:
        raise DataError(f"sample is {sample!r}; the run has the samples 0 to {samples - 1}.")
    return int(sample) % samples


def chosen_layers(run: RunLike, layers: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return the layers to plot: the recorded ones, or those of them that are asked for.

    Raises
    ------
    SettingsError
        If no layer was recorded, or one of those that are asked for was not.
    """
    recording = run.recording
    if not recording.layers:
        raise SettingsError(
            "The run recorded no layer, so there are no spikes to plot. Simulate with "
            "Simulation(record='all')."
        )
    if layers is None:
        return recording.layers
    names = [layers] if isinstance(layers, str) else layers
    wanted = {recording.network.population(name).name for name in names}
    if missing := sorted(wanted - set(recording.layers)):
        raise SettingsError(
            f"Layer '{missing[0]}' was not recorded; recorded: {', '.join(recording.layers)}. "
            "Simulate with Simulation(record='all')."
        )
    return tuple(name for name in recording.layers if name in wanted)


def sample_spikes(
    recording: Recording, layer: str, sample: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return step, unit and sign of one sample's spikes in a recorded layer."""
    samples, step, unit, *sign = recording.events[layer]
    own = slice(*np.searchsorted(samples, [sample, sample + 1]))
    signs = np.sign(sign[0][own]) if sign else np.ones(own.stop - own.start, np.int64)
    return step[own], unit[own], signs


def colours_of(run: RunLike) -> dict[str, str]:
    """Return the colours of the recorded layers."""
    layers, network = run.recording.layers, run.recording.network
    has_input = network.input.name in layers
    return layer_colours(layers, has_input=has_input, origins=network.origins)


def sample_view(
    run: RunLike,
    sample: int = 0,
    layers: Sequence[str] | str | None = None,
    *,
    labels: ArrayLike | None = None,
    targets: np.ndarray | None = None,
    ann: Network | None = None,
    classes: Sequence[str] | None = None,
) -> SampleView:
    """Return what a run holds of one sample.

    Parameters
    ----------
    run : Run
    sample : int
    layers : sequence of str, optional
        All recorded ones by default.
    labels : array_like, optional
        Of all samples of the run.
    targets : ndarray, shape (samples, outputs), optional
        Of a regression.
    ann : Network, optional
        The analog network.
    classes : sequence of str, optional
        Names of the classes.

    Raises
    ------
    DataError, SettingsError
        If there is no such sample, or a layer was not recorded.
    """
    sample = checked_sample(checked_run(run), sample)
    recording = run.recording
    network = recording.network
    shown = chosen_layers(run, layers) if layers != () else ()
    sizes = {name: network.population(name).size for name in shown}
    spikes = {name: sample_spikes(recording, name, sample)[:2] for name in shown}
    x = run.x[sample : sample + 1]
    own = slice(sample, sample + 1)  # one sample is decoded, not the whole run
    outputs = values(network, recording.gathered[own, -1], recording.read_steps(recording.steps))
    outputs = outputs.reshape(-1)
    output_counts = run.output_counts[sample]
    if recording.settings.readout == "potential":  # what the output would have sent
        counted = net_counts(network, recording.gathered[sample, -1])
        output_counts = network.output.in_thresholds(counted)
    if network.spike_code.in_turns:  # outputs only listen
        output_counts = outputs
    return SampleView(
        layers=shown,
        sizes=sizes,
        steps_done=recording.steps,
        steps=recording.steps,
        dt_ms=recording.settings.dt_ms,
        windows=windows_shown(network),
        spikes=spikes,
        steps_kept=recording.steps,
        spike_count=sum(len(step) for step, _ in spikes.values()),
        rates={
            name: np.bincount(step, minlength=recording.steps) / sizes[name]
            for name, (step, _) in spikes.items()
        },
        output_counts=output_counts,
        output_spikes=not network.spike_code.in_turns,
        outputs=outputs if targets is not None else np.zeros(0),
        analog_outputs=(None if ann is None or targets is None else ann.forward(x).reshape(-1)),
        targets=None if targets is None else targets[sample],
        classes=class_names(network.classes, classes),
        choice=int(run.predictions()[sample]),
        analog_choice=-1 if ann is None or targets is not None else int(ann.predictions(x)[0]),
        true_class=(
            -1
            if labels is None
            else int(class_numbers(labels, recording.samples, network.classes)[sample])
        ),
        has_input=network.input.name in shown,
        origins=recording.network.origins,
        neurons={p.name: p.kind == "if" for p in network.populations},
    )


def class_names(outputs: int, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Name every class: by the names given, or by its number.

    Raises
    ------
    DataError
        If there are too few names.
    """
    count = class_count(outputs)
    if names is None:
        return tuple(map(str, range(count)))
    if len(names) < count:
        raise DataError(
            f"There are {len(names)} names for {count} classes. Name every class, or leave the "
            "names out."
        )
    return tuple(map(str, names[:count]))


def checked_table(table: pd.DataFrame, columns: Sequence[str], source: str) -> pd.DataFrame:
    """Return a table as it is, if it has the columns that a plot draws.

    Raises
    ------
    DataError
        If it has not, or no rows.
    """
    missing = [name for name in columns if name not in table]
    if missing or not len(table):
        problem = f"has no column {', '.join(missing)}" if missing else "has no rows"
        raise DataError(f"The table {problem}. Accepted: a table as {source} returns it.")
    return table
