"""Whether optional packages are there; and the words for one that is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

EXTRAS = {
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "lz4": "events",
    "zstandard": "events",
    "xarray": "analysis",
    "neo": "analysis",
    "quantities": "analysis",
    "argcomplete": "completion",
    "distributed": "dask",
    "cloudpickle": "dask",
    "pyarrow": "sweep",
}
"""Packages that belong to an extra of this distribution, which pins their versions."""

NAMES = {"pyNN": "pynn", "nest": "nest-simulator"}
"""Packages that are installed under another name than they are imported by."""


def installed(package: str) -> bool:
    """Whether a package can be imported.

    A mere folder of that name on the search path, such as one for exports called "nest", is none.
    """
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def missing(package: str, purpose: str) -> str:
    """Return the sentence for a package that is not installed, with the command that installs it.

    Parameters
    ----------
    package : str
        As it is imported.
    purpose : str
        What needs it, as the beginning of a sentence: "Reading ONNX".
    """
    extra = EXTRAS.get(package)
    name = f"'snn-workbench[{extra}]'" if extra else NAMES.get(package, package)
    return (
        f"{purpose} needs the package {package}, which is not installed. Install it: "
        f"python -m pip install {name}"
    )


def require(package: str, purpose: str, error: type[Exception]) -> None:
    """Refuse what needs a package, if it is not installed.

    Raises
    ------
    error
        With the sentence of `missing`.
    """
    if not installed(package):
        raise error(missing(package, purpose))


@contextmanager
def importing(purpose: str, error: type[Exception]) -> Iterator[None]:
    """Turn a failed import, also one inside the imported package, into a refusal.

    Raises
    ------
    error
        With the sentence of `missing`, for the package that is not there.
    """
    try:
        yield
    except ModuleNotFoundError as cause:
        package = (cause.name or "").partition(".")[0]
        raise error(missing(package, purpose)) from cause
