"""Cores that a process may use, which may be fewer than there are."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from workbench.util.cores import usable_cores


def test_there_is_one_at_least_and_no_more_than_the_machine_has() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="not on this system")
def test_cores_that_are_not_given_do_not_count() -> None:
    code = (
        "import os\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from workbench.util.cores import usable_cores\n"
        "print(usable_cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1


def test_systems_that_do_not_tell_have_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)
    assert usable_cores() == os.cpu_count()
