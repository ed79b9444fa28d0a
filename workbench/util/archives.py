"""Opening zip archives whose list of files is of a size that somebody can wait for."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from workbench.errors import WorkbenchError

MOST_LISTED = 4_000_000
"""Bytes of the list: some 60,000 files. A file of 100 MB can list millions, which takes minutes."""

_SIZE = 5
"""Where zipfile has the list's size in the record that ends an archive."""


@contextmanager
def opened_archive(path: Path, error: type[WorkbenchError]) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive for reading.

    Parameters
    ----------
    path : Path
    error : type of WorkbenchError
        If it lists too many files.

    Raises
    ------
    WorkbenchError
        Of the given type.
    zipfile.BadZipFile
        If it is no archive.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file, archive_of(file, path, error) as archive:
        yield archive


def archive_of(file: IO[bytes], path: Path, error: type[WorkbenchError]) -> zipfile.ZipFile:
    """Read the list of an archive that is open; parameters and errors as of `opened_archive`."""
    # The same record by which ZipFile reads the list at once: nothing can be told in between.
    read_end: Any = zipfile._EndRecData  # type: ignore[attr-defined]
    end = read_end(file)
    if end and end[_SIZE] > MOST_LISTED:
        raise error(
            f"{path} lists more files than are read: the list has {end[_SIZE]:,} bytes; "
            f"accepted: up to {MOST_LISTED:,}. Write it with fewer arrays."
        )
    return zipfile.ZipFile(file)
