"""What the command line prints, for people and for programs."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time

import pytest

from workbench.cli.output import (
    conversion_steps_shown,
    progress,
    progress_log,
    shown,
    stage,
)
from workbench.conversion.steps import ConversionStep


def in_terminal(*arguments):
    """What a command prints on its output, and on a terminal for its messages."""
    import pty  # which Windows lacks

    terminal, other_end = pty.openpty()
    code = "import sys; from workbench.cli.main import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=other_end,
        text=True,
    )
    os.close(other_end)
    out, _ = process.communicate(timeout=300)
    told = b""
    # Reading past what a terminal's other end left is an error, or nothing.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            told += part
    os.close(terminal)
    assert process.returncode == 0, told
    return out, told.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_person_sees_what_is_done_and_a_program_plain_json():
    command = ("run", "mlp", "--samples", "300", "--steps", "5")
    out, told = in_terminal(*command, "--json")
    assert json.loads(out)["samples"] == 300
    for words in (
        "Reading mlp …", "Converting …", "Simulating …", "128 of 300 samples",
        f"[{'#' * 30}] 300 of 300 samples", "Measuring the analog network …",
    ):  # fmt: skip
        assert words in told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_person_sees_what_is_measured():
    out, told = in_terminal("bench", "--quick", "--networks", "lenet", "--repeats", "1")
    assert "of T forwards" in out
    assert "lenet: loading" in told


def test_output_that_nobody_reads_to_its_end_is_no_failure():
    code = "import sys; from workbench.cli.main import main; sys.exit(main(['inspect', 'resnet']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "Network 'resnet'\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (0.4, "0.4"), (12.6, "13"), (3, "3")])
def test_few_spikes_are_told_with_a_decimal(value, text):
    assert shown("spikes_per_sample", value) == text


def test_a_pipe_gets_lines_about_what_takes_long(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 0.01)
    stage("Before …")  # no command is running
    assert progress() is None
    with progress_log():
        stage("Simulating …")
        progress()(10, 20)
        while not re.search(r"Simulating … 10 of 20 samples \(\d+ s\)\n", told.getvalue()):
            time.sleep(0.01)
    assert "Before" not in told.getvalue()


def test_steps_of_a_conversion_reach_pipes_and_terminals(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr("workbench.util.progress.EVERY_S", 0.01)
    with conversion_steps_shown() as show:
        assert show is None  # no command is running
    step = ConversionStep("fold affine", 6, 12, "pass")
    with progress_log(), conversion_steps_shown() as show:
        stage("Converting …")
        show(step)
        line = r"Converting … fold affine, pass 6 of 12 \(\d+ s\)\n"
        while not re.search(line, told.getvalue()):
            time.sleep(0.01)
    monkeypatch.setattr(told, "isatty", lambda: True)
    monkeypatch.setattr("workbench.cli.output.STEPS_AFTER_S", 0)
    with conversion_steps_shown() as show:
        show(step)
    assert told.getvalue().endswith("] Converting: fold affine, pass 6 of 12\n")
