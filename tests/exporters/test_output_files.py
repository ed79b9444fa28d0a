from pathlib import Path

import pytest

from workbench.errors import ExportError
from workbench.exporters import built_in
from workbench.exporters.output_files import destination
from workbench.exporters.registry import modules_of_scripts, suffixes_left_off

BRIAN2 = built_in()["brian2"]
NAMES = suffixes_left_off(BRIAN2), modules_of_scripts(BRIAN2)


def write(path: Path, *suffixes: str, overwrite: bool = False) -> tuple[Path, ...]:
    with destination(path, overwrite, *NAMES) as place:
        for suffix in suffixes:
            place.file(suffix).write_text(f"new {suffix}")
        return place.commit()


def test_files_appear_under_the_name_that_was_given(tmp_path):
    files = write(tmp_path / "net.py", ".py", ".npz")
    assert files == (tmp_path / "net.py", tmp_path / "net.npz")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.npz", "net.py"]


@pytest.mark.parametrize(
    ("given", "stem"),
    [
        *(("a.net.h5", "a"), ("a.json", "a"), ("a.nir", "a"), ("a_nest.py", "a")),
        *(("a.v2", "a.v2"), ("a.v2.py", "a.v2"), ("a", "a")),
    ],
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


@pytest.mark.parametrize("overwrite", [False, True])
def test_files_come_all_or_none(tmp_path, overwrite):
    if overwrite:
        (tmp_path / "net.py").write_text("mine")

    def half() -> None:
        with destination(tmp_path / "net", overwrite) as place:
            place.file(".py").write_text("new")
            place.file(".npz")  # Claimed, and never written: it cannot be moved.
            place.commit()

    with pytest.raises(ExportError, match=r"Cannot write to .*No such file"):
        half()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == (
        {"net.py": "mine"} if overwrite else {}
    )


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    def slow() -> None:
        with destination(tmp_path / "net", overwrite=False) as place:
            for suffix in (".py", ".npz"):
                place.file(suffix).write_text("new")
            (tmp_path / "net.npz").write_text("mine")
            place.commit()

    with pytest.raises(ExportError, match=r"net\.npz exists and is kept"):
        slow()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"net.npz": "mine"}


@pytest.mark.parametrize("name", ["brian2", "numpy", "argparse", "workbench"])
def test_a_script_must_not_hide_what_it_imports(tmp_path, name):
    message = rf"{name}\.py would hide the module {name}, .* for instance {name}_network\."
    with pytest.raises(ExportError, match=message):
        write(tmp_path / name, ".snn", ".py")
    assert not list(tmp_path.iterdir())
    assert write(tmp_path / name, ".json") == (tmp_path / f"{name}.json",)


@pytest.mark.parametrize("path", [None, 5, b"net", "a\0b"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ExportError, match=r"^path is .*; accepted: place and name of the files"):
        write(path, ".py")


def test_an_unknown_home_is_refused():
    with pytest.raises(ExportError, match=r"^~nobody_of_this_name/net begins in the home of a"):
        write("~nobody_of_this_name/net", ".py")


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(ExportError, match=r"Cannot write to .*File name too long"):
        write(tmp_path / ("a" * 300), ".py")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_made(tmp_path):
    (path,) = write(tmp_path / "new" / "deeper" / "net.py", ".py")
    assert path == tmp_path / "new" / "deeper" / "net.py"
    assert path.is_file()


def test_a_folder_that_was_made_for_nothing_is_removed(tmp_path):
    (tmp_path / "old").mkdir()
    with (
        pytest.raises(ZeroDivisionError),
        destination(tmp_path / "old" / "new" / "deeper" / "net", False),
    ):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "net.py", tmp_path / "file" / "deeper" / "net.py"):
        with pytest.raises(ExportError, match="file is a file, not a folder"):
            write(place, ".py")


@pytest.mark.parametrize(
    ("name", "suffix", "file"),
    [
        ("exp", "_nest.py", "exp_nest.py"),
        ("exp_nest", "_nest.py", "exp_nest.py"),
        ("exp_nest.py", "_nest.py", "exp_nest.py"),
        ("exp_nest", ".py", "exp_nest.py"),
        ("exp_pynn", "_nest.py", "exp_pynn_nest.py"),
    ],
)
def test_a_targets_mark_stands_in_a_name_once(tmp_path, name, suffix, file):
    (path,) = write(tmp_path / name, suffix)
    assert path.name == file


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
