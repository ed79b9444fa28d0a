"""What was set is what is simulated, shown and exported, to the last digit, for every setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ipywidgets as widgets
import pytest
from controls import open_all, row
from example_counts import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from setting_strategies import by_name

from workbench import datasets
from workbench.errors import SettingsError
from workbench.setting_values import PerLayer
from workbench.settings import Conversion, Simulation
from workbench.ui.app import Workbench
from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.converting import Converter
from workbench.ui.session.request import Cancelled, Request, Result
from workbench.ui.widgets import Slider

LAYERS = ("conv1", "output")
VALUES = by_name(
    {name: each for name, each in SETTINGS.items() if name not in ("live", "units")},
    st.sampled_from(LAYERS),
)
DEFAULTS = {
    **{name: SETTINGS[name].default for name in VALUES},
    "sample": 0,
    "test_samples": 200,
}


class Recorder:
    """Stands in the pipeline's place and keeps what would be simulated."""

    request: Request

    def __init__(self) -> None:
        self.converter = Converter()

    def run(self, request: Request, cancelled: Cancelled) -> Iterator[Result]:
        self.request = request
        yield from ()


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    bench = Workbench("counting", steps=5, test_samples=0)
    assert bench.wait(60)
    open_all(bench)
    bench.actions.pipeline = Recorder()  # type: ignore[assignment]
    yield bench
    bench.close()


def shown(bench: Workbench) -> dict[str, list[Any]]:
    """Values of the widgets of every row of controls, by its CSS class."""
    found: dict[str, list[Any]] = {}

    def collect(widget: Any) -> None:
        for name in getattr(widget, "_dom_classes", ()):
            values = [getattr(child, "value", None) for child in getattr(widget, "children", ())]
            found.setdefault(name, values)
        for child in getattr(widget, "children", ()):
            collect(child)

    collect(bench)
    return found


def sliders(widget: Any) -> Iterator[Slider]:
    if isinstance(widget, Slider):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from sliders(child)


def numbers(widget: Any) -> Iterator[widgets.FloatText]:
    if isinstance(widget, widgets.FloatText):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from numbers(child)


def per_layer_numbers(bench: Workbench) -> list[Any]:
    """Threshold, percentile and clamped steps of every layer, as the page shows them."""
    return [number.value for number in numbers(row(bench, "swb-per-layer"))]


def holding(bench: Workbench) -> dict[str, Any]:
    return {name: getattr(bench.state, name) for name in DEFAULTS}


def exported(bench: Workbench) -> tuple[Conversion, list[Simulation], list[slice]]:
    """Settings and samples with which the lines of the Python tab call the core."""
    conversions: list[Conversion] = []
    simulations: list[Simulation] = []

    class Sliced:
        def __init__(self) -> None:
            self.asked: list[slice] = []

        def __getitem__(self, part: slice) -> None:
            self.asked.append(part)

    class Run:
        output_counts = None

        def predictions(self) -> None:
            pass

        def accuracy(self, *_: Any) -> Any:
            return SimpleNamespace(tail=lambda: None)

    x = Sliced()
    data = SimpleNamespace(calibration=None, x_test=x, y_test=Sliced())

    def simulate(_network: Any, _x: Any, chosen: Simulation) -> Run:
        simulations.append(chosen)
        return Run()

    wb = SimpleNamespace(
        load=lambda _name: None,
        datasets=SimpleNamespace(load=lambda _name: data),
        convert=lambda _network, _x, chosen: conversions.append(chosen),
        simulate=simulate,
        Conversion=Conversion,
        Simulation=Simulation,
    )
    code = bench.code().removeprefix("import workbench as wb\n")
    exec(code, {"wb": wb, "print": lambda *_: None})
    return conversions[0], simulations, x.asked


@settings(max_examples=examples(150), deadline=None)
@given(chosen=st.fixed_dictionaries({}, optional=VALUES))
def test_what_was_set_is_simulated_shown_and_exported(
    bench: Workbench, chosen: dict[str, Any]
) -> None:
    state = bench.state
    try:
        state.change(**{**DEFAULTS, **chosen})
    except SettingsError:  # a pair that does not go together, as a rate above a spike per step
        assume(False)
    assert bench.wait(60)
    conversion = Conversion(**{k: v for k, v in chosen.items() if hasattr(Conversion(), k)})
    simulation = Simulation(**{k: v for k, v in chosen.items() if hasattr(Simulation(), k)})
    whole = {**DEFAULTS, **chosen}

    # kept
    assert (state.conversion, state.simulation) == (conversion, simulation)
    assert (state.sample, state.test_samples) == (whole["sample"], whole["test_samples"])

    # simulated
    request = bench.actions.pipeline.request  # type: ignore[attr-defined]
    assert (request.conversion, request.simulation) == (conversion, simulation)
    assert (request.sample, request.test_samples) == (whole["sample"], whole["test_samples"])

    # shown, by the control and by the slider's number
    page = shown(bench)
    for name, each in SETTINGS.items():
        held = getattr(state, name)
        if name == "live" or each.group is None or isinstance(each.values, PerLayer):
            continue
        controls = page[f"swb-{name.replace('_', '-')}"]
        wanted = ("" if held is None else str(held)) if isinstance(controls[0], str) else held
        assert controls == [wanted] * (2 if each.places else 1), name
    first, at_first, held_first, last, at_last, held_last = per_layer_numbers(bench)
    common = 100 if conversion.normalization == "max" else conversion.percentile
    assert first == conversion.thresholds.get("conv1", conversion.threshold)
    assert at_first == conversion.percentiles.get("conv1", common)
    assert last == conversion.thresholds.get("output", conversion.threshold)
    assert at_last == conversion.percentiles.get("output", 100)
    assert held_first == simulation.clamp_steps.get("conv1", 0)
    assert held_last == simulation.clamp_steps.get("output", 0)

    # still so when the page reports where its handles stand
    for slider in sliders(bench):
        slider.set_state({"value": slider.nearest(slider.value)})
    assert bench.wait(60)
    assert (state.conversion, state.simulation) == (conversion, simulation)
    assert state.test_samples == whole["test_samples"]
    assert shown(bench) == page

    # exported
    in_code, simulations, samples = exported(bench)
    assert in_code == conversion
    assert simulations[0] == dataclasses.replace(simulation, record="all")
    assert simulations[1:] == ([simulation] if state.test_samples else [])
    assert samples[0] == slice(state.sample, state.sample + 1)
    assert samples[1:] == ([slice(None, state.test_samples)] if state.test_samples else [])
    for kept in (state.conversion, state.simulation):
        assert type(kept).from_toml(kept.to_toml()) == kept


@settings(max_examples=examples(60), deadline=None)
@given(
    typed=st.sampled_from(["percentile", "threshold", "initial_potential", "leak"]).flatmap(
        lambda name: st.tuples(st.just(name), VALUES[name])
    )
)
def test_a_typed_number_reaches_the_setting_unaltered(
    bench: Workbench, typed: tuple[str, float]
) -> None:
    setting, value = typed
    bench.state.change(**DEFAULTS)
    assert bench.wait(60)
    number = next(numbers(row(bench, f"swb-{setting.replace('_', '-')}")))
    number.set_state({"value": value})  # what the page sends
    assert bench.wait(60)
    assert getattr(bench.state, setting) == value == number.value


@pytest.mark.parametrize(
    ("css", "typed", "setting", "words"),
    [
        ("swb-steps", 37.6, "steps", r"steps is 37.6; accepted: "),
        ("swb-steps", 0, "steps", r"steps is 0; accepted: "),
        ("swb-percentile", 300, "percentile", r"percentile is 300.0; accepted: 50 to 100"),
        ("swb-seed", "one", "seed", r"seed is 'one'; accepted: "),
        ("swb-seed", str(2**63), "seed", r"seed is 9223372036854775808; accepted: "),
    ],
)
def test_what_is_not_accepted_is_refused_not_altered(
    bench: Workbench, css: str, typed: Any, setting: str, words: str
) -> None:
    bench.state.change(**DEFAULTS)
    assert bench.wait(60)
    field = row(bench, css).children[-1]
    field.set_state({"value": typed})
    assert bench.wait(60)
    assert getattr(bench.state, setting) == DEFAULTS[setting]
    assert bench.state.status.kind == "error"
    assert words in bench.state.status.text
    assert field.value == type(field.value)(DEFAULTS[setting])


def test_a_scripts_values_are_those_of_the_run() -> None:
    bench = Workbench("counting", steps=5, test_samples=7)
    bench.state.change(threshold=0.37, steps=33)
    assert bench.wait(60)
    run, accuracy = bench.state.sample_run, bench.state.accuracy
    assert run is not None and accuracy is not None and bench.state.spiking is not None
    assert bench.state.spiking.conversion.threshold == 0.37
    assert (run.steps, len(accuracy.snn), accuracy.samples) == (33, 33, 7)
    assert "threshold=0.37" in bench.code() and "steps=33" in bench.code()
    bench.close()


def test_a_handle_stands_at_the_nearest_place() -> None:
    slider = Slider([0.1, 1, 10])
    assert [slider.nearest(value) for value in (0, 0.5, 5, 7, 99)] == [0.1, 0.1, 1, 10, 10]


def test_bundled_samples_are_named_in_the_lines(bench: Workbench) -> None:
    assert f"wb.datasets.load({datasets.load('mnist14').name!r})" in bench.code()
