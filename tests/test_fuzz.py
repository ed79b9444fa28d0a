"""Damaged files of every kind: each is read, or refused with a `WorkbenchError`.

The cases are the first ones of tests/benchmarks/fuzz_readers.py, which goes on for as long as it
is told to; they run in a process with limits, so that a crash or a hang is an outcome, too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, as on Linux")

SCRIPT = Path(__file__).parent / "benchmarks" / "fuzz_readers.py"


def found(reader, cases):
    command = [sys.executable, SCRIPT, reader, "--cases", str(cases)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    result = json.loads(told.stdout)
    assert result.pop("cases") == {}
    return result


@pytest.mark.parametrize(
    ("reader", "cases"),
    [
        ("snn", 6),
        ("run", 6),
        pytest.param("run", 150, marks=pytest.mark.slow),
        ("npz", 10),
        ("events", 10),
        ("images", 12),
        pytest.param("snn", 150, marks=pytest.mark.slow),
        pytest.param("npz", 200, marks=pytest.mark.slow),
        pytest.param("events", 150, marks=pytest.mark.slow),
        pytest.param("images", 100, marks=pytest.mark.slow),
        ("toolbox", 12),
        ("settings", 12),
        pytest.param("toolbox", 100, marks=pytest.mark.slow),
        pytest.param("settings", 100, marks=pytest.mark.slow),
        pytest.param("nir", 200, marks=pytest.mark.slow),
        pytest.param("onnx", 200, marks=pytest.mark.slow),
        pytest.param("keras", 100, marks=pytest.mark.slow),
    ],
)
def test_damaged_files_are_read_or_refused(reader, cases):
    result = found(reader, cases)
    assert result.get("read", 0) + result["refused"] == cases
    assert result["refused"] > cases / 4


ESCAPES = """
import importlib.util, json, os, signal, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("fuzz_readers", sys.argv[1])
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
import fuzzing

def fail(_):
    raise KeyError("weights")

def take(_):
    bytearray(2 * 10**9)

def end(_):
    raise SystemExit(3)

def die(_):
    os.kill(os.getpid(), signal.SIGKILL)

todo = iter([fail, str, take, end, die, str])
fuzzing.READERS["made"] = (None, lambda path: next(todo)(path))
told = script.outcomes("made", {Path("a.txt"): b"content"}, range(7, 13))
print(json.dumps([[case, outcome.splitlines()[0]] for case, outcome, _ in told]))
"""


def test_the_script_notices_what_escapes():
    # Forks of a process that has threads, as test runners do, may hang.
    command = [sys.executable, "-c", ESCAPES, SCRIPT]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == [
        [7, "escaped: KeyError: 'weights'"],
        [8, "read"],
        [9, "escaped: MemoryError: "],
        [10, "escaped: SystemExit: 3"],
        [11, "escaped: the process died (SIGKILL)"],
    ]
