"""Samples that come as batches, or as tensors of another library, into arrays.

People hold what they trained with: a `tf.data.Dataset`, a PyTorch `DataLoader`, a Keras generator.
All of these give batches when they are gone through, of samples alone or with their labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.errors import DataError

MOST_BYTES = 2**30
"""What is read of a source of batches: most of them do not know how much they hold."""

MOST_BATCHES = 100_000

LEADING = 4
"""Batches whose shapes are looked at before any of a large source are kept."""


def plain_array(x: Any) -> np.ndarray:
    """Return numbers of any array library as a NumPy array.

    Parameters
    ----------
    x : array_like
        A tensor of PyTorch that requires a gradient is detached, one on a GPU is copied.

    Raises
    ------
    ValueError
        If rows have different shapes.
    DataError
        If a tensor's numbers have no type in NumPy.
    """
    if isinstance(x, (list, tuple)) and any(_is_torch(part) for part in x):
        x = [plain_array(part) for part in x]
    if isinstance(x, np.ndarray):
        return x
    if not _is_torch(x):
        return np.asarray(x)
    try:
        array: np.ndarray = x.detach().cpu().numpy()
    except TypeError as error:
        raise DataError(
            f"A tensor of type {x.dtype} has no NumPy form. Convert it first: x.detach().float()."
        ) from error
    return array


def gives_batches(x: Any) -> bool:
    """Whether `x` is gone through to get its samples, as datasets, loaders and generators are."""
    if isinstance(x, (np.ndarray, Sequence, Mapping, str, bytes)) or hasattr(x, "__array__"):
        return False
    return isinstance(x, Iterable) or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def joined_batches(
    x: Any, what: str, sample_shape: tuple[int, ...] | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Go through a source of batches once, and join what it gives.

    Parameters
    ----------
    x : iterable, or with a length and numbered items
        Of batches: arrays of shape (samples, ...), or pairs of such an array and its labels;
        further parts, as weights of samples, are left out. Single samples are taken as such where
        their labels are single numbers, or `sample_shape` says so.
    what : str
        For messages.
    sample_shape : tuple of int, optional
        Of one sample, where it is known.

    Returns
    -------
    ndarray, shape (samples, ...)
    ndarray, shape (samples, ...), or None
        Labels, if all batches have them.

    Raises
    ------
    DataError
        If there are no batches, they do not fit together, or they hold more than 1 GB.
    """
    kind = _kind(x)
    samples: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    size = 0
    for item in _items(x):
        part, label = _sample_and_label(item, what, kind)
        if part.shape == sample_shape or (label is not None and label.ndim == 0):
            part, label = part[None], None if label is None else label[None]
        size += part.nbytes
        if size > MOST_BYTES or len(samples) == MOST_BATCHES:
            raise DataError(
                f"{what} is {kind} that gives more than {MOST_BYTES / 2**30:g} GB, or has no end. "
                "Take a part of it and give that as one array: x = np.concatenate("
                "[batch for batch, _ in itertools.islice(source, 10)]). Sets larger than memory "
                "are read from a folder: wb.datasets.from_folder(path)."
            )
        samples.append(part)
        if label is not None:
            labels.append(label)
    if not samples:
        raise DataError(
            f"{what} is {kind} that gives nothing; a generator can be used only once. Create it "
            "again, or give an array: np.concatenate(list(source))."
        )
    try:
        joined = np.concatenate(samples).view(type(samples[0]))
        return joined, np.concatenate(labels) if len(labels) == len(samples) else None
    except ValueError as error:
        shapes = ", ".join(str(part.shape) for part in samples[:LEADING])
        raise DataError(
            f"{what} is {kind} whose batches do not fit together: {shapes}. Give batches of shape "
            "(samples, ...) that differ only in their first size."
        ) from error


def _items(x: Any) -> Iterator[Any]:
    """Yield batches; a source that says how many it has, as Keras' generators do, gives no more."""
    try:
        count = len(x)
    except TypeError:
        yield from x
        return
    if hasattr(x, "__getitem__"):
        for number in range(count):
            yield x[number]
        return
    for _, item in zip(range(count), x, strict=False):
        yield item


def _sample_and_label(item: Any, what: str, kind: str) -> tuple[np.ndarray, np.ndarray | None]:
    if isinstance(item, Mapping):
        raise DataError(
            f"{what} is {kind} that gives dictionaries ({', '.join(map(str, item))}). Give one "
            "array of samples: np.concatenate([batch['image'] for batch in source])."
        )
    label = None
    # DataLoader gives lists of tensors; a list of numbers is a batch itself.
    if (isinstance(item, tuple) and item) or _is_list_of_arrays(item):
        label = item[1] if len(item) > 1 else None
        item = item[0]
    try:
        return plain_array(item), None if label is None else plain_array(label)
    except ValueError as error:
        raise DataError(f"{what} is {kind} whose batches are not arrays: {error}.") from error


def _is_list_of_arrays(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and hasattr(item[0], "__array__")


def _kind(x: Any) -> str:
    """Say what a source is, in the words of those who made it."""
    names = [f"{c.__module__}.{c.__qualname__}" for c in type(x).__mro__]
    if any(name.startswith("tensorflow.") and name.endswith("DatasetV2") for name in names):
        return "a tf.data.Dataset"
    if "torch.utils.data.dataloader.DataLoader" in names:
        return "a torch DataLoader"
    kind = type(x).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def _is_torch(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "torch" and hasattr(x, "detach")
