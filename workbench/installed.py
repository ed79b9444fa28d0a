"""Whether optional packages are there, without importing them."""

from __future__ import annotations

import importlib.util


def installed(package: str) -> bool:
    """Whether a package can be imported.

    A mere folder of that name on the search path, such as one for exports called "nest", is none.
    """
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None
