"""Ctrl-C ends the command line at once, without a traceback and with the shell's exit code."""

import signal
import subprocess
import sys

import pytest

from workbench.cli import main as cli
from workbench.util.interrupts import EXIT_CODE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals of Unix")

START = """
import os, signal, sys
sys.argv = ["snn-workbench", "run", "mlp", "--samples", "2"]
{prepared}
from workbench.__main__ import main
sys.exit(main())
"""

IMPORTING = """
class Press:
    def find_spec(self, name, *_):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
"""

AT_WORK = """
import threading
from concurrent.futures import ThreadPoolExecutor
import numba
from workbench.cli import main as cli

@numba.njit(nogil=True)
def busy(n):
    total = 0
    for i in range(n):
        total ^= total * 3 + i
    return total

def spin(_options):
    print("at work", flush=True)
    busy(10**13)

def wait(_options):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(busy, 10**13)
        print("at work", flush=True)
        pool.submit(busy, 1).result()

busy(1)
cli._run = {what}
"""


@pytest.mark.parametrize(
    "name",
    [
        "workbench.cli.main",
        "workbench.settings",
        "numpy",
        "pandas",
        "workbench.simulation.event_engine",
    ],
)
def test_ctrl_c_during_imports_ends_without_a_traceback(name):
    program = START.format(prepared=IMPORTING.format(name=name))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (EXIT_CODE, "snn-workbench: stopped\n")


@pytest.mark.parametrize("what", ["spin", "wait"])
def test_ctrl_c_ends_compiled_code_and_threads_that_would_go_on_for_hours(what):
    program = START.format(prepared=AT_WORK.format(what=what))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], text=True, **pipes) as process:
        try:
            assert process.stdout.readline() == "at work\n"
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=300)
        finally:
            process.kill()
    assert (process.returncode, errors) == (EXIT_CODE, "snn-workbench: stopped\n")


def test_an_interrupt_is_told_with_the_shells_exit_code(monkeypatch, capsys):
    def stopped(_options):
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)
    monkeypatch.setattr(cli, "_run", stopped)
    assert cli.main(["run", "mlp"]) == EXIT_CODE
    assert capsys.readouterr().err == "snn-workbench: stopped\n"
    assert (signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(before[1])) == (before[0], -1)
