"""What `tune` returns: the settings that were found, and the table of all that was tried."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from workbench.methods.paired_loss import CONFIDENCE
from workbench.methods.tuning_measures import Measures, Point
from workbench.settings import Conversion, Simulation

COSTS = {
    "steps": "Fewest time steps",
    "synops": "Fewest synaptic operations",
    "energy": "Least energy",
}
"""What can be minimised: names of columns, and what the best has."""

COLUMNS = (
    "settings",
    "steps",
    "samples",
    "accuracy",
    "ann",
    "loss",
    "loss_error",
    "loss_bound",
    "agreement",
    "undecided",
    "synops",
    "energy",
    "seconds",
    "round",
    "note",
)


@dataclass(frozen=True, repr=False)
class Tuning:
    """Settings that `tune` found, and everything that it tried.

    Parameters
    ----------
    conversion : Conversion
    simulation : Simulation
        The cheapest settings that surely lose no more than `max_loss`. Where so few samples prove
        nothing, the cheapest whose bound is no higher than that of a point that loses nothing; else
        those with the lowest bound, of those within `max_loss` first. The defaults where nothing
        was tried.
    met : bool
        Whether they lose no more than `max_loss` on the samples that were measured.
    proven : bool
        Whether the upper bound of their loss, with 95 % confidence, is within `max_loss`, too.
    table : DataFrame
        A row for each number of steps of each of the settings:

        - settings: the preset and what is changed of it; `settings_of` returns them;
        - steps; samples, on how many it was measured: the fewer, the sooner it was clearly worse,
          or there was something cheaper;
        - accuracy, ann (of the analog network), agreement with the analog network, undecided:
          shares from 0 to 1, on the same samples; undecided samples count as wrong;
        - loss: percentage points below the analog network; loss_error, its standard error;
          loss_bound, what it does not exceed with a confidence of 95 %;
        - synops, energy: per sample; energy in picojoules, memory included;
        - seconds: of the conversion and the runs, which several rows may share;
        - round: in which the point was measured last, from 1;
        - note: "chosen"; "above max_loss", where that is clear or all samples say so; "not
          proven", where all samples have a loss within max_loss, but not its bound; or why settings
          were refused.
    held_out : bool
        Whether they were tried on validation samples, which did not train the network; else on
        training samples, which lose less than new ones.
    labelled : bool
        Whether there were labels; else the analog network's classes count as right.
    stopped : bool
        Whether the search was ended early.
    max_loss : float
    minimise : str
    network : str
        Name of the network.
    row_settings : tuple of (Conversion, Simulation) or None
        Settings of every row of the table; None where they were refused.
    """

    conversion: Conversion
    simulation: Simulation
    met: bool
    proven: bool
    table: pd.DataFrame
    held_out: bool
    labelled: bool
    stopped: bool
    max_loss: float
    minimise: str
    network: str
    row_settings: tuple[tuple[Conversion, Simulation] | None, ...] = ()

    @classmethod
    def of(
        cls,
        measures: Measures,
        chosen: Point | None,
        max_loss: float,
        minimise: str,
        stopped: bool,
    ) -> Tuning:
        """Tell what was measured, and which point is chosen."""
        rows: list[tuple[tuple[int, int], dict[str, object], tuple[Conversion, Simulation] | None]]
        rows = [
            ((p.number, p.steps), _row(p, chosen, max_loss, len(measures.task.x)), _settings_of(p))
            for p in measures.points
        ]
        for r in measures.refusals:
            told: dict[str, object] = {
                "settings": r.candidate.settings,
                "steps": r.steps,
                "note": r.reason,
            }
            rows.append(((r.number, r.steps or 0), told, None))
        rows.sort(key=lambda row: row[0])
        table = pd.DataFrame([told for _, told, _ in rows], columns=list(COLUMNS))
        counts = dict.fromkeys(("steps", "samples", "round"), "Int64")  # with gaps where refused
        conversion, simulation = (
            (Conversion(), Simulation()) if chosen is None else _settings_of(chosen)
        )
        return cls(
            conversion,
            simulation,
            chosen is not None and chosen.loss.points <= max_loss,
            chosen is not None and chosen.loss.bound <= max_loss,
            table.astype(counts),
            measures.task.held_out,
            measures.task.labels is not None,
            stopped,
            max_loss,
            minimise,
            measures.task.network.name,
            tuple(settings for _, _, settings in rows),
        )

    @property
    def row(self) -> pd.Series | None:
        """The row of the table that was chosen; None where nothing was tried."""
        chosen = self.table[self.table["note"].str.startswith("chosen")]
        return None if chosen.empty else chosen.iloc[0]

    def settings_of(self, number: int) -> tuple[Conversion, Simulation]:
        """Return the settings of a row of the table.

        Parameters
        ----------
        number : int
            Of the row, as the table's index has it.

        Raises
        ------
        KeyError
            If there is no such row, or its settings were refused.
        """
        settings = self.row_settings[number] if 0 <= number < len(self.row_settings) else None
        if settings is None:
            raise KeyError(f"Row {number} has no settings; accepted: rows that were measured.")
        return settings

    def __repr__(self) -> str:
        tried = f"{len(self.table):,} points tried"
        if self.stopped:
            tried += ", stopped before the end"
        row = self.row
        if row is None:
            return f"Tuning of '{self.network}': {tried}; nothing was measured."
        kind = "accuracy" if self.labelled else "agreement with the analog network"
        samples = f"{row['samples']:,} {'validation' if self.held_out else 'training'} samples"
        lines = [
            f"Tuning of '{self.network}': {tried}.",
            f"{COSTS[self.minimise]} with a loss of at most {self.max_loss:g} points:"
            if self.met
            else f"Nothing that was tried loses at most {self.max_loss:g} points. The nearest:",
            f"  settings  {row['settings']}",
            f"  steps     {row['steps']}",
            f"  {kind}  {100 * row['accuracy']:.2f} %, analog {100 * row['ann']:.2f} %",
            f"  loss      {row['loss']:.2f} +- {row['loss_error']:.2f} points on {samples}",
            f"  at most   {row['loss_bound']:.2f} points, with {CONFIDENCE:.0%} confidence",
            f"  cost      {row['synops']:,.0f} synops, {row['energy'] / 1e3:,.0f} nJ per sample",
        ]
        if self.met and not self.proven:
            lines.append(
                f"Not proven with these {row['samples']:,} samples: the bound is above max_loss. "
                "Give more samples."
            )
        if self.labelled and not self.held_out:
            lines.append(
                "Samples that the network was trained on lose less than new ones. If you have held "
                "some out, give them as x_validation and y_validation of the data set."
            )
        return "\n".join(lines)


def _settings_of(point: Point) -> tuple[Conversion, Simulation]:
    simulation = replace(point.candidate.simulation, steps=point.steps, record=Simulation().record)
    return point.candidate.conversion, simulation


def _row(
    point: Point, chosen: Point | None, max_loss: float, most_samples: int
) -> dict[str, object]:
    """Return a point as the columns of the table."""
    loss, shares = point.loss, point.measured
    samples = shares.samples
    is_above = loss.is_clearly_above(max_loss)
    is_above |= samples == most_samples and loss.points > max_loss
    note = "above max_loss" if is_above else ""
    if samples == most_samples and loss.points <= max_loss < loss.bound:
        note = "not proven"
    if point is chosen:
        note = "chosen" if loss.points <= max_loss else "chosen: the nearest to max_loss"
    return {
        "settings": point.candidate.settings,
        "steps": point.steps,
        "samples": samples,
        "accuracy": shares.right / samples,
        "ann": shares.ann_right / samples,
        "loss": loss.points,
        "loss_error": loss.error,
        "loss_bound": loss.bound,
        "agreement": shares.agreeing / samples,
        "undecided": shares.undecided / samples,
        "synops": point.synops,
        "energy": point.energy,
        "seconds": point.seconds,
        "round": point.round,
        "note": note,
    }
