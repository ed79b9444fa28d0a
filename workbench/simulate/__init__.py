"""Engines over one semantics, and the encodings of their input."""

from workbench.simulate.run import simulate, stream
from workbench.simulate.session import Window

__all__ = ["Window", "simulate", "stream"]
