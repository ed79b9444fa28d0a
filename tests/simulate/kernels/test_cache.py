"""Where compiled kernels go."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import workbench

PROGRAM = """
import json
import numba
import numpy as np
from workbench.simulate import kernels
from workbench.simulate.kernels.drive import round_drive
total = np.array([[2**12, 2**11 - 1, -1]])
round_drive(total, 1, 12)
told = [kernels.__file__, total.tolist(), kernels.KEPT, numba.config.CACHE_DIR]
print(json.dumps(told))
"""


@pytest.fixture
def installed(tmp_path):
    """A copy of the package in which nothing is compiled yet."""
    ignored = shutil.ignore_patterns("__pycache__", "_shipped")
    shutil.copytree(Path(workbench.__file__).parent, tmp_path / "workbench", ignore=ignored)
    return tmp_path / "workbench"


def run(installed, home):
    places = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")
    environment = {name: value for name, value in os.environ.items() if name not in places}
    environment |= {"PYTHONPATH": str(installed.parent), "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True, text=True, check=False, env=environment, cwd=installed.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where, total, kept, folder = json.loads(done.stdout)
    assert where == str(installed / "simulate" / "kernels" / "__init__.py")
    assert total == [[1, 0, 0]]
    return kept, folder


def block(folder):
    """Make a folder that not even root can write into: a file in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("")


def test_kernels_are_kept_beside_their_sources(installed, tmp_path):
    assert run(installed, tmp_path)[0]
    assert list((installed / "simulate" / "kernels" / "__pycache__").glob("drive.round_drive*.nbc"))


def test_kernels_go_to_the_users_cache_where_the_package_cannot_be_written(installed, tmp_path):
    block(installed / "simulate" / "kernels" / "__pycache__")
    (tmp_path / "home").mkdir()
    assert run(installed, tmp_path / "home")[0]
    assert list((tmp_path / "home").rglob("drive.round_drive*.nbc"))


def test_kernels_are_compiled_for_a_session_where_nothing_can_be_written(installed, tmp_path):
    block(installed / "simulate" / "kernels" / "__pycache__")
    block(tmp_path / "home")
    kept, folder = run(installed, tmp_path / "home")
    assert not kept
    assert "snn-workbench-kernels-" in folder
    assert not Path(folder).exists()
