"""AEDAT 2.0, 3.1 and 4.0, the files of iniVation's cameras, as columns of events.

The formats are those of iniVation's "AEDAT File Formats". A file is an adversary: whatever it
announces is compared with what is there before it is used.

AEDAT 2.0 stores addresses as jAER's chip classes define them, with the origin at the lower left and
columns counted from the right; they are turned into images here, as jAER shows them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from workbench.datasets.aedat4 import read_aedat4
from workbench.datasets.recordings import damaged, most_events
from workbench.errors import DataError

Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[int, int] | None]
"""t, x, y, p, and (height, width) of the sensor."""

MOST_HEADER_BYTES = 2**20

SENSORS: dict[str, tuple[int, int]] = {
    "dvs128": (128, 128),
    "tmpdiff128": (128, 128),
    "edvs": (128, 128),
    "davis128": (128, 128),
    "davis208": (192, 208),
    "davis240": (180, 240),
    "davis346": (260, 346),
    "davis640": (480, 640),
}
"""(height, width) by what a chip's or camera's name contains."""

_VERSION = re.compile(rb"#!AER-DAT(\d+\.\d+)")
_END_2, _END_3 = b"#End Of ASCII Header\r\n", b"#!END-HEADER\r\n"
_PACKET = struct.Struct("<hhiiiiii")
_POLARITY_EVENT, _POLARITY_BYTES = 1, 8


def read_aedat(path: Path) -> Columns:
    """Read the polarity events of a file.

    Returns
    -------
    t : ndarray of int64, shape (events,)
        Microseconds.
    x, y : ndarray of int, shape (events,)
        Column and row; (0, 0) is at the upper left.
    p : ndarray of int or bool, shape (events,)
        1 where a pixel became brighter.
    sensor_size : (height, width) or None

    Raises
    ------
    DataError
        If the file is of another version, or damaged.
    """
    data = memoryview(np.memmap(path, np.uint8, mode="r"))  # type: ignore[arg-type]
    found = _VERSION.match(bytes(data[:32]))
    version = found[1].decode() if found else "1.0"
    if version == "4.0":
        return read_aedat4(path, data)
    if version == "3.1":
        return _read_3_1(path, data)
    if version == "2.0":
        return _read_2_0(path, data)
    raise DataError(
        f"{path} is AEDAT {version}, or not an AEDAT file; accepted: 2.0, 3.1 and 4.0. Write it "
        "again as 4.0 with iniVation's DV."
    )


def _read_2_0(path: Path, data: memoryview) -> Columns:
    start, lines = _header_2_0(data)
    if (len(data) - start) % 8:
        raise damaged(path, "it ends within an event of 8 bytes")
    if (len(data) - start) // 8 > most_events():
        raise damaged(path, f"it holds more than {most_events():,} events")
    words = np.frombuffer(data, ">u4", offset=start).reshape(-1, 2)
    address, clock = words[:, 0].astype(np.uint32), words[:, 1].astype(np.int64)
    # The clock is 32 bits wide, and goes on from 0.
    t = clock + (np.cumsum(np.diff(clock, prepend=clock[:1]) < -(2**31)) << 32)
    chip = next((line for line in lines if "AEChip:" in line), "")
    size = _sensor(chip)
    if not chip and address.max(initial=0) < 2**16:
        size = SENSORS["dvs128"]  # Data sets of this camera leave the line out.
    if size is None:
        raise DataError(
            f"{path} does not name a camera whose addresses are known ({chip.strip() or 'no line'} "
            f"AEChip); known: {', '.join(SENSORS)}. Write it again as AEDAT 4.0 with iniVation's "
            "DV."
        )
    height, width = size
    if "davis" in chip.lower():
        # Bit 31 marks samples of intensity and motion, bit 10 signals of the connector.
        kept = (address & (1 << 31 | 1 << 10)) == 0
        column, row = address >> 12 & 0x3FF, address >> 22 & 0x1FF
        p = address >> 11 & 1
    else:
        kept = address & 0x8000 == 0
        column, row, p = address >> 1 & 0x7F, address >> 8 & 0x7F, 1 - (address & 1)
    x = width - 1 - column[kept].astype(np.int64)
    y = height - 1 - row[kept].astype(np.int64)
    return t[kept], x, y, p[kept], size


def _header_2_0(data: memoryview) -> tuple[int, list[str]]:
    """Return where events begin, and the lines before; an event may begin with "#", too."""
    text = bytes(data[:MOST_HEADER_BYTES])
    end = text.find(_END_2)
    if end >= 0:
        return end + len(_END_2), text[:end].decode("ascii", "replace").splitlines()
    start, lines = 0, []
    while text[start : start + 1] == b"#":
        end = text.find(b"\n", start)
        line = text[start : max(end, start)].decode("ascii", "replace").rstrip("\r")
        if end < 0 or not line.isprintable() or "\ufffd" in line:
            break
        lines.append(line)
        start = end + 1
    return start, lines


def _read_3_1(path: Path, data: memoryview) -> Columns:
    text = bytes(data[:MOST_HEADER_BYTES])
    end = text.find(_END_3)
    if end < 0:
        raise damaged(path, f"its header does not end in {_END_3.decode().strip()}")
    header = text[:end].decode("ascii", "replace")
    form = re.search(r"#Format: *(\S+)", header)
    if form and form[1] != "RAW":
        raise DataError(
            f"{path} has the format {form[1]}; accepted: RAW. Write it again as AEDAT 4.0 with "
            "iniVation's DV."
        )
    source = re.search(r"#Source \d+: *([^\r\n]+)", header)
    blocks = [np.zeros((0, 3), np.int64), *_packets_3_1(path, data, end + len(_END_3))]
    word, t, _ = np.concatenate(blocks).T
    return t, word >> 17 & 0x7FFF, word >> 2 & 0x7FFF, word >> 1 & 1, _sensor(source and source[1])


def _packets_3_1(path: Path, data: memoryview, start: int) -> Iterator[np.ndarray]:
    """Yield the valid polarity events of each packet: word, time and overflow."""
    total, most = 0, most_events()
    while start < len(data):
        if start + _PACKET.size > len(data):
            raise damaged(path, "it ends within the header of a packet")
        kind, _, size, _, overflow, capacity, number, _ = _PACKET.unpack_from(data, start)
        start += _PACKET.size
        if size <= 0 or not 0 <= number <= capacity or overflow < 0:
            raise damaged(path, f"byte {start}: a packet of {number} events of {size} bytes")
        if capacity * size > len(data) - start:
            raise damaged(
                path,
                f"byte {start}: a packet announces {capacity * size:,} bytes, and "
                f"{len(data) - start:,} are left",
            )
        if kind == _POLARITY_EVENT:
            if size != _POLARITY_BYTES:
                raise damaged(path, f"byte {start}: polarity events of {size} bytes, not of 8")
            total += number
            if total > most:
                raise damaged(path, f"it holds more than {most:,} events")
            words = np.frombuffer(data, "<u4", 2 * number, start).reshape(-1, 2).astype(np.int64)
            events = np.column_stack([words, np.full(number, overflow)])
            events[:, 1] += overflow << 31  # The clock is a signed number of 32 bits.
            yield events[events[:, 0] & 1 == 1]
        start += capacity * size


def _sensor(name: str | None) -> tuple[int, int] | None:
    plain = (name or "").lower()
    return next((size for chip, size in SENSORS.items() if chip in plain), None)
