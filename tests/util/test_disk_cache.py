"""The user's cache folder: whose it is, what fits in, and what switches it off."""

import os
import stat

import pytest

from workbench.util import disk_cache as cache

posix = pytest.mark.skipif(os.name != "posix", reason="accounts and modes as on POSIX systems")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "own"))
    return tmp_path / "own"


def put(folder, name, content, used):
    cache.keep(folder / name, lambda file: file.write(content))
    os.utime(folder / name, (used, used))


@pytest.mark.parametrize("value", ["", "off", "OFF", " 0 ", "no", "false"])
def test_the_cache_can_be_switched_off(monkeypatch, value):
    monkeypatch.setenv(cache.VARIABLE, value)
    assert cache.cache_folder("things") is None


def test_the_cache_lies_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, appauthor: tmp_path / name)
    assert cache.cache_folder("things") == tmp_path / "snn-workbench" / "things"


@posix
def test_the_folder_is_the_users_alone(root):
    folder = cache.cache_folder("things")
    assert folder == root / "things"
    folder.chmod(0o777)
    assert cache.cache_folder("things") == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
def test_folders_and_files_of_another_account_are_not_used(root, monkeypatch):
    folder = cache.cache_folder("things")
    cache.keep(folder / "a", lambda file: file.write(b"content"))
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert cache.cache_folder("things") is None
    with pytest.raises(PermissionError, match="not a file of this account"):
        cache.open_kept(folder / "a")


@posix
@pytest.mark.parametrize("made", ["link", "file"])
def test_only_a_folder_will_do(root, tmp_path, made):
    root.mkdir()
    if made == "link":
        (tmp_path / "elsewhere").mkdir()
        (root / "things").symlink_to(tmp_path / "elsewhere")
    else:
        (root / "things").write_text("")
    assert cache.cache_folder("things") is None


@posix
def test_links_and_pipes_are_not_read(root):
    folder = cache.cache_folder("things")
    (folder / "link").symlink_to(__file__)
    os.mkfifo(folder / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=name):
            cache.open_kept(folder / name)


def test_what_was_used_least_recently_makes_room(root, monkeypatch):
    monkeypatch.setattr(cache, "MOST_BYTES", 25)
    folder = cache.cache_folder("things")
    put(folder, "old", b"0123456789", 1_000)
    put(folder, "older", b"0123456789", 500)
    cache.open_kept(folder / "older").close()  # used now
    cache.keep(folder / "new", lambda file: file.write(b"0123456789"))
    assert {file.name for file in folder.iterdir()} == {"older", "new"}


def test_failing_to_keep_is_no_error(root):
    folder = cache.cache_folder("things")

    def full(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    cache.keep(folder / "a", full)
    assert not list(folder.iterdir())
