"""The search for settings: what it reports is what runs give, and it chooses the cheapest."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from networks import convolution_network, dense_network, noisy_samples

import workbench as wb
from workbench.errors import DataError, SettingsError
from workbench.methods import candidates as candidates_of
from workbench.methods import measuring, tally
from workbench.methods.candidates import candidates, runs
from workbench.methods.paired_loss import PairedLoss
from workbench.methods.presets import PRESETS

STEPS = (2, 4, 8)
SERIAL = wb.Simulation(threads=1)  # threads take longer than networks as small as these
SAMPLES = 160
MAX_LOSS = 6.0


@pytest.fixture(scope="module")
def network():
    return convolution_network()


@pytest.fixture(scope="module")
def data(network):
    x, y = noisy_samples(network, 220)
    return wb.Dataset("random", x, y, x[:1], y[:1], calibration=x[:60])


def tuned(network, data, **options):
    shared = {"max_loss": MAX_LOSS, "steps": STEPS, "samples": SAMPLES, "simulation": SERIAL}
    return wb.tune(network, data, **{**shared, **options})


@pytest.fixture(scope="module")
def found(network, data):
    return tuned(network, data)


def measured(found):
    return found.table[found.table["samples"].notna()]


def same(one, other):
    pd.testing.assert_frame_equal(
        one.table.drop(columns="seconds"), other.table.drop(columns="seconds")
    )


def assert_rows_are_runs(found, network, data, every=1):
    """Each row is what converting and simulating on the first training samples gives."""
    for number, row in list(measured(found).iterrows())[::every]:
        conversion, simulation = found.settings_of(number)
        assert simulation.steps == row["steps"]
        x, y = data.x_train[: row["samples"]], data.y_train
        run = wb.simulate(wb.convert(network, data.calibration, conversion), x, simulation)
        chosen, ann = run.predictions(), network.predictions(x)
        y = ann if y is None else y[: row["samples"]]
        last = run.accuracy(y, ann=network).iloc[-1]
        assert (row["accuracy"], row["undecided"]) == (last["snn"], last["undecided"])
        assert row["ann"] == pytest.approx(last["ann"])
        assert row["agreement"] == (chosen == ann).mean()
        assert row["loss"] == pytest.approx(100 * (last["ann"] - last["snn"]))
        assert row["synops"] == pytest.approx(run.operations()["synops"].sum())
        assert row["energy"] == pytest.approx(run.energy()["with_memory_pj"].iloc[-1])


def test_the_table_holds_what_runs_give(found, network, data):
    assert_rows_are_runs(found, network, data, every=3)
    assert set(measured(found)["samples"]) <= {50, 80, 160}


@pytest.mark.parametrize("minimise", ["synops", pytest.param("steps", marks=pytest.mark.slow)])
def test_nothing_that_is_accepted_on_all_samples_is_cheaper(network, data, found, minimise):
    found = found if minimise == "steps" else tuned(network, data, minimise=minimise)
    assert found.met and found.proven and not found.stopped and found.labelled
    assert (found.conversion, found.simulation) == found.settings_of(found.row.name)
    assert found.row["loss"] < found.row["loss_bound"] <= MAX_LOSS
    assert found.row["samples"] == SAMPLES
    assert found.row["note"] == "chosen"
    x, y = data.x_train[:SAMPLES], data.y_train[:SAMPLES]
    ann = network.predictions(x) == y
    cheaper = measured(found)[measured(found)[minimise] < 0.99 * found.row[minimise]]
    assert len(cheaper)
    for number in cheaper.index:
        conversion, simulation = found.settings_of(number)
        run = wb.simulate(wb.convert(network, data.calibration, conversion), x, simulation)
        costs = {"steps": simulation.steps, "synops": run.operations()["synops"].sum()}
        if costs[minimise] < found.row[minimise]:  # also on all samples
            assert PairedLoss.of(ann, run.predictions() == y).bound > MAX_LOSS


def test_validation_samples_are_used_where_there_are_any(network, data, found):
    x, y, other = data.x_train, data.y_train, 0 * data.x_train
    kept = wb.datasets.from_arrays(
        other, 0 * y, x_validation=x, y_validation=y, calibration=data.calibration
    )
    held_out = tuned(network, kept)
    same(held_out, found)
    assert held_out.held_out and not found.held_out
    assert "160 validation samples" in repr(held_out)
    assert "x_validation" in repr(found) and "x_validation" not in repr(held_out)
    with pytest.raises(DataError, match=r"x_validation holds no samples"):
        tuned(network, replace(kept, x_validation=x[:0], y_validation=y[:0]))


def test_what_so_few_samples_cannot_prove_is_said(network, data):
    found = tuned(network, data, samples=60, max_loss=1, steps=(8, 64))
    assert found.met and not found.proven
    assert found.row["loss"] <= 1 < found.row["loss_bound"]
    assert "Not proven with these 60 samples: the bound is above max_loss." in repr(found)
    safest = measured(found)[measured(found)["samples"] == 60]["loss_bound"].min()
    assert found.row["loss_bound"] <= max(safest, PairedLoss(60).bound)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlp", "lenet", "resnet", "fashion"])
def test_what_is_proven_holds_for_test_samples(name):
    """Settings are chosen by validation samples; test samples lose no more, within the noise."""
    network = wb.load(name)
    data = wb.datasets.load(network.data)
    found = wb.tune(network, data, 1.0 if name == "fashion" else 0.5)
    assert found.proven and found.held_out
    snn = wb.convert(network, data.calibration, found.conversion)
    chosen = wb.simulate(snn, data.x_test, found.simulation).predictions()
    ann = network.predictions(data.x_test)
    loss = PairedLoss.of(ann == data.y_test, chosen == data.y_test)
    assert loss.points <= found.max_loss + loss.error


def test_the_same_call_finds_the_same_and_never_looks_at_test_samples(network, data, found):
    blind = wb.Dataset(
        "random", data.x_train, data.y_train, 0 * data.x_test, None, data.calibration
    )
    again = tuned(network, blind)
    same(found, again)
    assert (again.conversion, again.simulation) == (found.conversion, found.simulation)


def test_it_reads_as_text(found):
    text = repr(found)
    assert text.startswith(f"Tuning of 'small': {len(found.table)} points tried.")
    assert "Fewest time steps with a loss of at most 6 points" in text
    assert f"steps     {found.simulation.steps}\n" in text and "160 training samples" in text


def test_without_labels_agreement_counts(network, data):
    unlabelled = wb.Dataset("random", data.x_train, None, data.x_test, None)
    found = tuned(network, unlabelled, samples=60, steps=(2,), minimise="energy")
    table = measured(found)
    assert not found.labelled and (table["ann"] == 1).all()
    assert (table["accuracy"] == table["agreement"]).all()
    assert "agreement with the analog network" in repr(found)


def test_random_input_is_that_of_one_run_over_all_samples(network, data):
    shared = wb.Simulation(encoding="poisson", input_rate_hz=900, seed=3, delay_steps=1)
    found = tuned(network, data, simulation=shared, samples=100, max_loss=20, steps=(4, 9))
    assert_rows_are_runs(found, network, data, every=4)
    assert found.simulation.seed == 3 and found.simulation.delay_steps == 1


def test_what_a_target_cannot_express_is_a_row_that_says_why(network, data):
    found = tuned(network, data, target="nest", samples=60, max_loss=50, steps=(4,))
    refused = found.table[found.table["samples"].isna()]
    assert refused["settings"].tolist() == ["signed", "graded", "one_shot", "ttfs"]
    assert "The target 'nest' has no neurons for preset 'signed'" in refused["note"].iloc[0]
    assert found.met and found.conversion.neurons == "if"
    with pytest.raises(KeyError, match="has no settings"):
        found.settings_of(refused.index[0])
    still = tuned(network, data, target="loihi", samples=60, steps=(4,))
    for number in measured(still).index:
        conversion, _ = still.settings_of(number)
        assert conversion.initial_potential == 0 and conversion.calibrate != "potential"


def test_what_a_run_refuses_is_a_row_that_says_why(network, data, monkeypatch):
    weighing = tally.weighing

    def refusing(spiking, *rest, **options):
        if spiking.conversion.levels == 16:
            raise SettingsError("no 16 levels here")
        return weighing(spiking, *rest, **options)

    monkeypatch.setattr(tally, "weighing", refusing)
    found = tuned(network, data, samples=60, max_loss=50, steps=(4,))
    told = found.table[found.table["note"] == "no 16 levels here"]
    assert len(told) and told["settings"].str.contains("levels=16").all()
    assert found.met


def test_where_all_is_refused_the_reason_is_raised(network, data):
    dark = wb.Dataset("dark", 0 * data.x_train, data.y_train, data.x_test, data.y_test)
    with pytest.raises(DataError, match="0"):
        tuned(network, dark)


def test_it_says_where_nothing_loses_so_little(network, data):
    found = tuned(network, data, steps=(1,), max_loss=0, samples=60)
    assert not found.met and found.row["note"] == "chosen: the nearest to max_loss"
    assert "Nothing that was tried loses at most 0 points. The nearest:" in repr(found)
    assert found.row["samples"] == 60
    table = measured(found)
    of_all = table[table["samples"] == 60]
    assert found.row["loss_bound"] == of_all["loss_bound"].min()
    assert of_all["loss"].min() > 0


def test_an_interrupt_leaves_what_was_tried(network, data, found):
    def stop(done, total):
        if done >= 200:
            raise KeyboardInterrupt

    early = tuned(network, data, progress=stop)
    assert early.stopped and 0 < len(early.table) < len(found.table)
    assert "stopped before the end" in repr(early)
    assert_rows_are_runs(early, network, data, every=3)


def test_an_interrupt_before_anything_was_tried_is_passed_on(network, data, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "converting", pressed)
    with pytest.raises(KeyboardInterrupt):
        tuned(network, data)


@pytest.mark.parametrize("calls", [0, 1, 40])
def test_it_can_be_cancelled(network, data, found, calls):
    asked: list[int] = []

    def cancelled():
        asked.append(1)
        return len(asked) > calls

    early = tuned(network, data, cancelled=cancelled)
    assert early.stopped and len(early.table) < len(found.table)
    if not len(early.table):
        assert early.row is None and not early.met and "nothing was measured" in repr(early)


def test_progress_counts_to_the_end(network, data):
    told: list[tuple[int, int]] = []
    tuned(network, data, samples=60, steps=(4,), progress=lambda *now: told.append(now))
    assert all(done < total for done, total in told[:-1])
    assert told[-1][0] == told[-1][1]
    assert told[0][1] >= told[-1][1] / 2  # an estimate, but one from the start
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_regressions_are_refused_with_the_remedy(data):
    network = dense_network(np.ones((3, 1)), name="line")
    x = np.random.default_rng(0).random((20, 3), np.float32)
    y = x.sum(axis=1, keepdims=True) + 0.5
    for targets in (y, None):
        with pytest.raises(DataError, match=r"'line' with data 'sums' is a regression.*run\.error"):
            wb.tune(network, wb.Dataset("sums", x, targets, x, targets))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_loss": -1}, "max_loss is -1; accepted: percentage points from 0 to 100"),
        ({"max_loss": True}, "max_loss is True"),
        ({"minimise": "time"}, "minimise is 'time'; accepted: 'steps', 'synops', 'energy'"),
        ({"samples": 0}, "samples is 0; accepted: an integer from 1"),
        ({"steps": ()}, "steps is empty"),
        ({"steps": (0, 4)}, "steps is 0"),
        ({"simulation": wb.Simulation(encoding="events")}, "encoding is 'events'"),
        ({"simulation": wb.Simulation(readout_after=2)}, "steps holds 2 with .*readout_after 2"),
        ({"target": "moon"}, "target is 'moon'; accepted"),
    ],
)
def test_arguments_are_checked(network, data, options, message):
    with pytest.raises(SettingsError, match=message):
        tuned(network, data, **options)


def test_other_objects_are_refused(network, data):
    with pytest.raises(DataError, match="SpikingNetwork cannot be tuned; accepted: an analog"):
        tuned(wb.convert(network, data.calibration), data)
    with pytest.raises(DataError, match=r"data is a ndarray; .*from_arrays"):
        tuned(network, data.x_train)


@pytest.mark.parametrize("target", [None, "nest", "loihi"])
def test_candidates_are_presets_and_what_is_near_them(target):
    found = list(candidates(4, wb.Simulation(seed=2), target))
    assert len({repr((c.conversion, c.simulation, c.refusal)) for _, c in found}) == len(found)
    presets = {c.settings: c for is_preset, c in found if is_preset}
    assert list(presets) == list(PRESETS)
    for name, candidate in presets.items():
        if not candidate.refusal:
            conversion, simulation = wb.preset(name, 4, target)
            assert candidate.conversion == conversion
            assert candidate.simulation.readout == simulation.readout
        assert candidate.simulation.seed == 2
    for _, candidate in found:  # nothing that a conversion measures in steps is shared
        assert candidate.serves_all_steps == (
            candidate.conversion.calibrate == "none"
            and candidate.conversion.normalization != "search"
        )
    assert all(re.match(r"\w+(, \w+=\S+)*$", c.settings) for _, c in found)


def test_settings_that_differ_between_steps_are_run_apart(monkeypatch):
    """A preset may set more for short runs, without calibrating for a number of steps."""
    few = PRESETS["few_steps"]

    def conversion(steps):
        return {**few.conversion(steps), "calibrate": "none", "levels": 5 if steps <= 2 else 7}

    monkeypatch.setitem(candidates_of.PRESETS, "few_steps", replace(few, conversion=conversion))
    found: dict[str, list[object]] = {}
    every = [(t, c) for t in (1, 2, 4, 8) for _, c in candidates(t, wb.Simulation(), None)]
    for candidate, stops in runs(every):
        found.setdefault(candidate.settings, []).append((candidate.conversion.levels, stops))
    assert found["default"] == [(8, (1, 2, 4, 8))]
    assert found["few_steps"] == [(5, (1, 2)), (7, (4, 8))]
    assert [stops for _, stops in found["signed"]] == [(1,), (2,), (4,), (8,)]  # calibrated
