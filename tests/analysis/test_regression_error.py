import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spiking_networks import GRID, chain

from workbench.analysis.regression_error import error_latency, error_over_time, squared_error
from workbench.network import recording as recordings
from workbench.settings import Simulation
from workbench.simulation import simulate


@given(seed=st.integers(0, 1000), samples=st.integers(2, 20), outputs=st.integers(1, 4))
def test_errors_are_those_of_loops(seed, samples, outputs):
    rng = np.random.default_rng(seed)
    found, wanted = rng.normal(size=(2, samples, outputs))
    squares, scores = 0.0, []
    for k in range(outputs):
        residual = sum((wanted[i, k] - found[i, k]) ** 2 for i in range(samples))
        spread = sum((wanted[i, k] - wanted[:, k].mean()) ** 2 for i in range(samples))
        squares += residual
        scores.append(1 - residual / spread)
    assert squared_error(found, wanted) == pytest.approx(
        (squares / samples / outputs, np.mean(scores))
    )


def test_r2_of_targets_that_do_not_vary_is_not_defined():
    constant = np.full((5, 1), 0.1)
    mse, r2 = squared_error(constant + 1, constant)
    assert mse == pytest.approx(1)
    assert np.isnan(r2)
    assert np.isnan(squared_error(np.ones((1, 3)), np.zeros((1, 3)))[1])
    mixed = np.column_stack([constant[:, 0], np.arange(5.0)])
    assert squared_error(mixed, mixed) == (0, 1)


def test_one_who_always_says_the_mean_explains_nothing():
    targets = np.arange(6.0).reshape(3, 2)
    assert squared_error(np.tile(targets.mean(axis=0), (3, 1)), targets)[1] == pytest.approx(0)


def test_outputs_of_images_are_compared_unit_by_unit():
    targets = np.random.default_rng(0).random((4, 2, 3, 1))
    assert squared_error(targets, targets.reshape(4, -1)) == (0, 1)


def quarter(steps):
    return simulate(chain([[GRID // 4]]), np.array([[1.0], [0.5]]), Simulation(steps=steps))


def test_every_step_has_a_row():
    run = quarter(8)
    table = error_over_time(run, np.array([[0.25], [0.125]]))
    assert table.index.tolist() == list(range(1, 9))
    counts = np.array([[t // 4, t // 8] for t in range(1, 9)])
    decoded = counts / np.arange(1, 9)[:, None]
    expected = ((decoded - [0.25, 0.125]) ** 2).mean(axis=1)
    assert table["mse"].to_numpy() == pytest.approx(expected)
    assert table["mse"].iloc[-1] == 0
    assert table["r2"].iloc[-1] == 1


def test_memory_bounds_how_many_steps_are_kept(monkeypatch):
    whole = quarter(100)
    monkeypatch.setattr(recordings, "OUTPUT_BYTES", 2 * 8 * 10)
    run = quarter(100)
    assert run.gathered.shape == (2, 10, 1)
    assert run.gathered_steps.tolist() == list(range(10, 101, 10))
    assert (run.gathered == whole.gathered[:, run.gathered_steps - 1]).all()
    monkeypatch.setattr(recordings, "OUTPUT_BYTES", 1)
    assert quarter(7).gathered_steps.tolist() == [7]
    assert (quarter(7).outputs() == quarter(7).gathered[:, -1] / GRID / 7).all()


@pytest.mark.parametrize(
    ("r2", "expected"), [([0.1, 0.8, 0.79, 0.9], 2), ([0.9, 0.5], None), ([0.9, np.nan], None)]
)
def test_latency_is_when_r2_stays_near_the_networks(r2, expected):
    index = pd.RangeIndex(1, len(r2) + 1)
    table = pd.DataFrame({"r2": r2, "ann_r2": 0.8}, index=index)
    assert error_latency(table) == expected
    assert error_latency(table[["r2"]]) is None
