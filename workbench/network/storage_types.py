"""Whether what a file holds has the types that the fields of layers and networks are declared with.

The declarations are the dataclasses' own annotations, so that a new layer or field needs nothing
here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from workbench.errors import ModelFileError
from workbench.network.activation import ACTIVATION_KINDS
from workbench.network.field_types import fits, hints, shown
from workbench.network.layer import LAYER_KINDS
from workbench.network.serialize import RESERVED

KINDS: dict[str, Mapping[str, type]] = {"layer": LAYER_KINDS, "activation": ACTIVATION_KINDS}


def check_marks(value: Any, n_arrays: int) -> None:
    """Check what stands in JSON for layers, activations and arrays, before any is made.

    Parameters
    ----------
    value : JSON material
    n_arrays : int
        How many arrays the file has.

    Raises
    ------
    ModelFileError
        If a kind or a field is unknown, a field is missing, an array does not exist, or one is
        not used.
    """
    used: set[int] = set()
    _walk(value, "network", n_arrays, used)
    if len(used) != n_arrays:
        raise ModelFileError(f"only {len(used)} of its {n_arrays} arrays are used")


def _walk(value: Any, where: str, n_arrays: int, used: set[int]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, f"{where}[{index}]", n_arrays, used)
    if not isinstance(value, dict):
        return
    marks = [mark for mark in RESERVED if mark in value]
    if len(marks) > 1:
        raise ModelFileError(f"{where} is {' and '.join(marks)} at once")
    mark = marks[0] if marks else ""
    if mark in KINDS:
        _check_kind(value, mark, where)
    elif mark == "array":
        index = value["array"]
        if len(value) > 1 or type(index) is not int or not 0 <= index < n_arrays:
            raise ModelFileError(f"{where} names no array of the file, which has {n_arrays}")
        used.add(index)
    elif mark == "mapping" and not _is_mapping(value):
        raise ModelFileError(f"{where} is not a list of keys and values")
    for key, item in value.items():
        _walk(item, f"{where}.{key}", n_arrays, used)


def _is_mapping(value: dict[str, Any]) -> bool:
    pairs = value["mapping"]
    return (
        len(value) == 1
        and isinstance(pairs, list)
        and all(isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) for p in pairs)
    )


def _check_kind(value: dict[str, Any], mark: str, where: str) -> None:
    kind = value[mark]
    known = KINDS[mark]
    if not isinstance(kind, str) or kind not in known:
        raise ModelFileError(
            f"{where} is of the unknown {mark} kind {kind!r}, which may be newer, or one whose "
            "module has not been imported"
        )
    check_names(known[kind], set(value) - {mark}, f"{where} ({kind})")


def check_names(cls: type, found: set[str], where: str) -> None:
    """Check that a dataclass can be made from fields of these names."""
    fields = [field for field in dataclasses.fields(cls) if field.init]
    names = {field.name for field in fields}
    unknown = sorted(found - names)
    if unknown:
        raise ModelFileError(f"{where} has no field {', '.join(unknown)}, which may be newer")
    needed = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    missing = [name for name in needed if name not in found]
    if missing:
        raise ModelFileError(f"{where} lacks {', '.join(missing)}")


def check_types(instance: Any, where: str, *, measured: bool = False) -> None:
    """Check that the fields of a dataclass hold what their annotations say.

    Parameters
    ----------
    instance : dataclass
    where : str
        Its place, for messages.
    measured : bool
        Whether plain numbers may be NaN or infinite, as a deviation that was not measured is.

    Raises
    ------
    ModelFileError
        Naming the field, its value and what it takes.
    """
    kind: Any = type(instance)
    expected = hints(kind)
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if field.init and not fits(value, expected[field.name], measured=measured):
            raise ModelFileError(
                f"{where}: {field.name} is {shown(value)}; accepted: {field.type}, finite"
            )
