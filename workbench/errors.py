"""The refusals a user can meet: one family, so that a caller can catch them all at once.

A message names the object, the wrong value, what is accepted and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable


class WorkbenchError(Exception):
    """Base of every error the workbench raises on purpose."""


class WorkbenchWarning(UserWarning):
    """An input is accepted, but is likely a mistake; the message has the remedy."""


class ModelFileError(WorkbenchError):
    """A file is missing, damaged, or does not hold a network."""


class StructureError(WorkbenchError):
    """The arrays and options of a layer, a population or a projection do not fit together."""


class DataError(WorkbenchError):
    """Samples or labels do not fit what they are used for."""


class SettingsError(WorkbenchError):
    """A setting has a value that is not accepted."""


class ConversionError(WorkbenchError):
    """A network could not be turned into a spiking one."""


class SimulationError(WorkbenchError):
    """A simulation cannot be run as asked, or left its exact range."""


class ExportError(WorkbenchError):
    """A network cannot be written for the chosen target."""


class UnsupportedLayerError(WorkbenchError):
    """One or more layers are not supported by an operation.

    What many layers have in common is said once, with the names of the first few.

    Parameters
    ----------
    problems : iterable of str
        One sentence per layer, each naming the layer, what about it is not supported and
        what to do. All problems of a network are reported at once.
    """

    def __init__(self, problems: Iterable[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(_told_once(self.problems)))

    def __reduce__(self) -> tuple[type[UnsupportedLayerError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)  # as it comes from another process


NAMED = 3
"""Layers with one problem that are named beside the first."""


def _told_once(problems: tuple[str, ...]) -> list[str]:
    """Return a line for each different problem, with the names of the layers that share it."""
    layers: dict[str, list[str]] = {}
    for problem in problems:
        layer, _, reason = problem.partition(" ")
        layers.setdefault(reason, []).append(layer)
    lines = []
    for reason, (first, *others) in layers.items():
        line = f"{first} {reason}".rstrip()
        if others:
            named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
            count = "1 more layer" if len(others) == 1 else f"{len(others)} more layers"
            line += f" The same holds for {count}: {named}"
            line += "." if len(others) <= NAMED else ""
        lines.append(line)
    return lines
