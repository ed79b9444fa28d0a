"""Whether a value has the type that the field of a dataclass is declared with.

The declarations are the dataclasses' own annotations, so that a new layer or field needs nothing
here.
"""

from __future__ import annotations

import functools
import math
import numbers
import types
import typing
from typing import Any, Union

import numpy as np

_MOST = 2**63


@functools.cache
def hints(cls: Any) -> dict[str, Any]:
    """Types of a dataclass's fields by name."""
    return typing.get_type_hints(cls)


def plain(value: Any) -> Any:
    """Return NumPy's numbers as Python's, and lists as tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(plain(item) for item in value)
    if isinstance(value, (bool, np.bool_, np.ndarray)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def shown(value: Any) -> str:
    """Return a value for a message: short, and an array by its type alone."""
    if isinstance(value, np.ndarray):
        finite = value.dtype.kind not in "fc" or np.isfinite(value).all()
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
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one, measured=measured) for one in inner)
    if origin is tuple:
        return _fits_tuple(value, inner, measured)
    if hint is np.ndarray:
        return isinstance(value, np.ndarray) and (measured or bool(np.isfinite(value).all()))
    if hint is int:
        return type(value) is int and -_MOST <= value < _MOST
    if hint is float:
        return type(value) in (int, float) and (measured or abs(value) < math.inf)
    return isinstance(value, origin or hint)


def _fits_tuple(value: Any, inner: tuple[Any, ...], measured: bool) -> bool:
    if not isinstance(value, tuple):
        return False
    if len(inner) == 2 and inner[1] is Ellipsis:
        return all(fits(item, inner[0], measured=measured) for item in value)
    if len(value) != len(inner):
        return False
    return all(fits(item, one, measured=measured) for item, one in zip(value, inner, strict=True))
