"""Runs in which layers take turns: quantized values in slots, exact ones in continuous time."""

from workbench.simulation.turns.in_turns import turns_session

__all__ = ["turns_session"]
