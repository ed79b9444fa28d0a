"""The file of measured points: what was written is read, and all else is refused by name."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.sweeps.store import FIELDS, add_to_store, read_store

pa = pytest.importorskip("pyarrow", reason="points are kept with pyarrow")


def row(key, **values):
    plain = {str: "text", int: 3, float: 0.5}
    return {**{name: plain[kind] for name, kind in FIELDS.items()}, "key": key, **values}


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "points.parquet"
    add_to_store(place, [row("a"), row("b", latency=None, network="é")])
    return place


def test_points_are_read_as_they_were_written(path):
    add_to_store(path, [row("c"), row("a", accuracy=1.0)])
    known = read_store(path)
    assert list(known) == ["a", "b", "c"] and known["a"] == row("a", accuracy=1.0)
    assert known["b"] == row("b", latency=None, network="é")
    assert read_store(path.with_name("none.parquet")) == {}


def test_other_programs_read_it(path):
    import pandas as pd

    table = pd.read_parquet(path)
    assert list(table.columns) == list(FIELDS) and len(table) == 2


def test_a_torn_or_damaged_file_is_refused(path):
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [whole[:length] for length in (0, 3, len(whole) // 2, len(whole) - 1)]
    for place in rng.integers(4, len(whole), 60):
        damaged.append(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
    known, refused = read_store(path), 0
    for content in damaged:
        path.write_bytes(content)
        try:
            assert read_store(path) == known  # what is not needed to read it may change
        except DataError as error:
            refused += 1
            assert "points.parquet does not hold the points of a sweep, or is damaged" in str(error)
            assert "remove this one" in str(error)
    assert refused > 20
    path.write_bytes(whole[:100])
    with pytest.raises(DataError, match="is damaged"):
        add_to_store(path, [row("d")])
    assert path.read_bytes() == whole[:100]


def test_other_tables_and_places_are_refused(path, tmp_path):
    from pyarrow import parquet

    parquet.write_table(pa.table({"accuracy": [0.5]}), path)
    with pytest.raises(DataError, match="it holds another table"):
        read_store(path)
    with pytest.raises(DataError, match="Cannot read the sweep's points"):
        read_store(tmp_path)
    with pytest.raises(DataError, match="Cannot write the sweep's points"):
        add_to_store(tmp_path / "none" / "points.parquet", [row("a")])


@pytest.mark.slow
def test_rows_that_a_file_claims_do_not_take_memory(path):
    """Text and numbers that are said once, for very many rows."""
    from pyarrow import parquet

    from workbench.sweeps.store import _schema

    many = 300_000
    columns = {
        name: pa.array(np.full(many, {str: "x", int: 1, float: 0.5}[kind])).cast(
            _schema().field(name).type
        )
        for name, kind in FIELDS.items()
    }
    table = pa.table(columns, schema=_schema())
    parquet.write_table(table, path, compression="none", use_dictionary=True)
    assert path.stat().st_size < 4_000_000
    with pytest.raises(DataError, match=r"300,000 rows do not fit into its"):
        read_store(path)
    parquet.write_table(table.slice(0, 100), path, compression="zstd")
    with pytest.raises(DataError, match="do not fit"):
        read_store(path)


def test_text_that_is_said_once_is_once_in_memory(path):
    from pyarrow import parquet

    from workbench.sweeps import store

    def write(network, count=20):
        rows = [row(str(number), network=network) for number in range(count)]
        table = pa.Table.from_pylist(rows, schema=store._schema())
        parquet.write_table(table, path, compression="none", use_dictionary=["network"])

    write("n" * 2**16)
    found = read_store(path)
    assert len(found) == 20 and len({id(each["network"]) for each in found.values()}) == 1
    write("n" * 2**20)
    with pytest.raises(DataError, match="a network in it is longer than 65,536 characters"):
        read_store(path)


def test_a_file_is_not_replaced_by_one_that_cannot_be_read(path, monkeypatch):
    from workbench.sweeps import store

    before = path.read_bytes()
    with pytest.raises(DataError, match=r"settings has 65,537 characters; accepted in .*: up to"):
        add_to_store(path, [row("c", settings="s" * 65_537)])
    with pytest.raises(DataError, match="rows that no sweep has written"):
        add_to_store(path, [row("c", steps=0)])
    monkeypatch.setattr(store, "MOST_BYTES", len(before) + 10)
    with pytest.raises(DataError, match="with the new points; accepted: up to"):
        add_to_store(path, [row("c", settings="s" * 6000)])
    assert path.read_bytes() == before and len(read_store(path)) == 2


def test_without_pyarrow_the_extra_is_named(path, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    with pytest.raises(DataError, match=r"pip install 'snn-workbench\[sweep\]'"):
        read_store(path)
