"""Units of a spiking network that follow one rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.network.layer import Shape
from workbench.settings import OLDER_MAX_POOLS


@dataclass(frozen=True, eq=False, repr=False)
class Population:
    """Units that follow one rule.

    Parameters
    ----------
    name : str
        Name of the rewritten network's layer whose activation the population carries.
    kind : "input", "if" or "max_pool"
        Integrate-and-fire neurons have a membrane; the other two only pass spikes on.
    shape : tuple of int
    threshold, initial_potential : int
        In grid units; 0 where there is no membrane.
    reset : str
        "subtract", "zero" or "modulo"; "none" where the population carries a step function:
        it fires whenever its potential, never reset, is at the threshold or above.
    bias : ndarray of int64, shape (size,)
        Constant drive of every step, in grid units.
    scale : float or ndarray, shape (channels,)
        The layer's lambda: the activation that one spike of a unit threshold per step stands for;
        of a step function, the activation that a spike per step stands for.
    max_pool : str
        Rule of a max-pool population: "exact", "fir", "exp" or "recent".
    extra_bits : int
        How much finer than the network's this population's own grid is.
    origin : str
        Name of the source network's layer that the population belongs to; one layer may become
        several populations, for instance ON and OFF. Its own name where this is empty.
    ceiling : float
        Activation at which the layer is clipped; 0 where it is not.
    levels : int
        Steps of a staircase up to the ceiling; 0 where there is none.
    signed : bool
        Whether units also send -1: neurons that take spikes back, and the pooling of such.
    """

    name: str
    kind: str
    shape: Shape
    threshold: int
    initial_potential: int
    reset: str
    bias: np.ndarray
    scale: float | np.ndarray = 1.0
    max_pool: str = ""
    extra_bits: int = 0
    origin: str = ""
    ceiling: float = 0.0
    levels: int = 0
    signed: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.max_pool, str):  # What a file holds may be anything.
            object.__setattr__(self, "max_pool", OLDER_MAX_POOLS.get(self.max_pool, self.max_pool))

    def __repr__(self) -> str:
        return f"Population '{self.name}': {self.kind}, {' x '.join(map(str, self.shape))}"

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def neurons(self) -> int:
        """Number of units with a membrane."""
        return self.size if self.kind == "if" else 0
