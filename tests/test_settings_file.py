"""Both kinds of settings in one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from setting_strategies import settings_objects

import workbench as wb
from workbench.errors import SettingsError
from workbench.settings import Conversion, Simulation
from workbench.settings_file import MOST_BYTES, decoded, settings_from_toml, settings_to_toml


@given(settings_objects(Conversion), settings_objects(Simulation))
def test_both_come_back_from_their_text(conversion: Any, simulation: Any) -> None:
    text = settings_to_toml(conversion, simulation)
    assert settings_from_toml(text) == (conversion, simulation)


@given(settings_objects(Conversion), settings_objects(Simulation))
def test_texts_of_one_kind_are_read_too(conversion: Any, simulation: Any) -> None:
    assert settings_from_toml(conversion.to_toml()) == (conversion, Simulation())
    assert settings_from_toml(simulation.to_toml()) == (Conversion(), simulation)


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    asked = wb.Conversion(percentile=99, thresholds={"dense.1": 2.0}), wb.Simulation(threads=3)
    path = wb.save_settings(tmp_path / "a.toml", *asked)
    assert wb.load_settings(path) == asked
    assert [file.name for file in tmp_path.iterdir()] == ["a.toml"]
    wb.save_settings(path, simulation=wb.Simulation(steps=7))
    assert wb.load_settings(str(path)) == (wb.Conversion(), wb.Simulation(steps=7))


def test_what_a_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[simulation]\nsteps = 7\n[conversion.percentiles]\na = 98\n")
    asked = Conversion(percentiles={"a": 98}), Simulation(steps=7)
    assert wb.load_settings(tmp_path / "a.toml") == asked
    assert settings_from_toml("") == (Conversion(), Simulation())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[simulation]\nsteps = 0", r"a\.toml: Simulation\.steps is 0; accepted: integers from 1"),
        ("[simulation]\npercentile = 99", r"Simulation has no setting percentile; it has steps"),
        ("colour = 1", "The file has no setting colour; it has conversion, simulation, perc"),
        ("conversion = 3", r"conversion is 3; accepted: a table, as in \[conversion\]"),
        ("[[conversion]]", r"conversion is \[\{\}\]; accepted: a table"),
        ("steps = = 3", r"a\.toml: The settings are not valid TOML"),
        ("signed_neurons = true\nreset = 'zero'", "neurons is 'signed' with reset 'zero'"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(SettingsError, match=words):
        wb.load_settings(tmp_path / "a.toml")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"x\.toml is not text in UTF-8"):
        decoded("x.toml", b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"x\.toml has 1,000,001 bytes; accepted"):
        decoded("x.toml", b"#" * (MOST_BYTES + 1))
    assert decoded("x.toml", b"\xef\xbb\xbfsteps = 7")[1].steps == 7


def test_paths_that_cannot_be_read_or_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Cannot read the settings in .*none\.toml: No such"):
        wb.load_settings(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=r"Cannot read the settings in .*: Is a directory"):
        wb.load_settings(tmp_path)
    with pytest.raises(SettingsError, match=r"Cannot write the settings to .*x\.toml: No such"):
        wb.save_settings(tmp_path / "no" / "x.toml")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="is a device or a pipe"):
        wb.load_settings(tmp_path / "pipe")
