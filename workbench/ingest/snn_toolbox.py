"""Configuration files of snn_toolbox, read as settings of the workbench.

Every key of a file is accounted for: what became of it, or why it is not honoured. No value is
evaluated, and no code that a file names is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workbench.ingest.snn_toolbox_ini import IniFile
from workbench.ingest.snn_toolbox_reader import Reader
from workbench.ingest.snn_toolbox_report import Line, account
from workbench.settings import Conversion, Simulation


@dataclass(frozen=True)
class ToolboxConfig:
    """What an snn_toolbox configuration file asks for, in the workbench's terms.

    Parameters
    ----------
    path : Path
        The configuration file.
    model : Path
        The model's file, for `wb.load`.
    data : Path
        The folder of `x_test.npz`, `y_test.npz` and `x_norm.npz`, or of images, for
        `wb.datasets.from_snn_toolbox`.
    samples : int or tuple of int
        How many test samples, from the first; or the indices of those to take.
    evaluate_ann : bool
        Whether the accuracy of the analog network is wanted, too.
    conversion : Conversion
    simulation : Simulation
    lines : tuple of Line
        What became of every key.
    rescale : float or None
        What pixels from 0 to 255 are multiplied by, where the samples are images.
    grid : dict of str to list of float
        The values of [parameter_sweep] for v_thresh, as an axis for `wb.sweep`; {} without.
    """

    path: Path
    model: Path
    data: Path
    samples: int | tuple[int, ...]
    evaluate_ann: bool
    conversion: Conversion
    simulation: Simulation
    lines: tuple[Line, ...]
    rescale: float | None = None
    grid: Mapping[str, list[float]] = field(default_factory=dict)

    @property
    def honoured(self) -> tuple[Line, ...]:
        """Keys that became settings, or ask for what the workbench does anyway."""
        return tuple(line for line in self.lines if line.honoured)

    @property
    def not_honoured(self) -> tuple[Line, ...]:
        """Keys of the file that have no effect here, each with the reason."""
        return tuple(line for line in self.lines if not line.honoured)

    @property
    def report(self) -> pd.DataFrame:
        """What became of every key: section, key, value, honoured, note, given, default."""
        return pd.DataFrame([vars(line) for line in self.lines])

    def __str__(self) -> str:
        return account(self.path.name, self.lines)


def from_snn_toolbox(path: str | Path) -> ToolboxConfig:
    """Read an snn_toolbox configuration file.

    Parameters
    ----------
    path : str or Path
        An INI file with sections such as [paths] and [simulation]. A relative `path_wd` is looked
        for from the file's own folder; a relative `dataset_path` from there, then from `path_wd`.

    Returns
    -------
    ToolboxConfig
        Paths, settings, and what was done with every key; `print` shows the latter.

    Raises
    ------
    SettingsError
        If the file is missing or not a configuration, or a key that is used has a value that is
        not accepted; the message names section, key and value.
    ModelFileError
        If the file names no model, or there is none of this name.

    Notes
    -----
    snn_toolbox lets ``dt`` times the current in per step, spikes still have the weight of a
    threshold ``v_thresh``: its rates are those of a threshold ``v_thresh / dt`` that the whole
    current drives, which is how they are simulated here.

    Examples
    --------
    >>> job = wb.from_snn_toolbox("config.ini")  # doctest: +SKIP
    >>> net = wb.load(job.model)  # doctest: +SKIP
    >>> data = wb.datasets.from_snn_toolbox(  # doctest: +SKIP
    ...     job.data, samples=job.samples, input_shape=net.input_shape, rescale=job.rescale
    ... )
    >>> snn = wb.convert(net, data.calibration, job.conversion)  # doctest: +SKIP
    >>> run = wb.simulate(snn, data.x_test, job.simulation)  # doctest: +SKIP
    """
    file = Path(path).expanduser()
    reader = Reader(IniFile(file))
    model, data, rescale = reader.paths()
    conversion = reader.conversion()
    simulation = reader.simulation(conversion)
    grid = reader.grid(conversion, simulation)
    samples = reader.samples()
    evaluate = reader.evaluate_ann()
    reader.rest(data, images=rescale is not None)
    lines = tuple(reader.lines)
    settings = (conversion, simulation, lines, rescale)
    return ToolboxConfig(file, model, data, samples, evaluate, *settings, grid)
