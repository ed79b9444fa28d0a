"""The processor that numba compiles kernels for."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
import numba

_config: Any = numba.config

EXTENSIONS = (
    ("AVX-512", "avx512f"),
    ("AVX2", "avx2"),
    ("AVX", "avx"),
    ("SSE4.2", "sse4.2"),
    ("SSE2", "sse2"),
    ("SVE", "sve"),
    ("NEON", "neon"),
)
"""Names of vector extensions, widest first, with LLVM's names of them."""


def target_name() -> str:
    """Return LLVM's name of the processor that numba compiles for; ``NUMBA_CPU_NAME`` sets it."""
    return str(_config.CPU_NAME or llvm.get_host_cpu_name())


def vector_extensions() -> tuple[str, ...]:
    """Return the vector extensions that numba compiles for here, widest first.

    These are the processor's, unless ``NUMBA_CPU_NAME`` and ``NUMBA_CPU_FEATURES`` say others.
    """
    given = _config.CPU_FEATURES
    if given is None and target_name() != llvm.get_host_cpu_name():
        return ()
    if given is None:
        features = {name for name, is_there in llvm.get_host_cpu_features().items() if is_there}
    else:
        features = {name[1:] for name in given.split(",") if name.startswith("+")}
    return tuple(name for name, feature in EXTENSIONS if feature in features)


def vectors_sentence() -> str:
    """Return the vector extensions in words, with the processor numba compiles for if set."""
    found = ", ".join(vector_extensions()) or "those of every such processor"
    target = _config.CPU_NAME
    return f"{found} (NUMBA_CPU_NAME={target})" if target else found
