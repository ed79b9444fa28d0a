from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from workbench import datasets, workflow
from workbench.errors import DataError, WorkbenchWarning
from workbench.network.affine import Affine
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape
from workbench.settings import Conversion, Simulation
from workbench.spike_codes import CODES
from workbench.ui.session import sample_run, set_measurement
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request
from workbench.ui.session.results import Accuracy, SampleRun


def request(**values: Any) -> Request:
    base = Request("counting", None, Conversion(), Simulation(steps=30), 3, 25)
    return replace(base, **values)


def never() -> bool:
    return False


def results(pipeline: Pipeline, asked: Request) -> dict[str, Any]:
    """The last value of every trait."""
    return dict(pipeline.run(asked, never))


def test_a_run_gives_network_spikes_accuracy_and_a_sentence() -> None:
    last = results(Pipeline(), request())
    assert {"loaded", "converted", "sample_run", "accuracy", "status"} == set(last)
    assert last["status"].kind == "done"
    assert "Accuracy" in last["status"].text


def test_the_sample_is_what_simulate_says() -> None:
    run: SampleRun = results(Pipeline(), request())["sample_run"]
    data = datasets.load("mnist14")
    network = workflow.load("counting")
    spiking = workflow.convert(network, data.calibration)
    expected = workflow.simulate(spiking, data.x_test[3:4], Simulation(steps=30, record="all"))
    for layer in expected.layers:
        step, unit = run.spikes[layer]
        table = expected.spikes(layer)
        assert np.array_equal(step, table["step"])
        assert np.array_equal(unit, table["unit"])
    assert np.array_equal(run.output_counts, expected.output_counts[0])
    assert run.choice == expected.predictions()[0]
    assert run.true_class == data.y_test[3]
    wanted = expected.correlations(network).set_index("layer")["correlation"]
    assert run.correlations == pytest.approx(dict(wanted))
    assert run.operations is not None
    assert run.operations["synops"].sum() == expected.operations()["synops"].sum()


@pytest.mark.parametrize("code", [name for name, code in CODES.items() if code.in_turns])
def test_layers_that_take_turns_are_shown_as_simulate_says(code: str) -> None:
    asked = request(conversion=Conversion(code=code), simulation=Simulation())
    last = results(Pipeline(), asked)
    assert last["status"].kind == "done"
    run: SampleRun = last["sample_run"]
    data, network = datasets.load("mnist14"), workflow.load("counting")
    spiking = workflow.convert(network, data.calibration, Conversion(code=code))
    expected = workflow.simulate(spiking, data.x_test[3:4], Simulation(record="all"))
    wanted = expected.correlations(network).set_index("layer")["correlation"]
    assert run.correlations == pytest.approx(dict(wanted))
    assert run.choice == expected.predictions()[0]


def test_a_long_run_streams_and_ends_as_one_piece_would() -> None:
    pipeline = Pipeline()
    asked = request(simulation=Simulation(steps=3000), test_samples=0)
    runs = [value for name, value in pipeline.run(asked, never) if name == "sample_run"]
    assert runs[-1].steps_done == 3000
    assert all(run.steps_done % 60 == 0 or run.done for run in runs)
    data = datasets.load("mnist14")
    spiking = workflow.convert(workflow.load("counting"), data.calibration)
    whole = workflow.simulate(spiking, data.x_test[3:4], Simulation(steps=3000))
    assert np.array_equal(runs[-1].output_counts, whole.output_counts[0])


def test_more_spikes_than_are_kept_are_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = request(simulation=Simulation(steps=600), test_samples=0)
    whole: SampleRun = results(Pipeline(), asked)["sample_run"]
    monkeypatch.setattr(sample_run, "SPIKES_KEPT", whole.spike_count // 2)
    last = results(Pipeline(), asked)
    run: SampleRun = last["sample_run"]
    assert run.spike_count == whole.spike_count
    assert run.steps_kept < run.steps_done == 600
    assert max(step.max() for step, _ in run.spikes.values()) < run.steps_kept
    assert run.correlations == whole.correlations
    assert f"first {run.steps_kept} steps" in last["status"].text


def test_accuracy_is_what_simulate_says() -> None:
    accuracy: Accuracy = results(Pipeline(), request())["accuracy"]
    data = datasets.load("mnist14")
    network = workflow.load("counting")
    spiking = workflow.convert(network, data.calibration)
    run = workflow.simulate(spiking, data.x_test[:25], Simulation(steps=30))
    expected = run.accuracy(data.y_test[:25], network)
    assert np.allclose(accuracy.snn, expected["snn"])
    assert np.allclose(accuracy.undecided, expected["undecided"])
    assert accuracy.ann == expected["ann"].iloc[0]
    assert accuracy.done


def test_a_cancelled_run_stops_soon() -> None:
    pipeline = Pipeline()
    results(pipeline, request())
    seen: list[str] = []

    def cancelled() -> bool:
        return "sample_run" in seen

    for name, _ in pipeline.run(request(simulation=Simulation(steps=5000)), cancelled):
        seen.append(name)
    assert "accuracy" not in seen


def test_spikes_come_before_what_takes_longer_to_compute() -> None:
    pipeline = Pipeline()
    results(pipeline, request())
    names = [name for name, _ in pipeline.run(request(conversion=Conversion(percentile=99)), never)]
    assert names.index("sample_run") < names.index("converted") < names.index("accuracy")


def test_a_new_percentile_does_not_load_or_collect_again() -> None:
    pipeline = Pipeline()
    results(pipeline, request())
    words = [
        value.text
        for name, value in pipeline.run(request(conversion=Conversion(percentile=99)), never)
        if name == "status"
    ]
    assert not any("Reading" in text or "Collecting" in text for text in words)


def test_how_far_a_measurement_is_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_measurement, "PROGRESS_S", 0.0)
    monkeypatch.setattr(set_measurement, "PUBLISH_S", 0.0)
    asked = request(simulation=Simulation(steps=400), test_samples=100)
    told = [
        value
        for name, value in Pipeline().run(asked, never)
        if name == "status" and "Measuring accuracy on 100 samples: step " in value.text
    ]
    assert "step 20 of 400, about " in told[0].text and told[0].text.endswith(" left …")
    assert [status.progress for status in told] == [step / 400 for step in range(20, 400, 20)]


def test_without_labels_there_is_no_accuracy_and_the_status_says_why() -> None:
    unlabelled = datasets.from_arrays(datasets.load("mnist14").x_test[:50])
    last = results(Pipeline(), request(data=unlabelled))
    assert last["accuracy"] is None
    assert "have no labels" in last["status"].text
    assert last["sample_run"].true_class == -1


def rescaling(network: Network) -> Network:
    """The same network behind a rescaling of bytes."""
    first, *others = network.nodes
    scaled = Node("scaled", Affine(network.input_shape, 1 / 255), inputs=(first.name,))
    moved = tuple(
        replace(node, inputs=tuple("scaled" if n == first.name else n for n in node.inputs))
        for node in others
    )
    return Network("rescaling", (first, scaled, *moved))


def test_a_network_that_rescales_bytes_gets_them_from_bundled_samples() -> None:
    plain = results(Pipeline(), request(network=workflow.load("counting")))
    own = results(Pipeline(), request(network=rescaling(workflow.load("counting"))))
    assert own["accuracy"].ann == plain["accuracy"].ann > 0.8
    assert own["accuracy"].snn[-1] == pytest.approx(plain["accuracy"].snn[-1], abs=0.05)
    assert own["sample_run"].analog_choice == plain["sample_run"].analog_choice


def test_wrong_units_of_samples_are_told_in_the_status() -> None:
    digits = datasets.load("mnist14")
    x, y = np.asarray(digits.x_test[:200]), digits.y_test
    assert y is not None
    network = rescaling(workflow.load("counting"))
    asked = request(network=network, data=datasets.from_arrays(x, y[:200]), test_samples=200)
    with pytest.warns(WorkbenchWarning, match="takes pixels from 0 to 255"):
        text = results(Pipeline(), asked)["status"].text
    assert "The calibration samples lie between 0 and 1, but network 'rescaling' takes" in text
    assert text.startswith("The analog network gets ")
    assert "Give 255 * x." in text
    right = datasets.from_arrays(255 * x, y[:200])
    text = results(Pipeline(), replace(asked, data=right))["status"].text
    assert text.startswith("Sample 3")


def test_calibration_and_test_samples_of_different_units_are_refused() -> None:
    x = np.asarray(datasets.load("mnist14").x_test[:50])
    pipeline = Pipeline()
    before = results(pipeline, request())["loaded"]
    mixed = datasets.from_arrays(255 * x, x_test=x)
    with pytest.raises(DataError, match="pixels from 0 to 1, where the calibration had 0 to 255"):
        results(pipeline, request(data=mixed))
    assert pipeline.loader.loaded is before


def test_a_sample_that_does_not_exist_is_refused_in_words() -> None:
    pipeline = Pipeline()
    results(pipeline, request())
    with pytest.raises(DataError, match="0 to 1,999"):
        results(pipeline, request(sample=2000))


def test_fewer_samples_begin_with_the_first() -> None:
    few = datasets.from_arrays(datasets.load("mnist14").x_test[:5])
    pipeline = Pipeline()
    shown = results(pipeline, request(sample=100))["loaded"]
    last = results(pipeline, request(data=few, sample=100, shown=shown))
    assert (last["sample"].change(100), last["sample"].change(4)) == (0, 4)
    assert last["sample_run"].sample == 0


def test_spiking_input_is_recorded_too() -> None:
    run = results(Pipeline(), request(simulation=Simulation(steps=30, encoding="poisson")))[
        "sample_run"
    ]
    assert run.has_input
    assert len(run.spikes[run.layers[0]][0]) > 0
    assert run.layers[0] not in run.correlations


def test_without_simulation_the_network_is_converted_only() -> None:
    last = results(Pipeline(), request(simulate=False))
    assert set(last) == {"loaded", "converted", "status"}
    assert "Press Run" in last["status"].text


def test_fewer_samples_than_units_are_judged_by() -> None:
    # Outputs that guess: their accuracy is compared with that in other units of pixels.
    random = np.random.default_rng(0)
    nodes = (
        Node("input", Input((14, 14, 1))),
        Node("flat", Reshape((14, 14, 1), (196,)), inputs=("input",)),
        Node("head", Dense(random.normal(0, 0.1, (196, 10)).astype(np.float32)), inputs=("flat",)),
    )
    asked = request(network=Network("guessing", nodes), test_samples=50)
    assert results(Pipeline(), asked)["status"].kind == "done"
