"""The figures of the results table, one of each network, as pages and pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from workbench.errors import ExportError
from workbench.plot.pareto_front import pareto
from workbench.plot.saving import save

PICTURES = {".svg": "light", "_dark.svg": "dark", ".png": "light"}
"""Endings of the pictures of a figure, and their themes."""


def drawn(table: pd.DataFrame, folder: Path, notify: Callable[[str], None]) -> list[Path]:
    """Draw loss against synaptic operations of every network of a results table.

    Parameters
    ----------
    table : DataFrame
        As `workbench.bench.accuracy.accuracy_table` gives it.
    folder : Path
        It is made if it is missing.
    notify : callable
        Gets a line where there is no browser to draw pictures.

    Returns
    -------
    list of Path
        Of each network ``NAME.html``, ``NAME.svg``, ``NAME_dark.svg`` and ``NAME.png``; only the
        pages without a browser.

    Raises
    ------
    ExportError
        If a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder}: {error.strerror}. Choose another folder.") from error
    figures = {str(name): pareto(rows) for name, rows in table.groupby("network", sort=False)}
    files = [save(figure, folder / f"{name}.html") for name, figure in figures.items()]
    try:
        for name, figure in figures.items():
            for ending, theme in PICTURES.items():
                files.append(save(figure, folder / f"{name}{ending}", theme=theme))
    except ExportError as error:
        notify(f"Only pages, no more pictures: {error}")
    return files
