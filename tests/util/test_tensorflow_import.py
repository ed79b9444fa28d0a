"""What tensorflow says while it starts is held back; what others say is not."""

import os
import subprocess
import sys

import pytest

SAID = """
import os
from workbench.util.tensorflow_import import quiet_start
with quiet_start():
    os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called\\n")
    os.write(2, b"I0000 00:00:1.1 7 port.cc:153] a note\\n")
    os.write(2, b"W0000 00:00:1.1 7 port.cc:153] a warning\\n")
    os.write(2, b"E0000 00:00:1.1 7 port.cc:153] an error\\n")
    os.write(2, b"F0000 00:00:1.1 7 port.cc:153] a failure\\n")
    os.write(2, b"I am no log line \\xff\\n")
os.write(2, b"I0000 00:00:1.1 7 port.cc:153] later\\n")
"""


def stderr_of(program, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env={**kept, **environment},
    )
    return done.stderr.decode(errors="replace")


@pytest.mark.parametrize(
    "program",
    [
        "from workbench.util.tensorflow_import import import_tensorflow; import_tensorflow()",
        "from workbench.ingest.keras import import_keras; import_keras()",
    ],
)
@pytest.mark.slow
def test_tensorflow_starts_in_silence(program):
    assert stderr_of(program) == ""


@pytest.mark.parametrize(
    ("level", "passed"),
    [
        (None, "a failure|no log line|later"),
        ("1", "a warning|an error|a failure|no log line|later"),
        ("0", "absl|a note|a warning|an error|a failure|no log line|later"),
        ("loud", "absl|a note|a warning|an error|a failure|no log line|later"),
    ],
)
def test_lines_below_the_level_are_held_back(level, passed):
    environment = {} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level}
    lines = stderr_of(SAID, **environment).splitlines()
    assert len(lines) == len(passed.split("|"))
    for line, words in zip(lines, passed.split("|"), strict=True):
        assert words in line


def test_an_import_that_fails_is_told_as_ever():
    program = """
from workbench.util.tensorflow_import import quiet_start
with quiet_start():
    import no_such_module
"""
    assert "No module named 'no_such_module'" in stderr_of(program)
