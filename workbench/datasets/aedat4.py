"""AEDAT 4.0: packets of FlatBuffers, each compressed by itself.

The containers are read here, with every offset checked: readers that follow FlatBuffers unchecked
end the whole process on a damaged file. Decompression is left to lz4 and zstandard.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from workbench.datasets.recordings import damaged, most_events
from workbench.errors import DataError
from workbench.util.optional import importing

if TYPE_CHECKING:
    from workbench.datasets.aedat import Columns

MAGIC = b"#!AER-DAT4.0\r\n"

MOST_HEADER_BYTES = 2**20

MOST_PACKET_BYTES = 2**28
"""What a packet may hold, decompressed; cameras write some kilobytes."""

EVENT = np.dtype(
    {
        "names": ["t", "x", "y", "on"],
        "formats": ["<i8", "<i2", "<i2", "u1"],
        "offsets": [0, 8, 10, 12],
        "itemsize": 16,
    }
)
"""The struct `Event` of events.fbs."""

_STREAM_EVENTS = "EVTS"
_PACKET = struct.Struct("<iI")

Decompress = Callable[[memoryview], memoryview]


class _Damaged(Exception):
    """Why a part of the file is not what it should be."""


def read_aedat4(path: Path, data: memoryview) -> Columns:
    """Read the events of the first stream of events; see `workbench.datasets.aedat.read_aedat`.

    Raises
    ------
    DataError
        If the file is damaged, holds no stream of events, or its compression needs a package that
        is not installed.
    """
    try:
        start, compression, end, description = _header(data)
        stream, size = _stream(description)
        decompress = _decompressor(compression)
        packets = list(_packets(data, start, end, stream, decompress))
    except _Damaged as error:
        raise damaged(path, str(error)) from error
    events = np.concatenate([np.zeros(0, EVENT), *packets])
    return events["t"], events["x"], events["y"], events["on"] != 0, size


def _packets(
    data: memoryview, start: int, end: int, stream: int, decompress: Decompress
) -> Iterator[np.ndarray]:
    total, most = 0, most_events()
    while start < end:
        if start + _PACKET.size > end:
            raise _Damaged("it ends within the header of a packet")
        number, size = _PACKET.unpack_from(data, start)
        start += _PACKET.size
        if size > end - start:
            raise _Damaged(
                f"byte {start}: a packet announces {size:,} bytes, and {end - start:,} are left"
            )
        if number == stream:
            events = _events(decompress(data[start : start + size]))
            total += len(events)
            if total > most:
                raise _Damaged(f"it holds more than {most:,} events")
            yield events
        start += size


def _header(data: memoryview) -> tuple[int, int, int, str]:
    """Return where packets begin, how they are compressed, where they end, and the description."""
    at = len(MAGIC)
    size = _number(data, "<I", at)
    start = at + 4 + size
    if size > MOST_HEADER_BYTES or start > len(data):
        raise _Damaged(f"its header announces {size:,} bytes")
    header = data[at + 4 : start]
    table = _Table(header, _number(header, "<I", 0))
    compression = table.number("<i", 0, default=0)
    end = table.number("<q", 1, default=-1)
    if end < 0:
        end = len(data)  # The recording was interrupted, and has no table of its packets.
    if not start <= end <= len(data):
        raise _Damaged(f"its table of packets would lie at byte {end:,}")
    return start, compression, end, table.text(2)


def _stream(description: str) -> tuple[int, tuple[int, int]]:
    """Return the number of the first stream of events, and (height, width) of its sensor."""
    if "<!" in description:
        raise _Damaged("its description defines entities")
    try:
        streams = ElementTree.fromstring(description).findall("./node[@name='outInfo']/node")
    except ElementTree.ParseError as error:
        raise _Damaged(f"its description is not XML ({error})") from error
    found = []
    for node in streams:
        if node.findtext("attr[@key='typeIdentifier']") == _STREAM_EVENTS:
            info = node.find("node[@name='info']")
            sizes = [
                "" if info is None else info.findtext(f"attr[@key='{key}']") or ""
                for key in ("sizeY", "sizeX")
            ]
            number = node.get("name", "")
            digits = (*sizes, number)
            if not all(n.isascii() and n.isdecimal() and len(n) <= 5 for n in digits):
                raise _Damaged("a stream of events has no number, or no size")
            found.append((int(number), (int(sizes[0]), int(sizes[1]))))
    if not found:
        raise _Damaged("it has no stream of events")
    return min(found)


def _events(packet: memoryview) -> np.ndarray:
    """Return the events of a decompressed packet, a FlatBuffer with its size ahead."""
    if bytes(packet[8:12]) != _STREAM_EVENTS.encode():
        raise _Damaged("a packet of the stream of events holds something else")
    table = _Table(packet, 4 + _number(packet, "<I", 4))
    place = table.target(0)
    if place is None:
        return np.zeros(0, EVENT)
    count = _number(packet, "<I", place)
    if count * EVENT.itemsize > len(packet) - place - 4:
        raise _Damaged(f"a packet announces {count:,} events, more than it has room for")
    return np.frombuffer(packet, EVENT, count, place + 4)


class _Table:
    """A table of a FlatBuffer; its fields are found through a list of their offsets."""

    def __init__(self, data: memoryview, place: int):
        self._data, self._place = data, place
        self._offsets = place - _number(data, "<i", place)
        self._size = _number(data, "<H", self._offsets)

    def _field(self, slot: int) -> int | None:
        at = 4 + 2 * slot
        offset = _number(self._data, "<H", self._offsets + at) if at + 2 <= self._size else 0
        return self._place + offset if offset else None

    def number(self, form: str, slot: int, *, default: int) -> int:
        field = self._field(slot)
        return default if field is None else _number(self._data, form, field)

    def target(self, slot: int) -> int | None:
        """Return where a vector or text lies."""
        field = self._field(slot)
        return None if field is None else field + _number(self._data, "<I", field)

    def text(self, slot: int) -> str:
        place = self.target(slot)
        if place is None:
            raise _Damaged("its header has no description")
        size = _number(self._data, "<I", place)
        text = bytes(self._data[place + 4 : place + 4 + size])
        if len(text) != size:
            raise _Damaged("its description is cut off")
        return text.decode("utf-8", "replace")


def _number(data: memoryview, form: str, at: int) -> int:
    """Read a number; `struct` alone would count negative offsets from the end."""
    if not 0 <= at <= len(data) - struct.calcsize(form):
        raise _Damaged(f"an offset leads to byte {at:,} of {len(data):,}")
    value: int = struct.unpack_from(form, data, at)[0]
    return value


def _decompressor(compression: int) -> Decompress:
    if compression == 0:
        return lambda packet: packet
    if compression in (1, 2):
        return _lz4()
    if compression in (3, 4):
        return _zstd()
    raise _Damaged(f"its compression has the number {compression}; known are 0 to 4")


def _lz4() -> Decompress:
    with importing("Reading AEDAT 4.0 files compressed by LZ4", DataError):
        import lz4.frame

    def decompress(packet: memoryview) -> memoryview:
        reader = lz4.frame.LZ4FrameDecompressor()
        try:
            data = reader.decompress(packet, max_length=MOST_PACKET_BYTES)
        except RuntimeError as error:
            raise _Damaged(f"a packet cannot be decompressed ({error})") from error
        if not reader.eof:
            raise _Damaged(f"a packet is cut off, or holds more than {MOST_PACKET_BYTES:,} bytes")
        return memoryview(data)

    return decompress


def _zstd() -> Decompress:
    with importing("Reading AEDAT 4.0 files compressed by Zstandard", DataError):
        import zstandard

    def decompress(packet: memoryview) -> memoryview:
        context = zstandard.ZstdDecompressor(max_window_size=MOST_PACKET_BYTES)
        try:
            with context.stream_reader(packet) as reader:
                data = reader.read(MOST_PACKET_BYTES + 1)
        except zstandard.ZstdError as error:
            raise _Damaged(f"a packet cannot be decompressed ({error})") from error
        if len(data) > MOST_PACKET_BYTES:
            raise _Damaged(f"a packet holds more than {MOST_PACKET_BYTES:,} bytes")
        return memoryview(data)

    return decompress
