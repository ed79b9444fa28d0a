"""The processor that kernels are compiled for, as numba sees it."""

from __future__ import annotations

import re
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
import numba

VECTORS = re.compile(r"(sse4\.2|avx|avx2|fma|avx512\w*|avx10\w*|amx-\w+|neon|sve\d?|v)")
"""Names, as LLVM has them, of what computes with several numbers at once."""


def processor() -> tuple[str, tuple[str, ...]]:
    """Return the processor's name, and its vector extensions.

    ``NUMBA_CPU_NAME`` and ``NUMBA_CPU_FEATURES`` may choose others than the machine has.
    """
    config: Any = numba.config
    name = config.CPU_NAME or llvm.get_host_cpu_name()
    features = config.CPU_FEATURES  # "" for "generic", None for those of the machine
    if features is None:
        features = llvm.get_host_cpu_features().flatten()
    enabled = [feature[1:] for feature in features.split(",") if feature.startswith("+")]
    return name, tuple(sorted(filter(VECTORS.fullmatch, enabled)))
