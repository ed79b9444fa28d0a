import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from setting_strategies import settings_objects

from workbench.errors import SettingsError
from workbench.settings import Conversion, Simulation


@given(settings_objects(Conversion) | settings_objects(Simulation))
def test_settings_come_back_from_toml(settings):
    assert type(settings).from_toml(settings.to_toml()) == settings


@pytest.mark.parametrize("kind", [Conversion, Simulation])
def test_an_empty_text_gives_the_defaults(kind):
    assert kind.from_toml("") == kind()


def test_what_is_left_out_keeps_its_default():
    assert Conversion.from_toml("percentile = 99") == Conversion(percentile=99)


def test_toml_is_readable():
    text = Conversion(thresholds={"dense.1": 0.5}).to_toml()
    assert "percentile = 99.9\n" in text
    assert '[thresholds]\n"dense.1" = 0.5' in text


def test_text_that_is_no_toml_is_refused():
    with pytest.raises(SettingsError, match="not valid TOML"):
        Conversion.from_toml("percentile = = 3")


def test_unknown_settings_are_refused_with_those_that_exist():
    with pytest.raises(SettingsError, match="Conversion has no setting percentle, x; it has perc"):
        Conversion.from_toml("percentle = 99\nx = 1")
    with pytest.raises(SettingsError, match="Simulation has no setting stepps"):
        Simulation.from_dict({"stepps": 3})


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Conversion().percentile = 3
    assert dataclasses.replace(Conversion(), percentile=98.0) == Conversion(percentile=98.0)


def test_replacing_checks_again():
    with pytest.raises(SettingsError):
        dataclasses.replace(Simulation(), steps=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"percentile": 101}, r"Conversion\.percentile is 101; accepted: 50 to 100"),
        ({"percentile": 49.9}, "accepted: 50 to 100"),
        ({"percentile": math.nan}, "percentile is nan"),
        ({"percentile": "99"}, "percentile is '99'"),
        ({"percentile": True}, "percentile is True"),
        ({"percentile": None}, "percentile is None"),
        ({"normalization": "mean"}, "normalization is 'mean'; accepted: percentile, max"),
        ({"per_channel": "no"}, "per_channel is 'no'; accepted: true, false"),
        ({"per_channel": 1}, "per_channel is 1; accepted: true, false"),
        ({"threshold": 0}, r"threshold is 0; accepted: 0\.01 to 100"),
        ({"threshold": -1.0}, "threshold is -1"),
        ({"threshold": math.inf}, "threshold is inf"),
        ({"thresholds": {"conv": 0}}, r"thresholds\['conv'\] is 0"),
        ({"thresholds": {"conv": "high"}}, r"thresholds\['conv'\] is 'high'"),
        ({"thresholds": [1.0]}, r"thresholds is \[1\.0\]; accepted: a value per layer name"),
        ({"thresholds": 2.0}, r"thresholds is 2\.0; accepted: a value per layer name"),
        ({"percentiles": {"conv": 20}}, r"percentiles\['conv'\] is 20"),
        ({"percentiles": "conv"}, "percentiles is 'conv'; accepted: a value per layer name"),
        ({"percentiles": {3: 99}}, "percentiles is {3: 99}; accepted: a value per layer name"),
        ({"reset": "soft"}, "reset is 'soft'; accepted: subtract, zero, modulo"),
        ({"reset": 3}, "reset is 3; accepted"),
        ({"reset": ["zero"]}, "accepted: subtract, zero, modulo"),
        ({"initial_potential": 1.5}, r"initial_potential is 1\.5; accepted: -1 to 1"),
        (
            {"max_pool": "max"},
            "max_pool is 'max'; accepted: exact, fir, exp, recent, relu, average_pooling",
        ),
        ({"resolution_bits": 7}, "resolution_bits is 7; accepted: integers from 8 to 20"),
        ({"resolution_bits": 16.0}, r"resolution_bits is 16\.0; accepted: integers"),
    ],
)
def test_a_conversion_refuses_wrong_values_where_they_are_written(change, message):
    with pytest.raises(SettingsError, match=message):
        Conversion(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, r"Simulation\.steps is 0; accepted: integers from 1 to 1,000,000"),
        ({"steps": 10.5}, r"steps is 10\.5"),
        ({"steps": "10"}, "steps is '10'"),
        ({"steps": True}, "steps is True"),
        ({"dt_ms": 0}, r"dt_ms is 0; accepted: 0\.001 to 1,000"),
        ({"encoding": "ttfs"}, "encoding is 'ttfs'; accepted: constant, poisson, events"),
        ({"input_rate_hz": 0}, "input_rate_hz is 0"),
        ({"input_rate_hz": math.nan}, "input_rate_hz is nan"),
        ({"engine": "gpu"}, "engine is 'gpu'; accepted: auto, event, dense, reference"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"threads": 0}, "threads is 0; accepted: integers from 1 to 1,024"),
        ({"record": 5}, "record is 5; accepted: layer names, or 'all'"),
        ({"record": (5,)}, r"record is \(5,\); accepted: layer names, or 'all'"),
        ({"record": None}, "record is None; accepted: layer names"),
        ({"record_potentials": 5}, "record_potentials is 5; accepted: layer names, or 'all'"),
        (
            {"encoding": "poisson", "input_rate_hz": 2000},
            "input_rate_hz is 2000 at dt_ms 1: more than one spike per step. Accepted: up to "
            "1000 Hz",
        ),
        ({"encoding": "poisson", "dt_ms": 8.0}, "up to 125 Hz; lower the rate or dt_ms"),
    ],
)
def test_a_simulation_refuses_wrong_values_where_they_are_written(change, message):
    with pytest.raises(SettingsError, match=message):
        Simulation(**change)


@pytest.mark.parametrize("dt_ms", [1.0, 0.3, 0.07, 12.5])
def test_bernoulli_is_read_as_poisson_at_one_spike_per_step(dt_ms):
    read = Simulation(encoding="bernoulli", dt_ms=dt_ms, input_rate_hz=10)
    assert read == Simulation(encoding="poisson", dt_ms=dt_ms, input_rate_hz=1000 / dt_ms)
    assert read.input_probability == 1
    assert Simulation.from_toml(f'encoding = "bernoulli"\ndt_ms = {dt_ms}') == read


def test_rates_matter_for_poisson_input_alone():
    assert Simulation(encoding="poisson").input_probability == 0.2
    assert Simulation(encoding="constant", input_rate_hz=5000).input_probability == 1
    poisson = Simulation(encoding="poisson", input_rate_hz=500, dt_ms=0.5)
    assert poisson.input_probability == 0.25


def test_one_layer_to_record_may_be_given_by_name():
    assert Simulation(record="conv").record == ("conv",)
    assert Simulation(record="all").record == "all"
    assert Simulation(record=["a", "b"]) == Simulation(record=("a", "b"))


def test_numbers_of_numpy_are_numbers():
    """As a grid made with numpy gives them."""
    for steps in np.arange(10, 30, 10):
        assert Simulation(steps=steps) == Simulation(steps=int(steps))
    for percentile in np.linspace(90, 100, 3, dtype=np.float32):
        settings = Conversion(percentile=percentile)
        assert Conversion.from_toml(settings.to_toml()) == settings


def test_settings_do_not_change_with_the_mapping_they_were_made_from():
    thresholds = {"conv": 0.5}
    settings = Conversion(thresholds=thresholds)
    thresholds["conv"] = 7.0
    assert settings.thresholds == {"conv": 0.5}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"refractory_steps": -1}, "refractory_steps is -1; accepted: integers from 0"),
        ({"leak": 2.0}, "leak is 2.0; accepted: 0 to 1"),
        ({"delay_steps": 0.5}, "delay_steps is 0.5; accepted: integers"),
        ({"clamp_steps": {"conv": -3}}, r"clamp_steps\['conv'\] is -3; accepted"),
        ({"clamp_steps": 3}, "clamp_steps is 3; accepted: a value per layer name"),
        ({"readout": "rate"}, "readout is 'rate'; accepted: counts, potential"),
    ],
)
def test_dynamics_refuse_wrong_values_where_they_are_written(change, message):
    with pytest.raises(SettingsError, match=rf"Simulation\.{message}"):
        Simulation(**change)


@pytest.mark.parametrize(("older", "name"), [("avg", "recent"), ("average", "average_pooling")])
def test_older_names_of_max_pooling_are_read_and_stored_under_the_new_ones(older, name):
    made = Conversion(max_pool=older)
    assert made == Conversion(max_pool=name) == Conversion.from_toml(f'max_pool = "{older}"')
    assert made.max_pool == name
    assert f'max_pool = "{name}"' in made.to_toml()
    assert dataclasses.replace(Conversion(), max_pool=older) == made


def test_max_pooling_is_exact_by_default():
    assert Conversion().max_pool == "exact"
