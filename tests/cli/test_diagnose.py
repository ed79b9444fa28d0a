import json

import pytest

import workbench as wb
from workbench.cli.main import main


def told(capsys, *arguments):
    assert main(["diagnose", *arguments]) == 0
    return capsys.readouterr().out


def test_it_tells_what_attribute_measures(capsys):
    options = ["mlp", "--samples", "60", "--steps", "4"]
    result = json.loads(told(capsys, *options, "--json"))
    data, network = wb.datasets.load("mnist"), wb.load("mlp")
    snn = wb.convert(network, data.calibration)
    table = wb.attribute(
        network, snn, data.x_validation[:60], data.y_validation[:60], wb.Simulation(steps=4)
    )
    assert [row["layer"] for row in result["layers"]] == list(table["layer"])
    assert [row["points"] for row in result["layers"]] == pytest.approx(list(table["points"]))
    assert (result["ann"], result["snn"]) == (table.attrs["ann"], table.attrs["snn"])
    text = told(capsys, *options, "--no-advice")
    assert f"spiking {table.attrs['snn']:.2f} %" in text and "With " not in text
    assert "total" in text and "quantization" in text


def test_it_advises_what_it_measured(capsys):
    text = told(capsys, "mlp", "--samples", "60", "--steps", "4")
    assert "With initial_potential=0.5" in text
    assert "points (measured on these samples)" in text


def test_spiking_networks_are_refused(capsys, tmp_path):
    data = wb.datasets.load("mnist")
    path = wb.save(wb.convert(wb.load("mlp"), data.calibration), tmp_path / "snn.snn")
    assert main(["diagnose", str(path)]) == 1
    assert "Diagnose the network that it was converted from" in capsys.readouterr().err
