"""What a user can set: how a network is converted, and how it is simulated.

Both classes are frozen; change a setting with `dataclasses.replace`. They are checked when
made, so that a wrong value is refused where it was written. All that is known of a setting stands
in its field; see `workbench.setting`.
"""

from workbench.settings.conversion import MAX_POOL_RULES, OLDER_MAX_POOLS, Conversion, MaxPool
from workbench.settings.simulation import POLARITIES, Engine, Simulation

__all__ = [
    "MAX_POOL_RULES",
    "OLDER_MAX_POOLS",
    "POLARITIES",
    "Conversion",
    "Engine",
    "MaxPool",
    "Simulation",
]
