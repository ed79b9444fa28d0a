"""Samples that people hold as batches, loaders, generators and tensors."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import DataError
from workbench.util import batches
from workbench.util.batches import gives_batches, joined_batches, plain_array


@pytest.fixture(scope="module")
def mlp():
    return wb.load("mlp")


X = np.arange(40, dtype=np.float32).reshape(10, 2, 2, 1)
Y = np.arange(10) % 3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.booleans())
def test_batches_of_any_sizes_are_joined_in_order(sizes, labelled):
    total = sum(sizes)
    x, y = np.arange(total * 3.0).reshape(total, 3), np.arange(total)
    ends = list(itertools.accumulate(sizes))
    parts = [(x[end - n : end], y[end - n : end]) for n, end in zip(sizes, ends, strict=True)]
    given_parts = parts if labelled else [part for part, _ in parts]
    joined, labels = joined_batches(iter(given_parts), "x")
    assert np.array_equal(joined, x)
    assert np.array_equal(labels, y) if labelled else labels is None


def test_single_samples_are_told_by_their_labels_or_the_network():
    pairs = zip(X, Y, strict=True)
    joined, labels = joined_batches(pairs, "x")
    assert np.array_equal(joined, X)
    assert np.array_equal(labels, Y)
    joined, _ = joined_batches(iter(X), "x", (2, 2, 1))
    assert np.array_equal(joined, X)


@pytest.mark.parametrize("x", [X, X.tolist(), [X, X], {"a": X}, "x.npz", range(4)])
def test_arrays_and_what_numpy_takes_for_one_are_no_batches(x):
    assert not gives_batches(x)


class Sequence:
    """A Keras generator: numbered batches, of which iteration would never end."""

    def __len__(self):
        return 2

    def __getitem__(self, number):
        return X[number * 5 : number * 5 + 5], Y[number * 5 : number * 5 + 5]


class Endless:
    """A Keras directory iterator: it knows its length, and goes on without an end."""

    def __len__(self):
        return 2

    def __iter__(self):
        return itertools.cycle([X[:5], X[5:]])


@pytest.mark.parametrize("source", [Sequence(), Endless()])
def test_a_source_that_knows_its_length_gives_no_more(source):
    assert np.array_equal(joined_batches(source, "x")[0], X)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (iter([]), "x is a list_iterator that gives nothing; .* only once"),
        (iter([X, X[:, :1]]), r"do not fit together: \(10, 2, 2, 1\), \(10, 1, 2, 1\)"),
        (iter([{"image": X}]), r"gives dictionaries \(image\)"),
        (iter([1.0, 2.0]), "do not fit together"),
        (iter([[[1.0], [1.0, 2.0]]]), "batches are not arrays"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_the_remedy(source, message):
    with pytest.raises(DataError, match=message):
        joined_batches(source, "x")


def test_a_source_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 10 * X.nbytes)
    endless = (X for _ in itertools.count())
    with pytest.raises(DataError, match=r"has no end\. .*np\.concatenate"):
        joined_batches(endless, "x")
    monkeypatch.setattr(batches, "MOST_BATCHES", 5)
    with pytest.raises(DataError, match="has no end"):
        joined_batches(itertools.repeat(X[:1]), "x")


def test_a_generator_calibrates_and_is_simulated_as_its_array_is(mlp, digits):
    x = digits.x_test[:8]
    expected = wb.convert(mlp, x)
    snn = wb.convert(mlp, (part for part in (x[:3], x[3:])))
    assert snn == expected
    settings = wb.Simulation(steps=5)
    run = wb.simulate(snn, zip(x, digits.y_test[:8], strict=True), settings)
    assert np.array_equal(run.output_counts, wb.simulate(snn, x, settings).output_counts)


def test_a_tf_data_set_is_read_with_its_labels(mlp, digits):
    tf = pytest.importorskip("tensorflow", reason="tf.data comes with tensorflow")
    x, y = digits.x_test[:10], digits.y_test[:10]
    source = tf.data.Dataset.from_tensor_slices((x, y))
    for one in (source, source.batch(4)):
        data = wb.datasets.from_arrays(one)
        assert np.array_equal(data.x_test, x)
        assert np.array_equal(data.y_test, y)
        assert wb.convert(mlp, one) == wb.convert(mlp, x)
    unlabelled = tf.data.Dataset.from_tensor_slices(x)
    assert wb.convert(mlp, unlabelled) == wb.convert(mlp, x)


def test_torch_loaders_data_sets_and_tensors_are_read(mlp, digits):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; no extra brings it")
    from torch.utils.data import DataLoader, TensorDataset

    x, y = torch.tensor(digits.x_test[:10]), torch.tensor(digits.y_test[:10])
    expected = wb.convert(mlp, digits.x_test[:10])
    for source in (DataLoader(TensorDataset(x, y), batch_size=4), TensorDataset(x, y)):
        data = wb.datasets.from_arrays(source)
        assert np.array_equal(data.x_test, x)
        assert np.array_equal(data.y_test, y)
        assert wb.convert(mlp, source) == expected
    x.requires_grad_(True)
    assert wb.convert(mlp, x) == expected
    assert np.array_equal(plain_array([x[0], x[1]]), digits.x_test[:2])
    assert np.array_equal(wb.datasets.from_arrays(x, y).x_test, digits.x_test[:10])
    with pytest.raises(DataError, match=r"bfloat16 has no NumPy form\. .*float\(\)"):
        wb.convert(mlp, x.to(torch.bfloat16))
