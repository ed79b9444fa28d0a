"""What a sweep is asked for: its grid, what stays, and how much may be asked for."""

import dataclasses
import itertools

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import SettingsError
from workbench.settings import Conversion, Simulation
from workbench.sweeps.grid import axes_of, grid_points
from workbench.ui.session.request import Request
from workbench.ui.session.sweep_order import (
    OWNER_BOUNDS,
    VIEWER_BOUNDS,
    SweepOrder,
    axes_offered,
    steps_up_to,
    windows_of,
)
from workbench.util.capabilities import OWNER, VIEWER


def order_of(axes, *, conversion=None, simulation=None, longest=16, samples=100, bounds=None):
    request = Request(
        "counting", None, conversion or Conversion(), simulation or Simulation(), 0, 0
    )
    return SweepOrder(request, axes, samples, longest, bounds or OWNER_BOUNDS)


@settings(max_examples=examples(30))
@given(st.integers(1, 3000))
def test_numbers_of_steps_grow_evenly_up_to_the_longest(longest):
    found = steps_up_to(longest)
    assert found[0] == 1 and found[-1] == longest and found == sorted(set(found))
    assert all(later <= 2 * earlier for earlier, later in itertools.pairwise(found))
    assert len(found) <= 26


def test_steps_come_from_the_longest_run_unless_they_are_an_axis():
    assert order_of({"percentile": [99]}).grid["steps"] == [1, 2, 3, 4, 6, 8, 12, 16]
    assert order_of({"steps": [5, 7]}).grid == {"steps": [5, 7]}
    first_spikes = Conversion(code="ttfs")
    assert order_of({"percentile": [99]}, conversion=first_spikes).grid["steps"] == [16]
    assert order_of({"code": ["rate"]}, conversion=first_spikes).points == 8


def test_a_preset_as_an_axis_sets_what_the_menu_of_presets_sets():
    simulation = Simulation(steps=33, leak=0.1, readout="potential", threads=1)
    order = order_of({"preset": ["default", "few_steps"]}, simulation=simulation)
    conversion, base = order.base
    assert conversion is None and base["leak"] == 0.1 and base["threads"] == 1
    points = list(grid_points(axes_of(order.grid), conversion, base))
    assert {point.candidate.simulation.readout for point in points} == {"counts", "potential"}
    assert all(point.candidate.simulation.leak == 0.1 for point in points)


def test_more_than_may_be_asked_for_is_refused_with_the_bound():
    order_of({"percentile": [99]}, bounds=VIEWER_BOUNDS).check()
    for axes, more, message in (
        ({"levels": list(range(1, 40))}, {}, "has 312 points; accepted on this server: up to 300"),
        ({"percentile": [99]}, {"samples": 201}, "201 samples; accepted on this server: up to 200"),
        ({"percentile": [99]}, {"longest": 101}, "101 steps in its longest run; accepted"),
        ({"steps": [2, 500]}, {}, "500 steps in its longest run; accepted"),
        ({}, {}, "has no axis; accepted: at least one"),
    ):
        with pytest.raises(SettingsError, match=message):
            order_of(axes, bounds=VIEWER_BOUNDS, **more).check()
        if axes:
            order_of(axes, **more).check()


def test_less_than_one_is_refused():
    for more, message in (({"samples": -3}, "has -3 samples"), ({"longest": 0}, "has 0 steps in")):
        with pytest.raises(SettingsError, match=f"{message}.*Give at least 1"):
            order_of({"steps": [1]} if "samples" in more else {"code": ["ttfs"]}, **more).check()


def test_codes_decide_the_length_of_a_run_and_its_bound():
    network = wb.load("counting")  # two windows
    first_spikes = Conversion(code="ttfs_steps", levels=50)
    order_of({"percentile": [99]}, conversion=first_spikes, bounds=VIEWER_BOUNDS).check_lengths(
        network
    )
    for axes, conversion, steps in (
        ({"levels": [8, 51]}, first_spikes, 102),
        ({"code": ["rate", "phase"]}, Conversion(levels=1024), 2048),
        ({"preset": ["default"], "code": ["phase"], "levels": [64]}, None, 128),
    ):
        order = order_of(axes, conversion=conversion, bounds=VIEWER_BOUNDS)
        order.check()
        with pytest.raises(SettingsError, match=rf"{steps:,} steps in .*takes 2 windows; give few"):
            order.check_lengths(network)
        order_of(axes, conversion=conversion).check_lengths(network)
    order = order_of({"levels": [1024]}, bounds=VIEWER_BOUNDS)  # the code rate: steps count
    order.check_lengths(network)
    assert order.run_steps(Conversion(levels=64), 8, 2) == 8
    assert order.run_steps(first_spikes, 8, 2) == 100
    assert order.run_steps(Conversion(code="ttfs"), 8, 2) == 100


@pytest.mark.parametrize("name", ["counting", "resnet"])
def test_windows_are_known_before_the_conversion(name):
    network = wb.load(name)
    x = np.random.default_rng(0).random((2, *network.input_shape), np.float32)
    assert windows_of(network) == wb.convert(network, x, Conversion(code="ttfs")).windows


def test_viewers_choose_nothing_of_how_the_machine_computes():
    mine, theirs = axes_offered(OWNER), axes_offered(VIEWER)
    assert {"engine", "threads", "batch_size"} == mine.keys() - theirs.keys()
    assert next(iter(theirs)) == "preset" and {"percentile", "steps", "code"} <= theirs.keys()
    assert not {"record", "thresholds"} & mine.keys()


def test_other_settings_than_its_axes_make_a_sweep_old():
    order = order_of({"percentile": [99, 99.9]})
    conversion, simulation = Conversion(percentile=80), Simulation(steps=3, threads=1)
    assert order.is_of_base(conversion, simulation)
    assert not order.is_of_base(dataclasses.replace(conversion, reset="zero"), simulation)
    assert not order.is_of_base(conversion, dataclasses.replace(simulation, leak=0.1))
    presets = order_of({"preset": ["default"]})
    assert presets.is_of_base(Conversion(reset="zero"), Simulation(readout="potential"))
    assert not presets.is_of_base(Conversion(), Simulation(leak=0.1))
