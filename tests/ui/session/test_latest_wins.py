import threading
import time
from collections.abc import Callable, Iterator

import pytest

from workbench.ui.session.latest_wins import LatestWins

PATIENCE_S = 120


class Job:
    """A job that runs until it is released or cancelled, and remembers what it saw."""

    def __init__(self) -> None:
        self.started: list[object] = []
        self.cancelled: list[object] = []
        self.finished: list[object] = []
        self.running = threading.Event()
        self.release = threading.Event()

    def __call__(self, request: object, cancelled: Callable[[], bool]) -> None:
        self.started.append(request)
        self.running.set()
        while not self.release.wait(0.001):
            if cancelled():
                self.cancelled.append(request)
                return
        self.finished.append(request)


@pytest.fixture
def job() -> Job:
    return Job()


@pytest.fixture
def worker(job: Job) -> Iterator[LatestWins[object]]:
    worker = LatestWins[object](job)
    yield worker
    assert worker.shutdown(PATIENCE_S)


def test_a_request_runs_on_the_worker_thread(job: Job, worker: LatestWins[object]) -> None:
    job.release.set()
    worker.submit("one")
    assert worker.wait(PATIENCE_S)
    assert job.finished == ["one"]


def test_a_newer_request_cancels_the_running_one(job: Job, worker: LatestWins[object]) -> None:
    worker.submit("one")
    assert job.running.wait(PATIENCE_S)
    worker.submit("two")
    deadline = time.monotonic() + PATIENCE_S
    while len(job.started) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    job.release.set()
    assert worker.wait(PATIENCE_S)
    assert job.cancelled == ["one"]
    assert job.finished == ["two"]


def test_requests_overtaken_while_they_wait_never_start() -> None:
    seen: list[int] = []
    running, release = threading.Event(), threading.Event()

    def stubborn(request: int, _cancelled: Callable[[], bool]) -> None:
        seen.append(request)
        running.set()
        release.wait(PATIENCE_S)

    worker = LatestWins(stubborn)
    worker.submit(0)
    assert running.wait(PATIENCE_S)
    generations = [worker.submit(n) for n in range(1, 100)]
    release.set()
    assert worker.wait(PATIENCE_S)
    assert seen == [0, 99]
    assert generations == sorted(set(generations))
    assert worker.shutdown(PATIENCE_S)


def test_submitting_does_not_wait_for_the_job() -> None:
    running, release = threading.Event(), threading.Event()

    def stubborn(_request: str, _cancelled: Callable[[], bool]) -> None:
        running.set()
        assert release.wait(PATIENCE_S)

    worker = LatestWins(stubborn)
    worker.submit("one")
    assert running.wait(PATIENCE_S)
    worker.submit("two")
    assert worker.busy  # with what is released only now
    release.set()
    assert worker.wait(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)


def test_cancelling_stops_the_running_job_and_drops_the_waiting_one(
    job: Job, worker: LatestWins[object]
) -> None:
    worker.submit("one")
    assert job.running.wait(PATIENCE_S)
    worker.cancel()
    assert worker.wait(PATIENCE_S)
    assert not worker.busy
    assert job.cancelled == ["one"]
    assert job.finished == []


def test_an_exception_reaches_its_callback_and_the_worker_lives_on() -> None:
    errors: list[Exception] = []
    done: list[int] = []

    def fail_first(request: int, _cancelled: Callable[[], bool]) -> None:
        if request == 0:
            raise ValueError("request 0 is no good")
        done.append(request)

    worker = LatestWins(fail_first, on_error=errors.append)
    worker.submit(0)
    assert worker.wait(PATIENCE_S)
    worker.submit(1)
    assert worker.wait(PATIENCE_S)
    assert [str(error) for error in errors] == ["request 0 is no good"]
    assert done == [1]
    assert worker.shutdown(PATIENCE_S)


def test_an_exception_without_a_callback_reaches_the_hook_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooked: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: hooked.append(args.exc_value))
    worker = LatestWins(lambda _request, _cancelled: 1 / 0)
    worker.submit(None)
    assert worker.wait(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)
    assert isinstance(hooked[0], ZeroDivisionError)


def test_a_failing_callback_hides_neither_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    hooked: list[BaseException] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: hooked.append(args.exc_value))

    def callback(_error: Exception) -> None:
        raise RuntimeError("the callback broke")

    worker = LatestWins(lambda _request, _cancelled: 1 / 0, on_error=callback)
    worker.submit(None)
    assert worker.wait(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)
    assert str(hooked[0]) == "the callback broke"
    assert isinstance(hooked[0].__context__, ZeroDivisionError)


def test_shutdown_cancels_and_ends_the_thread(job: Job) -> None:
    worker = LatestWins(job)
    worker.submit("one")
    assert job.running.wait(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)
    assert job.cancelled == ["one"]
    with pytest.raises(RuntimeError, match="was shut down"):
        worker.submit("two")


def test_a_job_may_shut_its_worker_down() -> None:
    worker: LatestWins[None] = LatestWins(lambda _request, _cancelled: worker.shutdown())
    worker.submit(None)
    assert worker.wait(PATIENCE_S)
    assert worker.shutdown(PATIENCE_S)
