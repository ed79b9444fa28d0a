"""Whether samples are in the units that a network was trained and calibrated with.

A picture may hold pixels from 0 to 1, 0 to 255 or -1 to 1. Where a network's layers do not tell
which (`Network.pixel_range`), the data do: ranges that do not fit each other, or an accuracy that
is much better in other units. Every function returns a sentence with the remedy, or nothing.
"""

from __future__ import annotations

import numpy as np

from workbench.errors import DataError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.util.labels import class_count
from workbench.util.pixels import BYTES, UNIT, PixelRange, Pixels, rescaled
from workbench.util.stored_samples import Samples

PROBED = 64
"""Samples, from the first, whose values are looked at; what lies on disk is read for it."""

CLASSIFIED = 200
"""Samples that are classified in other units, at most."""

UNIT_REACH = 1.5
"""Pixels from 0 to 1 reach as far at most, noise and augmentation included."""

FAINT, FAINTEST = 1 / 64, 1 / 200
"""Share of the calibration's range that several samples, and any sample, reach at least."""

SEVERAL, MANY = 10, 50
"""Samples from which ranges are compared, and from which an accuracy differs from guessing."""

SIGNED: PixelRange = (-1.0, 1.0)

BETTER = 0.2
"""Gain in accuracy from which other units are advised."""


def calibration_advice(network: Network, calibration: Samples) -> str:
    """Say that calibration samples have pixels from 0 to 1 where a network takes 0 to 255."""
    probe = _first(network, calibration)
    low, high = float(probe.min()), float(probe.max())
    # Integers may be features: a network that takes integers is said to take bytes.
    integers = (probe == np.rint(probe)).all()
    if network.pixel_range != BYTES or not 0 < max(-low, high) <= UNIT_REACH or integers:
        return ""
    return (
        f"The calibration samples lie between {low:g} and {high:g}, but network '{network.name}' "
        "takes pixels from 0 to 255, which its first layers rescale. Multiply the samples by 255, "
        "or make a data set of the bytes: wb.datasets.from_arrays(x) of uint8."
    )


def samples_advice(network: SpikingNetwork, x: Samples) -> str:
    """Say that samples are far below the calibration samples of a spiking network.

    Raises
    ------
    DataError
        If they are pixels from 0 to 1 and the calibration samples pixels from 0 to 255, which is
        certain where there are several.
    """
    if x.ndim == 0 or len(x) == 0:
        return ""
    largest, full = float(np.abs(_first(network, x)).max()), network.input_scale
    share = largest / full
    if not 0 < share < (FAINT if len(x) >= SEVERAL else FAINTEST):
        return ""
    times = f"{1 / share:.0f}" if share > 1e-6 else f"{1 / share:.0e}"
    found = f"Samples reach {largest:g}, 1/{times} of the largest calibration input "
    if len(x) >= SEVERAL and largest <= UNIT_REACH and BYTES[1] / 2 < full <= BYTES[1]:
        raise DataError(
            f"{found}({full:g}): pixels from 0 to 1, where the calibration had 0 to 255. Multiply "
            "the samples by 255, or convert the network with samples like these."
        )
    return (
        f"{found}({full:g}), so the network will hardly spike. Give samples in the units of the "
        "calibration, or convert the network with samples like these."
    )


def accuracy_advice(
    network: Network, x: Samples, labels: np.ndarray, predictions: np.ndarray
) -> str:
    """Say in which other units of pixels an analog network is clearly better, or that it guesses.

    Parameters
    ----------
    network : Network
    x : ndarray or StoredSamples, shape (samples, *input shape)
    labels, predictions : ndarray of int, shape (samples,)
        The true classes, and those that the network gives for `x`.
    """
    wanted, classes = labels[:CLASSIFIED], class_count(network.classes)
    share = float((predictions == labels).mean())
    if len(wanted) < SEVERAL or share > 1 - BETTER:
        return ""
    given = x[:CLASSIFIED]
    is_known = isinstance(given, Pixels)
    probe = np.asarray(network.take_samples(given), np.float32)
    now = network.pixel_range if is_known else _range_of(probe)
    if now is not None:
        found = {
            other: float((network.predictions(rescaled(probe, now, other)) == wanted).mean())
            for other in (UNIT, BYTES, SIGNED)
            if other != now
        }
        best = max(found, key=lambda other: found[other])
        if found[best] >= max(share + BETTER, _chance(len(wanted), classes, deviations=3)):
            return (
                f"The analog network gets {share:.0%} of {len(labels)} samples right with pixels "
                f"from {now[0]:g} to {now[1]:g}, but {found[best]:.0%} with pixels from "
                f"{best[0]:g} to {best[1]:g}: it was trained with these. "
                f"{_remedy(now, best, is_known)}."
            )
    if len(labels) < MANY or share > _chance(len(labels), classes, deviations=1):
        return ""
    return (
        f"The analog network gets {share:.0%} of {len(labels)} samples right, no more than "
        "guessing would. Check that the samples have the units of the training data, and the "
        "labels its order of classes."
    )


def _first(network: Network | SpikingNetwork, x: Samples) -> np.ndarray:
    """Return the first samples in the network's units; float64."""
    return np.asarray(network.take_samples(x)[:PROBED], np.float64)


def _chance(samples: int, classes: int, *, deviations: float) -> float:
    """Return which accuracy guessing exceeds by chance, so many standard deviations up."""
    chance = 1 / classes
    return float(chance + deviations * np.sqrt(chance * (1 - chance) / samples))


def _range_of(values: np.ndarray) -> PixelRange | None:
    """Return in which units of pixels floats seem to be, or None."""
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= UNIT_REACH:
        return UNIT
    if low >= 0 and high <= BYTES[1]:
        return BYTES
    return SIGNED if low >= -UNIT_REACH and high <= UNIT_REACH else None


def _remedy(now: PixelRange, best: PixelRange, is_known: bool) -> str:
    if is_known:
        low, high = f"{best[0]:g}", f"{best[1]:g}"
        return (
            f"Load the network with pixel_range=({low}, {high}), on the command line with "
            f"--pixel-range={low},{high}"
        )
    formulas: dict[tuple[PixelRange, PixelRange], str] = {
        (UNIT, BYTES): "255 * x",
        (BYTES, UNIT): "x / 255",
        (UNIT, SIGNED): "2 * x - 1",
        (SIGNED, UNIT): "(x + 1) / 2",
        (BYTES, SIGNED): "x / 127.5 - 1",
        (SIGNED, BYTES): "127.5 * (x + 1)",
    }
    return f"Give {formulas[now, best]}"
