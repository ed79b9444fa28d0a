"""How each Keras layer is expressed with the layers of a `Network`.

A handler takes the Keras layer and the tensors it reads and returns a `Translation`; it raises
`Unsupported` with the reason where an option has no equal here.
"""

from workbench.ingest.keras_layers import (  # noqa: F401  (handlers register themselves)
    activations,
    affine,
    merging,
    operations,
    pooling,
    removed,
    resized,
    shapes,
    weighted,
    wrapped,
)
from workbench.ingest.keras_layers.handlers import (
    KERAS_LAYERS,
    KERAS_OPERATIONS,
    LAYOUT_FREE,
    is_known,
)

__all__ = ["KERAS_LAYERS", "KERAS_OPERATIONS", "LAYOUT_FREE", "is_known"]
