"""Activation statistics that are kept: those of the bundled networks, and the user's own.

A file is named by all that statistics depend on: the network after its exact passes, the samples,
and what is collected. Both folders are read alike, and nothing in a file is believed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.conversion.statistics import Histogram, OutputSums, Statistics, Steps
from workbench.errors import ModelFileError, WorkbenchError
from workbench.network.graph import Network
from workbench.network.storage_archive import Archive, write_archive
from workbench.util.archives import archive_of
from workbench.util.disk_cache import cache_folder, keep, open_kept
from workbench.util.package_data import data_folder

VERSION = 1
"""To be raised whenever statistics of the same network and samples come out otherwise."""

KIND = "statistics"
_LARGEST_FILE = 2**26


def kept(
    network: Network, samples: str, compute: Callable[[], Steps], *, per_channel: bool = False
) -> Steps:
    """Return kept statistics, or compute them and keep them for the next session.

    Parameters
    ----------
    network : Network
        After its exact passes.
    samples : str
        Hash of the calibration samples' values.
    compute : function of nothing to a generator that returns Statistics
    per_channel : bool
        Whether statistics of single channels are included.
    """
    name = file_name(network, samples, per_channel=per_channel)
    for path, is_own in _places(name):
        found = _read(path, network, is_own=is_own, per_channel=per_channel)
        if found is not None:
            return found
    statistics = yield from compute()
    if folder := cache_folder(KIND):
        keep(folder / name, lambda file: write(file, statistics))
    return statistics


def file_name(network: Network, samples: str, *, per_channel: bool = False) -> str:
    """Return the name of the file that holds the statistics; parameters as for `kept`."""
    parts = f"{VERSION} {network.content_hash} {samples} {per_channel}"
    return f"{hashlib.sha256(parts.encode()).hexdigest()[:40]}.zip"


def _places(name: str) -> Iterator[tuple[Path, bool]]:
    """Yield where a file may lie, and whether that is the user's cache."""
    with suppress(WorkbenchError):  # The package was installed without its data.
        yield data_folder() / KIND / name, False
    if folder := cache_folder(KIND):
        yield folder / name, True


def write(file: IO[bytes], statistics: Statistics) -> None:
    """Write statistics; equal ones make equal bytes."""
    groups = (statistics.layers, statistics.channels)
    structure = {
        "input_maximum": statistics.input_maximum,
        "samples": statistics.samples,
        "output": dataclasses.asdict(statistics.output),
        "layers": list(statistics.layers),
        "channels": list(statistics.channels),
    }
    histograms = [histogram for group in groups for histogram in group.values()]
    arrays = [array for h in histograms for array in (h.counts, h.top, h.maximum)]
    write_archive(file, structure, arrays)


def _read(path: Path, network: Network, *, is_own: bool, per_channel: bool) -> Statistics | None:
    """Return what a file holds; None where it is missing, damaged or about another network."""
    try:
        with open_kept(path) if is_own else path.open("rb") as file:
            size = file.seek(0, 2)
            if size > _LARGEST_FILE:
                return None
            with archive_of(file, path, ModelFileError) as archive:
                opened = Archive(archive, size)
                statistics = _statistics(opened.structure(), opened.arrays())
    except FileNotFoundError:
        return None
    # What a damaged archive raises depends on the byte that is wrong.
    except Exception:
        return None
    expected = {node.name for node in network.nodes[1:] if network.is_neural(node)}
    fits = set(statistics.layers) == expected
    fits &= set(statistics.channels) == (expected if per_channel else set())
    return statistics if fits else None


def _statistics(structure: dict[str, Any], arrays: list[np.ndarray]) -> Statistics:
    """Return statistics, or raise ValueError, TypeError or KeyError."""
    names = structure["layers"], structure["channels"]
    histograms = [_histogram(*arrays[i : i + 3]) for i in range(0, len(arrays), 3)]
    if len(histograms) != len(names[0]) + len(names[1]):
        raise ValueError("not as many histograms as names")
    return Statistics(
        layers=dict(zip(names[0], histograms, strict=False)),
        input_maximum=_number(structure["input_maximum"]),
        samples=_as(int, structure["samples"]),
        channels=dict(zip(names[1], histograms[len(names[0]) :], strict=True)),
        output=_output(structure["output"]),
    )


def _output(given: dict[str, Any]) -> OutputSums:
    default = dataclasses.asdict(OutputSums())
    if set(given) != set(default) or any(math.isnan(value) for value in given.values()):
        raise ValueError("not the fields of sums")
    return OutputSums(**{name: _as(type(default[name]), given[name]) for name in default})


def _histogram(counts: np.ndarray, top: np.ndarray, maximum: np.ndarray) -> Histogram:
    ranges = np.array([top, maximum])
    fits = counts.dtype == np.int64 and counts.ndim == 2 and counts.shape[1] >= 2
    if not fits or ranges.dtype != np.float64 or ranges.shape != (2, len(counts)):
        raise ValueError("no histogram")
    if counts.min() < 0 or not np.isfinite(ranges).all() or ranges.min() < 0:
        raise ValueError("a histogram of nothing that can be counted")
    histogram = Histogram(*counts.shape)
    # Copies: what is read is read-only, and a histogram may be added to.
    histogram.counts, histogram.top, histogram.maximum = counts.copy(), top.copy(), maximum.copy()
    return histogram


def _number(value: Any) -> float:
    if not math.isfinite(_as(float, value)):
        raise ValueError("no finite number")
    return float(value)


def _as(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is not a {kind.__name__}")
    return value
