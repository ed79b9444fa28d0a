"""Samples with labels, split into training and test, and the check that a network takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.errors import DataError
from workbench.util.labels import are_targets, class_numbers, target_values
from workbench.util.stored_samples import Samples, StoredSamples

CALIBRATION_SAMPLES = 1000

CALIBRATION_BYTES = 2**28
"""What calibration samples that are read from disk may take in memory."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled samples for calibrating a conversion and for testing its result.

    Parameters
    ----------
    name : str
        Name of the samples in tables and plots.
    x_train, x_test : ndarray or StoredSamples of float32, shape (samples, ...)
        Samples, batch first and channels last; in memory, or read from disk when asked for.
    y_train, y_test : ndarray, or None
        Labels: class numbers from 0, int64 of shape (samples,). Or the targets of a regression,
        float32 of shape (samples, outputs). None where the samples have neither.
    calibration : ndarray or StoredSamples of float32, shape (samples, ...), optional
        Samples whose activations set the scales of a conversion. The first 1,000 training
        samples where nothing is given; of large ones on disk, as many as take 256 MB.
    classes : tuple of str, optional
        Name of every class, in the order of the class numbers; of every output of a regression.
    source : str, optional
        Where the samples come from: authors and licence.
    x_validation : ndarray or StoredSamples of float32, shape (samples, ...), optional
        Samples that trained nothing and calibrate nothing, apart from those of the test: to choose
        settings by, as `workbench.tune` does.
    y_validation : ndarray, optional
        Their labels or targets, as of the others.
    """

    name: str
    x_train: Samples
    y_train: np.ndarray | None
    x_test: Samples
    y_test: np.ndarray | None
    calibration: Samples = None  # type: ignore[assignment]
    classes: tuple[str, ...] = ()
    source: str = ""
    x_validation: Samples | None = None
    y_validation: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.calibration is None:
            # Of an array a view; what lies on disk is read once, as every conversion asks for it.
            count = CALIBRATION_SAMPLES
            if isinstance(self.x_train, StoredSamples):
                sample_bytes = self.x_train.dtype.itemsize * math.prod(self.x_train.shape[1:])
                count = max(1, min(count, CALIBRATION_BYTES // sample_bytes))
            object.__setattr__(self, "calibration", self.x_train[:count])

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample, without the batch axis."""
        return self.x_test.shape[1:]

    def __repr__(self) -> str:
        shape = "x".join(str(size) for size in self.sample_shape)
        kept = self.x_validation
        validation = "" if kept is None else f"validation={len(kept)}, "
        return (
            f"Dataset({self.name!r}, train={len(self.x_train)}, test={len(self.x_test)}, "
            f"calibration={len(self.calibration)}, {validation}sample={shape}, "
            f"classes={len(self.classes)})"
        )

    def has_targets(self, outputs: int) -> bool:
        """Whether the labels are the targets of a regression.

        Parameters
        ----------
        outputs : int
            Number of outputs of the network: where the values alone may be either, it decides; see
            `workbench.util.labels`.
        """
        labels = (self.y_train, self.y_test, self.y_validation)
        return any(are_targets(y, outputs) for y in labels if y is not None)

    def test_labels(self, outputs: int) -> np.ndarray | None:
        """Return the class numbers of the test samples; None where there are none, or targets."""
        if self.y_test is None or self.has_targets(outputs):
            return None
        return class_numbers(self.y_test, len(self.y_test), outputs, f"{self.name}.y_test")

    def validate(self, input_shape: tuple[int, ...], classes: int) -> None:
        """Check that a network takes these samples and can name every label.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of one sample as the network takes it, without the batch axis.
        classes : int
            Number of outputs of the network.

        Raises
        ------
        DataError
            Where the samples have another shape, or a label is not an output of the network.
        """
        expected = tuple(int(size) for size in input_shape)
        for part in ("x_train", "x_test", "calibration", "x_validation"):
            if getattr(self, part) is not None:
                self._check_shape(part, expected)
        for part in ("y_train", "y_test", "y_validation"):
            self._check_labels(part, classes)

    def _check_shape(self, part: str, expected: tuple[int, ...]) -> None:
        found = getattr(self, part).shape[1:]
        if found == expected:
            return
        raise DataError(
            f"{self.name}.{part} holds samples of shape {found}; the network takes {expected}. "
            f"{_shape_remedy(found, expected)}"
        )

    def _check_labels(self, part: str, outputs: int) -> None:
        y = getattr(self, part)
        if y is None:
            return
        read = target_values if self.has_targets(outputs) else class_numbers
        name = f"a network with {outputs} output{'s' if outputs > 1 else ''}"
        read(y, len(y), outputs, f"{self.name}.{part}", name)


def _shape_remedy(found: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Say how samples of one shape become samples of the other, in NumPy where NumPy can."""
    if (*found, 1) == expected:
        return "Add the channel axis: x[..., None]."
    if found == (*expected, 1):
        return "Drop the channel axis: x[..., 0]."
    if len(found) == 3 and found[1:] + found[:1] == expected:
        return "Put the channels last: np.moveaxis(x, 1, -1)."
    if int(np.prod(found)) == int(np.prod(expected)):
        return f"Reshape them: x.reshape({(-1, *expected)})."
    if len(found) == len(expected) == 3 and found[2] == expected[2]:
        size = f"{expected[0]},{expected[1]}"
        return (
            "Resize the samples, or choose a network that takes this shape. Images of a folder are "
            f"resized with from_folder(path, image_size=({size})), or --image-size {size}."
        )
    return "Resize the samples, or choose a network that takes this shape."
