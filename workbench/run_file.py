"""Runs as files: JSON and arrays in one zip archive, without pickle.

``run.json`` holds the settings, the spiking network's structure and the names of what was
recorded, ``arrays/N.npy`` the numbers. Nothing that a file declares is believed: the version comes
first, then sizes, then a SHA-256 over all of it, then whether every array fits the network and the
settings.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import DataError, ModelFileError, SettingsError
from workbench.network.readout import RANKED
from workbench.network.recording import Recording, recorded_layers, traced_layers
from workbench.network.schedule import run_settings
from workbench.network.serialize import decode, digest, encode
from workbench.network.spiking import SpikingNetwork
from workbench.network.storage import spiking_of, spiking_payload
from workbench.network.storage_archive import Told, archive_at, explained, write_archive
from workbench.network.storage_types import check_marks
from workbench.run import Run
from workbench.settings import Simulation
from workbench.util.atomic_files import written
from workbench.util.memory_budget import size_problem

FORMAT = "snn-workbench run"
VERSION = 1
STRUCTURE = "run.json"
SUFFIX = ".zip"

TABLES = ("counts", "unit_totals", "step_totals", "potentials")
ARRAYS = (
    "predictions",
    "output_counts",
    "gathered",
    "gathered_steps",
    "ranked",
    "ranked_steps",
)
"""Fields of a recording: arrays by layer, and single arrays."""
OF_TIME = ("times", "early")
"""Fields that only runs in continuous time have."""


def save_run(run: Run, path: str | Path) -> Path:
    """Write a run to a file; see `workbench.run.Run.save`."""
    path = Path(path)
    if path.suffix != SUFFIX:
        raise SettingsError(f"{path} does not end in {SUFFIX}, as the file of a run does.")
    samples = int(np.prod(run.x.shape)) * run.x.dtype.itemsize
    if problem := size_problem(samples):
        raise DataError(
            f"The samples of the run are on disk and too many to save with it: {problem} "
            "Simulate fewer of them."
        )
    recording = run.recording
    is_continuous = recording.network.spike_code.is_continuous
    payload = {
        "network": spiking_payload(recording.network),
        "settings": dataclasses.asdict(recording.settings),
        "elapsed_s": float(recording.elapsed_s),
        "events": {name: list(parts) for name, parts in recording.events.items()},
        "x": np.asarray(run.x),
        **{name: getattr(recording, name) for name in (*TABLES, *ARRAYS)},
        **({name: getattr(recording, name) for name in OF_TIME} if is_continuous else {}),
    }
    arrays: list[np.ndarray] = []
    body = encode(payload, arrays)
    header = {"format": FORMAT, "version": VERSION, "digest": digest(payload), "run": body}
    with written(path, DataError) as file:
        write_archive(file, header, arrays, STRUCTURE)
    return path


def load_run(path: str | Path) -> Run:
    """Read a run that `Run.save` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Run

    Raises
    ------
    ModelFileError
        If the file is missing, does not hold a run, was written by a newer version, was truncated
        or altered, or takes more memory than is free.
    """
    path = Path(path).expanduser()
    with explained(path, "is not a run of snn-workbench", "run"):
        return _read(path)


def _read(path: Path) -> Run:
    with archive_at(path, STRUCTURE) as archive:
        header = archive.structure()
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ModelFileError("its header says so")
        if header.get("version") != VERSION:
            raise Told(
                f"has format version {str(header.get('version'))[:20]}; this snn-workbench reads "
                f"version {VERSION}. Update snn-workbench."
            )
        if set(header) != {"format", "version", "digest", "run"}:
            raise ModelFileError(f"its header has the entries {', '.join(sorted(header))[:200]}")
        check_marks(header["run"], archive.arrays_count)
        payload = decode(header["run"], archive.arrays())
    if digest(payload) != header["digest"]:
        raise ModelFileError("its contents do not match its checksum")
    return _run(payload)


def _run(payload: dict[str, Any]) -> Run:
    """Make a run of its parts, which may be of any kind."""
    wanted = {"network", "settings", "elapsed_s", "events", "x", *TABLES, *ARRAYS}
    if set(payload) - set(OF_TIME) != wanted:
        raise ModelFileError(f"its parts are {', '.join(sorted(map(str, payload)))[:200]}")
    network = spiking_of(payload["network"])
    settings = Simulation.from_dict(payload["settings"])
    _demand(run_settings(network, settings) == settings, "settings")
    elapsed_s, x = payload["elapsed_s"], payload["x"]
    _demand(isinstance(elapsed_s, float) and 0 <= elapsed_s < np.inf, "elapsed_s")
    _demand(isinstance(x, np.ndarray) and x.shape[1:] == network.input_shape, "x")
    check = _Check(network, settings, len(x))
    layers = recorded_layers(network, settings)
    names = {population.name for population in network.populations}
    check.table(payload, "counts", layers, np.int32, lambda size: (len(x), size))
    check.table(payload, "unit_totals", names, np.int64, lambda size: (size,))
    check.table(payload, "step_totals", names, np.int64, lambda _: (settings.steps,))
    traced = traced_layers(network, settings)
    whole = len(x), settings.steps
    check.table(payload, "potentials", traced, np.int64, lambda size: (*whole, size))
    check.events(payload["events"], layers)
    of_time = {name: payload[name] for name in OF_TIME if name in payload}
    check.times(of_time, payload["events"], layers)
    check.outputs(payload)
    return Run(
        Recording(
            network=network,
            settings=settings,
            layers=layers,
            events={name: tuple(payload["events"][name]) for name in layers},
            elapsed_s=elapsed_s,
            **{name: payload[name] for name in (*TABLES, *ARRAYS)},
            **of_time,
        ),
        x,
        averaged=True,
    )


def _demand(fits: Any, what: str) -> None:
    if not fits:
        raise ModelFileError(f"its {what} does not fit its network and settings")


def _is_array(value: Any, dtype: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == dtype and value.shape == shape


class _Check:
    """Whether arrays have the types, shapes and values that a run's have.

    Parameters
    ----------
    network : SpikingNetwork
    settings : Simulation
    samples : int
    """

    def __init__(self, network: SpikingNetwork, settings: Simulation, samples: int):
        self.network, self.settings, self.samples = network, settings, samples

    def table(self, payload: Any, what: str, layers: Any, dtype: Any, shape: Any) -> None:
        """Check arrays by layer."""
        table = payload[what]
        _demand(isinstance(table, dict) and set(table) == set(layers), what)
        for name, array in table.items():
            size = self.network.population(name).size
            _demand(_is_array(array, dtype, shape(size)), f"{what} of '{name}'")

    def events(self, events: Any, layers: tuple[str, ...]) -> None:
        """Check single spikes: inside the run, and in order."""
        _demand(isinstance(events, dict) and set(events) == set(layers), "events")
        for name in layers:
            parts, where = events[name], f"events of '{name}'"
            population = self.network.population(name)
            count = 4 if population.signed else 3
            _demand(isinstance(parts, tuple) and len(parts) == count, where)
            _demand(all(isinstance(part, np.ndarray) for part in parts), where)
            shape = parts[0].shape
            _demand(len(shape) == 1 and all(_is_array(p, np.int64, shape) for p in parts), where)
            sample, step, unit, *sign = parts
            limits = self.samples, self.settings.steps, population.size
            for part, limit in zip((sample, step, unit), limits, strict=True):
                _demand(not len(part) or (part.min() >= 0 and part.max() < limit), where)
            sizes = [np.abs(part) for part in sign]
            fits = all(((s >= 1) & (s <= population.largest)).all() for s in sizes)
            _demand(fits, where)
            rises = np.diff(sample) > 0
            same = np.diff(sample) == 0
            rises |= same & (np.diff(step) > 0)
            rises |= same & (np.diff(step) == 0) & (np.diff(unit) > 0)
            _demand(rises.all(), where)

    def times(self, given: dict[str, Any], events: Any, layers: tuple[str, ...]) -> None:
        """Check times of spikes, where time is continuous: inside the slices of their spikes."""
        network = self.network
        wanted = set(layers) if network.spike_code.is_continuous else set()
        times, early = given.get("times", {}), given.get("early", {})
        _demand(isinstance(times, dict) and set(times) == wanted, "times")
        known = isinstance(early, dict) and set(early) <= set(network.layers)
        _demand(known and all(type(n) is int and n >= 0 for n in early.values()), "early")
        for name, own in times.items():
            step = events[name][1]
            _demand(_is_array(own, np.float64, step.shape), f"times of '{name}'")
            slices = own * (self.settings.steps / network.windows)
            # A time on the border of two slices may have been rounded to either.
            near = (slices >= step - 1e-6) & (slices <= step + 1 + 1e-6)
            window = network.send_windows[name]
            inside = (own >= window) & (own <= window + 1)
            _demand((near & inside).all(), f"times of '{name}'")
        if self.network.spike_code.has_slots:
            for name in layers:
                window = self.network.send_windows[name]
                within = events[name][1] // network.conversion.levels == window
                _demand(within.all(), f"events of '{name}'")

    def outputs(self, payload: dict[str, Any]) -> None:
        """Check what the outputs said."""
        samples, steps, classes = self.samples, self.settings.steps, self.network.classes
        _demand(samples > 0, "x")
        size = self.network.output.size
        _demand(_is_array(payload["predictions"], np.int32, (samples, steps)), "predictions")
        _demand(_is_array(payload["output_counts"], np.int32, (samples, size)), "output_counts")
        for what in ("gathered_steps", "ranked_steps"):
            at = payload[what]
            _demand(isinstance(at, np.ndarray) and at.ndim == 1 and at.dtype == np.int64, what)
            _demand((np.diff(at) > 0).all() and (not len(at) or at[0] >= 1), what)
            _demand((at[-1:] == steps).all(), what)
        gathered, at = payload["gathered"], payload["gathered_steps"]
        _demand(len(at) and _is_array(gathered, np.int64, (samples, len(at), classes)), "gathered")
        at, first = payload["ranked_steps"], min(RANKED, classes)
        _demand(_is_array(payload["ranked"], np.int32, (samples, len(at), first)), "ranked")
        for what, low in (("predictions", -1), ("ranked", 0)):
            array, most = payload[what], max(2, classes)
            _demand(not array.size or (array.min() >= low and array.max() < most), what)
