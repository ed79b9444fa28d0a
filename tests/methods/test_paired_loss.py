"""Losses on the same samples, and when they are clear."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.methods.paired_loss import PairedLoss


def test_a_loss_counts_samples_on_which_one_alone_is_right():
    ann = np.array([True, True, True, False, False, True])
    snn = np.array([True, False, False, True, False, True])
    loss = PairedLoss.of(ann, snn)
    assert (loss.samples, loss.lost, loss.won) == (6, 2, 1)
    assert loss.points == pytest.approx(100 * (ann.mean() - snn.mean()))


def test_the_standard_error_is_that_of_adjusted_differences():
    # Two samples more, of which each network alone is right once (Bonett and Price 2012).
    loss = PairedLoss(200, 9, 2)
    each = np.concatenate([np.ones(10), -np.ones(3), np.zeros(202 - 13)])
    assert loss.error == pytest.approx(100 * each.std() / np.sqrt(202))
    low = 100 * each.mean() - 1.96 * loss.error
    assert loss.is_clearly_above(low - 1e-9) and not loss.is_clearly_above(low + 1e-9)
    assert PairedLoss(50).error > 0


@given(st.integers(1, 300), st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0, 10))
def test_what_is_not_above_is_never_clearly_above(samples, lost, won, most):
    loss = PairedLoss(samples, int(lost * samples), int(won * samples))
    assert loss.points > most or not loss.is_clearly_above(most)
    more = loss + loss
    assert more.points == pytest.approx(loss.points) and more.error < loss.error


def test_a_point_that_is_good_enough_is_seldom_dropped():
    rng = np.random.default_rng(0)
    draws = rng.multinomial(125, (0.015, 0.01, 0.975), 2000)  # a loss of 0.5 points
    dropped = [PairedLoss(125, b, c).is_clearly_above(0.5) for b, c, _ in draws]
    assert np.mean(dropped) < 0.03


def test_a_true_loss_is_seldom_above_its_bound():
    rng = np.random.default_rng(1)
    for b, c in ((0.02, 0.01), (0.005, 0.001), (0.001, 0.001)):
        draws = rng.multinomial(1000, (b, c, 1 - b - c), 2000)
        above = [100 * (b - c) > PairedLoss(1000, lost, won).bound for lost, won, _ in draws]
        assert np.mean(above) < 0.07
    assert PairedLoss(1000).bound == pytest.approx(0.232, abs=1e-3)  # of a loss of nothing
