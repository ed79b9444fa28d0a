"""Points that were measured, in a Parquet file: the next sweep computes only what is missing.

The file is written whole, beside the old one, and then takes its place. Nothing in it is believed:
pages have checksums, nothing is compressed, rows and columns are counted against the size of the
file, and text that it says once for many rows is one text in memory, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import DataError
from workbench.util.atomic_files import check_replaceable, locked, replacing
from workbench.util.memory_budget import special_file
from workbench.util.optional import require

FIELDS: Mapping[str, type] = {
    "key": str,
    "steps": int,
    "settings": str,
    "samples": int,
    "part": str,
    "accuracy": float,
    "accuracy_low": float,
    "accuracy_high": float,
    "ann": float,
    "loss": float,
    "agreement": float,
    "undecided": float,
    "latency": int,
    "spikes": float,
    "synops": float,
    "energy": float,
    "energy_compute": float,
    "energy_ann": float,
    "run_steps": int,
    "seconds": float,
    "network": str,
    "network_hash": str,
    "spiking_hash": str,
    "versions": str,
}
"""Columns with what they hold; a number may be missing."""

MARK = b"snn-workbench.sweep"
FORMAT = b"1"

MOST_BYTES = 2**28
LEAST_ROW_BYTES = 8 * sum(kind is float for kind in FIELDS.values())
"""Of every row, without its text and what may be missing."""

MOST_TEXT = 2**16
"""Characters of one text."""

Row = dict[str, Any]


def read_store(path: str | os.PathLike[str]) -> dict[str, Row]:
    """Read the points of a file; none where there is no such file.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    dict of str to dict
        By key: the columns of `FIELDS`.

    Raises
    ------
    DataError
        If pyarrow is not installed, or the file is damaged or something else.
    """
    require("pyarrow", "Keeping the points of a sweep", DataError)
    place = Path(path).expanduser()
    if problem := special_file(place):
        raise DataError(problem)
    try:
        with place.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"Cannot read the sweep's points in {path}: {reason}.") from error
    if len(content) > MOST_BYTES:
        raise _foreign(path, f"it has more than {MOST_BYTES:,} bytes")
    rows = _rows_of(content, path)
    return {row["key"]: row for row in rows}


def add_to_store(path: str | os.PathLike[str], rows: Iterable[Row]) -> None:
    """Add points to a file, which is made if it is missing; other sweeps may do so meanwhile.

    Raises
    ------
    DataError
        As `read_store`; or if the file cannot be written, or could not be read again: then the one
        before stays.
    """
    place = Path(path).expanduser()
    with _telling(path), locked(place.parent):
        known = read_store(place) | {row["key"]: row for row in rows}
        content = _content_of(list(known.values()), path)
        with replacing(place) as file:
            file.write(content)


def check_place(path: str | os.PathLike[str]) -> None:
    """Refuse a place where no file can be written, before there is anything to write.

    Raises
    ------
    DataError
    """
    with _telling(path):
        check_replaceable(Path(path).expanduser())


@contextmanager
def _telling(path: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Cannot write the sweep's points to {path}: {error.strerror or error}. Choose a "
            "folder you can write to."
        ) from error


def _schema() -> Any:
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    fields = [pa.field(name, kinds[kind]) for name, kind in FIELDS.items()]
    return pa.schema(fields, metadata={MARK: FORMAT})


def check_texts(row: Row, path: object) -> None:
    """Refuse a row whose text is longer than what is read again.

    Raises
    ------
    DataError
    """
    for name, value in row.items():
        if isinstance(value, str) and len(value) > MOST_TEXT:
            raise DataError(
                f"A point's {name} has {len(value):,} characters; accepted in {path}: up to "
                f"{MOST_TEXT:,}. Give values of fewer single layers, or sweep without a store."
            )


def _content_of(rows: list[Row], path: object) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    for row in _checked(rows, path):
        check_texts(row, path)
    table = pa.Table.from_pylist(rows, schema=_schema())
    sink = pa.BufferOutputStream()
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    parquet.write_table(table, sink, write_page_checksum=True, **plain)
    content = bytes(sink.getvalue())
    if len(content) > MOST_BYTES:
        raise DataError(
            f"{path} would have {len(content):,} bytes with the new points; accepted: up to "
            f"{MOST_BYTES:,}. Name another file for them."
        )
    return content


def _rows_of(content: bytes, path: object) -> list[Row]:
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema()
    text = [name for name, kind in FIELDS.items() if kind is str]
    size = len(content)
    try:
        told = parquet.read_metadata(pa.BufferReader(content))
        found = told.schema.to_arrow_schema()
        if (found.metadata or {}).get(MARK) != FORMAT or not found.equals(schema):
            raise _foreign(path, "it holds another table")
        parts = [told.row_group(number) for number in range(told.num_row_groups)]
        columns = [part.column(n) for part in parts for n in range(part.num_columns)]
        rows = sum(part.num_rows for part in parts)
        sizes = [column.total_compressed_size for column in columns]  # several may claim one place
        if (
            any(column.compression != "UNCOMPRESSED" for column in columns)
            or rows * LEAST_ROW_BYTES > size
            or min(sizes, default=0) < 0
            or sum(sizes) > size
        ):
            raise _foreign(path, f"{rows:,} rows do not fit into its {size:,} bytes")
        table = parquet.read_table(
            pa.BufferReader(content), read_dictionary=text, page_checksum_verification=True
        )
        values = [
            _texts(table[name], name, path) if kind is str else table[name].to_pylist()
            for name, kind in FIELDS.items()
        ]
        return _checked(
            [dict(zip(FIELDS, row, strict=True)) for row in zip(*values, strict=True)], path
        )
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _foreign(path, f"{error}".partition("\n")[0].rstrip(".")) from error


def _texts(column: Any, name: str, path: object) -> list[str | None]:
    """Return a column of text; what the file says once, for many rows, stays one text."""
    from pyarrow import compute

    texts: list[str | None] = []
    for chunk in column.chunks:
        sizes = compute.binary_length(chunk.dictionary)
        if (compute.max(sizes).as_py() or 0) > 4 * MOST_TEXT:  # before any of it is copied
            raise _foreign(path, f"a {name} in it is longer than {MOST_TEXT:,} characters")
        words = chunk.dictionary.to_pylist()
        texts += [None if at is None else words[at] for at in chunk.indices.to_pylist()]
    return texts


def _checked(rows: list[Row], path: object) -> list[Row]:
    """Refuse rows that no sweep has written."""
    for row in rows:
        texts = all(row[name] is not None for name, kind in FIELDS.items() if kind is str)
        shares = all(0 <= (row[name] or 0) <= 1 for name in ("accuracy", "agreement", "undecided"))
        if not (texts and shares and (row["steps"] or 0) >= 1 and (row["samples"] or 0) >= 1):
            raise _foreign(path, "it has rows that no sweep has written")
    return rows


def _foreign(path: object, reason: str) -> DataError:
    return DataError(
        f"{path} does not hold the points of a sweep, or is damaged: {reason}. Name another file; "
        "or remove this one, and all points are measured again."
    )
