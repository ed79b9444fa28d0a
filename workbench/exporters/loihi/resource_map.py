"""The cores of an exported network as a table, read from its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import ExportError
from workbench.exporters.loihi.config import FORMAT, VERSION

SHARES = {
    "compartments": "core_compartments",
    "synapse_bytes": "core_synapse_bytes",
    "input_axons": "core_input_axons",
    "output_axons": "core_output_axons",
}
"""What a core holds, and the limit of it; None where a chip has none that is published."""


def resource_map(path: str | Path) -> pd.DataFrame:
    """Return what each core of a chip holds.

    Parameters
    ----------
    path : str or Path
        The ``NAME.json`` of an export for Loihi.

    Returns
    -------
    DataFrame
        A row a core: chip and core (from 0), layer, first_neuron (its number in the layer),
        compartments, synapse_bytes, input_axons, output_axons; and the share of its limit that
        each of the last four takes, compartments_share and so on (NaN without a limit).

    Raises
    ------
    ExportError
        If the file is no such configuration.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        known = values["format"] == FORMAT and values["version"] == VERSION
        limits, cores = values["resources"]["limits"], values["resources"]["cores"]
    except OSError as error:
        raise ExportError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise _unknown(path) from error
    if not known:
        raise _unknown(path)
    return core_table(cores, limits)


def core_table(cores: list[dict[str, Any]], limits: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table of `resource_map`.

    Parameters
    ----------
    cores, limits : list of dict, dict
        As `Resources.as_dict` gives them.
    """
    table = pd.DataFrame(cores)
    number = table.index.to_numpy()
    table.insert(0, "core", number % limits["cores"])
    table.insert(0, "chip", number // limits["cores"])
    for held, limit in SHARES.items():
        allowed = limits[limit]
        table[f"{held}_share"] = float("nan") if allowed is None else table[held] / allowed
    return table


def _unknown(path: str | Path) -> ExportError:
    return ExportError(
        f"{path} is no Loihi configuration of this version; accepted: the NAME.json that "
        f'wb.export(snn, "loihi", ...) writes (version {VERSION}). Export again.'
    )
