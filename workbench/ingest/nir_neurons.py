"""Neurons of a NIR graph as integrate-and-fire neurons, where they are such.

A step of ``dt`` seconds, as snnTorch, SpikingJelly and Norse take it (forward Euler):

- IF: ``v += r dt I``.
- LIF: ``v += dt / tau (v_leak - v) + r dt / tau I``. Without a leak, so where ``1 - dt / tau`` is 1
  in float32, in which these libraries compute, this is an IF neuron of the gain ``r dt / tau``.
- CubaLIF: ``I += dt / tau_syn (w_in S - I)``, and v as of LIF. Where tau_syn is dt (or 0), the
  current is that of the step, ``I = w_in S``: a LIF neuron whose input is scaled by w_in.

A neuron that forgets exponentially has no equal here: the workbench's leak takes off a constant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.ingest.builder import Unsupported
from workbench.network.layer import Shape

NEURONS = ("IF", "LIF", "CubaLIF")

USUAL_DT_S = 1e-4
"""The step of snnTorch and of SpikingJelly; a graph does not say its own."""

NO_LEAK = 2.0**-25
"""Of dt / tau: half the distance from 1 to the float32 below."""

SAME = 1e-5
"""How far numbers that are meant to be equal may differ, as they come from float32 arithmetic."""

_REMEDY = (
    "Train with IF neurons and export again: snnTorch's Leaky(beta=1.0), SpikingJelly's IFNode, "
    "Norse's IAFCell, sinabs' IAF"
)


@dataclass(frozen=True)
class Neurons:
    """A node's neurons as integrate-and-fire neurons: ``v += gain * input``.

    Parameters
    ----------
    gain, threshold, v_reset : ndarray of float64
        Of each neuron, or one for all.
    metadata : dict
        Of the node: reset, threshold, initial_potential.
    """

    gain: np.ndarray
    threshold: np.ndarray
    v_reset: np.ndarray
    metadata: dict[str, Any]

    @property
    def reset(self) -> str:
        return "subtract" if words(self.metadata.get("reset", "")) == "subtract" else "zero"

    def initial_potential(self, shape: Shape) -> np.ndarray:
        """Potential before the first step: one for all, or of each in the order of its units.

        Parameters
        ----------
        shape : tuple of int
            Of the node, channels last.

        Raises
        ------
        ValueError
            If the metadata hold no such numbers.
        """
        values = np.asarray(self.metadata.get("initial_potential", 0.0), np.float64)
        if not np.isfinite(values).all() or values.size not in (1, int(np.prod(shape))):
            raise ValueError("not one number, nor one for each neuron")
        if values.size > 1 and len(shape) == 3:
            values = np.moveaxis(values.reshape(shape[-1:] + shape[:-1]), 0, -1)
        return values.reshape(-1)


def step_s(nodes: Iterable[Any], dt_ms: float | None) -> tuple[float, float]:
    """Return the seconds of a step, for IF nodes and for those with time constants.

    Parameters
    ----------
    nodes : iterable of nir.NIRNode
        Of a graph.
    dt_ms : float or None
        What the caller said.

    Notes
    -----
    Norse, sinabs and the workbench write IF nodes with r = 1, per step; SpikingJelly with 1 / dt.
    """
    if dt_ms is not None:
        return dt_ms / 1000, dt_ms / 1000
    gains = [np.asarray(node.r, np.float64) for node in nodes if type(node).__name__ == "IF"]
    per_second = gains and all(np.allclose(gain * USUAL_DT_S, 1, rtol=SAME) for gain in gains)
    return (USUAL_DT_S if per_second else 1.0), USUAL_DT_S


def read_neurons(node: Any, steps_s: tuple[float, float]) -> Neurons:
    """Return a node's neurons.

    Parameters
    ----------
    node : nir.IF, nir.LIF or nir.CubaLIF
    steps_s : tuple of float
        What `step_s` returns.

    Raises
    ------
    Unsupported
        If they leak, or their current outlasts a step.
    """
    kind = type(node).__name__
    r, threshold, v_reset = (
        np.asarray(getattr(node, what), np.float64) for what in ("r", "v_threshold", "v_reset")
    )
    metadata = dict(node.metadata or {})
    if kind == "IF":
        return Neurons(_rounded(r * steps_s[0]), threshold, v_reset, metadata)
    dt = steps_s[1]
    tau = np.asarray(node.tau if kind == "LIF" else node.tau_mem, np.float64)
    shown = f"{dt * 1000:g} ms"
    if not (tau > 0).all() or (dt / tau > NO_LEAK).any():
        raise Unsupported(
            f"has leaky neurons: tau is {_shown(tau)} s, and a step {shown}; supported: IF, or tau "
            f"of {dt / NO_LEAK:,.0f} s and more, which is practically no leak. {_REMEDY}."
        )
    leak = np.asarray(node.v_leak, np.float64)
    if (np.abs(leak) > threshold).any():
        raise Unsupported(
            f"has a resting potential v_leak of {_shown(leak)}; supported: IF, or one that lies "
            f"within the threshold. {_REMEDY}."
        )
    # Without a leak at all snnTorch writes tau and r that are both infinite: a gain of 1 a step.
    endless = np.isinf(tau) & np.isinf(r)
    gain = np.where(endless, 1.0, np.where(endless, 1.0, r) * dt / np.where(endless, 1.0, tau))
    if kind == "CubaLIF":
        syn = np.asarray(node.tau_syn, np.float64)
        if not ((syn == 0) | (np.abs(syn - dt) <= SAME * dt)).all():
            raise Unsupported(
                f"has synaptic currents that last longer than a step: tau_syn is {_shown(syn)} s, "
                f"a step {shown}; supported: IF, or tau_syn of one step ({dt:g} s). {_REMEDY}."
            )
        gain = gain * np.asarray(node.w_in, np.float64)
    return Neurons(_rounded(gain), threshold, v_reset, metadata)


def _rounded(gain: np.ndarray) -> np.ndarray:
    """Return gains with those that are 1 but for float32's rounding as 1, which keeps the grid."""
    return np.where(np.abs(gain - 1) <= SAME, 1.0, gain)


def neuron_problems(name: str, kind: str, neurons: Neurons, shape: Shape) -> list[str]:
    """Say what about a node's neurons has no form here, besides leaks."""
    problems = []
    for what, values in (("v_threshold", neurons.threshold), ("r", neurons.gain)):
        if values.size and (values != values.flat[0]).any():
            problems.append(
                f"{name} ({kind}) has {what} from {values.min():g} to {values.max():g}; supported: "
                "one for all of its neurons. Divide the weights before it instead."
            )
        elif not values.size or not np.isfinite(values).all() or values.flat[0] <= 0:
            problems.append(f"{name} ({kind}) has no positive {what}; supported: above 0.")
        elif values.size not in (1, int(np.prod(shape))):
            problems.append(
                f"{name} ({kind}) has {values.size} neurons, but reads values of shape {shape}."
            )
    try:
        neurons.initial_potential(shape)
    except (TypeError, ValueError):
        problems.append(
            f"{name} ({kind}) has the metadata initial_potential "
            f"{str(neurons.metadata['initial_potential'])[:40]!r}; supported: a number, or one for "
            "each neuron."
        )
    if neurons.reset == "zero" and neurons.v_reset.any():
        problems.append(
            f"{name} ({kind}) resets to potentials other than 0; supported: v_reset 0, or the "
            'metadata {"reset": "subtract"}.'
        )
    return problems


def words(value: Any) -> str:
    """Return text of a graph's metadata, which may come as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _shown(values: np.ndarray) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
