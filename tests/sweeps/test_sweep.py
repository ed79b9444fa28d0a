"""Sweeps: rows are what single runs give, runs are shared, and what is known is not run again."""

from dataclasses import replace

import pandas as pd
import pytest
from networks import convolution_network, noisy_samples

import workbench as wb
from workbench.errors import DataError, SettingsError
from workbench.methods import measuring, tally

SERIAL = wb.Simulation(threads=1)
GRID = {"percentile": [95, 100], "readout": ["counts", "potential"], "steps": [3, 9, 6]}
FIGURES = ["accuracy", "agreement", "undecided", "latency", "spikes", "synops", "energy", "loss"]


@pytest.fixture(scope="module")
def network():
    return convolution_network()


@pytest.fixture(scope="module")
def data(network):
    x, y = noisy_samples(network, 100)
    return wb.Dataset("random", x, y, x[:30], y[:30], calibration=x[:60])


@pytest.fixture
def runs(monkeypatch):
    """Settings of all runs that are simulated."""
    weighing, made = tally.weighing, []

    def noted(spiking, x, settings, *rest, **options):
        made.append((spiking.conversion.percentile, settings.readout, settings.steps))
        return weighing(spiking, x, settings, *rest, **options)

    monkeypatch.setattr(tally, "weighing", noted)
    return made


def swept(network, data, grid=GRID, **options):
    return wb.sweep(network, data, grid, **{"samples": 40, "simulation": SERIAL, **options})


def same(one, other):
    told = ["seconds", "run_steps"]  # a run that others share may be longer
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).drop(columns=told), pd.DataFrame(other).drop(columns=told)
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["constant", "poisson"])
def test_a_row_is_what_converting_and_simulating_gives(network, data, encoding, monkeypatch):
    monkeypatch.setattr(measuring, "CHUNK", 15)
    grid = {**GRID, "neurons": ["if", "signed"], "steps": [3, 9]}
    simulation = wb.Simulation(threads=1, encoding=encoding, input_rate_hz=800, delay_steps=1)
    table = swept(network, data, grid, simulation=simulation)
    assert len(table) == 16 and list(table.index) == list(range(16)) and not table.stopped
    for number, row in table.iterrows():
        conversion, own = table.settings_of(number)
        assert (row["percentile"], row["neurons"]) == (conversion.percentile, conversion.neurons)
        assert (row["readout"], row["steps"]) == (own.readout, own.steps)
        x, y = data.x_train[:40], data.y_train[:40]
        run = wb.simulate(wb.convert(network, data.calibration, conversion), x, own)
        accuracy = run.accuracy(y, ann=network)
        last, cost = accuracy.iloc[-1], run.operations().sum()
        assert (row["accuracy"], row["undecided"]) == (last["snn"], last["undecided"])
        assert row["agreement"] == (run.predictions() == network.predictions(x)).mean()
        assert row["loss"] == pytest.approx(100 * (last["ann"] - last["snn"]))
        near = accuracy["snn"] >= last["ann"] - 0.01
        latency = near[::-1].cummin()[::-1].idxmax() if near.iloc[-1] else pd.NA
        assert latency is row["latency"] is pd.NA or latency == row["latency"]
        assert row["synops"] == pytest.approx(cost["synops"])
        assert row["energy"] == pytest.approx(cost["energy_memory_pj"])
        spikes = run.operations().set_index("layer")["spikes"][["conv", "out"]].sum()
        assert row["spikes"] == pytest.approx(spikes)
        assert row["spiking_hash"] == run.recording.network.content_hash
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"] or row["accuracy"] in (
            0,
            1,
        )


def test_one_run_serves_all_numbers_of_steps(network, data, runs):
    shared = swept(network, data)
    assert runs == [(p, readout, 9) for p in (95, 100) for readout in ("counts", "potential")]
    runs.clear()
    apart = [swept(network, data, {**GRID, "steps": steps}) for steps in (3, 9, 6)]
    assert {steps for *_, steps in runs} == {3, 6, 9}
    rows = pd.concat([pd.DataFrame(each) for each in apart])
    order = ["percentile", "readout", "steps"]
    same(
        shared.sort_values(order).reset_index(drop=True),
        rows.sort_values(order).reset_index(drop=True),
    )


def test_settings_that_depend_on_the_steps_are_run_for_each(network, data, runs):
    table = swept(network, data, {"preset": ["default", "few_steps"], "steps": [2, 4]})
    assert [steps for *_, steps in runs] == [4, 2, 4]
    assert table["run_steps"].tolist() == [4, 4, 2, 4]
    conversion, _ = wb.preset("few_steps", steps=2)
    assert table.settings_of(2)[0] == conversion and table.settings_of(2)[1].readout == "potential"


def test_settings_by_name_leave_the_rest_to_presets(network, data):
    grid = {"preset": ["default", "few_steps", "signed"]}
    table = swept(network, data, grid, simulation={"threads": 1}, samples=5)
    for number, name in enumerate(grid["preset"]):
        conversion, run = wb.preset(name)
        expected = conversion, replace(run, threads=1)
        assert table.settings_of(number) == expected
    table = swept(network, data, grid, simulation={"steps": 100, "readout": "counts"}, samples=5)
    assert table["steps"].tolist() == [100, 100, 100]
    assert {table.settings_of(number)[1].readout for number in table.index} == {"counts"}


def test_what_cannot_be_combined_is_a_row_that_says_why(network, data):
    grid = {"neurons": ["if", "one_shot"], "reset": ["subtract", "zero"], "code": ["rate", "phase"]}
    table = swept(network, data, {**grid, "steps": 7, "readout_after": [0, 7]})
    refused = table[table["accuracy"].isna()]
    assert refused["note"].str.contains("accepted").all()
    assert len(table.measured) + len(refused) == 16 and len(table.measured) >= 2
    why = refused[(refused["neurons"] == "one_shot") & (refused["reset"] == "zero")]
    assert why["note"].str.contains("reset 'zero'").any()
    assert refused[refused["readout_after"] == 7]["note"].str.contains("readout_after").any()
    with pytest.raises(SettingsError, match="This row has no settings: "):
        table.settings_of(refused.index[0])
    phase = table.measured[table.measured["code"] == "phase"].iloc[0]
    assert phase["run_steps"] != 7
    assert phase["note"] == (
        f"The code 'phase' decides the length of the run: {phase['run_steps']} steps."
    )


def test_the_front_is_beaten_by_nothing_and_the_best_is_the_cheapest(network, data):
    table = swept(network, data, {**GRID, "steps": range(1, 10)})
    front = table.front("synops")
    assert front["synops"].is_monotonic_increasing and front["accuracy"].is_monotonic_increasing
    for _, row in table.iterrows():
        cheaper = front[front["synops"] <= row["synops"]]
        assert (cheaper["accuracy"] >= row["accuracy"]).any()
    best = table.best(max_loss=20)
    accepted = table[table["loss"] <= 20]
    assert best["steps"] == accepted["steps"].min()
    assert table.best(max_loss=-100)["loss"] == table["loss"].min()
    assert isinstance(table[table["steps"] > 2], wb.Sweep)
    with pytest.raises(SettingsError, match="cost is 'price'; accepted: 'steps'"):
        table.front("price")


def test_codes_that_decide_the_length_of_a_run_cost_its_steps(network, data):
    grid = {"code": ["ttfs", "rate"], "steps": [1, 200]}
    table = swept(network, data, grid, samples=20)
    length = table["run_steps"].iloc[0]
    assert table["length"].tolist() == [length, length, 1, 200] and 1 < length < 200
    assert table["note"].iloc[1].endswith("Rows that differ in steps alone are equal.")
    front = table.front()
    assert (front["code"] == "ttfs").sum() <= 1 and front["length"].is_monotonic_increasing
    assert front["length"].iloc[0] == 1 and table.best(max_loss=100)["code"] == "rate"
    plot = wb.plot.sweep(table, ())
    points = next(r.data_source for r in plot.renderers if r.data_source.name == "points").data
    assert points["x"].tolist() == table["length"].tolist()
    assert points["axis_steps"] == table["length"].astype(str).tolist()


def test_rows_of_a_file_have_the_settings_that_are_asked_for(network, data, tmp_path, runs):
    pytest.importorskip("pyarrow", reason="points are kept with pyarrow")
    path, grid = tmp_path / "points.parquet", {"threads": [1, 2], "steps": 3}
    first = swept(network, data, grid, store=path)
    again = swept(network, data, grid, store=path)
    assert len(runs) == 2 and again["seconds"].tolist() == first["seconds"].tolist()
    for table in (first, again):
        assert [table.settings_of(n)[1].threads for n in (0, 1)] == [1, 2]
    runs.clear()
    for batch in (7, 9):  # no axis: figures are taken from the file, settings are today's
        table = swept(network, data, {"steps": 3}, store=path,
                      simulation=wb.Simulation(batch_size=batch))  # fmt: skip
        assert table.settings_of(0)[1].batch_size == batch
    assert len(runs) == 1


def test_rows_arrive_as_runs_end(network, data):
    said = []
    arrivals = list(
        wb.iter_sweep(
            network, data, {**GRID, "neurons": ["if", "one_shot"]}, samples=40,
            simulation=SERIAL, progress=lambda *now: said.append(now),
        )
    )  # fmt: skip
    whole = swept(network, data, {**GRID, "neurons": ["if", "one_shot"]})
    numbers = [number for each in arrivals for number in each.index]
    assert sorted(numbers) == list(whole.index) and len(arrivals) > 4
    joined = pd.concat(arrivals)
    assert isinstance(joined, wb.Sweep) and joined.grid_axes == whole.grid_axes
    assert not joined.stopped and arrivals[0].stopped
    assert said[-1][0] == said[-1][1] and said == sorted(said)


@pytest.mark.slow
def test_an_interrupt_leaves_what_is_done_and_the_next_call_goes_on(
    network, data, tmp_path, monkeypatch, runs
):
    pytest.importorskip("pyarrow", reason="points are kept with pyarrow")
    path = tmp_path / "points.parquet"
    noted, left = tally.weighing, [2]

    def pressed(*given, **options):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return noted(*given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(tally, "weighing", pressed)
        half = swept(network, data, store=path)
        assert half.stopped and len(half) == 6 and len(runs) == 2
        left[0] = 0
        with pytest.raises(KeyboardInterrupt):
            swept(network, data, {"percentile": 90, "steps": 2}, store=path)
    whole = swept(network, data, store=path)
    assert not whole.stopped and len(runs) == 4  # two more
    same(whole, swept(network, data))
    runs.clear()
    again = swept(network, data, store=path)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(whole))
    assert runs == []
    swept(network, data, {**GRID, "percentile": [95.0, 100.0]}, store=path)
    assert runs == []
    swept(network, data, {**GRID, "steps": [3, 5]}, store=path)  # runs of what is missing
    assert runs == [(p, r, 5) for p in (95, 100) for r in ("counts", "potential")]
    runs.clear()
    changed = wb.Dataset("new", data.x_train[::-1], data.y_train, data.x_test, data.y_test)
    swept(network, changed, {"steps": [3]}, store=path)
    swept(network, data, {"steps": [3]}, samples=39, store=path)
    swept(network, data, {"steps": [3]}, simulation=wb.Simulation(threads=2), store=path)
    assert len(runs) == 3
    swept(network, data, {"steps": [3], "percentile": [99.9]}, store=path)  # the default
    swept(network, data, {"steps": [3]}, store=path)  # as many threads as there are make no change
    assert len(runs) == 3


def test_it_stops_while_the_grid_is_made(network, data):
    grid, left = {"seed": range(1000), "percentile": [99, 99.9]}, iter(range(100))
    table = swept(network, data, grid, cancelled=lambda: next(left, None) is None)
    assert table.stopped and table.empty and "accuracy" in table


def test_it_stops_when_it_is_cancelled(network, data):
    arrived = []
    table = swept(network, data, arrived=arrived.append, cancelled=lambda: len(arrived) > 1)
    assert table.stopped and len(table) == 6


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"percentil": [99]}, "The grid has no axis percentil; .*Did you mean percentile?"),
        ({"percentile": []}, "axis percentile is empty; accepted: at least one value"),
        ({"percentile": [99, 99.0]}, "axis percentile has 99.* twice"),
        ({"percentile": [20]}, "percentile in the grid is 20; accepted"),
        ({"record": ["all"]}, "The grid has no axis record"),
        ({"preset": ["best"]}, "There is no preset 'best'"),
        ({1: [2]}, "The grid has the name 1, of type int; accepted: names of settings as text"),
        ([("percentile", 99)], "grid is a list; accepted: a dict"),
        ({"seed": range(2000), "steps": range(1, 2000)}, "accepted: up to 200,000"),
    ],
)
def test_grids_that_make_no_sense_are_refused(network, data, grid, message):
    with pytest.raises(SettingsError, match=message):
        swept(network, data, grid)


def test_other_arguments_are_refused_by_name(network, data):
    with pytest.raises(SettingsError, match="axis preset, and conversion is given"):
        swept(network, data, {"preset": ["default"]}, conversion=wb.Conversion())
    with pytest.raises(SettingsError, match=r"conversion is 'a'; accepted: wb\.Conversion"):
        swept(network, data, conversion="a")
    with pytest.raises(
        SettingsError, match=r"simulation is a Conversion; accepted: wb\.Simulation"
    ):
        swept(network, data, simulation=wb.Conversion())
    with pytest.raises(
        SettingsError, match=r"simulation has no setting step; .*Did you mean steps"
    ):
        swept(network, data, simulation={"step": 3})
    with pytest.raises(SettingsError, match="simulation's threads is 'x'; accepted"):
        swept(network, data, simulation={"threads": "x"})
    with pytest.raises(SettingsError, match="part is 'all'; accepted: 'train'"):
        swept(network, data, part="all")
    with pytest.raises(DataError, match=r"random\.x_validation holds no samples"):
        swept(network, data, part="validation")
    with pytest.raises(DataError, match="SpikingNetwork cannot be swept"):
        swept(wb.convert(network, data.calibration), data)
    events = wb.Simulation(encoding="events")
    table = swept(network, data, {"steps": [2]}, simulation=events)
    assert table["note"].str.contains("a sweep accepts 'constant' and 'poisson'").all()


def test_a_place_that_cannot_be_written_is_told_before_anything_is_run(
    network, data, tmp_path, runs
):
    pytest.importorskip("pyarrow", reason="points are kept with pyarrow")
    with pytest.raises(DataError, match="Cannot write the sweep's points"):
        swept(network, data, store=tmp_path / "none" / "points.parquet")
    assert runs == []


def test_a_dict_keeps_points_in_memory(network, data, runs):
    kept = {}
    grid = {"percentile": [95, 100], "steps": [3, 6]}
    whole = swept(network, data, grid, store=kept)
    assert len(kept) == 4 and runs == [(95, "counts", 6), (100, "counts", 6)]
    again = swept(network, data, grid, store=kept)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(whole))
    swept(network, data, {"percentile": [90, 95], "steps": [3, 6]}, store=kept)
    assert runs[2:] == [(90, "counts", 6)] and len(kept) == 6
    parts = wb.iter_sweep(network, data, {"percentile": [80, 85]}, samples=40, store=kept)
    next(parts)
    parts.close()  # what was measured by then is kept
    assert len(kept) == 7


def test_one_converted_network_is_kept_at_a_time_and_none_is_made_twice(network, data, monkeypatch):
    measure, convert, kept, made = measuring.outcome_of, measuring.converting, [], []

    def measured(task, *rest):
        found = measure(task, *rest)
        kept.append(len(task._kept))
        return found

    def converting(network, calibration, conversion):
        made.append(conversion.percentile)  # once it is run
        return (yield from convert(network, calibration, conversion))

    monkeypatch.setattr(measuring, "outcome_of", measured)
    monkeypatch.setattr(measuring, "converting", converting)
    grid = {"readout": ["counts", "potential"], "percentile": [90, 95, 99], "steps": [2]}
    swept(network, data, grid)
    assert kept == [1] * 6 and made == [90, 95, 99]
