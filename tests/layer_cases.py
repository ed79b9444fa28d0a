"""The case table: one small example of every layer and option, as Keras models.

`CASES` maps a name to a `Case`. Contract tests run every case through every operation: reading,
counting, conversion, simulation, saving, export. A case that an operation cannot do says so with
the words of the refusal; no cell of the table is empty. The examples stand in `tests/cases`.
"""

from cases import (  # noqa: F401  (cases enter the table when imported)
    activations,
    convolutions,
    dense,
    merging,
    normalization,
    outputs,
    pooling,
    refused,
    shapes,
)
from cases.table import CASES, IMAGE, VECTOR, Case, built, case, randomize

__all__ = [
    "CASES",
    "CONVERTED",
    "IMAGE",
    "MAX_POOLED",
    "REFUSED",
    "VECTOR",
    "Case",
    "built",
    "case",
    "randomize",
]

CONVERTED = tuple(name for name, c in CASES.items() if not c.refused)
REFUSED = tuple(name for name, c in CASES.items() if c.refused)
MAX_POOLED = tuple(name for name in CONVERTED if "max_pool" in name)
