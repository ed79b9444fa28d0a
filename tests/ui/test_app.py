"""What a workbench leaves behind: nothing, and no more after many networks than after one."""

import ctypes
import gc
import weakref
from collections.abc import Callable, Iterator

import psutil
import pytest
from ipywidgets.widgets import widget as registry

from workbench.errors import SettingsError, WorkbenchError
from workbench.ui.app import Workbench


@pytest.fixture(autouse=True)
def count() -> Iterator[Callable[[], int]]:
    """A function that counts the widgets that were opened since, each of which has a comm."""
    before = set(registry._instances)
    yield lambda: len(set(registry._instances) - before)


def test_closing_closes_every_widget(count: Callable[[], int]) -> None:
    bench = Workbench("counting", steps=10, test_samples=0)
    form = bench.export_form()
    assert bench.wait(60)
    assert bench.export_form() is form
    assert count() > 300
    bench.close()
    assert count() == 0
    with pytest.raises(WorkbenchError, match="The workbench is closed"):
        bench.export_form()
    assert bench.code().startswith("import workbench as wb")


def test_a_preset_comes_first_and_what_else_is_given_counts_more() -> None:
    bench = Workbench("counting", preset="few_steps", steps=10, run=False)
    state = bench.state
    assert (state.normalization, state.readout, state.steps) == ("mmse", "potential", 10)
    bench.close()
    with pytest.raises(SettingsError, match="There is no preset 'fewer'"):
        Workbench("counting", preset="fewer")


def test_what_was_exported_leaves_no_widgets(
    make_bench: Callable[..., Workbench], count: Callable[[], int], tmp_path
) -> None:
    bench = make_bench()
    opened = []
    for _ in range(3):
        bench.actions.export("builtin", str(tmp_path / "net"), overwrite=True)
        assert bench.wait(60)
        opened.append(count())
    assert opened[0] == opened[-1]


def test_many_networks_need_no_more_widgets_than_one(
    make_bench: Callable[..., Workbench], count: Callable[[], int]
) -> None:
    bench = make_bench(test_samples=0)
    opened = count()
    for network in ("mlp", "counting") * 3:
        bench.state.network = network
        assert bench.wait(60)
    assert count() == opened


def test_a_closed_workbench_is_let_go(make_bench: Callable[..., Workbench]) -> None:
    bench = Workbench("counting", steps=10, test_samples=0)
    assert bench.wait(60)
    held = [weakref.ref(part) for part in (bench.state.sample_run, bench.actions.pipeline)]
    bench.close()
    gc.collect()
    assert [part() for part in held] == [None, None]
    whole = weakref.ref(bench)
    del bench
    gc.collect()
    assert whole() is None


@pytest.mark.slow
def test_memory_stays_the_same_over_a_long_day(count: Callable[[], int]) -> None:
    def resident() -> int:
        gc.collect()
        # What was freed stays with the process, more or less of it from one run to the next.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
        return psutil.Process().memory_info().rss

    def use(loads: int) -> None:
        bench = Workbench("mlp", steps=20, test_samples=20)
        for number in range(loads):
            bench.state.network = ("lenet", "counting", "mlp")[number % 3]
            assert bench.wait(60)
        bench.close()

    use(30)  # caches fill, and the allocator finds its size
    before = resident()
    use(100)
    for _ in range(10):
        use(0)
    assert count() == 0
    assert resident() < 1.1 * before
