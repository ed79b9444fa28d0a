import io
import re
import sys
import time

from workbench.util.progress import ProgressLog, progress_line, step_line, time_left_told


class Cell(io.StringIO):
    """What stands in for standard output in a notebook's kernel."""


Cell.__module__ = "ipykernel.iostream"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nobody_watches_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress_line() is None


def test_a_terminal_shows_one_line_that_fills(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    show = progress_line()
    for done in (0, 600, 1200):
        show(done, 1200)
    empty, half, full = sys.stderr.getvalue().split("\r")[1:]
    assert empty == f"[{'-' * 30}] 0 of 1,200 samples"
    assert half == f"[{'#' * 15}{'-' * 15}] 600 of 1,200 samples"
    assert full == f"[{'#' * 30}] 1,200 of 1,200 samples\n"


def test_a_notebook_shows_it_as_output_and_no_fault(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Cell())
    monkeypatch.setattr(sys, "stderr", Terminal())
    progress_line()(1, 2)
    assert sys.stdout.getvalue().endswith("1 of 2 samples")
    assert not sys.stderr.getvalue()


def test_a_log_says_every_few_seconds_what_is_done(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    log = ProgressLog(every_s=0.01)
    log.begin("Converting …")
    while not re.search(r"Converting … \(\d+ s\)\n", told.getvalue()):
        time.sleep(0.01)
    log.begin("Simulating …")
    log.count(1200, 5000)
    while not re.search(r"Simulating … 1,200 of 5,000 samples \(\d+ s\)\n", told.getvalue()):
        time.sleep(0.01)
    log.end()
    lines = told.getvalue()
    time.sleep(0.05)
    assert told.getvalue() == lines
    log.begin("Once more …")
    while "Once more" not in told.getvalue():
        time.sleep(0.01)
    log.end()


def test_a_log_says_nothing_about_what_is_quick(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    log = ProgressLog()
    log.begin("Reading …")
    log.end()
    log.end()
    assert sys.stderr.getvalue() == ""


def test_the_time_left_follows_from_the_time_that_is_spent(monkeypatch):
    monkeypatch.setattr("workbench.util.progress.time.monotonic", lambda: 40.0)
    assert time_left_told(10.0, 20, 100) == ", about 120 s left"
    assert time_left_told(10.0, 0, 100) == time_left_told(10.0, 9, 9) == ""


def test_steps_are_shown_where_the_work_takes_longer(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    line = step_line("Converting", after_s=1e6)
    line.show("fold affine", 1, 2)
    line.end()
    assert not sys.stderr.getvalue()
    line = step_line("Converting", after_s=0)
    line.show("fold affine, pass 1 of 2", 1, 2)
    line.show("measure, 0 of 9", 0, 9)
    line.end()
    first, second = sys.stderr.getvalue().split("\r")[1:]
    assert first == f"[{'#' * 15}{'-' * 15}] Converting: fold affine, pass 1 of 2"
    assert second == f"[{'-' * 30}] Converting: measure, 0 of 9".ljust(len(first)) + "\n"


def test_nobody_watches_the_steps_in_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert step_line("Converting") is None


def test_a_log_says_which_step_is_being_done(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    log = ProgressLog(every_s=0.01)
    log.begin("Converting …")
    log.step("fold affine, pass 1 of 2")
    while not re.search(r"Converting … fold affine, pass 1 of 2 \(\d+ s\)\n", told.getvalue()):
        time.sleep(0.01)
    log.end()
