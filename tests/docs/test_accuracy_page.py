"""The page of measured accuracies: it shows the stored table, and says what is out of date."""

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench.bench.accuracy_file import COLUMNS
from workbench.methods.presets import PRESETS

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "_extensions"


@pytest.fixture(scope="module")
def page():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXTENSIONS))
        yield importlib.import_module("accuracy_page")
    del sys.modules["accuracy_page"]


def test_every_network_has_its_figure_and_its_table(page):
    table, text = pd.read_csv(page.TABLE), page.accuracy_page()
    assert list(table.columns) == list(COLUMNS)
    assert table["processor"].notna().all() and table["date"].notna().all()
    for name in table["network"].unique():
        assert f"\n## {name}\n" in text
        assert (page.FIGURES / f"{name}.svg").exists()
        assert f"{{image}} ../images/accuracy/{name}.svg\n:class: only-light" in text
        assert f"{{image}} ../images/accuracy/{name}_dark.svg\n:class: only-dark" in text
    row = table[(table["network"] == "lenet") & (table["method"] == "default")].iloc[-1]
    assert f"{100 * row['accuracy']:.2f}" in text
    assert "snn-workbench bench --accuracy --table docs/reference/accuracy.csv" in text


def test_what_was_measured_with_other_settings_says_so(page, tmp_path, monkeypatch):
    table = pd.read_csv(page.TABLE, dtype=COLUMNS)
    preset = next(name for name in PRESETS if name in set(table["method"]) and name != "default")
    changed = table[table["method"].isin(["default", preset])].copy()
    changed.loc[changed["method"] == preset, "settings"] = "levels=3"
    path = tmp_path / "accuracy.csv"
    changed.to_csv(path, index=False)
    monkeypatch.setattr(page, "TABLE", path)
    text = page.accuracy_page()
    assert f"| {preset}, earlier settings | " in text and "| default | " in text
    changed.loc[changed["method"] == preset, "note"] = "no such neurons"
    changed.loc[changed["method"] == preset, "accuracy"] = float("nan")
    changed.to_csv(path, index=False)
    assert f"{preset}, earlier settings: not measured, no such neurons." in page.accuracy_page()
