"""Putting the weights of an HDF5 file into a Keras model, each checked against the layer."""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelFileError
from workbench.ingest.files import shortened
from workbench.ingest.keras_hdf5 import (
    KERAS_2_13,
    Stored,
    has_keras_3_weights,
    numbered,
    stored_weights,
    text_of,
    weights_group,
)

_MIRRORED = ("Conv1D", "Conv2D", "Conv2DTranspose")
"""Layers whose kernels Theano read from the last place to the first."""

_KNOWN = {"kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "alpha"}
_KNOWN |= {"depthwise_kernel", "pointwise_kernel", "mean", "variance", "count"}
"""Names of weights that say which one it is."""


def load_weights(model: Any, file: Any, path: Path) -> None:
    """Put the weights of a file into a model.

    Parameters
    ----------
    model : keras.Model
    file : h5py.File
        As `workbench.ingest.hdf5.opened` gives it.
    path : Path
        Of the file, for messages.

    Raises
    ------
    ModelFileError
        If they are not this model's: another number of layers or weights, or another shape.
    """
    group = weights_group(file)
    if group is not None:
        _load_by_layer(model, group, path)
    elif KERAS_2_13 in file:
        _load_by_count(model, file, path)
    elif has_keras_3_weights(file):
        _load_with_keras(model, file, path)
    else:
        raise ModelFileError(
            f"{path} holds no weights of Keras. Write them with model.save_weights(...), or save "
            "the model with model.save('name.keras')."
        )


def _load_with_keras(model: Any, file: Any, path: Path) -> None:
    """Let Keras read its own layout, which it knows by the ending of the name.

    It reads an array before it compares its shape, so that none may be larger than a model.
    """
    most = sum(math.prod(weight.shape) for weight in model.weights)
    large = file.visititems(lambda name, item: name if getattr(item, "size", 0) > most else None)
    if large is not None:
        raise ModelFileError(
            f"{path} holds {file[large].size:,} numbers in '{large}'; the model has {most:,} "
            "weights in all. Save architecture and weights from the same model."
        )
    with tempfile.TemporaryDirectory() as folder:
        named, own = Path(folder, "model.weights.h5"), Path(file.filename).resolve()
        try:
            named.symlink_to(own)
        except OSError:  # Where a person may not make links.
            shutil.copyfile(own, named)
        try:
            model.load_weights(named)
        except Exception as error:  # Keras raises whatever the layer raised.
            raise ModelFileError(
                f"{path} does not hold the weights of this model. Save both from the same model. "
                f"Keras says: {shortened(error)}"
            ) from error


def _load_by_count(model: Any, group: Any, path: Path) -> None:
    """Load what Keras 2.12 and 2.13 wrote: layers by class and number, as ``dense_2``.

    They counted a layer that has weights twice.
    """
    from keras.src.utils.naming import to_snake_case

    counted: dict[str, int] = {}
    for layer in model.layers:
        kind = to_snake_case(type(layer).__name__)
        number = counted.get(kind, 0)
        counted[kind] = number + (2 if layer.weights else 1)
        if not layer.weights:
            continue
        name = f"{KERAS_2_13}/{kind}" + (f"_{number}" if number else "")
        try:
            part = group[name]
            part = part["layer"] if kind == "time_distributed" else part
            if hasattr(layer, "layers"):
                _load_by_count(layer, part, path)
            else:
                _load_layer(layer, numbered(layer.name, part["vars"]), path)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                f"{path} has no weights of {layer.name} as '{name}'. Save the model from the "
                "Keras that wrote it with model.save('name.h5')."
            ) from error


def _load_by_layer(model: Any, group: Any, path: Path) -> None:
    version = text_of(group.attrs.get("keras_version") or group.file.attrs.get("keras_version"))
    if not version or version.startswith("1."):
        raise ModelFileError(
            f"{path} was written by Keras {version or '1'}; supported: Keras 2 and 3. Load the "
            "model with Keras 2.2 and save it from there."
        )
    backend = text_of(group.attrs.get("backend") or group.file.attrs.get("backend"))
    try:
        stored = [layer for layer in map(_kept, stored_weights(group)) if layer.names]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path} is damaged: {shortened(error)}. Save the weights again."
        ) from error
    for layer, found in _matched(model, stored, path):
        _load_layer(layer, found, path)
        for part in _parts(layer) if backend == "theano" else ():
            if type(part).__name__ not in _MIRRORED:
                continue
            kernel = np.asarray(part.kernel)
            places = tuple(range(kernel.ndim - 2))
            part.kernel.assign(np.flip(kernel, places))


def _kept(stored: Stored) -> Stored:
    """Leave out the state of random numbers, which Keras 2 kept among the weights."""
    kept = [i for i, name in enumerate(stored.names) if "StateVar" not in name]
    return Stored(
        stored.layer,
        tuple(stored.names[i] for i in kept),
        tuple(stored.arrays[i] for i in kept),
    )


def _matched(model: Any, stored: list[Stored], path: Path) -> list[tuple[Any, Stored]]:
    """Pair layers and weights by name where all names are the same, else in their order."""
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    if layers.keys() == {found.layer for found in stored}:
        return [(layers[found.layer], found) for found in stored]
    if len(layers) != len(stored):
        raise ModelFileError(
            f"{path} holds the weights of {len(stored)} layers "
            f"({_listed([found.layer for found in stored])}); the model has {len(layers)} layers "
            f"with weights ({_listed(list(layers))}). Save both from the same model."
        )
    return list(zip(layers.values(), stored, strict=True))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def _load_layer(layer: Any, stored: Stored, path: Path) -> None:
    variables = [*layer.trainable_weights, *layer.non_trainable_weights]
    shapes = [tuple(variable.shape) for variable in variables]
    found = [tuple(array.shape) for array in stored.arrays]
    if shapes != found:
        raise ModelFileError(
            f"{path} holds weights of the shapes {found} for {layer.name}; the layer has {shapes}. "
            "Save architecture and weights from the same model."
        )
    for variable, name, array in zip(variables, stored.names, stored.arrays, strict=True):
        kind, own = (n.rpartition("/")[2].partition(":")[0] for n in (name, variable.name))
        if {kind, own} <= _KNOWN and _plain(kind) != _plain(own):
            raise ModelFileError(
                f"{path} holds {name} of {stored.layer} where the layer {layer.name} has its "
                f"{variable.name}. Save architecture and weights from the same model."
            )
        variable.assign(array[()])
    for part in _parts(layer):
        if hasattr(part, "finalize_state"):
            part.finalize_state()


def _plain(kind: str) -> str:
    """Return the name of a weight; a depthwise convolution's kernel has had two."""
    return kind.removeprefix("depthwise_")


def _parts(layer: Any) -> list[Any]:
    """Return a layer, and the layers within it."""
    return [layer, *layer._flatten_layers(include_self=False, recursive=True)]
