"""Statistics that are kept on disk, and what becomes of damaged files."""

import dataclasses
import json
import zipfile

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import CASES, stored

from workbench import datasets, workflow
from workbench.conversion import preparation
from workbench.conversion import statistics_store as store
from workbench.conversion.statistics import collect
from workbench.util import disk_cache
from workbench.util.generators import finished

X = CASES["max_pool"].samples(20)
NETWORK = stored("max_pool")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(disk_cache.VARIABLE, str(tmp_path))
    return tmp_path / store.KIND


def statistics_of(*, per_channel=False):
    """As a new session would have them."""
    with preparation._lock:
        preparation._cache.clear()
    return preparation.prepare(NETWORK, X, per_channel=per_channel).statistics


def assert_equal(one, other):
    for mine, its in ((one.layers, other.layers), (one.channels, other.channels)):
        assert list(mine) == list(its)
        for name, histogram in mine.items():
            for part in ("counts", "top", "maximum"):
                assert np.array_equal(getattr(histogram, part), getattr(its[name], part))
                assert getattr(its[name], part).flags.writeable
    assert one.output == other.output
    assert (one.input_maximum, one.samples) == (other.input_maximum, other.samples)


@pytest.mark.parametrize("per_channel", [False, True])
def test_statistics_are_computed_once(folder, monkeypatch, per_channel):
    computed = statistics_of(per_channel=per_channel)
    assert len(list(folder.iterdir())) == 1 + per_channel
    monkeypatch.setattr(preparation, "collect", None)
    monkeypatch.setattr(preparation, "with_channels", None)
    assert_equal(computed, statistics_of(per_channel=per_channel))


def test_nothing_is_kept_where_the_cache_is_off(folder, monkeypatch):
    monkeypatch.setenv(disk_cache.VARIABLE, "off")
    statistics_of()
    assert not folder.exists()


def test_other_samples_networks_and_parts_have_other_names():
    names = {
        store.file_name(network, samples, per_channel=per_channel)
        for network in (NETWORK, stored("batch_norm_after_conv"))
        for samples in ("1", "2")
        for per_channel in (False, True)
    }
    assert len(names) == 8


@settings(max_examples=examples(40))
@given(st.integers(0, 2**32 - 1))
def test_damaged_files_are_computed_anew(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk_cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        expected = statistics_of()
        (file,) = disk_cache.cache_folder(store.KIND).iterdir()
        content = bytearray(file.read_bytes())
        if rng.random() < 0.3:
            del content[rng.integers(len(content)) :]
        for place in rng.integers(len(content), size=3) if content else ():
            content[place] = rng.integers(256)
        file.write_bytes(content)
        found = statistics_of()
        assert list(found.layers) == list(expected.layers)
        assert found.samples == expected.samples


FORGERIES = {
    "negative counts": lambda structure, arrays: arrays.__setitem__(0, -arrays[0] - 1),
    "no counts": lambda structure, arrays: arrays.__setitem__(0, np.zeros((0, 8), np.int64)),
    "floats": lambda structure, arrays: arrays.__setitem__(0, arrays[0].astype(float)),
    "another shape": lambda structure, arrays: arrays.__setitem__(1, np.zeros(3)),
    "an infinite range": lambda structure, arrays: arrays.__setitem__(1, np.full(1, np.inf)),
    "too few arrays": lambda structure, arrays: arrays.pop(),
    "other layers": lambda structure, arrays: structure.update(layers=["a"] * (len(arrays) // 3)),
    "nameless layers": lambda structure, arrays: structure.update(layers=[[], {}]),
    "text": lambda structure, arrays: structure.update(input_maximum="1"),
    "no number": lambda structure, arrays: structure.update(input_maximum=float("nan")),
    "no field": lambda structure, arrays: structure.pop("samples"),
    "another field": lambda structure, arrays: structure["output"].update(more=1),
    "no output": lambda structure, arrays: structure.update(output=None),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_files_are_computed_anew(folder, forgery):
    expected = statistics_of()
    (file,) = folder.iterdir()
    with zipfile.ZipFile(file) as archive:
        structure = json.loads(archive.read("network.json"))
        arrays = [
            np.load(archive.open(f"arrays/{i}.npy")) for i in range(len(archive.namelist()) - 1)
        ]
    FORGERIES[forgery](structure, arrays)
    with file.open("wb") as opened:
        store.write_archive(opened, structure, arrays)
    assert_equal(expected, statistics_of())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "lenet" else pytest.mark.slow)
        for name in datasets.model_names()
    ],
)
def test_statistics_of_bundled_networks_are_shipped(name, monkeypatch):
    """Conversion with the defaults reads them; they are what is computed now, up to rounding."""
    monkeypatch.setattr(preparation, "collect", None)
    network = workflow.load(name)
    calibration = datasets.for_network(network).calibration
    prepared = preparation.prepare(network, calibration)
    shipped, computed = prepared.statistics, finished(collect(prepared.network, calibration))
    assert (shipped.samples, shipped.input_maximum) == (len(calibration), computed.input_maximum)
    assert list(shipped.layers) == list(computed.layers)
    for layer, histogram in computed.layers.items():
        for percent in (99, 99.9, 100):
            # A value on the edge of a bin may fall on either side of it on another processor.
            found = shipped.layers[layer].percentile(percent)
            assert np.allclose(found, histogram.percentile(percent), rtol=1e-3)
        assert np.allclose(shipped.layers[layer].maximum, histogram.maximum, rtol=1e-5)
        counts = shipped.layers[layer].counts.sum()
        assert abs(counts - histogram.counts.sum()) <= 1e-5 * counts
    ours, theirs = (dataclasses.asdict(one.output) for one in (shipped, computed))
    assert ours == {key: pytest.approx(value, rel=1e-5) for key, value in theirs.items()}
