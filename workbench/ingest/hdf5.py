"""HDF5 files of other people: opened where all lies within the file, and fits into memory.

HDF5 follows links into other files, reads arrays from them, lets a group contain itself, and
declares arrays of any size without a byte of them being there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import ModelFileError
from workbench.ingest.files import check_file, shortened
from workbench.util.memory_budget import check_size

_FILTERS = (1, 2, 3, 4, 5, 6, 32000)
"""deflate, shuffle, checksum, szip, nbit, scale-offset and lzf; HDF5 would load others as code."""

_MOST_LINKS = 1_000_000
_DEEPEST = 100


@contextmanager
def opened(path: Path, remedy: str) -> Iterator[Any]:
    """Open a file whose every link and array lies within it.

    Parameters
    ----------
    path : Path
    remedy : str
        How such a file is written, for messages.

    Raises
    ------
    ModelFileError
        If it is no HDF5 file, names another file, contains itself, or declares arrays that are
        larger than the memory budget.
    """
    import h5py

    check_file(path)
    try:
        file = h5py.File(path, "r")
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelFileError(
            f"{path} is not an HDF5 file, or is damaged: {shortened(error)}. Save the model again: "
            f"{remedy}."
        ) from error
    with file:
        try:
            size = sum(_sizes(file, path))
        except ModelFileError:
            raise
        except Exception as error:  # h5py raises whatever the damaged part caused.
            raise ModelFileError(
                f"{path} is damaged: {shortened(error)}. Save the model again: {remedy}."
            ) from error
        check_size(size, str(path), ModelFileError)
        yield file


def _sizes(file: Any, path: Path) -> Iterator[int]:
    """Walk all links of a file; yield the bytes of each array, as it declares them."""
    import h5py

    met: set[Any] = {h5py.h5o.get_info(file.id).addr}
    waiting = [("", file.id, 0)]
    links = 0
    while waiting:
        place, group, depth = waiting.pop()
        for raw in group:
            name = f"{place}/{raw.decode('utf-8', 'replace')}".lstrip("/")
            links += 1
            if links > _MOST_LINKS or depth > _DEEPEST:
                raise ModelFileError(f"{path} has too many groups within groups, at '{name[:80]}'.")
            if group.links.get_info(raw).type != h5py.h5l.TYPE_HARD:
                raise _elsewhere(path, name)
            item = h5py.h5o.open(group, raw)
            if isinstance(item, h5py.h5g.GroupID):
                address = h5py.h5o.get_info(item).addr
                if address in met:
                    raise ModelFileError(
                        f"{path} contains the group '{name[:80]}' twice, perhaps within itself. "
                        "Save the model again."
                    )
                met.add(address)
                waiting.append((name, item, depth + 1))
            elif isinstance(item, h5py.h5d.DatasetID):
                yield _size(item, path, name)


def _size(array: Any, path: Path, name: str) -> int:
    import h5py

    options = array.get_create_plist()
    if options.get_layout() == h5py.h5d.VIRTUAL or options.get_external_count():
        raise _elsewhere(path, name)
    filters = [options.get_filter(i)[0] for i in range(options.get_nfilters())]
    if not set(filters) <= set(_FILTERS):
        raise ModelFileError(
            f"{path} packs '{name}' with the HDF5 filters {filters}; accepted: gzip and lzf. Save "
            "the model again without a plugin."
        )
    return int(array.get_space().get_simple_extent_npoints()) * int(array.get_type().get_size())


def _elsewhere(path: Path, name: str) -> ModelFileError:
    return ModelFileError(
        f"{path} keeps '{name}' in another place, as a link or an external array; accepted: arrays "
        "within the file. Copy the file with h5repack, or save the model again."
    )
