"""Making a live Keras model of files: a whole model, or an architecture with weights beside it."""

from __future__ import annotations

import copy
import json
import math
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import ModelFileError, UnsupportedLayerError, WorkbenchError
from workbench.ingest.files import check_file, shortened
from workbench.ingest.hdf5 import opened
from workbench.ingest.keras_config import refused_in_config
from workbench.ingest.keras_hdf5 import (
    architecture_of,
    has_keras_3_weights,
    stored_numbers,
    text_of,
    weights_group,
)
from workbench.ingest.keras_older import renewed
from workbench.ingest.keras_scan import scanned
from workbench.ingest.keras_weights import load_weights
from workbench.util.archives import opened_archive
from workbench.util.memory_budget import check_size

ARCHITECTURE = ".json"
MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")
WEIGHTS = (".weights.h5", ".h5", ".hdf5", "_weights.h5", "_weights.hdf5", "")
"""What follows the name of an architecture in that of its weights; snn_toolbox adds nothing."""

WEIGHT_BYTES = 12
"""A weight of a model as Keras has it, and while it is read."""

REMEDY = "model.save('name.keras')"

MOST_BYTES = 100_000_000
"""An architecture's; the largest of Keras' own applications has half a million."""


def model_of(path: Path, weights: Path | None = None) -> tuple[Any, bool]:
    """Make the model of a file.

    Parameters
    ----------
    path : Path
        Of a `.keras` or `.h5` file, of weights, or of an architecture.
    weights : Path, optional
        Of the weights of an architecture; else they are looked for beside it, and an architecture
        beside weights.

    Returns
    -------
    keras.Model, and whether a Keras before 3 wrote it.

    Raises
    ------
    ModelFileError
        If a file is missing or damaged, or architecture and weights do not fit.
    UnsupportedLayerError
        If layers are not supported; all of them are named.
    """
    check_file(path)
    if path.suffix == ARCHITECTURE:
        return _of_architecture(path, weights or _weights_beside(path))
    if zipfile.is_zipfile(path) or path.suffix == ".keras":
        return _of_archive(path)
    with opened(path, REMEDY) as file:
        text = architecture_of(file)
        if text:
            return _made(_parsed(text, path), path, file)
        if weights_group(file) is None and not has_keras_3_weights(file):
            raise ModelFileError(
                f"{path} holds neither a Keras model nor weights of one. Save the model with "
                "model.save('name.keras')."
            )
    return _of_architecture(_architecture_beside(path), path)


def _of_architecture(path: Path, weights: Path) -> tuple[Any, bool]:
    if path.stat().st_size > MOST_BYTES:
        raise ModelFileError(
            f"{path} has {path.stat().st_size:,} bytes; accepted: architectures of up to "
            f"{MOST_BYTES:,}. Write it with model.to_json()."
        )
    architecture = _parsed(path.read_bytes(), path)
    with opened(weights, REMEDY) as file:
        return _made(architecture, path, file, weights)


def _weights_beside(path: Path) -> Path:
    names = [path.with_name(path.stem + ending) for ending in WEIGHTS]
    found = [name for name in names if name.is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        raise ModelFileError(
            f"{path} is an architecture, and has several files of weights beside it: "
            f"{', '.join(name.name for name in found)}. Choose one: "
            f"wb.load({path.name!r}, weights={found[0].name!r})."
        )
    raise ModelFileError(
        f"{path} is an architecture without weights, and none of "
        f"{', '.join(name.name for name in names)} is beside it. Give its weights: "
        f"wb.load({path.name!r}, weights='weights.h5')."
    )


def _architecture_beside(path: Path) -> Path:
    endings = sorted(WEIGHTS, key=len, reverse=True)
    stems = {path.name.removesuffix(end) for end in endings[:-1] if path.name.endswith(end)}
    names = [path.with_name(stem + ARCHITECTURE) for stem in sorted(stems)]
    found = [name for name in names if name.is_file()]
    if found:
        return found[0]
    raise ModelFileError(
        f"{path} holds weights only, no architecture, and there is no "
        f"{' or '.join(name.name for name in names)} beside it. Write one with model.to_json() and "
        "give both: wb.load('name.json', weights=...), or save the model with "
        "model.save('name.keras')."
    )


def _parsed(text: str | bytes, path: Path) -> Any:
    try:
        value = json.loads(text)
        # json.dump(model.to_json(), file) makes a text of a text.
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path} has no architecture that can be read: {shortened(error)}. Write it with "
            "model.to_json()."
        ) from error


def _of_archive(path: Path) -> tuple[Any, bool]:
    """Make the model of a `.keras` file, which Keras 2.12 was the first to write.

    Keras gets none of it before it is looked at: the architecture and the weights are taken out.
    """
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder, "model.weights.h5")
        with _explained(path, None), opened_archive(path, ModelFileError) as archive:
            architecture = json.loads(_member(archive, "config.json"))
            version = str(json.loads(_member(archive, "metadata.json"))["keras_version"])
            _extract(archive, weights, path)
        with opened(weights, REMEDY) as file, _explained(path, architecture):
            if version.startswith("2."):
                model, _ = _made(architecture, path, file)
                return model, True
            model = _built(architecture, stored_numbers(file), path)
            load_weights(model, file, path)
            return model, False


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def _extract(archive: zipfile.ZipFile, target: Path, path: Path) -> None:
    """Write a member of an archive to a file, which is no larger than memory is."""
    check_size(archive.getinfo(target.name).file_size, f"{target.name} of {path}", ModelFileError)
    with archive.open(target.name) as entry, target.open("wb") as file:
        shutil.copyfileobj(entry, file)


def _made(
    architecture: Any, path: Path, file: Any, weights: Path | None = None
) -> tuple[Any, bool]:
    """Make a model of an architecture, and put the weights of a file into it.

    Parameters
    ----------
    architecture : dict
    path : Path
        Of its file.
    file : h5py.File
        With the weights.
    weights : Path, optional
        Of that file, if it is another.
    """
    config = renewed(architecture, path)
    model = _built(config, stored_numbers(file), path)
    load_weights(model, file, weights or path)
    version = architecture.get("keras_version") or text_of(file.attrs.get("keras_version"))
    return model, str(version).startswith("2")


def _built(config: Any, most: int, path: Path) -> Any:
    """Make a model; memory for its weights is taken where they are no more than stored ones."""
    import keras

    from workbench.ingest import keras_objects  # noqa: F401  (makes its activations known)

    with _explained(path, config):
        config = scanned(config)
        with _no_weights_yet(keras):
            model = keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=True)
            numbers = sum(math.prod(weight.shape) for weight in model.weights)
            if numbers > most:
                raise ModelFileError(
                    f"{path} has layers with {numbers:,} weights, and {most:,} numbers are stored. "
                    "Save architecture and weights from the same model."
                )
            check_size(WEIGHT_BYTES * numbers, f"The model in {path}", ModelFileError)
        with keras.StatelessScope():
            pass  # Leaving it, Keras makes the weights.
    return model


@contextmanager
def _no_weights_yet(keras: Any) -> Iterator[None]:
    """Let layers note the shapes of their weights only; where this fails, they stay notes."""
    from keras.src.backend.common import global_state

    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    except BaseException:
        global_state.set_global_attribute("uninitialized_variables", [])
        raise


@contextmanager
def _explained(path: Path, architecture: Any) -> Iterator[None]:
    """Say which layers Keras cannot make, or which file it cannot read."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:  # Keras raises whatever the damaged part raised.
        import keras

        if refusals := refused_in_config(architecture):
            raise UnsupportedLayerError(refusals) from error
        # Errors of layers within layers stand inside one another; the last one says why.
        reason = Exception(str(error).rpartition("Exception encountered:")[2])
        raise ModelFileError(
            f"{path} is not a model that Keras {keras.__version__} can read. Save it again with "
            f"model.save('name.keras'). Keras says: {shortened(reason)}"
        ) from error
