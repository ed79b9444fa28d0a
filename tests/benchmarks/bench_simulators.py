"""What `snn-workbench bench` measures, as cases for pytest-benchmark.

Collected only when named; each case tells its batch size and steps, times are of a whole call:

    pytest -n 0 tests/benchmarks/bench_simulators.py --benchmark-group-by=param:name,param:kind
"""

from __future__ import annotations

import functools

import pytest

from workbench.bench import SUBJECT_NAMES, peers
from workbench.bench.contenders import ENGINES, KERAS, contenders
from workbench.bench.networks import SUBJECTS

TITLES = (KERAS, *(f"workbench, {engine}" for engine in ENGINES), *(p.title for p in peers.PEERS))


@functools.cache
def prepared(name):
    subject = SUBJECTS[name]()
    found, absent = contenders(subject, subject.steps)
    return subject, {contender.title: contender for contender in found}, absent


@pytest.mark.parametrize("kind", ["one image", "largest batch"])
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("name", SUBJECT_NAMES)
def test_simulator(benchmark, name, title, kind):
    subject, found, absent = prepared(name)
    if title in absent:
        pytest.skip(f"{title}: {absent[title]}")
    contender = found[title]
    if contender.is_slow and kind != "one image":
        pytest.skip(f"{title} takes one image after the other")
    batch = 1 if kind == "one image" else max(subject.batches)
    x = subject.x[:batch]
    benchmark.extra_info.update(batch=batch, steps=subject.steps, forwards=contender.forwards)
    rounds = 1 if contender.is_slow else 5
    ran = benchmark.pedantic(contender.run, args=(x,), rounds=rounds, warmup_rounds=1)
    assert len(ran.counts) == batch
