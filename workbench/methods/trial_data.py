"""The samples on which settings are compared: apart from those that settings were made for."""

from __future__ import annotations

from workbench.datasets.dataset import Dataset
from workbench.errors import DataError, SettingsError
from workbench.methods.measuring import Task
from workbench.network.graph import Network
from workbench.network.samples import given_samples
from workbench.util.labels import class_numbers
from workbench.util.stored_samples import first

PARTS = ("train", "validation", "test")


def trial_task(
    network: Network, data: Dataset, samples: int | None, done: str, part: str | None = None
) -> Task:
    """Return the first samples of a part of a data set, with what the analog network says of them.

    Parameters
    ----------
    network : Network
    data : Dataset
    samples : int or None
        At most; None for all.
    done : str
        What is done with the network, for messages: "tuned".
    part : "train", "validation" or "test", optional
        Validation samples by default, training samples where there are none.

    Raises
    ------
    DataError
        If samples or labels do not fit the network, or it is a regression.
    SettingsError
        If `samples` or `part` is not accepted.
    """
    check_given(network, data, samples, done)
    if part is not None and part not in PARTS:
        raise SettingsError(f"part is {part!r}; accepted: {', '.join(map(repr, PARTS))}.")
    data.validate(network.input_shape, network.classes)
    check_classes(network, data)
    if part is None:
        part = "train" if data.x_validation is None else "validation"
    found = getattr(data, f"x_{part}")
    if found is None or len(found) == 0:
        raise DataError(
            f"{data.name}.x_{part} holds no samples; accepted: samples to try settings on, apart "
            "from those of the test."
        )
    x = given_samples(first(found, samples), f"x_{part}", network)
    labels = getattr(data, f"y_{part}")
    if labels is not None:
        labels = class_numbers(labels[: len(x)], len(x), network.classes, f"{data.name}.y_{part}")
    calibration = given_samples(data.calibration, "calibration", network)
    return Task(network, calibration, x, network.predictions(x), labels, part != "train")


def check_classes(network: Network, data: Dataset) -> None:
    """Refuse a regression.

    Raises
    ------
    DataError
    """
    unlabelled = data.y_train is None and network.classes == 1
    if unlabelled or data.has_targets(network.classes):
        raise DataError(
            f"Network '{network.name}' with data '{data.name}' is a regression, whose loss is no "
            "number of accuracy points; accepted: networks of classes. Compare settings by "
            "run.error(targets), or ask wb.attribute, which advises by the error."
        )


def check_given(network: object, data: object, samples: object, done: str) -> None:
    """Refuse what is no analog network, no data set, or no number of samples.

    Raises
    ------
    DataError, SettingsError
    """
    if not isinstance(network, Network):
        raise DataError(
            f"A {type(network).__name__} cannot be {done}; accepted: an analog network, as wb.load "
            "returns it. Of a spiking network, give the one that it was converted from."
        )
    if not isinstance(data, Dataset):
        raise DataError(
            f"data is a {type(data).__name__}; accepted: a data set, with samples to calibrate by. "
            "Make one: wb.datasets.from_arrays(x, y)."
        )
    check_samples(samples)


def check_samples(samples: object) -> None:
    """Refuse what is no number of samples, nor None for all.

    Raises
    ------
    SettingsError
    """
    integer = isinstance(samples, int) and not isinstance(samples, bool)
    if samples is not None and not (integer and samples >= 1):  # type: ignore[operator]
        raise SettingsError(f"samples is {samples!r}; accepted: an integer from 1.")
