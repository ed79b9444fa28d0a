"""Damaged files of every kind: each is read, or refused with a `WorkbenchError`.

The cases are the first ones of tests/benchmarks/fuzz_readers.py, which goes on for as long as it
is told to; each runs in a process with limits, so that a crash or a hang is an outcome, too.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "benchmarks" / "fuzz_readers.py"


def found(reader, cases):
    command = [sys.executable, SCRIPT, reader, "--cases", str(cases), "--seconds", "500"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    result = json.loads(told.stdout)
    assert result.pop("cases") == {}
    return result


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs os.fork, as on Linux")
@pytest.mark.parametrize(
    ("reader", "cases"),
    [
        ("snn", 30),
        ("npz", 50),
        ("events", 50),
        ("images", 30),
        pytest.param("snn", 150, marks=pytest.mark.slow),
        pytest.param("npz", 200, marks=pytest.mark.slow),
        pytest.param("events", 150, marks=pytest.mark.slow),
        pytest.param("images", 100, marks=pytest.mark.slow),
        pytest.param("nir", 200, marks=pytest.mark.slow),
        pytest.param("onnx", 200, marks=pytest.mark.slow),
        pytest.param("keras", 200, marks=pytest.mark.slow),
    ],
)
def test_damaged_files_are_read_or_refused(reader, cases):
    result = found(reader, cases)
    assert result["read"] + result["refused"] == cases
    assert result["refused"] > cases / 4
