"""What a sweep returns: its table, with the front and the best of its points."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench.errors import SettingsError
from workbench.settings import Conversion, Simulation
from workbench.sweeps.grid import settings_from_json
from workbench.util.pareto import column_of, undominated

COSTS = ("steps", "synops", "energy", "spikes", "latency")
"""Columns by which points are cheap."""


class Sweep(pd.DataFrame):
    """The table of a sweep: a `pandas.DataFrame` that knows which rows are worth a look.

    A row for each point of the grid, in the grid's order:

    - the axes of the grid; steps; settings, what is not the default, as JSON;
    - samples; part, of the data set; accuracy, with accuracy_low and accuracy_high, its interval of
      95 % by Wilson; ann, the analog network's; agreement with it; undecided: shares from 0 to 1,
      on the same samples. Undecided samples count as wrong;
    - loss: percentage points below the analog network;
    - latency: the first step from which accuracy stays within a point of the analog network's;
    - spikes of neurons, synops: per sample; energy (with memory), energy_compute (arithmetic
      alone), energy_ann (of the quantized analog network): picojoules per sample;
    - run_steps, seconds: length of the run that served this point, and perhaps others, and the
      time that it took with the conversion;
    - length: time steps that the figures of this point take: steps; or run_steps with the codes
      that decide the length of the run. Where steps are a cost, this is what counts;
    - network, network_hash, spiking_hash, versions;
    - labelled: whether labels say what is right. Without them the analog network does: accuracy is
      then the agreement with it, and ann is 1;
    - note: why settings cannot be combined or were refused; then there are no figures.

    Parameters
    ----------
    data, index, columns, dtype, copy
        As of a DataFrame; `workbench.sweep` makes the table.

    Attributes
    ----------
    grid_axes : tuple of str
        Axes of the grid.
    stopped : bool
        Whether the sweep was ended early: rows of points that are not measured are missing.
    """

    _metadata: ClassVar[list[str]] = ["grid_axes", "stopped"]
    grid_axes: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def _constructor(self) -> Any:
        return Sweep

    def __finalize__(self, other: Any, method: str | None = None, **options: Any) -> Sweep:
        """Keep what a table knows of its grid, also where rows of several ones are joined."""
        super().__finalize__(other, method, **options)  # type: ignore[misc]
        if method == "concat":
            joined = getattr(other, "input_objs", getattr(other, "objs", ()))
            parts = [part for part in joined if isinstance(part, Sweep)]
            if len({part.grid_axes for part in parts}) == 1:
                self.grid_axes, self.stopped = parts[-1].grid_axes, parts[-1].stopped
        return self

    @property
    def measured(self) -> Sweep:
        """The rows with figures."""
        return self[self["accuracy"].notna()]

    def front(self, cost: str = "steps") -> Sweep:
        """Return the Pareto front: rows that no other one beats in both accuracy and cost.

        Parameters
        ----------
        cost : str
            What is to be small: "steps" (the column length), "synops", "energy", "spikes" or
            "latency". Of rows that are equal in accuracy and cost, the first is taken.

        Returns
        -------
        Sweep
            From the cheapest to the most accurate.

        Raises
        ------
        SettingsError
            If there is no such cost.
        """
        rows = self._with(cost)
        values = rows[column_of(rows, cost)].to_numpy(np.float64)
        return rows.iloc[undominated(values, -rows["accuracy"].to_numpy(np.float64))]

    def best(self, max_loss: float = 0.5, minimise: str = "steps") -> pd.Series:
        """Return the cheapest row that loses few points; the most accurate where none does.

        Unlike `workbench.tune`, it takes the measured loss as it is: of many rows, the best one was
        lucky with its samples.

        Parameters
        ----------
        max_loss : float
            Percentage points of accuracy below the analog network.
        minimise : str
            A cost as of `front`.

        Raises
        ------
        SettingsError
            If there is no such cost, or nothing was measured.
        """
        rows = self._with(minimise)
        if rows.empty:
            raise SettingsError(
                "The sweep has no row with figures; accepted: a sweep that has measured something. "
                "The column note says why rows have none."
            )
        near = rows[rows["loss"] <= max_loss]
        cost, length = column_of(rows, minimise), column_of(rows, "steps")
        by = [cost, "loss", length] if len(near) else ["loss", cost, length]
        row: pd.Series = (near if len(near) else rows).sort_values(by, kind="stable").iloc[0]
        return row

    def settings_of(self, row: Any) -> tuple[Conversion, Simulation]:
        """Return the settings of a row, ready for `workbench.convert` and `workbench.simulate`.

        Parameters
        ----------
        row : label or Series
            Of the table's index; or a row, as `best` returns it.

        Raises
        ------
        SettingsError
            If the settings of the row cannot be combined.
        """
        found = row if isinstance(row, pd.Series) else self.loc[row]
        if pd.isna(found["accuracy"]):
            raise SettingsError(f"This row has no settings: {found['note']}")
        return settings_from_json(str(found["settings"]))

    def _with(self, cost: str) -> Sweep:
        if cost not in COSTS:
            raise SettingsError(
                f"cost is {cost!r}; accepted: {', '.join(map(repr, COSTS))}, which are columns."
            )
        rows = self.measured
        return rows[rows[cost].notna()]
