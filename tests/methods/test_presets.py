"""Presets: their fields, what targets swap, and what is refused by name."""

from dataclasses import replace

import pytest

import workbench as wb
from workbench.errors import SettingsError
from workbench.methods.presets import PRESETS, preset_of


def test_the_default_changes_nothing_but_the_steps():
    assert wb.preset("default", 32) == (wb.Conversion(), wb.Simulation(steps=32))
    assert wb.preset("default") == (wb.Conversion(), wb.Simulation())


def test_few_steps_are_plain_neurons_with_calibrated_potentials():
    conversion, simulation = wb.preset("few_steps", steps=4)
    assert conversion == wb.Conversion(
        normalization="mmse",
        levels=4,
        per_channel=True,
        initial_potential=0.5,
        calibrate="potential",
        calibrate_steps=4,
        calibrate_rounds=2,
    )
    levels = [wb.preset("few_steps", steps)[0].levels for steps in (1, 2, 16, 100)]
    assert levels == [2, 2, 16, 32]
    assert [wb.preset("few_steps", steps)[0].calibrate_rounds for steps in (16, 17)] == [2, 1]
    assert simulation == wb.Simulation(steps=4, readout="potential")
    assert conversion.max_pool == "exact"


def test_signed_searches_thresholds_at_its_steps():
    conversion, simulation = wb.preset("signed", steps=16)
    assert conversion == wb.Conversion(
        normalization="search",
        per_channel=True,
        initial_potential=0.5,
        signed_neurons=True,
        calibrate_steps=16,
    )
    assert simulation == wb.Simulation(steps=16, readout="potential")


def test_graded_spikes_have_more_sizes_the_fewer_steps_there_are():
    for steps, fields in ((1, {"taps": 8, "normalization": "max"}), (4, {"taps": 4})):
        conversion, simulation = wb.preset("graded", steps)
        assert conversion == wb.Conversion(neurons="multi_threshold", **fields)
        assert simulation == wb.Simulation(steps=steps, readout="potential")
        assert preset_of(conversion, simulation) == "graded"
    conversion, _ = wb.preset("one_shot", 8)
    assert conversion == wb.Conversion(
        neurons="one_shot", payload="power_of_two", normalization="mmse", per_channel=True
    )
    with pytest.raises(SettingsError, match="'few_steps'; Loihi 2 has graded spikes"):
        wb.preset("graded", 4, target="loihi")


def test_a_target_swaps_what_it_lacks():
    plain, _ = wb.preset("few_steps", 4)
    for target in ("brian2", "builtin"):
        assert wb.preset("few_steps", 4, target=target)[0] == plain
    for target in ("nest", "nir", "pynn"):
        assert wb.preset("few_steps", 4, target=target)[0] == replace(plain, max_pool="relu")
    loihi = replace(plain, max_pool="average_pooling", calibrate="bias", initial_potential=0.0)
    assert wb.preset("few_steps", 4, target="loihi")[0] == loihi
    assert wb.preset("default", target="loihi")[0] == wb.Conversion(max_pool="average_pooling")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fast",), "There is no preset 'fast'; there are default, few_steps, signed, graded"),
        (([],), r"There is no preset \[\]; there are default"),
        (("few_steps", 4, "fpga"), "target is 'fpga'; accepted: builtin, brian2, nest"),
        (
            ("signed", 4, "nest"),
            r"'nest' has no neurons for preset 'signed'; .* builtin, brian2\. Take .*few_steps",
        ),
        (("few_steps", 0), "steps of preset 'few_steps' is 0; accepted: integers from 1"),
        (("few_steps", 2.5), "steps of preset 'few_steps' is 2.5; accepted: integers"),
    ],
)
def test_what_there_is_not_is_refused_by_name(arguments, message):
    with pytest.raises(SettingsError, match=message):
        wb.preset(*arguments)


def test_long_runs_are_calibrated_with_as_many_steps_as_are_accepted():
    assert wb.preset("few_steps", 100_000)[0].calibrate_steps == 1000


@pytest.mark.parametrize("name", PRESETS)
def test_settings_tell_the_preset_that_they_are(name):
    conversion, simulation = wb.preset(name, 6)
    assert preset_of(conversion, simulation) == name
    others = replace(simulation, seed=3, encoding="poisson", steps=9)
    assert preset_of(conversion, others) == name
    assert preset_of(replace(conversion, threshold=1.5), simulation) is None
    assert preset_of(conversion, replace(simulation, readout_after=1)) is None


def lost(name, preset, steps, digits, samples):
    """Percentage points below the analog network, on the first test samples."""
    network = wb.load(name)
    conversion, simulation = wb.preset(preset, steps)
    snn = wb.convert(network, digits.calibration, conversion)
    x, y = digits.x_test[:samples], digits.y_test[:samples]
    run = wb.simulate(snn, x, replace(simulation, record=()))
    return 100 * float((network.predictions(x) == y).mean() - (run.predictions() == y).mean())


@pytest.mark.parametrize("preset", ["few_steps", "signed"])
def test_four_steps_keep_the_accuracy(preset, digits):
    assert lost("mlp", preset, 4, digits, 500) <= 1
    assert lost("mlp", "default", 4, digits, 500) > 5


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["few_steps", "signed"])
@pytest.mark.parametrize("name", ["lenet", "maxpool", "resnet", "resnet_plain"])
def test_eight_steps_keep_the_accuracy_of_every_network(name, preset, digits):
    assert lost(name, preset, 8, digits, 2000) <= 0.5
