import threading
from collections.abc import Iterator

import pytest

from workbench.ui.session.ui_thread import UIThread


@pytest.fixture
def ui() -> Iterator[UIThread]:
    thread = UIThread()
    yield thread
    assert thread.shutdown()


@pytest.fixture
def gate(ui: UIThread) -> threading.Event:
    """Holds the thread until set, so that posts pile up behind it."""
    event, entered = threading.Event(), threading.Event()
    ui.post(lambda: (entered.set(), event.wait(5)))
    assert entered.wait(5)
    return event


def test_posts_of_many_threads_run_one_at_a_time_each_threads_in_order(ui: UIThread) -> None:
    seen: list[tuple[int, int]] = []
    inside = threading.Lock()

    def note(who: int, n: int) -> None:
        assert inside.acquire(blocking=False)
        seen.append((who, n))
        inside.release()

    threads = [
        threading.Thread(target=lambda who=who: [ui.post(note, who, n) for n in range(200)])
        for who in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ui.flush(10)
    assert len(seen) == 800
    for who in range(4):
        assert [n for one, n in seen if one == who] == list(range(200))


def test_only_the_newest_post_of_a_key_runs(ui: UIThread, gate: threading.Event) -> None:
    seen: list[str] = []
    for n in range(5):
        ui.post(seen.append, f"progress {n}", key="progress")
    ui.post(seen.append, "other", key="status")
    ui.post(seen.append, "no key")
    ui.post(seen.append, "no key")
    ui.post(seen.append, "progress 5", key="progress")
    gate.set()
    assert ui.flush()
    assert seen == ["other", "no key", "no key", "progress 5"]


def test_what_can_wait_comes_after_what_cannot_and_at_the_time_of_the_first(ui: UIThread) -> None:
    seen: list[str] = []
    done = threading.Event()
    ui.post(seen.append, "hint 1", key="hint", after_s=0.05)
    ui.post(seen.append, "answer")
    ui.post(seen.append, "hint 2", key="hint", after_s=100)
    ui.post(done.set, key="done", after_s=0.06)
    assert done.wait(10)
    assert seen == ["answer", "hint 2"]


def test_flush_waits_neither_for_a_delay_nor_misses_what_posts_make(ui: UIThread) -> None:
    seen: list[str] = []
    ui.post(seen.append, "late", after_s=1000)
    ui.post(lambda: ui.post(seen.append, "made", after_s=1000))
    assert ui.flush()
    assert seen == ["late", "made"]


def test_an_exception_reaches_its_callback_and_later_posts_run() -> None:
    errors: list[Exception] = []
    seen: list[int] = []
    ui = UIThread(on_error=errors.append)
    ui.post(lambda: 1 / 0)
    ui.post(seen.append, 1)
    assert ui.flush()
    assert [type(error) for error in errors] == [ZeroDivisionError]
    assert seen == [1]
    assert ui.shutdown()


def test_flush_gives_up_after_its_timeout(ui: UIThread, gate: threading.Event) -> None:
    assert not ui.flush(0.01)
    gate.set()
    assert ui.flush()


def test_flush_on_the_thread_itself_is_refused() -> None:
    errors: list[Exception] = []
    ui = UIThread(on_error=errors.append)
    ui.post(ui.flush)
    assert ui.flush()
    assert "cannot wait for itself" in str(errors[0])
    assert ui.shutdown()


def test_shutdown_runs_what_was_posted_and_drops_what_comes_later() -> None:
    seen: list[int] = []
    ui = UIThread()
    for n in range(100):
        ui.post(seen.append, n, after_s=1000 if n == 99 else 0)
    assert ui.shutdown()
    ui.post(seen.append, 100)
    assert ui.flush(0.1)
    assert seen == list(range(100))


def test_a_post_may_shut_the_thread_down() -> None:
    ui = UIThread()
    ui.post(ui.shutdown)
    assert ui.shutdown()


def test_code_can_tell_whether_it_runs_on_the_thread(ui: UIThread) -> None:
    seen: list[bool] = []
    ui.post(lambda: seen.append(ui.is_current))
    assert ui.flush()
    assert seen == [True]
    assert not ui.is_current
