"""What the command line prints: results for people and for programs, and what is being done."""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, WorkbenchWarning
from workbench.util.atomic_files import check_writable, written
from workbench.util.interrupts import EXIT_CODE
from workbench.util.optional import require
from workbench.util.progress import ProgressLog, progress_line, step_line, time_left_told

if TYPE_CHECKING:
    import pandas as pd


STEPS_AFTER_S = 1.0
"""The steps of a conversion that takes longer are shown in a terminal."""


def tell(line: str) -> None:
    """Tell whoever started the command, apart from its output."""
    print(line, file=sys.stderr)


@contextmanager
def warnings_told() -> Iterator[None]:
    """Tell the workbench's warnings as sentences, without the line of code that they came from."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", WorkbenchWarning)
        others = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, WorkbenchWarning):
                tell(f"snn-workbench: warning: {message}")
            else:
                others(message, category, *place, **more)

        warnings.showwarning = show  # restored by the context
        yield


_logs: list[ProgressLog] = []
"""The log of the command that is running, if there is one."""


@contextmanager
def progress_log() -> Iterator[None]:
    """Keep a log of what is being done, where standard error is not a terminal."""
    log = ProgressLog()
    _logs.append(log)
    try:
        yield
    finally:
        _logs.remove(log)
        log.end()


def stage(line: str) -> None:
    """Say what is being done: at once in a terminal, else if it takes some seconds."""
    if sys.stderr.isatty():
        tell(line)
    elif _logs:
        _logs[-1].begin(line)


def progress(*, time_left: bool = False, of: str = "samples") -> Callable[[int, int], None] | None:
    """Return what shows (samples done, samples in all); None where nobody watches."""
    line = progress_line(time_left=time_left, of=of)
    if line is not None or not _logs:
        return line
    log, began_s = _logs[-1], time.monotonic()

    def count(done: int, total: int) -> None:
        log.count(done, total, of, time_left_told(began_s, done, total) if time_left else "")

    return count


@contextmanager
def conversion_steps_shown() -> Iterator[Callable[[Any], None] | None]:
    """Yield what shows the steps of a conversion; None where nobody watches."""
    line = step_line("Converting", STEPS_AFTER_S)
    if line is not None:
        try:
            yield lambda step: line.show(str(step), step.done, step.total)
        finally:
            line.end()
    else:
        yield (lambda step: _logs[-1].step(str(step))) if _logs else None


def print_result(result: dict[str, Any]) -> None:
    """Print what a run gave, one number per line."""
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name.replace('_', ' '):<{width}} {shown(name, value)}")


def shown(name: str, value: Any) -> str:
    """Show a number of a result as its name asks for."""
    if value is None:
        return "not known"
    if name in ("accuracy", "ann_accuracy", "undecided"):
        return f"{100 * value:.2f} %"
    if name.endswith(("mse", "r2")):
        return f"{value:.5g}"
    if name.endswith("_per_sample"):
        return f"{value:,.1f}" if isinstance(value, float) and value < 10 else f"{value:,.0f}"
    return str(value)


def aligned(table: pd.DataFrame) -> str:
    """Text in columns that begin below each other."""
    lines = [list(table.columns), *table.astype(str).to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = (zip(line, widths, strict=True) for line in lines)
    return "\n".join("  ".join(f"{text:<{width}}" for text, width in row).rstrip() for row in rows)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for programs to read."""
    return list(json.loads(table.to_json(orient="records")))


def check_table(path: Path | None, *, parquet: bool = False) -> None:
    """Refuse a place where `write_table` cannot write, before there is a table.

    Raises
    ------
    DataError
    """
    if path is None:
        return
    if parquet:
        require("pyarrow", "Writing Parquet", DataError)
    check_writable(path, DataError)


def write_table(path: Path | None, table: pd.DataFrame, *, parquet: bool = False) -> None:
    """Write a table as CSV or Parquet, if there is a place for it, and tell so.

    Raises
    ------
    DataError
        If the file cannot be written, or pyarrow is not installed.
    """
    if path is None:
        return
    import pandas as pd

    if parquet:
        require("pyarrow", "Writing Parquet", DataError)
    plain = pd.DataFrame(table)
    with written(path, DataError) as file:
        if parquet:
            plain.to_parquet(file, index=False)
        else:
            file.write(plain.to_csv(index=False).encode())
    tell(f"Wrote {path}")


def end_search(
    options: argparse.Namespace,
    table: pd.DataFrame,
    told: Callable[[], dict[str, Any]],
    described: Callable[[], str],
    *,
    measured: bool,
    stopped: bool,
    good: bool,
) -> int:
    """Print what a sweep or a search has found, write its table, and return the exit code.

    Parameters
    ----------
    options : Namespace
        With `json` and `csv`, and maybe `parquet`.
    table : DataFrame
    told, described : function of nothing
        For programs and for people.
    measured : bool
        Whether there are figures: files of earlier ones are not overwritten by none.
    stopped, good : bool
        Whether Ctrl-C ended it, and whether it has what was asked for.
    """
    if options.json:
        print_json(told())
    else:
        print_text(described())
    sys.stdout.flush()  # what was measured is told, whatever becomes of the files
    if stopped and not measured:
        tell("Stopped before anything was measured; files stay as they were.")
    else:
        write_table(options.csv, table)
        write_table(getattr(options, "parquet", None), table, parquet=True)
    if stopped:
        return EXIT_CODE
    return 0 if good else 1


def print_json(value: Any) -> None:
    """Print for programs to read."""
    print(json.dumps(value, indent=2))


def print_text(text: str) -> None:
    """Print for people to read."""
    print(text)
