"""A run as a folder to pass on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli.main import main
from workbench.errors import DataError, SettingsError
from workbench.network.activation import Linear, ReLU
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}"


def made(name: str = "small", classes: int = 3) -> tuple[Network, wb.Run, np.ndarray]:
    """A network of one hidden layer, its run on twelve samples, and samples."""
    random = np.random.default_rng(2)
    network = Network(
        name,
        (
            Node("in", Input((5,))),
            Node("hidden", Dense(random.normal(size=(5, 4)), np.zeros(4)), ReLU(), ("in",)),
            Node(
                "out",
                Dense(random.normal(size=(4, classes)), np.zeros(classes)),
                Linear(),
                ("hidden",),
            ),
        ),
    )
    x = random.random((12, 5))
    settings = wb.Simulation(steps=20, record="all")
    return network, wb.simulate(wb.convert(network, x), x, settings), x


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, wb.Run, np.ndarray, Path]:
    network, run, x = made(HOSTILE)
    labels = network.predictions(x)
    page = run.report(tmp_path_factory.mktemp("report") / "mine", labels, network, sample=3)
    return network, run, labels, page


def test_tables_are_those_of_the_run(report):
    network, run, labels, page = report
    folder = page.parent
    for name, table in {
        "operations": run.operations(),
        "energy": run.energy(),
        "rates": run.rates(),
        "accuracy": run.accuracy(labels, network).reset_index(),
        "correlations": run.correlations(network),
    }.items():
        read = pd.read_csv(folder / f"{name}.csv")
        pd.testing.assert_frame_equal(read, table, check_dtype=False)
    outputs = pd.read_csv(folder / "outputs.csv")
    assert outputs["prediction"].tolist() == run.predictions().tolist()
    assert outputs["label"].tolist() == labels.tolist()
    spikes = pd.read_csv(folder / "spikes.csv")
    assert set(spikes["sample"]) == {3}
    assert len(spikes) == sum((run.spikes(name)["sample"] == 3).sum() for name in run.layers)
    settings = wb.load_settings(folder / "settings.toml")
    assert settings == (run.recording.network.conversion, run.recording.settings)


def test_the_page_says_the_accuracy_and_lists_every_file(report):
    network, run, labels, page = report
    text = page.read_text("utf-8")
    accuracy = run.accuracy(labels, network)["snn"].iloc[-1]
    assert f"<dd>{accuracy:.2%} (ANN 100.00%)</dd>" in text
    beside = {path.name for path in page.parent.iterdir()} - {page.name}
    assert set(re.findall(r'<li><a href="([^"]+)"', text)) == beside


def test_the_page_needs_no_network_and_runs_no_name(report):
    text = report[-1].read_text("utf-8")
    page = re.sub(r"(<script[^>]*>).*?</script>", r"\1", text, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "<script>alert(1)" not in text and "49" not in re.findall(r"<h1>(.*?)</h1>", text)[0]
    # Nor inside the figures, whose JSON stands in the page.
    stored = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert stored and all("<script>" not in part for part in stored)
    json.loads(stored[0].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">"))


def test_files_that_exist_stay_unless_they_may_be_replaced(tmp_path):
    _, run, _ = made()
    run.report(tmp_path)
    (tmp_path / "rates.csv").write_text("mine")
    with pytest.raises(DataError, match=r"holds index\.html, settings\.toml, .*overwrite=True"):
        run.report(tmp_path)
    assert (tmp_path / "rates.csv").read_text() == "mine"
    run.report(tmp_path, overwrite=True)
    assert (tmp_path / "rates.csv").read_text() != "mine"
    assert not (tmp_path / "accuracy.csv").exists()  # without labels


@pytest.mark.slow
def test_regressions_report_their_error(tmp_path):
    network, run, x = made(classes=2)
    targets = network.forward(x)
    text = run.report(tmp_path / "r", targets, network, theme="dark").read_text("utf-8")
    error = run.error(targets, network)["mse"].iloc[-1]
    assert f"<dd>{error:.4g} (ANN 0)</dd>" in text
    assert len(pd.read_csv(tmp_path / "r" / "error.csv")) == 20


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"sample": 12}, DataError, "sample is 12; accepted: 0 to 11"),
        ({"ann": 0.9}, DataError, "ann is a float; accepted: the analog network"),
        ({"theme": "pink"}, SettingsError, "theme is 'pink'; accepted: light, dark"),
        ({"labels": [1, 2]}, DataError, "12"),
    ],
)
def test_what_cannot_be_reported_leaves_no_folder(tmp_path, given, error, message):
    _, run, _ = made()
    with pytest.raises(error, match=message):
        run.report(tmp_path / "none", **given)
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_the_command_reports_what_it_prints(tmp_path, capsys):
    folder = tmp_path / "mine"
    options = ["--samples", "5", "--steps", "8", "--record", "all", "--json"]
    assert main(["run", "counting", *options, "--report", str(folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert f"<dd>{told['accuracy']:.2%} (ANN" in (folder / "index.html").read_text("utf-8")
    spikes = pd.read_csv(folder / "spikes.csv")
    assert set(spikes["sample"]) == {0} and len(set(spikes["layer"])) > 1
    assert main(["run", "counting", *options, "--report", str(folder)]) == 1
    assert "holds index.html" in capsys.readouterr().err
