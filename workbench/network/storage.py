"""The saved file, `.snn`: an analog or a spiking network in one zip archive.

``network.json`` holds the structure, ``arrays/N.npy`` the numbers. Nothing is pickled; the
version is checked first, then a SHA-256 over structure and arrays.
"""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelFileError
from workbench.network import (  # noqa: F401  (layers register themselves when imported)
    affine,
    convolution,
    dense,
    pooling,
    rearrange,
    structure,
    transposed,
)
from workbench.network.graph import Network, Node
from workbench.network.layer import frozen
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.serialize import decode, digest, encode
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    SyntaxError,  # numpy evaluates an array's header as a literal
    RuntimeError,  # an entry that says it is encrypted, or compressed in another way
    MemoryError,  # an array's header that asks for more than there is
)
"""What reading a damaged archive raises, depending on which byte is wrong."""

FORMAT = "snn-workbench network"
VERSION = 2


def save(network: Network | SpikingNetwork, path: str | Path) -> Path:
    """Write a network to a `.snn` file and return its path.

    Raises
    ------
    ModelFileError
        If the file cannot be written.
    """
    path = Path(path)
    if isinstance(network, SpikingNetwork):
        payload = _spiking_payload(network)
    else:
        payload = _analog_payload(network)
    arrays: list[np.ndarray] = []
    body = encode(payload, arrays)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "type": type(network).__name__,
        "digest": digest(payload),
        "network": body,
    }
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            # A fixed time stamp makes equal networks equal files.
            _write(archive, "network.json", json.dumps(header, indent=1).encode())
            for index, array in enumerate(arrays):
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=False)
                _write(archive, f"arrays/{index}.npy", buffer.getvalue())
    except OSError as error:
        raise ModelFileError(
            f"Cannot write {path}: {error.strerror or error}. Choose a folder you can write to."
        ) from error
    return path


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def load(path: str | Path) -> Network | SpikingNetwork:
    """Read a `.snn` file.

    Raises
    ------
    ModelFileError
        If the file is missing, is no `.snn` file, was written by a newer version, or was
        truncated or altered.
    """
    path = Path(path)
    try:
        header, arrays = _read(path)
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ModelFileError(f"{path} is no snn-workbench network: its header says so.")
        if header.get("version") != VERSION:
            raise ModelFileError(
                f"{path} has format version {header.get('version')}; this snn-workbench reads "
                f"version {VERSION}. Update snn-workbench."
            )
        # Frozen before layers take them, so that layers go on sharing what they shared.
        payload = decode(header["network"], [frozen(array) for array in arrays])
        if digest(payload) != header["digest"]:
            raise ModelFileError(
                f"{path} was altered or damaged: its contents do not match its checksum. "
                "Save or copy the network again."
            )
        return _READERS[header["type"]](payload)
    except FileNotFoundError as error:
        raise ModelFileError(f"{path} does not exist.") from error
    except OSError as error:
        raise ModelFileError(f"Cannot read {path}: {error.strerror or error}.") from error
    except _DAMAGE as error:
        raise ModelFileError(
            f"{path} is no snn-workbench network, or is truncated ({error}). "
            "Save or copy the network again."
        ) from error


def _read(path: Path) -> tuple[Any, list[np.ndarray]]:
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("network.json"))
        n_arrays = sum(name.startswith("arrays/") for name in archive.namelist())
        arrays = [
            np.load(io.BytesIO(archive.read(f"arrays/{i}.npy")), allow_pickle=False)
            for i in range(n_arrays)
        ]
    return header, arrays


def _analog_payload(network: Network) -> dict[str, Any]:
    return {
        "name": network.name,
        "nodes": [[n.name, n.layer, n.activation, n.inputs] for n in network.nodes],
        "report": network.report_rows,
        "verification": network.verification,
        "source_deviation": network.source_deviation,
        "input_parts": network.input_parts,
    }


def _analog(payload: dict[str, Any]) -> Network:
    nodes = tuple(
        Node(name, layer, activation, inputs)
        for name, layer, activation, inputs in payload["nodes"]
    )
    return Network(
        payload["name"],
        nodes,
        payload["report"],
        payload["verification"],
        payload["source_deviation"],
        payload["input_parts"],
    )


def _fields(instance: Population | Projection) -> dict[str, Any]:
    return {f.name: getattr(instance, f.name) for f in dataclasses.fields(instance)}


def _spiking_payload(network: SpikingNetwork) -> dict[str, Any]:
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
    }


def _spiking(payload: dict[str, Any]) -> SpikingNetwork:
    return SpikingNetwork(
        payload["name"],
        tuple(Population(**fields) for fields in payload["populations"]),
        tuple(Projection(**fields) for fields in payload["projections"]),
        Conversion.from_dict(payload["conversion"]),
        payload["input_scale"],
        payload["source_hash"],
        payload["trace"],
        payload["input_parts"],
        payload["report"],
    )


_READERS: dict[str, Callable[[dict[str, Any]], Network | SpikingNetwork]] = {
    "Network": _analog,
    "SpikingNetwork": _spiking,
}
