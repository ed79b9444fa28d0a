"""Where compiled kernels go."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import workbench
from workbench.simulation.kernels.cached import kernel

PROGRAM = """
import json
import numba
import numpy as np
from workbench.simulation import kernels
from workbench.simulation.kernels.links import round_drive
total = np.array([[2**12, 2**11 - 1, -1]])
round_drive(total, 1, 12)
told = [kernels.__file__, total.tolist(), kernels.NOT_KEPT, numba.config.CACHE_DIR]
print(json.dumps(told))
"""


@pytest.fixture
def installed(tmp_path):
    """A copy of the package in which nothing is compiled yet."""
    ignored = shutil.ignore_patterns("__pycache__", "_shipped")
    shutil.copytree(Path(workbench.__file__).parent, tmp_path / "workbench", ignore=ignored)
    return tmp_path / "workbench"


def run(installed, home, **variables):
    places = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")
    environment = {name: value for name, value in os.environ.items() if name not in places}
    environment |= {"PYTHONPATH": str(installed.parent), "HOME": str(home)}
    environment |= variables
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True, text=True, check=False, env=environment, cwd=installed.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where, total, not_kept, folder = json.loads(done.stdout)
    assert where == str(installed / "simulation" / "kernels" / "__init__.py")
    assert total == [[1, 0, 0]]
    return not_kept, folder


def block(folder):
    """Make a folder that not even root can write into: a file in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("")


def test_kernels_are_kept_beside_their_sources(installed, tmp_path):
    assert not run(installed, tmp_path)[0]
    assert list(
        (installed / "simulation" / "kernels" / "__pycache__").glob("links.round_drive*.nbc")
    )


@pytest.mark.slow
def test_kernels_go_to_the_users_cache_where_the_package_cannot_be_written(installed, tmp_path):
    block(installed / "simulation" / "kernels" / "__pycache__")
    (tmp_path / "home").mkdir()
    assert not run(installed, tmp_path / "home")[0]
    assert list((tmp_path / "home").rglob("links.round_drive*.nbc"))


@pytest.mark.slow
def test_kernels_are_compiled_for_a_session_where_nothing_can_be_written(installed, tmp_path):
    block(installed / "simulation" / "kernels" / "__pycache__")
    block(tmp_path / "home")
    not_kept, folder = run(installed, tmp_path / "home")
    assert not_kept == "no folder can be written to cache them"
    assert "snn-workbench-kernels-" in folder
    assert not Path(folder).exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have no modes here")
@pytest.mark.slow
def test_kernels_are_not_read_from_where_others_can_write(installed, tmp_path):
    """numba unpickles its cache: what somebody else put there would be run."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    not_kept, folder = run(installed, tmp_path, NUMBA_CACHE_DIR=str(shared))
    assert not_kept == f"other accounts on this machine can change the files in {shared}"
    assert "snn-workbench-kernels-" in folder
    assert not list(shared.rglob("*.nb?"))
    shared.chmod(0o700)
    assert not run(installed, tmp_path, NUMBA_CACHE_DIR=str(shared))[0]
    assert list(shared.rglob("links.round_drive*.nbc"))


@pytest.mark.parametrize(
    ("kind", "content"),
    [(kind, content) for kind in ("nbi", "nbc") for content in (b"", b"\x80\x04\x95", b"damaged")],
)
@pytest.mark.slow
def test_a_damaged_cache_is_written_anew(installed, tmp_path, kind, content):
    assert not run(installed, tmp_path)[0]
    (file,) = (installed / "simulation" / "kernels").glob(f"__pycache__/links.round_drive*.{kind}")
    whole = file.stat().st_size
    file.write_bytes(content or file.read_bytes()[: whole // 2])
    assert not run(installed, tmp_path)[0]
    assert file.stat().st_size == whole


def function_of(folder, expression):
    """A function in a module of its own, beside which numba keeps what it compiles."""
    file = folder / "mine.py"
    file.write_text(f"def doubled(x):\n    return {expression}\n")
    spec = importlib.util.spec_from_file_location("mine", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.doubled


def test_what_was_compiled_for_other_types_is_not_taken(tmp_path):
    """Two processes that write at the same time may give their files the same number."""
    wide, narrow = np.array([1 << 40]), np.array([7], np.int32)
    doubled = function_of(tmp_path, "x[0] * 2")
    first = kernel(doubled)
    assert (first(wide), first(narrow)) == (1 << 41, 14)
    one, two = sorted(tmp_path.rglob("*.nbc"))
    shutil.copyfile(two, one)
    again = kernel(doubled)
    assert (again(wide), again(narrow)) == (1 << 41, 14)


def test_a_full_disk_does_not_stop_a_run(tmp_path, monkeypatch):
    compiled = kernel(function_of(tmp_path, "x * 2"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._save_data", full)
    assert compiled(4) == 8


@pytest.mark.slow
def test_processes_share_the_cache(installed, tmp_path):
    """Four at once compile into an empty cache; the next one finds all of it in order."""
    with ThreadPoolExecutor(4) as pool:
        assert not any(why for why, _ in pool.map(lambda _: run(installed, tmp_path), range(4)))
    assert not run(installed, tmp_path)[0]
