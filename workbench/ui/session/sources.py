"""Which networks and samples may be asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import datasets
from workbench.datasets.bundled import dataset_names
from workbench.errors import SettingsError
from workbench.ui.session.scratch import Scratch, Upload
from workbench.util.capabilities import Capabilities

if TYPE_CHECKING:
    from workbench.ui.session.results import Loaded

_KINDS = {"network": "network", "data": "data set"}
_LONGEST = 60


def same_source(one: Any, other: Any) -> bool:
    """Whether two networks or data sets that were asked for are the same.

    Names and paths are compared; a page sends the same name as another text each time. Objects
    are the same if they are one: they may hold arrays.
    """
    if one is other:
        return True
    return type(one) is type(other) and isinstance(one, (str, Path)) and one == other


def check_source(setting: str, asked: Any, capabilities: Capabilities) -> None:
    """Refuse a path where files of the machine are not to be reached.

    The refusal is the same for every path, whatever lies there.

    Parameters
    ----------
    setting : "network" or "data"
    asked : object
        As in `State`. What is no text and no path comes from Python, not from a page.
    capabilities : Capabilities

    Raises
    ------
    SettingsError
    """
    if capabilities.files or isinstance(asked, Upload):
        return
    if not isinstance(asked, (str, bytes, os.PathLike)) or _is_bundled(setting, asked):
        return
    name = str(asked)
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    raise SettingsError(
        f"{shown!r} is not a bundled {_KINDS[setting]}. Upload the file: this page cannot open "
        "files of its server."
    )


def lent(setting: str, asked: Any, scratch: Scratch, capabilities: Capabilities) -> Any:
    """Return what the notebook itself opens, as something that viewers may ask for again.

    Its author chose the file. Viewers know it by its name, as they know uploads.
    """
    if capabilities.files or isinstance(asked, Upload) or _is_bundled(setting, asked):
        return asked
    return scratch.lend(asked) if isinstance(asked, (str, os.PathLike)) else asked


def _is_bundled(setting: str, asked: Any) -> bool:
    names = datasets.model_names() if setting == "network" else dataset_names()
    return isinstance(asked, (str, Path)) and str(asked) in names


def is_opened(network: Any, data: Any, loaded: Loaded) -> bool:
    """Whether what is open is what one gets who asks for these."""
    return same_source(network, loaded.network_asked) and same_source(data, loaded.data_asked)
