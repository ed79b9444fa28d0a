"""Runs as files: what is written is read again, and what does not fit is refused."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import convolution_network

import workbench as wb
from workbench.errors import DataError, ModelFileError, SettingsError
from workbench.network.serialize import decode, digest, encode
from workbench.network.storage_archive import write_archive
from workbench.run_file import ARRAYS, STRUCTURE, TABLES
from workbench.util import archives

X = np.random.default_rng(0).random((6, 5, 5, 1), np.float32)
ANALOG = convolution_network()
CONVERSIONS = {
    "plain": wb.Conversion(),
    "signed": wb.Conversion(signed_neurons=True, initial_potential=0.5),
    "on_off": wb.Conversion(reset="zero", output_sign="on_off"),
    "membrane": wb.Conversion(output_sign="membrane"),
}
SIMULATIONS = {
    "all": wb.Simulation(steps=13, record="all", record_potentials="all"),
    "nothing": wb.Simulation(steps=13, record=()),
    "poisson": wb.Simulation(steps=13, record="all", encoding="poisson", input_rate_hz=1000),
    "potential": wb.Simulation(steps=1, readout="potential", clamp_steps={"conv": 1}),
}


def simulated(conversion: str = "plain", simulation: str = "all") -> Any:
    snn = wb.convert(ANALOG, X, CONVERSIONS[conversion])
    return wb.simulate(snn, X, SIMULATIONS[simulation])


@pytest.fixture(scope="module")
def run() -> Any:
    return simulated("signed")


@pytest.mark.parametrize("simulation", SIMULATIONS)
@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_a_run_is_read_as_it_was_written(conversion: str, simulation: str, tmp_path: Path) -> None:
    run = simulated(conversion, simulation)
    path = run.save(tmp_path / "run.zip")
    again = wb.load_run(str(path))
    ours, theirs = run.recording, again.recording
    assert theirs.network == ours.network
    assert theirs.settings == ours.settings
    assert theirs.layers == ours.layers
    assert theirs.elapsed_s == ours.elapsed_s
    for layer, parts in ours.events.items():
        for part, other in zip(parts, theirs.events[layer], strict=True):
            assert np.array_equal(part, other)
    for table in TABLES:
        mine, other = getattr(ours, table), getattr(theirs, table)
        assert mine.keys() == other.keys()
        assert all(np.array_equal(mine[name], other[name]) for name in mine)
    for array in ARRAYS:
        assert np.array_equal(getattr(ours, array), getattr(theirs, array))
    assert np.array_equal(again.x, X)
    y = ANALOG.predictions(X)
    assert again.accuracy(y, ANALOG).equals(run.accuracy(y, ANALOG))
    assert again.operations().equals(run.operations())
    assert again.correlations(ANALOG).equals(run.correlations(ANALOG))


def test_frames_of_events_are_not_averaged_twice(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).random((3, 8, 5, 5, 1)) < 0.3
    snn = wb.convert(ANALOG, X)
    run = wb.simulate(snn, frames, wb.Simulation(steps=8, encoding="events"))
    again = wb.load_run(run.save(tmp_path / "run.zip"))
    assert np.array_equal(again.x, run.x)
    assert again.x.shape == (3, 5, 5, 1)


def test_what_cannot_be_written_is_said(run: Any, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"run\.npz does not end in \.zip"):
        run.save(tmp_path / "run.npz")
    with pytest.raises(DataError, match="Choose a folder you can write to"):
        run.save(tmp_path / "missing" / "run.zip")


def test_files_that_hold_no_run_are_refused(run: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        wb.load_run(tmp_path / "none.zip")
    text = tmp_path / "text.zip"
    text.write_text("no archive")
    with pytest.raises(ModelFileError, match="is not a run"):
        wb.load_run(text)
    network = wb.save(run.recording.network, tmp_path / "net.snn")
    with pytest.raises(ModelFileError, match=r"it has no run\.json"):
        wb.load_run(network)
    with pytest.raises(ModelFileError, match="Cannot read"):
        wb.load_run(tmp_path)
    with pytest.raises(ModelFileError, match=r"run\.zip is not an snn-workbench network"):
        renamed = run.save(tmp_path / "run.zip").rename(tmp_path / "run.zip.snn")
        try:
            wb.load(renamed)
        except ModelFileError as error:
            raise ModelFileError(str(error).replace("run.zip.snn", "run.zip")) from error


def forged(path: Path, change: Any, *, version: int = 1) -> Path:
    """Write the run of a file again with a change, and the checksum that belongs to it."""
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read(STRUCTURE))
        count = len(archive.namelist()) - 1
        arrays = [np.load(archive.open(f"arrays/{i}.npy")) for i in range(count)]
    payload = decode(header["run"], arrays)
    payload = change(payload) or payload
    kept: list[np.ndarray] = []
    body = encode(payload, kept)
    header |= {"run": body, "digest": digest(payload), "version": version}
    other = path.with_name("forged.zip")
    with other.open("wb") as file:
        write_archive(file, header, kept, STRUCTURE)
    return other


def later(array: np.ndarray, place: int, value: int) -> np.ndarray:
    changed = array.copy()
    changed.reshape(-1)[place] = value
    return changed


def spikes(column: int, value: int) -> Any:
    """Change the first spike of a layer in one of sample, step, unit and sign."""

    def change(payload: dict[str, Any]) -> None:
        parts = list(payload["events"]["conv"])
        parts[column] = later(parts[column], 0, value)
        payload["events"]["conv"] = tuple(parts)

    return change


FORGERIES = {
    "a unit beyond the layer": (spikes(2, 99), "events of 'conv'"),
    "a negative step": (spikes(1, -1), "events of 'conv'"),
    "a sign of 7": (spikes(3, 7), "events of 'conv'"),
    "spikes out of order": (
        lambda p: p["events"].update(conv=tuple(part[::-1] for part in p["events"]["conv"])),
        "events of 'conv'",
    ),
    "a layer too many": (lambda p: p["events"].update(other=p["events"]["conv"]), "events"),
    "a short array": (lambda p: p.update(predictions=p["predictions"][:, :-1]), "predictions"),
    "a class that does not exist": (
        lambda p: p.update(predictions=later(p["predictions"], 0, 4)), "predictions",
    ),
    "floats for counts": (
        lambda p: p["counts"].update(conv=p["counts"]["conv"].astype(float)), "counts of 'conv'",
    ),
    "no step kept": (
        lambda p: p.update(gathered=p["gathered"][:, :0], gathered_steps=p["gathered_steps"][:0]),
        "gathered",
    ),
    "steps beyond the run": (
        lambda p: p.update(gathered_steps=later(p["gathered_steps"], -1, 10**9)), "gathered_steps",
    ),
    "no samples": (lambda p: p.update(x=p["x"][:0]), "counts of 'conv'"),
    "other samples": (lambda p: p.update(x=np.zeros((6, 3))), "x"),
    "a time that is no number": (lambda p: p.update(elapsed_s="soon"), "elapsed_s"),
    "a part too many": (lambda p: {**p, "more": 1}, "its parts are"),
    "other settings": (lambda p: p["settings"].update(steps=10**6), "step_totals"),
    "an unknown setting": (lambda p: p["settings"].update(stepz=3), "stepz"),
    "more threads than there may be": (lambda p: p["settings"].update(threads=10**9), "threads"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGERIES)
def test_parts_that_do_not_fit_are_refused(what: str, run: Any, tmp_path: Path) -> None:
    change, named = FORGERIES[what]
    path = forged(run.save(tmp_path / "run.zip"), change)
    with pytest.raises(ModelFileError, match=named):
        wb.load_run(path)


def test_another_version_is_told(run: Any, tmp_path: Path) -> None:
    path = forged(run.save(tmp_path / "run.zip"), lambda p: None, version=2)
    with pytest.raises(ModelFileError, match="has format version 2; this snn-workbench reads"):
        wb.load_run(path)


def test_an_altered_or_truncated_file_is_refused(run: Any, tmp_path: Path) -> None:
    path = run.save(tmp_path / "run.zip")
    content = path.read_bytes()
    for end in range(0, len(content), 997):
        path.write_bytes(content[:end])
        with pytest.raises(ModelFileError):
            wb.load_run(path)
    for place in range(7, len(content), 1499):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            again = wb.load_run(path)
        except ModelFileError:
            continue
        # What zip does not read, such as times of entries, may differ.
        assert np.array_equal(again.recording.predictions, run.recording.predictions)


def test_a_declared_size_is_not_believed(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run.save(tmp_path / "run.zip")
    monkeypatch.setenv("WORKBENCH_MEMORY", "20 KB")
    with pytest.raises(ModelFileError, match="too large"):
        wb.load_run(path)


def test_a_file_that_lists_too_many_arrays_is_refused(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run.save(tmp_path / "run.zip")
    monkeypatch.setattr(archives, "MOST_LISTED", 200)
    with pytest.raises(ModelFileError, match="lists more files than are read"):
        wb.load_run(path)


def test_the_settings_are_written_whole(run: Any, tmp_path: Path) -> None:
    path = run.save(tmp_path / "run.zip")
    with zipfile.ZipFile(path) as archive:
        written = json.loads(archive.read(STRUCTURE))["run"]["settings"]
    assert set(written) == {field.name for field in dataclasses.fields(wb.Simulation)}
