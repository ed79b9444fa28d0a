import subprocess
import sys

import pytest

from workbench.errors import DataError, ModelFileError, SettingsError
from workbench.util import memory_budget as budget


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1000", 1000),
        ("2 GB", 2 * 10**9),
        ("2g", 2 * 10**9),
        ("1.5 M", 1_500_000),
        (" 500 MB ", 5 * 10**8),
        ("2 GiB", 2**31),
        ("1 KiB", 1024),
        ("3TB", 3 * 10**12),
    ],
)
def test_the_variable_is_read_as_a_size(monkeypatch, text, size):
    monkeypatch.setenv("WORKBENCH_MEMORY", text)
    assert budget.memory_budget() == size


@pytest.mark.parametrize("text", ["much", "-1", "0", "2 PB", "1e9", "٣ GB", "2 GB or so"])
def test_what_is_no_size_is_refused(monkeypatch, text):
    monkeypatch.setenv("WORKBENCH_MEMORY", text)
    with pytest.raises(
        SettingsError, match=r"WORKBENCH_MEMORY is .*; accepted: a size above 0, as"
    ):
        budget.memory_budget()


def test_half_of_free_memory_is_the_default(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MEMORY", raising=False)
    monkeypatch.setattr(budget, "free_memory", lambda: 1000)
    assert budget.memory_budget() == 500
    monkeypatch.setenv("WORKBENCH_MEMORY", "")
    assert budget.memory_budget() == 500


def test_sizes_beyond_the_budget_are_refused_with_both(monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "1 MB")
    budget.check_size(10**6, "x.npz", DataError)
    message = r"x\.npz is too large: it takes 1\.5 GB of memory; 1\.0 MB are accepted, which"
    with pytest.raises(DataError, match=message):
        budget.check_size(1_500_000_000, "x.npz", DataError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "takes more memory than there is"),
        (TypeError("odd"), r"x\.nir is damaged, .* Write it again\. The error was: odd"),
        (RecursionError(), "The error was: RecursionError"),
    ],
)
def test_whatever_reading_raises_becomes_a_refusal(tmp_path, error, words):
    with (
        pytest.raises(ModelFileError, match=words) as caught,
        budget.guarded(tmp_path / "x.nir", ModelFileError, "Write it again."),
    ):
        raise error
    assert caught.value.__cause__ is error


def test_refusals_and_interrupts_pass_through(tmp_path):
    for error in (DataError("told"), KeyboardInterrupt()):
        with pytest.raises(type(error)), budget.guarded(tmp_path, ModelFileError, ""):
            raise error


LIMITED = """
import resource
from workbench.util.memory_budget import free_memory

before = free_memory()
for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
    resource.setrlimit(kind, (2 * 10**9, resource.RLIM_INFINITY))
    assert 0 < free_memory() < 2 * 10**9, free_memory()
    resource.setrlimit(kind, (1000, resource.RLIM_INFINITY))
    assert free_memory() == 0
    resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert free_memory() > before / 2
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count data so")
def test_limits_of_the_process_count_as_free_memory():
    subprocess.run([sys.executable, "-c", LIMITED], check=True, timeout=300)
