"""Writers of recordings, byte by byte as the formats' specifications say; for tests.

N-MNIST: Orchard et al. 2015, "Converting Static Image Datasets to Spiking Neuromorphic Datasets
Using Saccades". AEDAT 2.0, 3.1 and 4.0: iniVation, "AEDAT File Formats"; the addresses of 2.0 as
jAER's DVS128 and DavisChip define them; the FlatBuffers of 4.0 as ioheader.fbs and events.fbs.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence

import flatbuffers

Event = tuple[int, int, int, int]
"""t in microseconds, x, y, p."""


def nmnist(events: Iterable[Event]) -> bytes:
    parts = []
    for t, x, y, p in events:
        # Bits 39-32 x, 31-24 y, 23 polarity, 22-0 time.
        parts.append(((x << 32) | (y << 24) | (p << 23) | t).to_bytes(5, "big"))
    return b"".join(parts)


def aedat2(events: Iterable[Event], *, chip: str, height: int, width: int) -> bytes:
    header = (
        "#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n"
        f"# Timestamps tick is 1 us\r\n# AEChip: {chip}\r\n"
    )
    body = b""
    for t, x, y, p in events:
        column, row = width - 1 - x, height - 1 - y
        if "davis" in chip.lower():
            address = row << 22 | column << 12 | p << 11
        else:
            address = row << 8 | column << 1 | (1 - p)
        body += struct.pack(">II", address, t & 0xFFFFFFFF)
    return header.encode() + body


HEADER_31 = (
    b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n"
    b"#Start-Time: 2026-01-01 00:00:00 (TZ+0000)\r\n#!END-HEADER\r\n"
)


def packet31(
    events: Sequence[Event], *, overflow: int = 0, valid: Sequence[int] = (), kind: int = 1
) -> bytes:
    """Write a packet: 28 bytes of header, then 8 bytes an event."""
    count = len(events)
    head = struct.pack("<hhiiiiii", kind, 1, 8, 4, overflow, count, count, count)
    marks = list(valid) or [1] * count
    return head + b"".join(
        struct.pack("<Ii", x << 17 | y << 2 | p << 1 | mark, t)
        for (t, x, y, p), mark in zip(events, marks, strict=True)
    )


DESCRIPTION = """<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">
<node name="{number}"><attr key="typeIdentifier" type="string">{kind}</attr>
<node name="info"><attr key="sizeX" type="int">{width}</attr>
<attr key="sizeY" type="int">{height}</attr></node></node></node></dv>"""


def aedat4(
    packets: Iterable[Sequence[Event]],
    *,
    height: int,
    width: int,
    compression: int = 0,
    compress: Callable[[bytes], bytes] = bytes,
    kind: str = "EVTS",
    description: str = DESCRIPTION,
    table: bool = False,
) -> bytes:
    text = description.format(number=0, kind=kind, width=width, height=height)
    body = b""
    for events in packets:
        packet = compress(_packet4(events))
        body += struct.pack("<ii", 0, len(packet)) + packet
    start = b"#!AER-DAT4.0\r\n"
    header = _header4(compression, -1, text)
    if not table:
        return start + header + body
    # What follows the packets is a table of them, which is not needed to read them.
    position = len(start) + len(_header4(compression, 1, text)) + len(body)
    return start + _header4(compression, position, text) + body + b"a table of packets"


def _header4(compression: int, position: int, text: str) -> bytes:
    builder = flatbuffers.Builder(256)
    description = builder.CreateString(text)
    builder.StartObject(3)
    builder.PrependUOffsetTRelativeSlot(2, description, 0)
    builder.PrependInt64Slot(1, position, -1)
    builder.PrependInt32Slot(0, compression, 0)
    builder.FinishSizePrefixed(builder.EndObject(), b"IOHE")
    return bytes(builder.Output())


def _packet4(events: Sequence[Event]) -> bytes:
    builder = flatbuffers.Builder(256)
    builder.StartVector(16, len(events), 8)
    for t, x, y, p in reversed(events):
        builder.Prep(8, 16)
        builder.Pad(3)
        builder.PrependBool(bool(p))
        builder.PrependInt16(y)
        builder.PrependInt16(x)
        builder.PrependInt64(t)
    elements = builder.EndVector()
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, elements, 0)
    builder.FinishSizePrefixed(builder.EndObject(), b"EVTS")
    return bytes(builder.Output())
