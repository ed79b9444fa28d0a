"""Codes in which layers take turns, in Brian2: the simulator's spikes, and their exact times."""

import numpy as np
import pandas as pd
import pytest
from example_counts import examples
from exporters.export_cases import CASES, Stack
from hypothesis import given, settings
from hypothesis import strategies as st
from script_runs import run_scripts

import workbench as wb
from workbench.network.activation import ReLU
from workbench.spike_codes import CODES

pytest.importorskip("brian2", reason="Brian2 itself is run")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Brian2 calls pyparsing by its old names."""

IN_TURNS = [name for name, code in CODES.items() if code.in_turns]
SLOTS = [name for name, code in CODES.items() if code.has_slots]
CLOSE = 1e-12


def clipped(seed=10) -> Stack:
    """A ceiling that activations reach, which is no early spike."""
    return Stack((7, 7, 1), seed).conv("a", 3, 3, activation=ReLU(ceiling=0.4)).dense("output", 3)


EVERY = {**CASES, "clipped": clipped}
del EVERY["signed"]  # Conversion refuses it with these codes.

RUNS = [
    # By default each code once; the residual network has a branch, whose spikes are delayed.
    pytest.param(case, code, marks=() if (case, code) in BY_DEFAULT else pytest.mark.slow)
    for BY_DEFAULT in [{("residual", "ttfs"), ("max_pooling", "phase"), ("steps", "ttfs_steps")}]
    for case in EVERY
    for code in IN_TURNS
]


def inputs(network, samples=3):
    return np.random.default_rng(3).random((samples, *network.input_shape))


@pytest.mark.parametrize(("case", "code"), RUNS)
@pytest.mark.slow
def test_a_run_equals_the_simulators(case, code):
    network = EVERY[case]().convert(code=code, levels=5)
    x, record = inputs(network), wb.Simulation(record="all")
    ours, theirs = wb.simulate(network, x, record), wb.run_in_brian2(network, x, record)
    assert theirs.layers == ours.layers and theirs.steps == ours.steps
    for layer in ours.layers:
        mine, other = ours.spikes(layer), theirs.spikes(layer)
        if code in SLOTS:
            pd.testing.assert_frame_equal(other, mine)
        else:  # Times that differ by rounding may come in another order.
            mine, other = (f.sort_values(["sample", "unit"]).to_numpy(float) for f in (mine, other))
            np.testing.assert_allclose(other, mine, rtol=0, atol=CLOSE)
        assert np.array_equal(theirs.counts(layer), ours.counts(layer))
    assert len(ours.spikes(ours.layers[0])), "a silent layer shows nothing"
    gathered = ours.recording.gathered[:, -1], theirs.recording.gathered[:, -1]
    assert np.abs(gathered[0] - gathered[1]).max() <= (0 if code in SLOTS else 16)  # of 2^50
    assert np.array_equal(theirs.predictions(), ours.predictions())
    np.testing.assert_allclose(theirs.outputs(), ours.outputs(), rtol=0, atol=CLOSE)
    if code == "ttfs":
        assert theirs.early_spikes.equals(ours.early_spikes)
        # What outputs hold between two steps of Brian2 is interpolated.
        same = theirs.recording.predictions == ours.recording.predictions
        assert same.mean() > 0.95


@pytest.mark.slow
def test_early_spikes_are_counted_and_told():
    network = CASES["flat"]().convert(code="ttfs", thresholds={"a": 0.2})
    x, told = inputs(network), "reached their threshold before their window"
    with pytest.warns(wb.WorkbenchWarning, match=told):
        ours = wb.simulate(network, x)
    with pytest.warns(wb.WorkbenchWarning, match=told):
        theirs = wb.run_in_brian2(network, x)
    assert theirs.early_spikes.equals(ours.early_spikes)
    assert ours.early_spikes["a"] > 0


@pytest.mark.parametrize("code", IN_TURNS)
def test_what_the_code_does_not_go_with_is_refused(code):
    network = CASES["flat"]().convert(code=code)
    for changes, message in (
        ({"encoding": "poisson"}, f"encoding is 'poisson' with code '{code}'"),
        ({"delay_steps": 1}, "delay_steps is 1"),
    ):
        with pytest.raises(wb.SettingsError, match=message):
            wb.run_in_brian2(network, inputs(network), wb.Simulation(**changes))


@pytest.mark.slow
def test_the_script_alone_gives_the_same_times_whatever_its_steps(tmp_path):
    network = CASES["residual"]().convert(code="ttfs")
    x = inputs(network, 4)
    run = wb.simulate(network, x, wb.Simulation(record="all"))
    report = wb.export(
        network, "brian2", tmp_path / "net", samples=x, labels=run.predictions(), parity_samples=2
    )
    assert report.parity.status == "exact"
    words = report.parity.words
    assert "all at the same times, to 1e-09 windows (2 given samples, 4 windows" in words
    assert report.run.endswith("net.py --samples 5")
    outputs = {steps: tmp_path / f"{steps}.npz" for steps in (1, 7)}
    asked = [("--steps-per-window", steps, "--output", file) for steps, file in outputs.items()]
    done_all = run_scripts(tmp_path, [(report.files[0], *arguments) for arguments in asked])
    for (steps, output), done in zip(outputs.items(), done_all, strict=True):
        assert done.returncode == 0, done.stderr
        assert "Correct: 4 of 4" in done.stdout
        with np.load(output) as saved:
            for layer in run.layers:
                wanted = run.spikes(layer).sort_values(["sample", "unit"])
                order = np.lexsort((saved[f"{layer}_unit"], saved[f"{layer}_sample"]))
                time = saved[f"{layer}_time"][order]
                np.testing.assert_allclose(time, wanted["time"], rtol=0, atol=CLOSE)
                assert not saved[f"{layer}_early"].any()
            assert saved["a_step"].max() < 4 * steps
            assert saved["outputs"].shape == run.outputs().shape


@given(
    code=st.sampled_from(SLOTS),
    levels=st.integers(1, 40),
    threshold=st.integers(1, 50),
    share=st.floats(-0.5, 1.5),
)
@settings(max_examples=examples(200))
def test_what_the_script_sends_is_what_the_code_says(code, levels, threshold, share):
    """A spike where the potential and the levels that are left are enough, slot by slot."""
    known = CODES[code]
    v = first = int(share * levels * threshold)
    value = np.clip(first // threshold, 0, levels)
    net = 0
    for slot in range(levels):
        worth = int(known.weight(slot, levels))
        sent = worth * int(v >= threshold * worth and net + worth <= levels)
        assert bool(sent) == bool(known.sends(value, slot, levels))
        v, net = v - threshold * sent, net + sent
    assert net == value
