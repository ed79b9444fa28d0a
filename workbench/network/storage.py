"""The saved file, `.snn`: an analog or a spiking network in one zip archive.

``network.json`` holds the structure, ``arrays/N.npy`` the numbers. Nothing is pickled; the
version is checked first, then a SHA-256 over structure and arrays.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from workbench.errors import ModelFileError, StructureError, WorkbenchError
from workbench.network import (  # noqa: F401  (layers register themselves when imported)
    affine,
    convolution,
    dense,
    pooling,
    rearrange,
    sparse,
    structure,
    transposed,
)
from workbench.network.graph import Network, Node
from workbench.network.pixel_range import expected_range
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.serialize import decode, digest, encode
from workbench.network.spiking import SpikingNetwork
from workbench.network.storage_archive import Told, archive_at, explained, write_archive
from workbench.network.storage_check import check_node, check_parts, check_spiking
from workbench.network.storage_types import check_marks, check_names
from workbench.settings import Conversion
from workbench.util.atomic_files import written

Part = TypeVar("Part", Population, Projection)

FORMAT = "snn-workbench network"
VERSION = 2


def save(network: Network | SpikingNetwork, path: str | Path, *, packed: bool = True) -> Path:
    """Write a network to a `.snn` file and return its path.

    Parameters
    ----------
    network : Network or SpikingNetwork
    path : str or Path
    packed : bool
        Whether to compress it, which takes a second for every 20 MB.

    Raises
    ------
    ModelFileError
        If the file cannot be written, or the network's parts do not fit together. A file that
        was there before then stays as it was.
    """
    path = Path(path)
    if isinstance(network, SpikingNetwork):
        payload = spiking_payload(network)
    else:
        payload = _analog_payload(network)
    arrays: list[np.ndarray] = []
    body = encode(payload, arrays)
    kind = type(network).__name__
    # What could not be read again is not written.
    try:
        _network(kind, decode(body, arrays))
    except WorkbenchError as error:
        problem = str(error).rstrip(".")
        raise ModelFileError(f"Network '{network.name}' cannot be saved: {problem}.") from error
    header = {
        "format": FORMAT,
        "version": VERSION,
        "type": kind,
        "digest": digest(payload),
        "network": body,
    }
    with written(path, ModelFileError) as file:
        write_archive(file, header, arrays, packed=packed)
    return path


def load(path: str | Path) -> Network | SpikingNetwork:
    """Read a `.snn` file.

    Raises
    ------
    ModelFileError
        If the file is missing, is no `.snn` file, was written by a newer version, or was
        truncated or altered.
    """
    path = Path(path)
    with explained(path, "is not an snn-workbench network", "network"):
        return _read(path)


def _read(path: Path) -> Network | SpikingNetwork:
    with archive_at(path) as archive:
        header = archive.structure()
        _check_header(header)
        check_marks(header["network"], archive.arrays_count)
        payload = _decoded(header["network"], archive.arrays())
    if digest(payload) != header["digest"]:
        raise Told(
            "was altered or damaged: its contents do not match its checksum. Save or copy the "
            "network again."
        )
    return _network(header["type"], payload)


def _decoded(body: dict[str, Any], arrays: list[np.ndarray]) -> dict[str, Any]:
    """Undo `encode` part by part, so that a layer that refuses its fields is told by its place."""
    payload = {}
    for key, value in body.items():
        if key not in ("nodes", "projections") or not isinstance(value, list):
            payload[key] = decode(value, arrays)
            continue
        parts = []
        for part in value:
            try:
                parts.append(decode(part, arrays))
            except StructureError as error:
                raise ModelFileError(f"{_place(part)}: {error}") from error
        payload[key] = tuple(parts)
    return payload


def _place(part: Any) -> str:
    """Name a node, or a projection, that stands in a file."""
    if isinstance(part, list):
        return f"node '{str(part[0])[:80]}'" if part else "a node"
    ends = (str(part.get(end, ""))[:80] for end in ("source", "target"))
    return "the projection from '{}' to '{}'".format(*ends)


def _network(kind: str, payload: dict[str, Any]) -> Network | SpikingNetwork:
    """Make a network from its parts, checked one by one."""
    return _analog(payload) if kind == "Network" else spiking_of(payload)


def _check_header(header: Any) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Told("is not an snn-workbench network: its header says so.")
    if header.get("version") != VERSION:
        raise Told(
            f"has format version {str(header.get('version'))[:20]}; this snn-workbench reads "
            f"version {VERSION}. Update snn-workbench."
        )
    if set(header) != {"format", "version", "type", "digest", "network"}:
        raise ModelFileError(f"its header has the entries {', '.join(sorted(header))[:200]}")
    if header["type"] not in _KEYS:
        raise ModelFileError(f"it holds a {str(header['type'])[:40]!r}, not one of {list(_KEYS)}")
    network = header["network"]
    if not isinstance(network, dict) or set(network) - _OPTIONAL != _KEYS[header["type"]]:
        raise ModelFileError(f"its network does not have the parts of a {header['type']}")


def _analog_payload(network: Network) -> dict[str, Any]:
    told = network.pixel_range == expected_range(network.nodes)
    return {
        "name": network.name,
        "nodes": [[n.name, n.layer, n.activation, n.inputs] for n in network.nodes],
        "report": network.report_rows,
        "verification": network.verification,
        "source_deviation": network.source_deviation,
        "input_parts": network.input_parts,
        **({} if told else {"pixel_range": network.pixel_range}),
        **({"data": network.data} if network.data else {}),
    }


def _analog(payload: dict[str, Any]) -> Network:
    nodes = tuple(
        Node(name, layer, activation, inputs)
        for name, layer, activation, inputs in payload["nodes"]
    )
    # Before the network looks at them: it believes what layers say of their shapes.
    for index, node in enumerate(nodes):
        check_node(node, is_first=index == 0)
    network = Network(
        payload["name"],
        nodes,
        payload["report"],
        payload["verification"],
        payload["source_deviation"],
        payload["input_parts"],
        payload.get("pixel_range"),  # type: ignore[arg-type]  # None: what the others tell
        payload.get("data", ""),
    )
    check_parts(network)
    return network


def _fields(instance: Population | Projection) -> dict[str, Any]:
    return {f.name: getattr(instance, f.name) for f in dataclasses.fields(instance)}


def spiking_payload(network: SpikingNetwork) -> dict[str, Any]:
    """Return what a file holds of a spiking network, for `encode`."""
    told = network.pixel_range == network.likely_range
    return {
        "name": network.name,
        "populations": [_fields(p) for p in network.populations],
        "projections": [_fields(p) for p in network.projections],
        "conversion": dataclasses.asdict(network.conversion),
        "input_scale": network.input_scale,
        "source_hash": network.source_hash,
        "trace": network.trace_rows,
        "input_parts": network.input_parts,
        "report": network.report_rows,
        **({} if told else {"pixel_range": network.pixel_range}),
        **({"data": network.data} if network.data else {}),
    }


def spiking_of(payload: dict[str, Any]) -> SpikingNetwork:
    """Make a spiking network of what `spiking_payload` returned; every part is checked.

    Raises
    ------
    ModelFileError
        If the parts do not fit together.
    """
    network = SpikingNetwork(
        payload["name"],
        tuple(_made(Population, fields) for fields in payload["populations"]),
        tuple(_made(Projection, fields) for fields in payload["projections"]),
        Conversion.from_dict(payload["conversion"]),
        payload["input_scale"],
        payload["source_hash"],
        payload["trace"],
        payload["input_parts"],
        payload["report"],
        payload.get("pixel_range"),  # type: ignore[arg-type]  # None: what the others tell
        payload.get("data", ""),
    )
    check_spiking(network)
    return network


def _made(cls: type[Part], fields: dict[str, Any]) -> Part:
    check_names(cls, set(fields), f"the {cls.__name__.lower()} {str(fields.get('name', ''))!r}")
    return cls(**fields)


_KEYS = {
    "Network": {
        "name",
        "nodes",
        "report",
        "verification",
        "source_deviation",
        "input_parts",
    },
    "SpikingNetwork": {
        "name",
        "populations",
        "projections",
        "conversion",
        "input_scale",
        "source_hash",
        "trace",
        "input_parts",
        "report",
    },
}
"""Parts of the two kinds of networks."""

_OPTIONAL = {"pixel_range", "data"}
"""Parts that are written where they tell more than the others do; older files lack them."""
