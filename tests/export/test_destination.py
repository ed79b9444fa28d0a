from pathlib import Path

import pytest

from workbench.errors import ExportError
from workbench.export.destination import destination


def write(path: Path, *suffixes: str, overwrite: bool = False) -> tuple[Path, ...]:
    with destination(path, overwrite) as place:
        for suffix in suffixes:
            place.file(suffix).write_text(f"new {suffix}")
        return place.commit()


def test_files_appear_under_the_name_that_was_given(tmp_path):
    files = write(tmp_path / "net.py", ".py", ".npz")
    assert files == (tmp_path / "net.py", tmp_path / "net.npz")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.npz", "net.py"]


@pytest.mark.parametrize(
    ("given", "stem"),
    [("a.net.h5", "a"), ("a.json", "a"), ("a.v2", "a.v2"), ("a.v2.py", "a.v2"), ("a", "a")],
)
def test_only_suffixes_of_exports_are_left_off(tmp_path, given, stem):
    (file,) = write(tmp_path / given, ".py")
    assert file.name == f"{stem}.py"


def test_existing_files_are_kept(tmp_path):
    (tmp_path / "net.npz").write_text("mine")
    with pytest.raises(ExportError, match=r"net\.npz exists and is kept.* net_2,.*overwrite=True"):
        write(tmp_path / "net.py", ".py", ".npz")
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]
    assert (tmp_path / "net.npz").read_text() == "mine"


def test_existing_files_are_replaced_when_asked(tmp_path):
    (tmp_path / "net.py").write_text("mine")
    write(tmp_path / "net.py", ".py", overwrite=True)
    assert (tmp_path / "net.py").read_text() == "new .py"


def test_a_failure_leaves_nothing_and_keeps_what_was_there(tmp_path):
    (tmp_path / "net.py").write_text("mine")

    def fail() -> None:
        with destination(tmp_path / "net", overwrite=True) as place:
            place.file(".py").write_text("half")
            raise ExportError("refused")

    with pytest.raises(ExportError, match="refused"):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["net.py"]
    assert (tmp_path / "net.py").read_text() == "mine"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"missing does not exist\. Create it"):
        write(tmp_path / "missing" / "net.py", ".py")


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="is a file, not a folder"):
        write(tmp_path / "file" / "net.py", ".py")
    with pytest.raises(ExportError, match="does not exist"):
        write(tmp_path / "file" / "deeper" / "net.py", ".py")


@pytest.mark.parametrize("path", ["", ".", Path()])
def test_a_name_is_asked_for_where_there_is_none(path):
    with pytest.raises(ExportError, match=r"^Give a name for the files, for instance network\.$"):
        write(path, ".py")


def test_a_folder_is_no_file_name(tmp_path):
    with pytest.raises(ExportError, match=r"is a folder\. Name a file in it"):
        write(tmp_path, ".py")
    (tmp_path / "net.py").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        write(tmp_path / "net", ".py")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(ExportError, match=r"Cannot write to .*Permission denied.*Choose a folder"):
        write(tmp_path / "net", ".py")


def test_a_full_disk_is_reported(tmp_path):
    def fill() -> None:
        with destination(tmp_path / "net", overwrite=False):
            raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left on device"):
        fill()
    assert not list(tmp_path.iterdir())
