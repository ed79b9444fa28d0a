"""Keras' HDF5 files: the architecture that a file holds, and its weights by layer.

The files are open already, as `workbench.ingest.hdf5` opens them; no array is read before its size
is known to be that of a weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

_MOST_COMPRESSED = 1_100
"""How many bytes one byte of a compressed array can stand for."""


@dataclass(frozen=True)
class Stored:
    """The weights of one layer in the layout that Keras 2 made.

    Parameters
    ----------
    layer : str
        Its name; that of the outermost one, where models are nested.
    names : tuple of str
        Of the weights, as ``dense/kernel:0``.
    arrays : tuple of h5py.Dataset
        Not read yet.
    """

    layer: str
    names: tuple[str, ...]
    arrays: tuple[Any, ...]


def text_of(value: Any) -> str:
    """Return an attribute as text; "" where it is none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def architecture_of(file: Any) -> str:
    """Return the architecture of a file that holds a whole model; "" of others."""
    return text_of(file.attrs.get("model_config"))


def weights_group(file: Any) -> Any | None:
    """Return the group of weights in the layout of Keras 2; None where there is none."""
    group = file.get("model_weights", file)
    has_names = hasattr(group, "attrs") and any(
        name in group.attrs for name in ("layer_names", "layer_names0")
    )
    return group if has_names else None


KERAS_2_13 = "_layer_checkpoint_dependencies"
"""Name of the layers of a model in the layout of Keras 2.12 and 2.13."""


def has_keras_3_weights(file: Any) -> bool:
    """Whether a file holds weights in the layout of Keras 3, or the one that came before it."""
    return "layers" in file or KERAS_2_13 in file


def stored_weights(group: Any) -> list[Stored]:
    """Return the layers of a group that have weights, in their order.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a layer or a weight is missing, or is something else.
    """
    layers = [(name, group[name]) for name in _names(group, "layer_names")]
    named = [(name, part, _names(part, "weight_names")) for name, part in layers]
    return [_checked(n, w, [part[x] for x in w]) for n, part, w in named if w]


def numbered(layer: str, group: Any) -> Stored:
    """Return the weights of a layer whose arrays are called 0, 1, ...

    Raises
    ------
    KeyError, TypeError
        If one is missing, or is something else.
    """
    return _checked(layer, [""] * len(group), [group[str(i)] for i in range(len(group))])


def _checked(layer: str, names: list[str], arrays: list[Any]) -> Stored:
    import h5py

    for array in arrays:
        if not isinstance(array, h5py.Dataset) or array.dtype.kind not in "fiu":
            raise TypeError("a weight is not an array of numbers")
    return Stored(layer, tuple(names), tuple(arrays))


def stored_numbers(file: Any) -> int:
    """Return how many numbers a file has room for, as far as its arrays claim them.

    An array may claim any size without a byte of it being there.
    """
    import h5py

    sizes = [0]

    def add(_: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            there = item.id.get_storage_size() * _MOST_COMPRESSED // max(1, item.dtype.itemsize)
            sizes.append(min(item.size or 0, there))

    file.visititems(add)
    return sum(sizes)


def _names(group: Any, attribute: str) -> list[str]:
    """Return a list of names, which Keras cuts into chunks where it is long."""
    if attribute in group.attrs:
        return [text_of(name) for name in group.attrs[attribute]]
    keys = takewhile(group.attrs.__contains__, (f"{attribute}{i}" for i in count()))
    return [text_of(name) for key in keys for name in group.attrs[key]]
