"""Runs in which layers take turns: quantized values in slots, exact ones in continuous time."""

from workbench.simulation.turns.turns_session import turns_session

__all__ = ["turns_session"]
