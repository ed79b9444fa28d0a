"""Files of events, written as the formats' specifications say; and damaged ones."""

import struct
import sys

import event_writers as write
import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.datasets.aedat import SENSORS
from workbench.datasets.event_files import READERS, read_recording
from workbench.datasets.recordings import EVENT
from workbench.errors import DataError

lz4_frame = pytest.importorskip("lz4.frame", reason="the extra 'events' is not installed")
zstandard = pytest.importorskip("zstandard", reason="the extra 'events' is not installed")

COMPRESSIONS = {
    0: bytes,
    1: lz4_frame.compress,
    2: lambda data: lz4_frame.compress(data, compression_level=9),
    3: zstandard.ZstdCompressor().compress,
    4: zstandard.ZstdCompressor(level=19, write_content_size=False).compress,
}
EVENTS = [(5, 3, 1, 1), (9, 0, 0, 0), (9, 33, 33, 1), (40, 2, 30, 0)]


def events_on(height, width, most_us=2**23 - 1):
    sizes = (most_us, width - 1, height - 1, 1)
    event = st.tuples(*(st.integers(0, most) for most in sizes))
    return st.lists(event, min_size=1, max_size=20).map(in_order)


def in_order(events):
    return sorted(events, key=lambda event: event[0])


def read(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return read_recording(path)


def same(recording, events):
    expected = np.array([tuple(event) for event in events], EVENT)
    assert np.array_equal(recording.events, expected)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("recordings")


@settings(max_examples=examples(25))
@given(events_on(34, 34))
def test_nmnist(folder, events):
    recording = read(folder, "1.bin", write.nmnist(events))
    same(recording, events)
    assert recording.sensor_size == (34, 34)


def test_row_240_of_nmnist_is_an_overflow_of_its_clock(tmp_path):
    events = [(7, 1, 1, 1), (0, 0, 240, 0), (3, 2, 2, 0), (0, 0, 240, 0), (4, 3, 3, 1)]
    recording = read(tmp_path, "1.bin", write.nmnist(events))
    same(recording, [(7, 1, 1, 1), (3 + 2**13, 2, 2, 0), (4 + 2**14, 3, 3, 1)])


@pytest.mark.parametrize("chip", ["ch.unizh.ini.jaer.chip.retina.DVS128", "davis.DAVIS240C"])
def test_aedat_2(folder, chip):
    height, width = SENSORS["dvs128" if "DVS128" in chip else "davis240"]

    @settings(max_examples=examples(25))
    @given(events_on(height, width, 2**31))
    def round_trip(events):
        content = write.aedat2(events, chip=chip, height=height, width=width)
        recording = read(folder, "a.aedat", content)
        same(recording, events)
        assert recording.sensor_size == (height, width)

    round_trip()


def test_addresses_of_aedat_2_are_turned_into_images(tmp_path):
    """By hand, from jAER's extractors: x = width - 1 - column, rows from below, bit 0 is OFF."""
    head = b"#!AER-DAT2.0\r\n# AEChip: a.DVS128\r\n#End Of ASCII Header\r\n"
    body = struct.pack(">IIII", 0x2301, 10, 3 << 8 | 5 << 1, 11)  # The first byte after is "#".
    same(read(tmp_path, "a.aedat", head + body), [(10, 127, 92, 0), (11, 122, 124, 1)])
    head = b"#!AER-DAT2.0\r\n# AEChip: x.Davis346red\r\n"
    polarity = 7 << 22 | 9 << 12 | 1 << 11
    skipped = struct.pack(">IIII", 1 << 31 | polarity, 12, 1 << 10 | polarity, 13)
    body = struct.pack(">II", polarity, 11) + skipped
    same(read(tmp_path, "b.aedat", head + body), [(11, 336, 252, 1)])


def test_aedat_2_without_a_chip_is_dvs128_where_addresses_are_short(tmp_path):
    head = b"#!AER-DAT2.0\r\n# Timestamps tick is 1 us\r\n"
    recording = read(tmp_path, "a.aedat", head + struct.pack(">II", 0x0100, 1))
    assert recording.sensor_size == (128, 128)
    with pytest.raises(DataError, match=r"does not name a camera .*known: dvs128"):
        read(tmp_path, "b.aedat", head + struct.pack(">II", 0x10000, 1))


def test_the_clock_of_aedat_2_goes_on_after_32_bits(tmp_path):
    events = [(2**32 - 2, 1, 1, 1), (2**32 + 5, 2, 2, 0)]
    content = write.aedat2(events, chip="DVS128", height=128, width=128)
    same(read(tmp_path, "a.aedat", content), events)


@settings(max_examples=examples(25))
@given(events_on(128, 128, 2**31 - 1), st.integers(0, 2))
def test_aedat_3_1(folder, events, overflow):
    half = len(events) // 2
    content = write.HEADER_31 + write.packet31(events[:half])
    content += write.packet31(events[half:], overflow=overflow)
    shifted = [(t + (overflow << 31), *rest) for t, *rest in events[half:]]
    same(read(folder, "a.aedat", content), events[:half] + shifted)


def test_other_packets_and_invalid_events_of_aedat_3_1_are_passed_over(tmp_path):
    content = write.HEADER_31 + write.packet31(EVENTS, kind=0)
    content += write.packet31(EVENTS, valid=(1, 0, 1, 0))
    recording = read(tmp_path, "a.aedat", content)
    same(recording, [EVENTS[0], EVENTS[2]])
    assert recording.sensor_size == (128, 128)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_aedat_4(folder, compression):
    @settings(max_examples=examples(25))
    @given(st.lists(events_on(60, 80, 2**42), min_size=1, max_size=3), st.booleans())
    def round_trip(packets, table):
        content = write.aedat4(
            packets,
            height=60,
            width=80,
            compression=compression,
            compress=COMPRESSIONS[compression],
            table=table,
        )
        recording = read(folder, "a.aedat4", content)
        same(recording, in_order(event for packet in packets for event in packet))
        assert recording.sensor_size == (60, 80)

    round_trip()


def test_arrays_of_tonic_and_spikingjelly(tmp_path):
    t, x, y, p = (np.array(column) for column in zip(*EVENTS, strict=True))
    order = [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")]
    tonic = np.array(list(zip(x, y, t, p, strict=True)), order)
    np.save(tmp_path / "a.npy", tonic)
    np.savez(tmp_path / "a.npz", t=t, x=x, y=y, p=2 * p - 1)
    for name in ("a.npy", "a.npz"):
        recording = read_recording(tmp_path / name)
        same(recording, EVENTS)
        assert recording.sensor_size is None


def cut_off(packet):
    return lz4_frame.compress(packet)[:-9]


GOOD_31 = write.HEADER_31 + write.packet31(EVENTS)
GOOD_4 = write.aedat4([EVENTS], height=34, width=34)
DAMAGED = [
    ("a.bin", b"", "it is empty"),
    ("a.bin", write.nmnist(EVENTS)[:-1], "not a multiple of 5"),
    ("a.bin", write.nmnist([(0, 0, 240, 0)]), "holds no events"),
    ("a.aedat", b"\0" * 30, "AEDAT 1.0, or not an AEDAT file; accepted: 2.0, 3.1 and 4.0"),
    ("a.aedat", b"#!AER-DAT3.0\r\n", r"is AEDAT 3\.0"),
    ("a.aedat", write.aedat2(EVENTS, chip="DVS128", height=128, width=128)[:-3], "ends within"),
    ("a.aedat", b"#!AER-DAT3.1\r\n", "header does not end in #!END-HEADER"),
    ("a.aedat", GOOD_31[:-1], r"announces 32 bytes, and 31 are left"),
    ("a.aedat", GOOD_31 + b"\0" * 9, "within the header of a packet"),
    ("a.aedat", GOOD_31.replace(b"RAW", b"PNG"), "has the format PNG"),
    (
        "a.aedat",
        write.HEADER_31 + struct.pack("<hhiiiiii", 1, 0, 8, 4, 0, 2**30, 2**30, 2**30),
        "announces 8,589,934,592 bytes, and 0 are left",
    ),
    ("a.aedat4", GOOD_4[:-5], "bytes, and .* are left"),
    ("a.aedat4", GOOD_4[:14] + b"\xff\xff\xff\xff" + GOOD_4[18:], "header announces 4,294,967,295"),
    ("a.aedat4", write.aedat4([], height=34, width=34), "holds no events"),
    ("a.aedat4", write.aedat4([], height=4, width=4, kind="FRME"), "no stream of events"),
    ("a.aedat4", write.aedat4([], height="x", width=4), "has no number, or no size"),
    ("a.aedat4", write.aedat4([EVENTS], height=9, width=9, compression=9), "the number 9"),
    ("a.aedat4", write.aedat4([EVENTS], height=9, width=9, compression=1), "decompressed"),
    ("a.aedat4", write.aedat4([EVENTS], height=9, width=9, compression=3), "decompressed"),
    (
        "a.aedat4",
        write.aedat4(
            [EVENTS],
            height=9,
            width=9,
            compression=1,
            compress=lambda d: lz4_frame.compress(d)[:-9],
        ),
        "cut off|cannot be decompressed",
    ),
    (
        "a.aedat4",
        write.aedat4([], height=1, width=1, description="<!DOCTYPE dv [<!ENTITY a 'b'>]><dv/>"),
        "defines entities",
    ),
    ("a.aedat4", write.aedat4([], height=1, width=1, description="<dv"), "is not XML"),
    ("a.npy", b"\x93NUMPY", "not an array of numbers"),
    ("a.dat", b"1", r"has the ending '\.dat'; recordings of events end in \.bin, \.aedat.*faery"),
]


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED)
def test_damaged_files_are_refused(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, name, content)


def test_a_packet_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.datasets.aedat4.MOST_PACKET_BYTES", 2**20)
    for compression, name in ((1, "lz4"), (3, "zstd")):
        bomb = COMPRESSIONS[compression](bytes(2**21))
        options = {"compression": compression, "compress": lambda _, bomb=bomb: bomb}
        content = write.aedat4([EVENTS], height=9, width=9, **options)
        with pytest.raises(DataError, match=r"more than 1,048,576 bytes|requires too much memory"):
            read(tmp_path, f"{name}.aedat4", content)


def test_a_missing_file_or_package_is_told(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="There is no file"):
        read_recording(tmp_path / "none.bin")
    for compression, package in ((1, "lz4"), (3, "zstandard")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(DataError, match=r"snn-workbench\[events\]"):
            content = write.aedat4([EVENTS], height=9, width=9, compression=compression)
            read(tmp_path, "a.aedat4", content)


@given(st.data())
def test_any_change_of_a_file_is_read_or_refused_in_words(folder, data):
    """No byte of a file ends the process, or raises anything but a refusal."""
    compression = data.draw(st.sampled_from([0, 1, 3]))
    files = {
        "a.bin": write.nmnist(EVENTS),
        "a.aedat": data.draw(
            st.sampled_from([GOOD_31, write.aedat2(EVENTS, chip="DVS128", height=128, width=128)])
        ),
        "a.aedat4": write.aedat4(
            [EVENTS],
            height=34,
            width=34,
            compression=compression,
            compress=COMPRESSIONS[compression],
        ),
    }
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        read(folder, name, bytes(content))
    except DataError as refusal:
        assert name in str(refusal)


def test_every_ending_has_a_reader_that_is_told():
    assert set(READERS) == {".bin", ".aedat", ".aedat4", ".npy", ".npz"}
