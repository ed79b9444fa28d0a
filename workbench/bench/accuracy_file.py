"""The CSV file of the results table: rows are appended as they are measured."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import DataError

COLUMNS = {
    "network": "string",
    "training": "string",
    "method": "string",
    "steps": "int64",
    "samples": "int64",
    "ann": "float64",
    "accuracy": "float64",
    "loss": "float64",
    "loss_error": "float64",
    "agreement": "float64",
    "undecided": "float64",
    "spikes_per_neuron": "float64",
    "synops": "float64",
    "macs": "float64",
    "energy_compute_nj": "float64",
    "energy_memory_nj": "float64",
    "energy_ann_nj": "float64",
    "settings": "string",
    "note": "string",
    "processor": "string",
    "date": "string",
}
"""Columns of the file, and their types."""

LARGEST = 2**24
"""Bytes of a file that is read, at most: a table takes some 100 kB."""


@dataclass(frozen=True, eq=False)
class Known:
    """What has been measured.

    Parameters
    ----------
    table : DataFrame
        With `COLUMNS`: shares from 0 to 1, losses in percentage points, the rest per sample; energy
        in nanojoules. What could not be measured has a note that says why, and no numbers.
    """

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Known:
        """Read a file; nothing is known where it is missing.

        Raises
        ------
        DataError
            If it is no such table.
        """
        if not path.exists():
            empty = {name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()}
            return cls(pd.DataFrame(empty))
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(f"it is larger than {LARGEST:,} bytes")
            table = pd.read_csv(path, dtype=COLUMNS, keep_default_na=True)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{path} is not a table of measured accuracies: {error}. Give another file, or "
                "remove this one to measure anew."
            ) from error
        if list(table.columns) != list(COLUMNS):
            raise DataError(
                f"{path} has the columns {', '.join(map(str, table.columns[:5]))} ...; accepted: "
                f"those of a table of measured accuracies, {', '.join(list(COLUMNS)[:5])} ... Give "
                "another file, or remove this one to measure anew."
            )
        return cls(table)

    def has(
        self,
        network: str,
        method: str,
        steps: int,
        samples: int,
        settings: str | None,
        reason: str = "",
    ) -> bool:
        """Whether a row was measured; with any settings for None, else with these.

        A row of what failed says nothing of the next time, except where the reason is the same.
        """
        table = self.table
        done = table["accuracy"].notna()
        if reason:
            done |= table["note"].fillna("") == reason
        same = (table["network"] == network) & (table["method"] == method)
        same &= (table["steps"] == steps) & (table["samples"] == samples)
        if settings is not None:
            same &= table["settings"].fillna("") == settings
        return bool((same & done).any())

    def only(
        self,
        networks: Sequence[str],
        methods: Mapping[str, Collection[int]],
        samples: Mapping[str, int],
    ) -> Known:
        """Return the rows of some networks and methods in order, the latest of each.

        Parameters
        ----------
        networks : sequence of str
        methods : mapping of method to steps
        samples : mapping of network to int
            Samples that a network is measured on.
        """
        table, order_of = self.table, list(methods)
        wanted = table["samples"] == table["network"].map(samples)
        pairs = zip(table["method"], table["steps"], strict=True)
        wanted &= np.array([steps in methods.get(method, ()) for method, steps in pairs], bool)
        kept = table[wanted].drop_duplicates(["network", "method", "steps"], keep="last")
        places = [
            (networks.index(row["network"]), order_of.index(row["method"]), row["steps"])
            for _, row in kept.iterrows()
        ]
        order = sorted(range(len(places)), key=places.__getitem__)
        return Known(kept.iloc[order].reset_index(drop=True))


def appended(path: Path, known: Known, rows: Iterable[Mapping[str, Any]]) -> Known:
    """Write rows behind those of a file, at once; return what is known then.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    lines = [{name: row.get(name, "") for name in COLUMNS} for row in rows]
    try:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(COLUMNS), lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerows(
                {name: _shown(value) for name, value in line.items()} for line in lines
            )
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror}. Choose another file."
        ) from error
    return Known.read(path)


def _shown(value: Any) -> Any:
    """Return a number with the digits that mean something."""
    return f"{value:.6g}" if isinstance(value, float) else value
