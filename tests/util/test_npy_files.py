import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.util.npy_files import BadArray, PickledArray, mapped, read_body, read_head


def file_of(head, body=b""):
    text = head.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def head(descr, shape="(4,)", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@given(
    array=hnp.arrays(
        st.sampled_from(["f4", "f8", "i1", "u2", ">i8", "?", "U3", "S2"]),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    ),
    fortran=st.booleans(),
)
def test_what_numpy_writes_is_read(array, fortran):
    array = np.asfortranarray(array) if fortran else array
    buffer = io.BytesIO()
    np.save(buffer, array)
    buffer.seek(0)
    read = read_body(buffer, read_head(buffer))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (file_of(head("'<U0'")), r"declares the shape \(4,\) and the type <U0"),
        (file_of(head("'|V0'")), "declares the shape"),
        (file_of(head("[]")), "has no array header|declares the shape"),
        (file_of(head("'<f4'", "(-1,)")), r"declares the shape \(-1,\)"),
        (file_of(head("'<f4'", "(True,)")), r"declares the shape \(True,\)|no array header"),
        (file_of(head("'<f4'", "(1.5,)")), "has no array header"),
        (file_of(head("'<f4'", "3")), "has no array header"),
        (file_of(head("'<f4'", "(4,")), "has no array header"),
        (file_of(head("'<f4'", order="3")), "has no array header"),
        (file_of("("), "has no array header"),
        (file_of("'" * 50), "has no array header"),
        (file_of(head("'<f4'", "(" + "1," * 40 + ")")), "declares the shape"),
        (b"\x93NUMPY\x09\x00", r"version 9\.0|has no array header"),
        (b"\x93NUMPY", "has no array header"),
        (b"", "has no array header"),
    ],
)
def test_heads_that_no_array_has_are_refused(tmp_path, content, words):
    with pytest.raises(BadArray, match=words):
        read_head(io.BytesIO(content))
    (tmp_path / "x.npy").write_bytes(content + bytes(100))
    with pytest.raises(BadArray):
        mapped(tmp_path / "x.npy")


def test_objects_are_told_apart():
    with pytest.raises(PickledArray, match="holds pickled objects"):
        read_head(io.BytesIO(file_of(head("'|O'"))))


def test_memory_is_not_taken_for_what_a_head_claims(tmp_path, monkeypatch):
    content = file_of(head("'<f4'", "(1000000000000,)"))
    buffer = io.BytesIO(content)
    with pytest.raises(BadArray, match=r"is too large: it takes 4\.0 TB"):
        read_body(buffer, read_head(buffer))
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(BadArray, match="ends too early"):
        mapped(tmp_path / "x.npy")


@pytest.mark.parametrize(("size", "words"), [(15, "ends too early"), (17, "is longer than")])
def test_bodies_of_another_size_are_refused(size, words):
    buffer = io.BytesIO(file_of(head("'<f4'"), bytes(size)))
    with pytest.raises(BadArray, match=words):
        read_body(buffer, read_head(buffer))


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_stay_in_their_file(tmp_path, order):
    array = np.asarray(np.arange(12.0).reshape(3, 4), order=order)
    np.save(tmp_path / "x.npy", array)
    found = mapped(tmp_path / "x.npy")
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, array)
    np.save(tmp_path / "x.npy", array[:0])
    assert mapped(tmp_path / "x.npy").shape == (0, 4)


@pytest.mark.parametrize("order", "<>")
def test_text_of_characters_that_do_not_exist_is_refused(tmp_path, order):
    np.save(tmp_path / "x.npy", np.array(["cat", "\U0010ffff"], f"{order}U3"))
    assert mapped(tmp_path / "x.npy")[0] == "cat"
    content = file_of(head(f"'{order}U1'", "(1,)"), b"\xff\xff\xff\xff")
    buffer = io.BytesIO(content)
    with pytest.raises(BadArray, match="holds text with characters that do not exist"):
        read_body(buffer, read_head(buffer))
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(BadArray, match="holds text"):
        mapped(tmp_path / "x.npy")
