import json
import re

import jsonschema
import numpy as np
import pytest
from exporters.export_cases import (
    Stack,
    convolutions,
    flat,
    max_pooling,
    own_potentials,
    reference,
    signed,
    steps,
)

from workbench.errors import ExportError, UnsupportedLayerError
from workbench.exporters import export
from workbench.exporters.loihi import config as config_module
from workbench.exporters.loihi import schema as shipped
from workbench.exporters.loihi.parity import predictions
from workbench.settings import Simulation
from workbench.simulation import simulate

pytest.importorskip("h5py", reason="netx files are HDF5")


@pytest.fixture(scope="module")
def schema():
    schema = shipped.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def test_potentials_of_single_neurons_are_refused(tmp_path):
    with pytest.raises(UnsupportedLayerError, match=r"start from .* each neuron.*calibrate=.bias"):
        export(own_potentials(flat().convert()), "loihi", tmp_path / "net")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("chip", ["loihi1", "loihi2"])
@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("build", [convolutions, flat])
def test_the_configuration_keeps_its_schema(build, reset, chip, schema, tmp_path):
    network = build().convert(reset=reset, initial_potential=0.5)
    report = export(network, "loihi", tmp_path / "net", chip=chip)
    config = json.loads(report.files[0].read_text(encoding="utf-8"))
    jsonschema.validate(config, schema)
    assert config["weights_file"] == report.files[1].name == "net.net.h5"
    assert config["network"]["content_hash"] == network.content_hash
    assert config["reset_mode"] == config["snn_toolbox"]["loihi"]["reset_mode"]
    assert config["reset_mode"] == ("hard" if reset == "zero" else "soft")
    assert config["chip"] == config["resources"]["limits"]["name"] == chip
    half = config["layers"][-1]["threshold"]["mantissa"] / 2
    assert abs(config["layers"][-1]["initial_potential"]["mantissa"] - half) <= 1
    assert any("holds no initial potentials" in note for note in report.notes)
    assert config["comparison"] is None


def test_the_schema_refuses_what_is_no_configuration(schema, tmp_path):
    report = export(flat().convert(), "loihi", tmp_path / "net")
    config = json.loads(report.files[0].read_text(encoding="utf-8"))
    config["layers"][0]["weight"]["largest"] = 255
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config, schema)


def test_a_configuration_that_breaks_its_schema_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(config_module, "VERSION", "two")
    message = r"does not fit its schema at \$\.version: 2 was expected\. Nothing was exported"
    with pytest.raises(ExportError, match=message):
        export(flat().convert(), "loihi", tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_parity_says_how_many_predictions_agree_for_both_resets(schema, tmp_path):
    network = convolutions().convert()
    x = np.random.default_rng(1).random((12, *network.input_shape))
    labels = np.zeros(12, int)
    report = export(
        network,
        "loihi",
        tmp_path / "net",
        simulate=reference,
        samples=x,
        labels=labels,
        parity_steps=60,
    )
    assert report.parity.status == "approximate"
    words = report.parity.words
    assert re.search(r"\d+ of 12 \([\d.]+%\) with reset to zero, as stock Lava does", words)
    assert re.search(r"accuracy: simulator \d+ of 12 \([\d.]+%\), soft reset", words)
    assert "a tie goes to the higher potential, as in the simulator" in words
    assert words.endswith(". Not checked with Lava. Set lava_python to a Python 3.10 that has it")
    agreeing = re.search(r"(\d+) of 12 \([\d.]+%\) with reset by subtraction", words)
    assert int(agreeing[1]) >= 10
    config = json.loads(report.files[0].read_text(encoding="utf-8"))
    jsonschema.validate(config, schema)
    comparison = config["comparison"]
    assert (comparison["samples"], comparison["steps"]) == (12, 60)
    assert comparison["agreeing"]["soft"] == int(agreeing[1])
    assert set(comparison["correct"]) == {"simulator", "soft", "hard"}
    assert f"simulator {comparison['correct']['simulator']} of 12" in words
    (changes,) = [note for note in report.notes if note.startswith("Rounding changed weights")]
    assert re.search(r"[\d.]+% in a \(weights\), .*0\.00% in b_pool \(pooling\)", changes)
    assert any("Average pooling has neurons of its own (b_pool)" in n for n in report.notes)


def single():
    return Stack((12,), 4).dense("output", 4)


@pytest.mark.parametrize("reset", ["subtract", "zero", "modulo"])
@pytest.mark.parametrize("build", [convolutions, flat, single])
def test_the_simulators_predictions_are_its_own_ties_included(build, reset):
    network = build().convert(reset=reset, initial_potential=0.25)
    x = np.random.default_rng(2).random((40, *network.input_shape)) * network.input_scale
    run = simulate(network, x, Simulation(steps=6, record="all"))
    found = predictions(network, run.events, x, 6)
    assert np.array_equal(found, run.predictions[:, -1])
    if build is flat:  # has ties on these samples
        first = np.where(run.output_counts.any(axis=1), run.output_counts.argmax(axis=1), -1)
        assert (first != found).any()


def test_a_network_for_reset_to_zero_is_compared_with_that_alone(tmp_path):
    network = flat().convert(reset="zero")
    report = export(network, "loihi", tmp_path / "net", simulate=reference)
    assert "reset by subtraction" not in report.parity.words
    assert "random inputs" in report.parity.words


def test_violated_limits_are_noted_with_layer_and_remedy(tmp_path):
    network = Stack((5000,)).dense("wide", 3).convert()
    report = export(network, "loihi", tmp_path / "net")
    (note,) = [note for note in report.notes if note.startswith("Limit exceeded")]
    assert "wide: input axons per core 5,000, allowed 4,096." in note
    config = json.loads(report.files[0].read_text(encoding="utf-8"))
    assert config["violations"][0]["layer"] == "wide"


@pytest.mark.parametrize("build", [max_pooling, signed, steps])
def test_what_cannot_be_expressed_leaves_no_files(build, tmp_path):
    with pytest.raises(UnsupportedLayerError):
        export(build().convert(), "loihi", tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_an_unknown_chip_is_refused(tmp_path):
    with pytest.raises(ExportError, match="chip is 'loihi3'; accepted: loihi1, loihi2"):
        export(flat().convert(), "loihi", tmp_path / "net", chip="loihi3")


@pytest.mark.parametrize("option", ["parity_samples", "parity_steps"])
def test_options_are_checked(tmp_path, option):
    with pytest.raises(ExportError, match=f"{option} is 0; accepted: integers from 1"):
        export(flat().convert(), "loihi", tmp_path / "net", **{option: 0})
