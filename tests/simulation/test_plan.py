import numpy as np
import pytest
from layer_cases import CASES, stored
from spiking_networks import GRID, chain

from workbench.conversion import convert
from workbench.errors import SimulationError
from workbench.settings import Simulation
from workbench.simulation import simulate
from workbench.simulation.plan import exact_type, make_plan


@pytest.mark.parametrize(
    ("steps", "dtype"),
    [(100, np.int32), (2**31 // GRID - 2, np.int32), (2**31 // GRID, np.int64), (10**6, np.int64)],
)
def test_the_wider_type_is_taken_when_steps_times_drive_ask_for_it(steps, dtype):
    assert exact_type(chain([[GRID]]), {"out": GRID}, steps) is dtype


def test_spikes_of_all_sources_are_bounded_too():
    network = chain([[GRID] * 4], [[2**30], [-(2**30)], [5], [7]])
    assert exact_type(network, {"layer_1": GRID}, 1) is np.int64


def test_initial_potentials_and_thresholds_count():
    network = chain([[GRID]], initial=-(2**31) + 3)
    assert exact_type(network, {"out": 0}, 1) is np.int64


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_leaving_the_exact_range_is_refused_with_layer_and_step(engine):
    network = chain([[GRID]], [[2.0**52]], [[1]], names=["first", "wide", "last"])
    settings = Simulation(steps=2000, engine=engine)
    message = (
        r"potential of layer 'wide' could leave the exact range at step 1,023 of 2,000\. "
        r"Run fewer steps, or convert with fewer resolution_bits"
    )
    with pytest.raises(SimulationError, match=message):
        simulate(network, np.ones((1, 1)), settings)
    assert simulate(network, np.ones((1, 1)), Simulation(steps=3, engine=engine)).samples == 1


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_random_input_is_bounded_by_its_largest_spike(engine):
    network = chain([[2.0**50]], names=["only"])
    settings = Simulation(steps=100, engine=engine, encoding="bernoulli")
    with pytest.raises(SimulationError, match="layer 'only' could leave the exact range"):
        simulate(network, np.ones((1, 1)), settings)


def test_a_plan_has_a_stage_for_every_layer():
    name = "max_pool_twice_with_conv_between"
    spiking = convert(stored(name), CASES[name].samples(10))
    plan = make_plan(spiking, {}, 10)
    assert [stage.population.name for stage in plan.stages] == list(spiking.layers)
    assert [stage.pool is not None for stage in plan.stages] == [
        p.kind == "max_pool" for p in spiking.populations[1:]
    ]
    assert 4 <= plan.window_steps <= 128


@pytest.mark.parametrize("reset", ["subtract", "modulo"])
def test_only_layers_that_need_wide_numbers_get_them(reset):
    """The second layer's potential passes 2**31 on the way; its neighbours' never do."""
    kernels = [[GRID // 2]], [[-(2.0**23)]], [[GRID]]
    network = chain(*kernels, names=["narrow", "wide", "last"], reset=reset)
    plan = make_plan(network, {"narrow": GRID // 2}, 1000)
    assert [stage.dtype for stage in plan.stages] == [np.int32, np.int64, np.int32]
    x = np.ones((2, 1))
    runs = [
        simulate(network, x, Simulation(1000, engine=engine, record_potentials="all"))
        for engine in ("event", "reference")
    ]
    assert runs[0].potentials["wide"].min() < -(2**31)
    for name in network.layers:
        assert np.array_equal(*(run.potentials[name] for run in runs)), name
