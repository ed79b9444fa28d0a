"""The number of threads of matrix products, asked of the library itself."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from workbench.util import blas_threads
from workbench.util.blas_threads import one_blas_thread


@pytest.fixture
def threads():
    """A function that returns how many threads OpenBLAS takes; it takes three."""
    known = blas_threads._functions()
    if known is None:
        pytest.skip("NumPy has another library than its own OpenBLAS")
    get, put = known
    before = get()
    put(3)
    yield get
    put(before)


def test_products_take_one_thread_inside_alone(threads) -> None:
    with one_blas_thread(), one_blas_thread():
        assert threads() == 1
        assert (np.ones((300, 300)) @ np.ones((300, 300)) == 300).all()
    assert threads() == 3
    with one_blas_thread(when=False):
        assert threads() == 3
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        1 / 0  # noqa: B018
    assert threads() == 3


def test_blocks_of_several_threads_may_overlap(threads) -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread():
            entered.set()
            leave.wait(60)

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert entered.wait(60)
    assert threads() == 1  # of the other one
    leave.set()
    thread.join(60)
    assert threads() == 3


def test_a_block_may_begin_while_another_one_sets_the_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a signal handler, or a finalizer, on the same thread."""
    taken = [3]

    def put(count: int) -> None:
        with one_blas_thread():
            taken[0] = count
        with one_blas_thread():
            pass

    monkeypatch.setattr(blas_threads, "_functions", lambda: (lambda: taken[0], put))
    with one_blas_thread():
        assert taken == [1]
    assert taken == [3]
    assert blas_threads._inside == 0


def test_without_openblas_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas_threads, "_functions", lambda: None)
    with one_blas_thread():
        assert blas_threads._inside == 0
