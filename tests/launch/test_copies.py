import json
import os
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.launch.copies import MANIFEST, Copies, copy_notebooks


def write_notebook(path: Path, *sources: str, outputs: tuple[str, ...] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [
        {
            "cell_type": "code",
            "source": source.splitlines(keepends=True),
            "outputs": list(outputs),
            "execution_count": len(outputs),
        }
        for source in sources
    ]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    write_notebook(folder / "workbench.ipynb", "import workbench as wb\nwb.Workbench()")
    write_notebook(folder / "course" / "one.ipynb", "1 + 1")
    (folder / "README.md").write_text("first")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mine"


def test_everything_is_added_to_a_new_folder(shipped: Path, folder: Path) -> None:
    copies = copy_notebooks(shipped, folder)
    assert copies == Copies(added=("README.md", "course/one.ipynb", "workbench.ipynb"))
    assert copies.notice == ""
    assert (folder / "course" / "one.ipynb").read_text() == (
        shipped / "course" / "one.ipynb"
    ).read_text()


def test_a_second_start_changes_nothing(shipped: Path, folder: Path) -> None:
    copy_notebooks(shipped, folder)
    before = (folder / "workbench.ipynb").stat().st_mtime_ns
    copies = copy_notebooks(shipped, folder)
    assert copies == Copies(current=("README.md", "course/one.ipynb", "workbench.ipynb"))
    assert (folder / "workbench.ipynb").stat().st_mtime_ns == before


def test_unchanged_copies_follow_a_new_release(shipped: Path, folder: Path) -> None:
    copy_notebooks(shipped, folder)
    write_notebook(shipped / "workbench.ipynb", "new")
    assert copy_notebooks(shipped, folder).updated == ("workbench.ipynb",)
    assert '"new"' in (folder / "workbench.ipynb").read_text()


def test_running_and_saving_a_notebook_does_not_make_it_changed(
    shipped: Path, folder: Path
) -> None:
    copy_notebooks(shipped, folder)
    write_notebook(folder / "course" / "one.ipynb", "1 + 1", outputs=("2",))
    assert "course/one.ipynb" in copy_notebooks(shipped, folder).current
    write_notebook(shipped / "course" / "one.ipynb", "1 + 2")
    assert copy_notebooks(shipped, folder).updated == ("course/one.ipynb",)


def test_a_changed_copy_is_kept_and_named(shipped: Path, folder: Path) -> None:
    copy_notebooks(shipped, folder)
    write_notebook(folder / "workbench.ipynb", "mine")
    (folder / "README.md").write_text("my notes")
    write_notebook(shipped / "workbench.ipynb", "new")
    copies = copy_notebooks(shipped, folder)
    assert copies.kept == ("README.md", "workbench.ipynb")
    assert '"mine"' in (folder / "workbench.ipynb").read_text()
    assert copies.notice == (
        "Kept your changed README.md, workbench.ipynb; "
        "rename a file to get the version of this release beside it."
    )
    # And no later start forgets it.
    assert copy_notebooks(shipped, folder).kept == copies.kept


def test_a_file_that_never_came_from_here_is_kept(shipped: Path, folder: Path) -> None:
    write_notebook(folder / "workbench.ipynb", "somebody else's")
    assert copy_notebooks(shipped, folder).kept == ("workbench.ipynb",)


def test_a_deleted_copy_comes_back(shipped: Path, folder: Path) -> None:
    copy_notebooks(shipped, folder)
    (folder / "workbench.ipynb").unlink()
    assert copy_notebooks(shipped, folder).added == ("workbench.ipynb",)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"shipped": 3}'])
def test_a_damaged_manifest_loses_nobodys_work(text: str, shipped: Path, folder: Path) -> None:
    copy_notebooks(shipped, folder)
    write_notebook(folder / "workbench.ipynb", "mine")
    (folder / MANIFEST).write_text(text)
    assert copy_notebooks(shipped, folder).kept == ("workbench.ipynb",)


def test_a_file_that_only_looks_like_a_notebook_is_compared_byte_by_byte(
    shipped: Path, folder: Path
) -> None:
    (shipped / "broken.ipynb").write_text("{}")
    copy_notebooks(shipped, folder)
    (folder / "broken.ipynb").write_text("{ }")
    assert copy_notebooks(shipped, folder).kept == ("broken.ipynb",)


def test_checkpoints_are_not_copied(shipped: Path, folder: Path) -> None:
    write_notebook(shipped / ".ipynb_checkpoints" / "workbench-checkpoint.ipynb", "old")
    copy_notebooks(shipped, folder)
    assert not (folder / ".ipynb_checkpoints").exists()


def test_a_path_that_is_no_folder_is_refused_in_a_sentence(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match=r"cannot be copied to '.*file': .* Choose a folder"):
        copy_notebooks(shipped, tmp_path / "file")


@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write to every folder"
)
def test_a_folder_without_permission_is_refused_in_a_sentence(
    shipped: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(WorkbenchError, match=r"Permission denied\. Choose a folder"):
        copy_notebooks(shipped, locked)
