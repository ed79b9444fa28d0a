"""The case table: one small example of every layer and option, as Keras models.

`CASES` maps a name to a `Case`. Contract tests run every case through every operation: reading,
counting, conversion, simulation, saving, export. A case that an operation cannot do says so with
the words of the refusal; no cell of the table is empty. The examples stand in `tests/cases`.

`stored` gives a case's network from a file, `converted` the spiking one; only tests of the Keras
reader take `built`, which imports tensorflow.
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
from cases.table import CASES, IMAGE, VECTOR, Case, built, case, converted, randomize, stored

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
    "converted",
    "randomize",
    "stored",
]

CONVERTED = tuple(name for name, c in CASES.items() if not c.refused)
REFUSED = tuple(name for name, c in CASES.items() if c.refused)
MAX_POOLED = tuple(name for name in CONVERTED if "max_pool" in name)
