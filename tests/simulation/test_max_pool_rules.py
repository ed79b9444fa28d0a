"""Every rule of spiking max pooling, against loops, and where the rules differ."""

import dataclasses

import numpy as np
import pytest
from spiking_networks import GRID, path

from workbench.network.affine import Scale
from workbench.network.max_pool_rules import RECENT_STEPS
from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.settings import Simulation
from workbench.simulation import simulate

ENGINES = ("event", "reference", "dense")
RULES = ("fir", "exp", "recent", "exact")


def pooled(rule, pool):
    """Neurons that copy spikes of the input, and a pooling of them that others read."""
    network = path(Scale(pool.input_shape, np.ones(())))
    shape, none = pool.output_shape, np.zeros(pool.output_size, np.int64)
    middle = Population("pool", "max_pool", shape, 0, 0, "", none, max_pool=rule)
    copy, out = network.populations[1:]
    bias = np.zeros(pool.output_size, np.int64)
    out = dataclasses.replace(out, shape=shape, bias=bias)
    projections = (
        network.projections[0],
        Projection("copy", "pool", (pool,)),
        Projection("pool", "out", (Scale(shape, np.array(float(GRID))),)),
    )
    return dataclasses.replace(
        network, populations=(network.input, copy, middle, out), projections=projections
    )


def by_hand(rule, pool, train):
    """What every window sends, by loops over the written rule; (steps, windows)."""
    steps = len(train)
    units = np.arange(train.shape[1]).reshape(1, *pool.input_shape).astype(float)
    members = pool.windows(units, fill=-1).reshape(pool.output_size, -1).astype(int)
    sent = np.zeros((steps, pool.output_size), int)
    score = [0] * train.shape[1]
    for step in range(steps):
        before = list(score)
        for unit in range(train.shape[1]):
            spike = int(train[step, unit])
            if rule == "exp":
                score[unit] = score[unit] - score[unit] // 16 + 2**20 * spike
            elif rule == "recent":
                score[unit] = int(train[max(0, step - RECENT_STEPS + 1) : step + 1, unit].sum())
            else:
                score[unit] += spike
        for window, places in enumerate(members):
            inside = [unit for unit in places if unit >= 0]
            if rule == "exact":
                sent[step, window] = max(score[u] for u in inside) - max(before[u] for u in inside)
            else:
                leader = max(inside, key=lambda u: score[u])  # the first of equals
                sent[step, window] = train[step, leader]
    return sent


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "pool",
    [
        MaxPool2D((4, 4, 2), (2, 2), (2, 2)),
        MaxPool2D((5, 4, 1), (3, 2), (1, 2), ((1, 1), (0, 0))),
    ],
    ids=["2x2", "overlapping"],
)
def test_windows_send_what_loops_send(engine, rule, pool):
    network = pooled(rule, pool)
    x = np.random.default_rng(3).random((2, 90, *pool.input_shape)) < 0.4
    x[0, 45:] &= np.random.default_rng(4).random(x[0, 45:].shape) < 0.3  # leaders change
    settings = Simulation(steps=90, encoding="events", engine=engine, record="all")
    run = simulate(network, x, settings)
    for sample in range(2):
        found = np.zeros((90, pool.output_size), int)
        mine = run.events["pool"][0] == sample
        found[run.events["pool"][1][mine], run.events["pool"][2][mine]] = 1
        assert np.array_equal(found, by_hand(rule, pool, x[sample].reshape(90, -1)))


def first_leads_then_second(steps):
    """Two inputs: the first spikes at every step of the first part, the second in the rest."""
    x = np.zeros((1, 2 * steps, 1, 2, 1), bool)
    x[0, :steps, 0, 0] = True
    x[0, steps:, 0, 1] = True
    return x


@pytest.mark.parametrize(
    ("rule", "heard"),
    [
        ("fir", 1),  # overtakes with the last spike, ties going to the first
        ("exact", 0),
        ("recent", 200 - RECENT_STEPS // 2),
        ("exp", 200 - 10),  # (15 / 16) ** 11 < 1 / 2
    ],
)
def test_rules_differ_in_how_long_a_leader_is_remembered(rule, heard):
    pool = MaxPool2D((1, 2, 1), (1, 2), (1, 2))
    x = first_leads_then_second(200)
    x = np.concatenate([x, x[:, -1:]], axis=1)  # one spike more of the second
    settings = Simulation(steps=401, encoding="events", record="all")
    run = simulate(pooled(rule, pool), x, settings)
    late = int((run.events["pool"][1] >= 200).sum())
    assert late == heard + (rule != "fir")


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_of_the_largest_payloads_do_not_overflow(engine):
    network = pooled("exp", MaxPool2D((1, 2, 1), (1, 2), (1, 2)))
    start, copy, pool, out = network.populations
    graded = {"signed": True, "rule": "multi_threshold", "largest": 128}
    copy = dataclasses.replace(copy, threshold=GRID // 128, **graded)
    pool = dataclasses.replace(pool, **graded)
    network = dataclasses.replace(network, populations=(start, copy, pool, out))
    x = np.zeros((1, 500, 1, 2, 1), bool)
    x[0, :, 0, 0] = True  # comes to score 2**31
    x[0, ::2, 0, 1] = True
    settings = Simulation(steps=500, encoding="events", engine=engine, record="all")
    step, payload = simulate(network, x, settings).events["pool"][1::2]
    assert np.array_equal(step, np.arange(500)) and (payload == 128).all()
