"""Files appear whole or not at all, after a failure as after a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.util.atomic_files import PREFIX, replacing, staging

pytest.importorskip("fcntl", reason="what is abandoned is told by locks of Unix")

KILLED = """
import sys
from pathlib import Path
from workbench.util.atomic_files import replacing

with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def child(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def killed(tmp_path):
    """A folder with a file whose replacement was killed halfway."""
    (tmp_path / "net.bin").write_text("before")
    with child(KILLED, tmp_path / "net.bin") as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "net.bin").read_text() == "before"
    assert len(names(tmp_path)) == 2
    return tmp_path


def test_what_a_killed_process_left_is_removed_by_the_next(killed):
    with replacing(killed / "other.bin") as file:
        file.write(b"new")
    assert names(killed) == ["net.bin", "other.bin"]


def test_what_another_process_still_writes_is_left_alone(tmp_path):
    with child(KILLED, tmp_path / "net.bin") as process:
        assert process.stdout.readline() == "writing\n"
        with replacing(tmp_path / "other.bin") as file:
            file.write(b"new")
        assert len(names(tmp_path)) == 2
        process.communicate("")
    assert names(tmp_path) == ["net.bin", "other.bin"]
    assert (tmp_path / "net.bin").read_bytes() == b"half"


def test_what_only_looks_like_a_temporary_folder_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text").write_text("kept")
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "mine")
    (tmp_path / f"{PREFIX}file").write_text("kept")
    os.mkfifo(tmp_path / f"{PREFIX}pipe")
    with staging(tmp_path) as folder:
        assert folder.parent == tmp_path
    assert names(tmp_path) == [f"{PREFIX}{kind}" for kind in ("file", "link", "pipe")] + ["mine"]
    assert names(tmp_path / "mine") == ["text"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failure_keeps_the_older_file(tmp_path, error):
    path = tmp_path / "net.bin"
    path.write_text("before")
    with pytest.raises((KeyboardInterrupt, OSError)), replacing(path) as file:
        file.write(b"half")
        raise error
    assert names(tmp_path) == ["net.bin"]
    assert path.read_text() == "before"


def test_devices_and_folders_are_not_replaced(tmp_path):
    for path in (Path("/dev/full"), Path("/dev/null"), tmp_path):
        with pytest.raises(OSError, match="not a regular file"), replacing(path):
            pass
    assert not names(tmp_path)


@pytest.mark.parametrize(("mode", "owner", "refused"), [
    (0o1777, 4711, True),
    (0o1777, 4712, False),  # the link is the folder's owner's
    (0o1777, None, False),  # the link is our own
    (0o755, 4711, False),
])  # fmt: skip
def test_a_link_of_somebody_else_does_not_choose_the_file(
    mode, owner, refused, tmp_path, monkeypatch
):
    shared, mine = tmp_path / "shared", tmp_path / "mine"
    shared.mkdir()
    shared.chmod(mode)
    mine.write_text("mine")
    (shared / "net.snn").symlink_to(mine)
    owners = {shared: 4712, shared / "net.snn": os.geteuid() if owner is None else owner}

    def owned(real):
        def stat(path, **options):
            found = real(path, **options)
            return os.stat_result([*found[:4], owners.get(path, found[4]), *found[5:10]])

        return stat

    monkeypatch.setattr(Path, "stat", owned(Path.stat))
    monkeypatch.setattr(Path, "lstat", owned(Path.lstat))
    if refused:
        with (
            pytest.raises(OSError, match="a link that another account"),
            replacing(shared / "net.snn"),
        ):
            pass
        assert mine.read_text() == "mine"
        return
    with replacing(shared / "net.snn") as file:
        file.write(b"new")
    assert mine.read_text() == "new"
    assert (shared / "net.snn").is_symlink()


def test_what_is_being_written_is_hidden_from_others(tmp_path):
    before = os.umask(0)
    try:
        with staging(tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
