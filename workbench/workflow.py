"""Load, convert, simulate, analyse, export: the stages as one script would chain them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import sample_units as units
from workbench.conversion.rounding import rounding_advice
from workbench.conversion.steps import CALIBRATE, ConversionStep
from workbench.errors import DataError, SettingsError, WorkbenchWarning
from workbench.methods import calibration as _calibration
from workbench.network.graph import Network
from workbench.network.samples import given_samples
from workbench.network.spiking import SpikingNetwork
from workbench.network_files import load as load
from workbench.network_files import save as save
from workbench.run import Run
from workbench.settings import Conversion, Simulation
from workbench.simulation import Window
from workbench.simulation import simulate as _simulate
from workbench.simulation import stream as _stream
from workbench.simulation.session import Cancelled, never
from workbench.util.generators import finished
from workbench.util.progress import step_line
from workbench.util.stored_samples import Samples

if TYPE_CHECKING:
    from workbench.exporters.export_report import ExportReport
    from workbench.exporters.target import Target


def convert(
    network: Network,
    calibration: Samples,
    conversion: Conversion | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    step: Callable[[ConversionStep], None] | None = None,
) -> SpikingNetwork:
    """Turn an analog network into a spiking one.

    Exact rewrites come first and are checked on the calibration data, then every layer gets its
    scale, then weights, biases and thresholds are rounded to the grid; `SpikingNetwork.trace` lists
    what each step did and how much it changed the outputs.

    With ``normalization="search"`` or `calibrate`, layers are simulated on the way.

    Parameters
    ----------
    network : Network
    calibration : ndarray, shape (samples, *input shape)
        Typical inputs, from which the scale of every layer is taken. Statistics are cached by
        content, so that converting again with another percentile costs no forward pass.
    conversion : Conversion, optional
        Percentile 99.9 and reset by subtraction by default.
    progress : callable, optional
        Where layers are simulated: called with (samples done, samples in all), a sample counting
        once for each layer.
    step : callable, optional
        Called with a `ConversionStep` before every pass, every batch of calibration samples and
        every layer; `str(step)` says it in words. Without it and `progress`, a line shows them in
        a notebook or a terminal where the conversion takes some seconds.

    Returns
    -------
    SpikingNetwork

    Raises
    ------
    UnsupportedLayerError
        If layers have no spiking form; all of them are named.
    ConversionError
        If weights do not fit the grid, or an exact rewrite was not exact.
    DataError
        If the calibration samples do not fit the network, or are all 0.
    SettingsError
        If a per-layer setting names a layer without neurons, or the network spikes already.
    SimulationError
        If layers are simulated, and one sample takes more memory than is free.

    Warns
    -----
    WorkbenchWarning
        If the calibration samples are in other units than the network rescales, or rounding the
        weights changes the outputs much.
    """
    line = step_line("Converting") if step is None and progress is None else None

    def told(now: ConversionStep) -> None:
        if progress is not None and now.name == CALIBRATE:
            progress(now.done, now.total)
        if step is not None:
            step(now)
        if line is not None:
            line.show(str(now), now.done, now.total)

    try:
        return finished(conversion_steps(network, calibration, conversion), told)
    finally:
        if line is not None:
            line.end()


def conversion_steps(
    network: Network, calibration: Samples, conversion: Conversion | None = None
) -> Generator[ConversionStep, None, SpikingNetwork]:
    """Convert as `convert` does, and yield what is done, before it is.

    Closing the generator stops the work.

    Returns
    -------
    SpikingNetwork
        As the value of StopIteration.

    Raises
    ------
    ConversionError, DataError, SettingsError, SimulationError, UnsupportedLayerError
        As `convert` does, when the first step is asked for.
    """
    if isinstance(network, SpikingNetwork):
        raise SettingsError(
            f"Network '{network.name}' is a spiking network already. Convert the analog network."
        )
    if not isinstance(network, Network):
        raise DataError(
            f"A {type(network).__name__} cannot be converted; a network is needed. "
            "Load it first: wb.load(...)."
        )
    _check_settings(conversion, Conversion)
    calibration = given_samples(calibration, "calibration", network)
    conversion = conversion or Conversion()
    spiking = yield from _calibration.converting(network, calibration, conversion)
    _warn(units.calibration_advice(network, calibration), level=5)
    _warn(rounding_advice(spiking), level=5)
    return spiking


def simulate(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Simulate samples to the end.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
        What lies on disk (a memory map, a data set of HDF5, samples of `datasets.from_folder`) is
        read a batch at a time, so that it may be larger than memory.
    settings : Simulation, optional
        100 steps of constant input current by default. ``record=()`` keeps no spikes: what is left
        is accuracy, rates and cost.
    progress : callable, optional
        Called with (samples done, samples in all) after every batch.

    Returns
    -------
    Run

    Raises
    ------
    DataError
        If the samples do not fit the network.
    SettingsError
        If a layer to record does not exist.
    SimulationError
        If a potential could leave the range of exact integers, which names layer and step;
        or if a batch, or what is recorded, takes more memory than is free.

    Warns
    -----
    WorkbenchWarning
        If the samples are far below those that the network was calibrated with; with the code
        "ttfs", if neurons reached their threshold before their window (`Run.early_spikes`).
    """
    _check_spiking(network)
    _check_settings(settings, Simulation)
    x = given_samples(x, "x_test", network)
    if settings is None or settings.encoding != "events":
        _warn(units.samples_advice(network, x))
    run = Run(_simulate(network, x, settings, progress), x)
    _warn(_early_advice(run))
    return run


def stream(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation | None = None,
    window_steps: int = 20,
    cancelled: Cancelled = never,
) -> Generator[Window, None, None]:
    """Simulate samples window by window, all of them together.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray or StoredSamples, shape (samples, *input shape)
    settings : Simulation, optional
        With `batch_size`, batches are simulated one after the other.
    window_steps : int
        Steps of a window; the last one may be shorter.
    cancelled : callable
        Called while a window is computed; once it returns True, no further window comes. Closing
        the generator stops the work, too.

    Yields
    ------
    Window
        Spikes of the recorded layers, spike counts, output counts and potentials.

    Raises
    ------
    DataError, SettingsError, SimulationError
        As `simulate` does, when the first window is asked for.
    """
    _check_spiking(network)
    _check_settings(settings, Simulation)
    return _stream(network, given_samples(x, "x_test", network), settings, window_steps, cancelled)


def run_in_brian2(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Simulate samples in Brian2, within this process, one after the other.

    The network is the one that `export` writes for Brian2, and gives the spikes of `simulate` at
    the same steps, some hundred times slower: for comparing, teaching, and adding one's own
    monitors later on, in the exported script. With the code "ttfs", spikes have the times of
    `simulate`, to about 1e-15 windows, but for spikes at the very end of a window, which send
    nothing; what outputs hold between steps is interpolated.

    Parameters
    ----------
    network : SpikingNetwork
    x : ndarray, shape (samples, *input shape)
    settings : Simulation, optional
        Of its settings, those of the input, the steps, the seed and `record` count.
    progress : callable, optional
        Called with (samples done, samples in all) at the start, at the end, and every
        second between. Without it, a line shows them in a notebook or a terminal.

    Returns
    -------
    Run
        Its `elapsed_s` is the time that Brian2 ran, without building the network.

    Raises
    ------
    ExportError
        If brian2 is not installed, or the synapses take more memory than is free.
    UnsupportedLayerError
        If the Brian2 form cannot express a layer; all are named.
    SettingsError
        If a setting is not supported by the Brian2 form.
    DataError
        If the samples do not fit the network.

    Warns
    -----
    WorkbenchWarning
        If neurons reached their threshold before their window, with the code "ttfs".
    """
    from workbench.exporters.brian2.inside import run_in_brian2 as run

    _check_spiking(network)
    _check_settings(settings, Simulation)
    x = np.asarray(network.take_samples(given_samples(x, "x_test", network)))
    found = Run(run(network, x, settings or Simulation(), progress), x)
    _warn(_early_advice(found))
    return found


def _early_advice(run: Run) -> str:
    """What to do about spikes that came before their window; "" where there are none."""
    early = run.recording.early
    if not any(early.values()):
        return ""
    worst = max(early, key=lambda name: early[name])
    return (
        f"{sum(early.values()):,} neurons reached their threshold before their window, most "
        f"of them in layer '{worst}' ({early[worst]:,}): their activations were clipped, and "
        "outputs are not exact. Calibrate with samples like these, or raise the layer's "
        "threshold."
    )


def _warn(advice: str, level: int = 3) -> None:
    """Warn the caller of a public function, so many calls above, if there is anything to say."""
    if advice:
        warnings.warn(advice, WorkbenchWarning, stacklevel=level)


def _check_settings(settings: object, kind: type) -> None:
    if settings is not None and not isinstance(settings, kind):
        raise SettingsError(
            f"The settings are a {type(settings).__name__}; accepted: wb.{kind.__name__}(...)."
        )


def _check_spiking(network: object) -> None:
    if not isinstance(network, SpikingNetwork):
        raise DataError(
            f"A {type(network).__name__} cannot be simulated; a spiking network is needed. "
            "Convert it first: wb.convert(network, data.calibration)."
        )


def export(
    network: SpikingNetwork,
    target: str | Target,
    path: str | Path,
    *,
    overwrite: bool = False,
    steps: int | None = None,
    **options: Any,
) -> ExportReport:
    """Write a spiking network for a target and check the result.

    Parameters
    ----------
    network : SpikingNetwork
    target : str or Target
        The name of an export target, such as "brian2", "builtin", "loihi", "nest", "nir", "pynn"
        or one of another package; or a `workbench.exporters.Target` that no package declares.
    path : str or Path
        Of the main file; files beside it share its stem.
    overwrite : bool
        Whether existing files may be replaced.
    steps : int, optional
        Time steps that the files simulate a sample for unless they are told others (100). Codes
        with windows have steps of their own.
    **options
        Of the target, such as `parity_steps`; the reference of export targets lists them. Every
        target takes `samples` and `labels`.

    Returns
    -------
    ExportReport
        files, parity, notes, and run: the lines that run or load the files.

    Raises
    ------
    ExportError
        If the target or an option is not known, the target cannot express the network, or files
        cannot be written.
    """
    from workbench.exporters import export as write

    _check_spiking(network)
    return write(
        network, target, path, overwrite=overwrite, steps=steps, simulate=_spikes, **options
    )


def _spikes(network: SpikingNetwork, x: np.ndarray, steps: int) -> dict[str, Any]:
    """Spike trains of all layers, for the parity check of exporters."""
    recording = _simulate(network, x, Simulation(steps=steps, record="all"))
    times = {name: (each,) for name, each in recording.times.items()}
    return {name: (*events, *times.get(name, ())) for name, events in recording.events.items()}
