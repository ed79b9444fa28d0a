"""Whether a value has the type that the field of a dataclass is declared with.

The declarations are the dataclasses' own annotations, so that a new layer or field needs nothing
here.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Callable
from typing import Any, Union

import numpy as np

_MOST = 2**63


@functools.cache
def hints(cls: Any) -> dict[str, Any]:
    """Types of a dataclass's fields by name."""
    try:
        return typing.get_type_hints(cls)
    except NameError:  # of a class in a function, with annotations that only it knows
        return {field.name: object for field in dataclasses.fields(cls)}


def plain(value: Any) -> Any:
    """Return NumPy's numbers as Python's, and lists as tuples."""
    if isinstance(value, (list, tuple)):
        return tuple([plain(item) for item in value])
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def shown(value: Any) -> str:
    """Return a value for a message: short, and an array by its type alone."""
    if isinstance(value, np.ndarray):
        finite = value.dtype.kind not in "fc" or _finite(value)
        return f"an array of {value.dtype}{'' if finite else ', with values that are not finite'}"
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + " …"


def fits(value: Any, hint: Any, *, measured: bool = False) -> bool:
    """Whether a value has a type.

    Parameters
    ----------
    value : object
    hint : type
        As `hints` gives it.
    measured : bool
        Whether numbers may be NaN or infinite, as a deviation that was not measured is.
    """
    return _test(hint, measured)(value)


# Layers are made by the dozen while a slider moves, so that a declaration is read once.
@functools.cache
def _test(hint: Any, measured: bool) -> Callable[[Any], bool]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        tests = [_test(one, measured) for one in inner]
        return lambda value: any(test(value) for test in tests)
    if origin is tuple:
        return _tuple_test(inner, measured)
    if hint is np.ndarray:
        return lambda value: (
            isinstance(value, np.ndarray)
            and (measured or value.dtype.kind not in "fc" or _finite(value))
        )
    if hint is int:
        return lambda value: type(value) is int and -_MOST <= value < _MOST
    if hint is float:
        return lambda value: type(value) in (int, float) and (measured or abs(value) < math.inf)
    return lambda value: isinstance(value, origin or hint)


def _tuple_test(inner: tuple[Any, ...], measured: bool) -> Callable[[Any], bool]:
    if len(inner) == 2 and inner[1] is Ellipsis:
        each = _test(inner[0], measured)
        return lambda value: isinstance(value, tuple) and all(each(item) for item in value)
    tests = [_test(one, measured) for one in inner]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(tests)
        and all(test(item) for test, item in zip(tests, value, strict=True))
    )


def _finite(value: np.ndarray) -> bool:
    return bool(np.isfinite(value).all())
